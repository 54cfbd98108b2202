/**
 * Accounts, users, roles and sessions with the commands that people type: `claviger account`, `aws iam`, `aws sts`, on a whole
 * Claviger with a restart in between; and none of the secrets in its data folder afterwards.
 */
/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-argument, @typescript-eslint/no-unsafe-assignment,
   @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access --
   answers of many operations are read by their members' names */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TEST_ENGINE } from '../storage/test-database.ts';
import { startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';
import { ALLOW_ALL, trusting } from './iam-clients.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const version = spawnSync('aws', ['--version'], { encoding: 'utf8' });
const skip = version.status === 0 ? false : 'the command aws is not installed';
if (skip !== false) it('accounts, users and roles with the AWS CLI', { skip });

interface Outcome {
  exit: number;
  stdout: string;
  stderr: string;
  /** As in `An error occurred (NoSuchEntity) when …`. */
  error: string | undefined;
}

interface Credentials {
  AccessKeyId: string;
  SecretAccessKey: string;
  SessionToken?: string;
}

describe('accounts, users and roles with the AWS CLI', { skip }, () => {
  let claviger: Claviger;
  let dir: string;
  const secrets: string[] = [];

  const run = (command: string, args: string[], env: Record<string, string | undefined>): Promise<Outcome> =>
    new Promise((resolve) => {
      execFile(command, args, { env }, (error, stdout, stderr) => {
        const exit = error === null ? 0 : Number(error.code);
        resolve({ exit, stdout, stderr, error: /An error occurred \((\w+)\)/.exec(stderr)?.[1] });
      });
    });
  const aws = (args: string[], credentials?: Credentials): Promise<Outcome> => {
    const { endpoint, accessKeyId, secretAccessKey, region } = claviger.config();
    return run('aws', ['--endpoint-url', endpoint, '--output', 'json', ...args], {
      PATH: process.env['PATH'],
      HOME: dir,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_PAGER: '',
      AWS_MAX_ATTEMPTS: '1',
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: credentials?.AccessKeyId ?? accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials?.SecretAccessKey ?? secretAccessKey,
      ...(credentials?.SessionToken !== undefined && { AWS_SESSION_TOKEN: credentials.SessionToken }),
    });
  };
  const succeed = async (args: string[], credentials?: Credentials): Promise<any> => {
    const { exit, stdout, stderr } = await aws(args, credentials);
    assert.equal(exit, 0, `${args.join(' ')}\n${stderr}`);
    return stdout.trim() === '' ? {} : JSON.parse(stdout);
  };
  const cli = (...args: string[]): Promise<Outcome> =>
    run(process.execPath, [MAIN, ...args, '--data', claviger.dataDir], { PATH: process.env['PATH'] });

  let account: string;
  let dev: Credentials;
  let session: Credentials;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'claviger-iam-cli-'));
    claviger = await startClaviger();
    account = claviger.config().accountId;
  });
  after(async () => {
    await claviger?.remove();
    rmSync(dir, { recursive: true, force: true });
  });

  it('makes users with keys and policies, as an administrator types it', async () => {
    await succeed([
      'iam',
      'create-user',
      '--user-name',
      'dev',
      '--path',
      '/team/',
      '--tags',
      'Key=team,Value=blue',
    ]);
    const { AccessKey } = await succeed(['iam', 'create-access-key', '--user-name', 'dev']);
    dev = AccessKey;
    secrets.push(dev.SecretAccessKey);
    const { Policy } = await succeed([
      'iam',
      'create-policy',
      '--policy-name',
      'all',
      '--policy-document',
      ALLOW_ALL,
    ]);
    await succeed(['iam', 'attach-user-policy', '--user-name', 'dev', '--policy-arn', Policy.Arn]);
    await succeed([
      'iam',
      'put-user-policy',
      '--user-name',
      'dev',
      '--policy-name',
      'inline',
      '--policy-document',
      ALLOW_ALL,
    ]);
    const inline = await succeed(['iam', 'get-user-policy', '--user-name', 'dev', '--policy-name', 'inline']);
    assert.deepEqual(inline.PolicyDocument, JSON.parse(ALLOW_ALL)); // the CLI decodes it
    const identity = await succeed(['sts', 'get-caller-identity'], dev);
    assert.equal(identity.Arn, `arn:aws:iam::${account}:user/team/dev`);
    const { Users } = await succeed(['iam', 'list-users', '--path-prefix', '/team/']);
    assert.deepEqual(
      Users.map(({ UserName }: { UserName: string }) => UserName),
      ['dev'],
    );
  });

  it('lets the user become a role', async () => {
    const trust = trusting({ AWS: `arn:aws:iam::${account}:user/team/dev` });
    const { Role } = await succeed([
      'iam',
      'create-role',
      '--role-name',
      'app',
      '--assume-role-policy-document',
      trust,
    ]);
    assert.deepEqual(Role.AssumeRolePolicyDocument, JSON.parse(trust));
    const assumed = await succeed(
      ['sts', 'assume-role', '--role-arn', Role.Arn, '--role-session-name', 'cli'],
      dev,
    );
    session = assumed.Credentials;
    secrets.push(session.SecretAccessKey, session.SessionToken ?? '');
    const identity = await succeed(['sts', 'get-caller-identity'], session);
    assert.equal(identity.Arn, `arn:aws:sts::${account}:assumed-role/app/cli`);
    const own = await succeed(['sts', 'get-session-token'], dev);
    secrets.push(own.Credentials.SecretAccessKey, own.Credentials.SessionToken);
  });

  it('is told what is wrong, in AWS codes', async () => {
    const refused: [error: string, ...args: string[]][] = [
      ['NoSuchEntity', 'iam', 'get-user', '--user-name', 'none'],
      ['EntityAlreadyExists', 'iam', 'create-user', '--user-name', 'DEV'],
      ['DeleteConflict', 'iam', 'delete-user', '--user-name', 'dev'],
      [
        'MalformedPolicyDocument',
        'iam',
        'put-user-policy',
        '--user-name',
        'dev',
        '--policy-name',
        'x',
        '--policy-document',
        '{}',
      ],
      [
        'AccessDenied',
        'sts',
        'assume-role',
        '--role-arn',
        `arn:aws:iam::${account}:role/app`,
        '--role-session-name',
        'x1',
      ],
    ];
    for (const [error, ...args] of refused) assert.equal((await aws(args)).error, error, args.join(' '));
    const wrong = { ...dev, SecretAccessKey: 'wrong' };
    assert.equal((await aws(['sts', 'get-caller-identity'], wrong)).error, 'SignatureDoesNotMatch');
    assert.equal(
      (await aws(['sts', 'get-caller-identity'], { ...session, SessionToken: 'x' })).error,
      'InvalidClientTokenId',
    );
  });

  it('makes further accounts, over a socket that nobody else can open', async () => {
    const created = await cli('account', 'create', '--name', 'second', '--json');
    assert.equal(created.exit, 0, created.stderr);
    const { accountId, accessKeyId, secretAccessKey } = JSON.parse(created.stdout) as Record<string, string>;
    const other = { AccessKeyId: accessKeyId ?? '', SecretAccessKey: secretAccessKey ?? '' };
    secrets.push(other.SecretAccessKey);
    assert.equal((await succeed(['sts', 'get-caller-identity'], other)).Account, accountId);
    assert.deepEqual((await succeed(['iam', 'list-users'], other)).Users, []);
    assert.deepEqual((await succeed(['kms', 'list-keys'], other)).Keys, []);
    const list = await cli('account', 'list');
    assert.match(list.stdout, new RegExp(`^${account} .*\\n${accountId} .*second`));
    assert.notEqual((await cli('account', 'create', '--name', 'x'.repeat(51))).exit, 0);
    const socket = lstatSync(join(claviger.dataDir, 'server', 'admin.sock'));
    assert.equal(socket.mode & 0o077, 0);
  });

  it('finds everything again after a restart, sessions too, which nobody kept', async () => {
    await claviger.restart();
    assert.equal(
      (await succeed(['sts', 'get-caller-identity'], dev)).Arn,
      `arn:aws:iam::${account}:user/team/dev`,
    );
    assert.equal((await succeed(['sts', 'get-caller-identity'], session)).Account, account);
    const { AccessKeyLastUsed } = await succeed([
      'iam',
      'get-access-key-last-used',
      '--access-key-id',
      dev.AccessKeyId,
    ]);
    assert.equal(AccessKeyLastUsed.ServiceName, 'sts');
    const { User } = await succeed(['iam', 'get-user', '--user-name', 'dev']);
    assert.deepEqual(User.Tags, [{ Key: 'team', Value: 'blue' }]);
  });

  it('has left no secret and no token in any file but client.json', async () => {
    await claviger.stop();
    const failed = await cli('account', 'list');
    assert.match(failed.stderr, /no server runs for this data folder/);
    assert.ok(secrets.length >= 6 && secrets.every((secret) => secret.length >= 40));
    const files = readdirSync(claviger.dataDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    assert.ok(TEST_ENGINE !== 'sqlite' || files.some((path) => path.endsWith('claviger.db')));
    for (const path of files) {
      const content = readFileSync(path);
      for (const [i, secret] of secrets.entries()) {
        const name = `secret ${i} in ${relative(claviger.dataDir, path)}`;
        assert.ok(!content.includes(secret), name);
        assert.ok(!content.includes(Buffer.from(secret, 'base64')), name);
        assert.ok(!content.includes(secret.slice(0, 60)), name);
      }
    }
  });
});
