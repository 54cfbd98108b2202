/**
 * A working day with the AWS CLI: what people type, over both key stores, rightly and wrongly, and a restart at its end.
 * Version 1 and 2 of the CLI do; blobs go in by file, as the two read them differently on the command line.
 */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { DescribeCustomKeyStoresCommand } from '@aws-sdk/client-kms';
import { eventually, startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';

const version = spawnSync('aws', ['--version'], { encoding: 'utf8' });
const skip = version.status === 0 ? false : 'the command aws is not installed';
if (skip !== false) it('a session with the AWS CLI', { skip });

/** The CLI's own start takes most of a second of one core. */
const AT_ONCE = 4;
/** How the CLI ends: version 2 tells the service's errors (254) from its own (252), version 1 has 255 and 2. */
const SERVICE_REFUSED = [254, 255];
const CLI_REFUSED = [2, 252, 255];

interface Outcome {
  exit: number;
  /** What it printed, as far as it is JSON. */
  answer: Record<string, unknown>;
  stderr: string;
  /** As in `An error occurred (NotFoundException) when …`. */
  error: string | undefined;
}

describe('a session with the AWS CLI', { skip }, () => {
  let claviger: Claviger;
  let dir: string;
  let store: string;
  let calls = 0;
  const keys = { builtin: '', hsm: '' };
  /** Base64, as the CLI prints it; all of them hold `secret`, or the data key beside them. */
  const blobs: Record<string, string> = {};
  const dataKeys: Record<string, string> = {};
  const secret = 'what the CLI encrypts';
  const kinds = ['builtin', 'hsm'] as const;

  const aws = (args: string[], credentials: Record<string, string> = {}): Promise<Outcome> => {
    calls += 1;
    const { endpoint, region, accessKeyId, secretAccessKey } = claviger.config();
    const env = {
      PATH: process.env['PATH'],
      HOME: dir,
      AWS_CONFIG_FILE: join(dir, 'none'),
      AWS_SHARED_CREDENTIALS_FILE: join(dir, 'none'),
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_PAGER: '',
      AWS_MAX_ATTEMPTS: '1',
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...credentials,
    };
    return new Promise((resolve) => {
      execFile(
        'aws',
        ['--endpoint-url', endpoint, '--output', 'json', 'kms', ...args],
        { env },
        (error, stdout, stderr) => {
          resolve({
            exit: error === null ? 0 : Number(error.code),
            answer: stdout.trim() === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>),
            stderr,
            error: /An error occurred \((\w+)\)/.exec(stderr)?.[1],
          });
        },
      );
    });
  };

  /** Runs calls that do not depend on each other, some at once. */
  const together = async (...lines: string[][]): Promise<Outcome[]> => {
    const outcomes: Outcome[] = [];
    const todo = [...lines.entries()];
    const worker = async (): Promise<void> => {
      for (let next = todo.shift(); next !== undefined; next = todo.shift())
        outcomes[next[0]] = await aws(next[1]);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return outcomes;
  };
  /** The same, where every call is to succeed. @returns what they printed */
  const succeed = async (...lines: string[][]): Promise<Record<string, unknown>[]> => {
    const outcomes = await together(...lines);
    for (const [i, { exit, stderr }] of outcomes.entries())
      assert.equal(exit, 0, `${lines[i]?.join(' ')}\n${stderr}`);
    return outcomes.map(({ answer }) => answer);
  };
  /** The same, where every call is to be refused with its error. */
  const refused = async (...lines: [error: string, ...args: string[]][]): Promise<void> => {
    const outcomes = await together(...lines.map(([, ...args]) => args));
    for (const [i, { exit, error, stderr }] of outcomes.entries()) {
      const [wanted, ...args] = lines[i] as string[];
      assert.equal(error, wanted, `${args.join(' ')}\n${stderr}`);
      assert.ok(SERVICE_REFUSED.includes(exit), `exit code ${exit}`);
    }
  };

  /** `fileb://` of the bytes. */
  const file = (name: string, bytes: Buffer | string): string => {
    const path = join(dir, name);
    writeFileSync(path, bytes);
    return `fileb://${path}`;
  };
  const blobFile = (name: string): string =>
    file(`${name}.blob`, Buffer.from(blobs[name] as string, 'base64'));
  const text = (base64: unknown): string => Buffer.from(base64 as string, 'base64').toString();
  const metadata = (answer: Record<string, unknown> | undefined): Record<string, unknown> =>
    answer?.['KeyMetadata'] as Record<string, unknown>;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'claviger-cli-'));
    claviger = await startClaviger();
    store = claviger.config().customKeyStoreId;
  });
  after(async () => {
    await claviger?.remove();
    rmSync(dir, { recursive: true, force: true });
  });

  it('looks around and makes a key in each key store', async () => {
    const [stores, builtin, hsm] = await succeed(
      ['describe-custom-key-stores'],
      ['create-key', '--description', 'from the CLI', '--tags', 'TagKey=team,TagValue=blue'],
      ['create-key', '--origin', 'AWS_CLOUDHSM', '--custom-key-store-id', store],
    );
    const [first] = stores?.['CustomKeyStores'] as Record<string, unknown>[];
    assert.deepEqual(
      [first?.['CustomKeyStoreName'], first?.['ConnectionState']],
      ['default-hsm', 'CONNECTED'],
    );
    assert.equal(metadata(builtin)['Description'], 'from the CLI');
    assert.deepEqual([metadata(builtin)['Origin'], metadata(hsm)['Origin']], ['AWS_KMS', 'AWS_CLOUDHSM']);
    keys.builtin = metadata(builtin)['KeyId'] as string;
    keys.hsm = metadata(hsm)['KeyId'] as string;
  });

  it('gives the keys names and finds them by name', async () => {
    await succeed(
      ['create-alias', '--alias-name', 'alias/cli-builtin', '--target-key-id', keys.builtin],
      ['create-alias', '--alias-name', 'alias/cli-hsm', '--target-key-id', keys.hsm],
    );
    const [byName, aliases] = await succeed(
      ['describe-key', '--key-id', 'alias/cli-hsm'],
      ['list-aliases', '--key-id', keys.hsm],
    );
    assert.equal(metadata(byName)['CustomKeyStoreId'], store);
    assert.equal(metadata(byName)['KeyId'], keys.hsm);
    assert.deepEqual(
      (aliases?.['Aliases'] as { AliasName: string }[]).map(({ AliasName }) => AliasName),
      ['alias/cli-hsm'],
    );
  });

  it('encrypts and makes data keys in both', async () => {
    const plaintext = file('plaintext', secret);
    const answers = await succeed(
      ...kinds.map((kind) => [
        'encrypt',
        '--key-id',
        `alias/cli-${kind}`,
        '--plaintext',
        plaintext,
        '--encryption-context',
        'purpose=story',
      ]),
      ...kinds.map((kind) => ['generate-data-key', '--key-id', keys[kind], '--key-spec', 'AES_256']),
      ['generate-data-key-without-plaintext', '--key-id', keys.hsm, '--number-of-bytes', '24'],
    );
    for (const [i, kind] of kinds.entries()) {
      blobs[kind] = answers[i]?.['CiphertextBlob'] as string;
      blobs[`${kind}-data-key`] = answers[2 + i]?.['CiphertextBlob'] as string;
      dataKeys[kind] = answers[2 + i]?.['Plaintext'] as string;
      assert.equal(Buffer.from(dataKeys[kind], 'base64').length, 32);
    }
    assert.deepEqual(Object.keys(answers[4] ?? {}).sort(), ['CiphertextBlob', 'KeyId']);
  });

  const decrypt = (name: string, ...more: string[]): string[] => [
    'decrypt',
    '--ciphertext-blob',
    blobFile(name),
    ...more,
  ];
  const CONTEXT = ['--encryption-context', 'purpose=story'];

  it('decrypts with the right encryption context, and with no other', async () => {
    const answers = await succeed(decrypt('builtin', ...CONTEXT), decrypt('hsm', ...CONTEXT));
    assert.deepEqual(
      answers.map(({ Plaintext }) => text(Plaintext)),
      [secret, secret],
    );
    await refused(
      ['InvalidCiphertextException', ...decrypt('builtin')],
      ['InvalidCiphertextException', ...decrypt('hsm', '--encryption-context', 'purpose=Story')],
      ['IncorrectKeyException', ...decrypt('builtin', ...CONTEXT, '--key-id', keys.hsm)],
      [
        'InvalidCiphertextException',
        'decrypt',
        '--ciphertext-blob',
        file('cut.blob', Buffer.from(blobs['hsm'] as string, 'base64').subarray(0, -1)),
        ...CONTEXT,
      ],
    );
  });

  it('moves a ciphertext from one key store to the other', async () => {
    const reEncrypt = (from: string, to: string): string[] => [
      're-encrypt',
      '--ciphertext-blob',
      blobFile(from),
      '--source-encryption-context',
      'purpose=story',
      '--destination-key-id',
      to,
      '--destination-encryption-context',
      'purpose=moved',
    ];
    const [toHsm, toBuiltin] = await succeed(
      reEncrypt('builtin', 'alias/cli-hsm'),
      reEncrypt('hsm', keys.builtin),
    );
    blobs['moved-to-hsm'] = toHsm?.['CiphertextBlob'] as string;
    blobs['moved-to-builtin'] = toBuiltin?.['CiphertextBlob'] as string;
    const moved = ['--encryption-context', 'purpose=moved'];
    const answers = await succeed(decrypt('moved-to-hsm', ...moved), decrypt('moved-to-builtin', ...moved));
    assert.deepEqual(
      answers.map(({ Plaintext, KeyId }) => [text(Plaintext), String(KeyId).endsWith(keys.hsm)]),
      [
        [secret, true],
        [secret, false],
      ],
    );
  });

  it('gets random bytes from the service and from the HSMs', async () => {
    const answers = await succeed(
      ['generate-random', '--number-of-bytes', '40'],
      ['generate-random', '--number-of-bytes', '40', '--custom-key-store-id', store],
    );
    const random = answers.map(({ Plaintext }) => Plaintext as string);
    assert.ok(random.every((bytes) => Buffer.from(bytes, 'base64').length === 40));
    assert.notEqual(random[0], random[1]);
  });

  it('tags keys and sets their policy', async () => {
    const [policy] = await succeed(['get-key-policy', '--key-id', keys.hsm, '--policy-name', 'default']);
    const stated = JSON.parse(policy?.['Policy'] as string) as { Version: string };
    await succeed(
      [
        'tag-resource',
        '--key-id',
        keys.hsm,
        '--tags',
        'TagKey=stage,TagValue=test',
        'TagKey=owner,TagValue=cli',
      ],
      ['untag-resource', '--key-id', keys.builtin, '--tag-keys', 'team'],
      [
        'put-key-policy',
        '--key-id',
        keys.builtin,
        '--policy-name',
        'default',
        '--policy',
        JSON.stringify({ ...stated, Id: 'changed-by-cli' }),
      ],
    );
    const [tags, none, changed] = await succeed(
      ['list-resource-tags', '--key-id', keys.hsm],
      ['list-resource-tags', '--key-id', keys.builtin],
      ['get-key-policy', '--key-id', keys.builtin, '--policy-name', 'default'],
    );
    const names = (tags?.['Tags'] as { TagKey: string }[]).map(({ TagKey }) => TagKey);
    assert.deepEqual(names.sort(), ['owner', 'stage']);
    assert.deepEqual(none?.['Tags'], []);
    assert.match(changed?.['Policy'] as string, /changed-by-cli/);
  });

  it('disables one key, puts the other to its end, and thinks better of both', async () => {
    const [, scheduled] = await succeed(
      ['disable-key', '--key-id', keys.builtin],
      ['schedule-key-deletion', '--key-id', keys.hsm, '--pending-window-in-days', '7'],
    );
    assert.equal(scheduled?.['KeyState'], 'PendingDeletion');
    await refused(
      ['DisabledException', ...decrypt('builtin', ...CONTEXT)],
      ['KMSInvalidStateException', ...decrypt('hsm', ...CONTEXT)],
    );
    await succeed(['enable-key', '--key-id', keys.builtin], ['cancel-key-deletion', '--key-id', keys.hsm]);
    await succeed(['enable-key', '--key-id', keys.hsm]);
  });

  it("is told in AWS's words what is wrong", async () => {
    await refused(
      ['NotFoundException', 'describe-key', '--key-id', '00000000-0000-4000-8000-000000000000'],
      [
        'AlreadyExistsException',
        'create-alias',
        '--alias-name',
        'alias/cli-hsm',
        '--target-key-id',
        keys.hsm,
      ],
      ['ValidationException', 'schedule-key-deletion', '--key-id', keys.hsm, '--pending-window-in-days', '6'],
      [
        'ValidationException',
        'encrypt',
        '--key-id',
        keys.hsm,
        '--plaintext',
        file('long', Buffer.alloc(4097, 1)),
      ],
      [
        'DryRunOperationException',
        'encrypt',
        '--key-id',
        keys.hsm,
        '--plaintext',
        file('x', 'x'),
        '--dry-run',
      ],
      ['CustomKeyStoreInvalidStateException', 'delete-custom-key-store', '--custom-key-store-id', store],
      [
        'CustomKeyStoreNotFoundException',
        'create-key',
        '--origin',
        'AWS_CLOUDHSM',
        '--custom-key-store-id',
        'cks-00000000000000000',
      ],
    );
    const [stranger, forger, incomplete] = await Promise.all([
      aws(['list-keys'], { AWS_ACCESS_KEY_ID: 'AKIAAAAAAAAAAAAAAAAA' }),
      aws(['list-keys'], { AWS_SECRET_ACCESS_KEY: 'not it' }),
      aws(['encrypt', '--plaintext', file('x', 'x')]),
    ]);
    assert.equal(stranger.error, 'UnrecognizedClientException');
    assert.equal(forger.error, 'InvalidSignatureException');
    assert.equal(incomplete.error, undefined); // refused by the CLI, without a call
    assert.ok(CLI_REFUSED.includes(incomplete.exit), `exit code ${incomplete.exit}`);
    calls -= 1;
  });

  it('disconnects and connects the key store', async () => {
    const [first] = (await succeed(['disconnect-custom-key-store', '--custom-key-store-id', store])) as [
      object,
    ];
    assert.deepEqual(first, {});
    await refused(['KMSInvalidStateException', ...decrypt('hsm', ...CONTEXT)]);
    await succeed(['connect-custom-key-store', '--custom-key-store-id', store]);
    await eventually(15_000, 'connected', async () => {
      const command = new DescribeCustomKeyStoresCommand({ CustomKeyStoreId: store });
      const { CustomKeyStores } = await claviger.client().send(command);
      return CustomKeyStores?.[0]?.ConnectionState === 'CONNECTED' ? true : undefined;
    });
  });

  it('reads after a restart what was encrypted before it', async () => {
    await claviger.restart();
    const answers = await succeed(
      decrypt('builtin', ...CONTEXT),
      decrypt('hsm', ...CONTEXT),
      decrypt('moved-to-hsm', '--encryption-context', 'purpose=moved'),
      decrypt('moved-to-builtin', '--encryption-context', 'purpose=moved'),
      decrypt('builtin-data-key'),
      decrypt('hsm-data-key'),
      ['describe-key', '--key-id', 'alias/cli-hsm'],
    );
    assert.deepEqual(
      answers.slice(0, 4).map(({ Plaintext }) => text(Plaintext)),
      Array(4).fill(secret),
    );
    assert.deepEqual(
      answers.slice(4, 6).map(({ Plaintext }) => Plaintext),
      kinds.map((kind) => dataKeys[kind]),
    );
    assert.equal(metadata(answers[6])['KeyId'], keys.hsm);
  });

  it('was of at least 40 calls', (t) => {
    t.diagnostic(`${calls} calls by ${`${version.stdout}${version.stderr}`.trim()}`);
    assert.ok(calls >= 40);
  });
});
