/** Version 2 of the AWS CLI, the real one, against a running Claviger: keys, the event history, and the HSMs' log as it grows. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { findCliVersion2 } from './aws-cli-2.ts';
import { eventually, startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';

const run = promisify(execFile);
const aws2 = findCliVersion2();
const skip = aws2 === undefined ? 'version 2 of the AWS CLI is not on the PATH' : false;
if (skip !== false) it('version 2 of the AWS CLI', { skip });

describe('version 2 of the AWS CLI', { skip }, () => {
  let claviger: Claviger;
  let folder: string;
  let env: NodeJS.ProcessEnv;
  let endpoint: string;
  let keyId = '';

  /** What it printed, from JSON. */
  const aws = async <T>(...args: string[]): Promise<T> => {
    const line = ['--endpoint-url', endpoint, '--output', 'json', ...args];
    return JSON.parse((await run(aws2 ?? '', line, { env })).stdout) as T;
  };
  const newKey = async (): Promise<string> => {
    const { customKeyStoreId } = claviger.config();
    const store = ['--origin', 'AWS_CLOUDHSM', '--custom-key-store-id', customKeyStoreId];
    return (await aws<{ KeyMetadata: { KeyId: string } }>('kms', 'create-key', ...store)).KeyMetadata.KeyId;
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-cli-'));
    claviger = await startClaviger();
    const { region, accessKeyId, secretAccessKey } = claviger.config();
    ({ endpoint } = claviger.config());
    env = {
      ...{ PATH: process.env['PATH'], HOME: folder, AWS_PAGER: '', AWS_EC2_METADATA_DISABLED: 'true' },
      ...{ AWS_CONFIG_FILE: join(folder, 'none'), AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none') },
      ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
      ...{ AWS_DEFAULT_REGION: region, PYTHONUNBUFFERED: '1' },
    };
  });
  after(async () => {
    await claviger?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('encrypts and decrypts under a key in the HSMs', async () => {
    keyId = await newKey();
    writeFileSync(join(folder, 'plain'), 'a secret');
    const plaintext = `fileb://${join(folder, 'plain')}`;
    const encrypt = ['kms', 'encrypt', '--key-id', keyId, '--plaintext', plaintext];
    const { CiphertextBlob } = await aws<{ CiphertextBlob: string }>(...encrypt);
    writeFileSync(join(folder, 'cipher'), Buffer.from(CiphertextBlob, 'base64'));
    const decrypt = ['kms', 'decrypt', '--ciphertext-blob', `fileb://${join(folder, 'cipher')}`];
    const { Plaintext, KeyId } = await aws<{ Plaintext: string; KeyId: string }>(...decrypt);
    assert.equal(Buffer.from(Plaintext, 'base64').toString(), 'a secret');
    assert.ok(KeyId.endsWith(keyId));
  });

  it('looks events up', async () => {
    const attribute = `AttributeKey=ResourceName,AttributeValue=${keyId}`;
    const lookup = ['cloudtrail', 'lookup-events', '--lookup-attributes', attribute];
    const names = await eventually(30_000, 'all three events', async () => {
      const { Events } = await aws<{ Events: { EventName: string }[] }>(...lookup);
      return Events.length === 3 ? Events.map(({ EventName }) => EventName) : undefined;
    });
    assert.deepEqual(names.sort(), ['CreateKey', 'Decrypt', 'Encrypt']);
  });

  it("follows the HSMs' log: what was there, and what comes", async () => {
    const group = `/aws/cloudhsm/${claviger.config().clusterId}`;
    const args = ['--endpoint-url', endpoint, 'logs', 'tail', group, '--follow', '--since', '1h'];
    const tail = spawn(aws2 ?? '', args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    tail.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    tail.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const made = (): number => output.split('CN_GENERATE_KEY').length - 1;
    try {
      await eventually(60_000, 'the log so far', () => (made() >= 1 ? true : undefined));
      const before = made();
      await newKey();
      await eventually(60_000, 'the key that was made meanwhile', () => (made() > before ? true : undefined));
      assert.equal(tail.exitCode, null, errors);
      const ids = [...output.matchAll(/^\S+ (hsm-[a-z0-9]+) Time: /gm)].map(([, id]) => id);
      assert.equal(new Set(ids).size, 2); // both HSMs
    } finally {
      const ended = once(tail, 'exit');
      tail.kill('SIGINT');
      await ended;
    }
    assert.equal(errors, '');
  });
});
