/** `claviger xks-proxy` as its operator runs it: real processes, the built command. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { claviger } from '../operator/tool.ts';
import { eventually } from '../stories/claviger.ts';
import { newCredential } from '../xks/xks-proxy.ts';
import { startClavigerApi } from './claviger-api.ts';
import type { ClavigerApi } from './claviger-api.ts';
import { send, setUp } from './served.ts';
import type { Setup } from './served.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const WAIT_MS = 30_000;
const body = JSON.stringify({
  requestMetadata: { awsPrincipalArn: 'a', kmsOperation: 'b', kmsRequestId: 'c' },
});

describe('claviger xks-proxy', () => {
  let api: ClavigerApi;
  let setup: Setup;
  let child: ChildProcess;
  let [out, err, port] = ['', '', 0];

  const metadata = (keyId: string, credential = setup.credential) =>
    send(port, setup, { path: `/one/kms/xks/v1/keys/${keyId}/metadata`, body, credential });
  const says = (pattern: RegExp): Promise<true> =>
    eventually(WAIT_MS, `it says ${String(pattern)}`, () => (pattern.test(out + err) ? true : undefined));

  before(async () => {
    api = await startClavigerApi();
    setup = await setUp(api);
    child = spawn(process.execPath, [MAIN, 'xks-proxy', 'serve', '--config', setup.file], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
    await says(/listens on .*\n/);
    port = Number(/listens on 127\.0\.0\.1:(\d+)\n/.exec(out)?.[1]);
  });
  after(async () => {
    child?.kill('SIGKILL');
    await api?.close();
    setup?.remove();
  });

  it('serves, and can be neither dumped nor inspected', async () => {
    assert.equal((await metadata(api.addKey())).status, 200);
    assert.match(err, /"operation":"GetKeyMetadata".*"outcome":"ok"/);
    assert.match(readFileSync(`/proc/${child.pid}/limits`, 'utf8'), /Max core file size +0 +0/);
    child.kill('SIGUSR1');
    assert.equal((await metadata(api.addKey())).status, 200);
    assert.ok(!err.includes('Debugger'));
  });

  it('makes external keys, by the credentials of the proxy', async () => {
    const made = await claviger([
      'xks-proxy',
      'generate-key',
      '--config',
      setup.file,
      '--key-id',
      'some-key',
    ]);
    assert.deepEqual([made.code, made.err], [0, '']);
    assert.deepEqual(api.calls.at(-1), { operation: 'GenerateExternalKey', input: { KeyId: 'some-key' } });
    assert.ok(api.keys.has(made.out.trim()));
    api.manner = { code: 'NotFoundException' };
    const failed = await claviger(['xks-proxy', 'generate-key', '--config', setup.file, '--key-id', 'none']);
    api.manner = {};
    assert.deepEqual([failed.code, failed.out], [1, '']);
    assert.match(failed.err, /NotFoundException: said by Claviger/);
  });

  it('makes credentials as CreateCustomKeyStore takes them, never the same', async () => {
    const made = await Promise.all([1, 2].map(() => claviger(['xks-proxy', 'new-credential', '--json'])));
    const [first, next] = made.map((one) => one.json<Record<string, string>>());
    assert.match(String(first?.AccessKeyId), /^[A-Z2-7]{20,30}$/);
    assert.match(String(first?.RawSecretAccessKey), /^[A-Za-z0-9+/=]{43,64}$/);
    assert.notEqual(first?.RawSecretAccessKey, next?.RawSecretAccessKey);
    const { out: printed } = await claviger(['xks-proxy', 'new-credential']);
    assert.match(printed, /^AccessKeyId +[A-Z2-7]{20}\nRawSecretAccessKey +\S{64}\n$/);
  });

  it('takes a new configuration at SIGHUP, and stays with the one before when it is wrong', async () => {
    const keyId = api.addKey();
    const renewed = newCredential();
    const [store] = setup.settings.stores;
    (store?.credentials as unknown[]).push({
      accessKeyId: renewed.accessKeyId,
      secretFile: setup.put('renewed.secret', renewed.secretAccessKey),
    });
    setup.write();
    assert.equal((await metadata(keyId, renewed)).status, 401);
    child.kill('SIGHUP');
    await says(/the configuration was taken anew/);
    assert.equal((await metadata(keyId, renewed)).status, 200);
    writeFileSync(setup.file, 'listen: nowhere\n');
    child.kill('SIGHUP');
    await says(
      /the configuration is not taken, and the one before stays: listen: 'nowhere' is not host:port/,
    );
    assert.equal((await metadata(keyId, renewed)).status, 200);
    setup.write();
  });

  it('ends at SIGTERM when what is under way was answered', async () => {
    const keyId = api.addKey();
    api.manner = { delay: 300 };
    const calls = api.calls.length;
    const underWay = metadata(keyId);
    await eventually(WAIT_MS, 'the call is at Claviger', () => (api.calls.length > calls ? true : undefined));
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    assert.equal((await underWay).status, 200);
    assert.deepEqual(await ended, [0, null]);
    api.manner = {};
    await assert.rejects(metadata(keyId), { code: 'ECONNREFUSED' });
  });

  it('does not start with a configuration that is wrong, and says what is', async () => {
    setup.put('store.secret', 'short');
    const { code, err: said } = await claviger(['xks-proxy', 'serve', '--config', setup.file]);
    assert.equal(code, 1);
    assert.match(said, /^claviger: .*store\.secret holds no secret access key as one line\n$/);
    const { code: none, err: absent } = await claviger(['xks-proxy', 'serve', '--config', '/none.yaml']);
    assert.equal(none, 1);
    assert.match(absent, /^claviger: ENOENT/);
  });
});
