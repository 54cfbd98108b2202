/**
 * Who may use a key, told with the commands that people type: an administrator who cannot decrypt, an application that has its
 * role from a token, a worker with a grant, a user of another account. Each action with what it answers, what the audit trail
 * says of it, and how the decision is explained.
 */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  CreateAccessKeyCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  CreateUserCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import type { CloudTrailEvent } from '../../src/audit/event.ts';
import { startClockedServer } from './clocked-server.ts';
import type { ClockedServer } from './clocked-server.ts';
import { clientsOf, policyDocument } from './iam-clients.ts';
import type { TestClients, TestCredentials } from './iam-clients.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const skip = spawnSync('aws', ['--version']).status === 0 ? false : 'the command aws is not installed';
if (skip !== false) it('who may use a key, with the AWS CLI', { skip });

const SUBJECT = 'system:serviceaccount:shop:payroll';
const BATCH = 'app=payroll,tier=batch';

interface Outcome {
  exit: number;
  stdout: string;
  /** What stands after `An error occurred (<code>) when calling the … operation: `. */
  code: string | undefined;
  message: string | undefined;
}

describe('who may use a key, with the AWS CLI', { skip }, () => {
  let server: ClockedServer;
  let dir: string;
  let issuer: Server;
  let account: string;
  let partner: string;
  let partnersRoot: TestCredentials;
  let admin: TestCredentials;
  let app: TestCredentials;
  let worker: TestCredentials;
  let bob: TestCredentials;
  let providerArn: string;
  let token: string;
  let keyArn: string;
  let grantId: string;
  /** The file with a ciphertext of BATCH's context, and one of `app=payroll` alone. */
  let batch: string;
  let plain: string;
  let secret: string;

  const run = (command: string, args: string[], env: NodeJS.ProcessEnv): Promise<Outcome> =>
    new Promise((resolve) => {
      execFile(command, args, { env }, (error, stdout, stderr) => {
        const [, code, message] =
          /An error occurred \((\w+)\) when calling .*? operation: (.*)/.exec(stderr) ?? [];
        if (error !== null && code === undefined) stdout += stderr;
        resolve({ exit: error === null ? 0 : 1, stdout, code, message });
      });
    });
  const aws = (who: TestCredentials, ...args: string[]): Promise<Outcome> =>
    run('aws', ['--endpoint-url', server.endpoint, '--output', 'json', ...args], {
      PATH: process.env['PATH'],
      HOME: dir,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_PAGER: '',
      AWS_MAX_ATTEMPTS: '1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: who.accessKeyId,
      AWS_SECRET_ACCESS_KEY: who.secretAccessKey,
      ...(who.sessionToken !== undefined && { AWS_SESSION_TOKEN: who.sessionToken }),
    });
  const allowed = async (who: TestCredentials, ...args: string[]): Promise<Record<string, unknown>> => {
    const { exit, stdout, code, message } = await aws(who, ...args);
    assert.equal(exit, 0, `${args.join(' ')}: ${code} ${message} ${stdout}`);
    return stdout.trim() === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>);
  };
  const encrypt = (context: string): string[] => [
    ...['kms', 'encrypt', '--key-id', keyArn, '--plaintext', `fileb://${secret}`],
    ...(context === '' ? [] : ['--encryption-context', context]),
  ];
  const decrypt = (ciphertext: string, context: string): string[] => [
    ...['kms', 'decrypt', '--ciphertext-blob', `fileb://${ciphertext}`, '--encryption-context', context],
  ];
  const encrypted = async (name: string, who: TestCredentials, context: string): Promise<string> => {
    const { CiphertextBlob } = await allowed(who, ...encrypt(context));
    const file = join(dir, name);
    writeFileSync(file, Buffer.from(CiphertextBlob as string, 'base64'));
    return file;
  };
  const opened = async (who: TestCredentials, ciphertext: string, context: string): Promise<string> => {
    const { Plaintext } = await allowed(who, ...decrypt(ciphertext, context));
    return Buffer.from(Plaintext as string, 'base64').toString();
  };

  /** The last event of that name that a user, role session or account caused. */
  const lastEvent = async (eventName: string, arn: string): Promise<CloudTrailEvent> => {
    const found = (await server.events()).filter(
      (event) => event.eventName === eventName && event.userIdentity.arn === arn,
    );
    return found.at(-1) ?? assert.fail(`no ${eventName} by ${arn}`);
  };
  const arns = {
    admin: () => `arn:aws:iam::${account}:user/admin`,
    worker: () => `arn:aws:iam::${account}:user/worker`,
    bob: () => `arn:aws:iam::${partner}:user/bob`,
    app: () => `arn:aws:sts::${account}:assumed-role/app/pod`,
  };

  /** Runs a command that must be denied in these words; gives what the trail's event of it says of the reason. */
  const denied = async (
    who: keyof typeof arns,
    credentials: TestCredentials,
    args: string[],
    action: string,
    words: string,
  ): Promise<{ reason: unknown; encoded: string }> => {
    const { code, message } = await aws(credentials, ...args);
    assert.equal(code, 'AccessDeniedException');
    assert.equal(message, `User: ${arns[who]()} is not authorized to perform: ${action} on ${words}`);
    const event = await lastEvent(action.replace('kms:', ''), arns[who]());
    assert.equal(event.errorCode, 'AccessDenied');
    assert.equal(event.errorMessage, message);
    assert.equal(event.requestParameters, null);
    assert.equal(event.resources, undefined);
    assert.equal(event.sharedEventID, undefined);
    const { authorizationReason: reason, encodedAuthorizationMessage } = event.additionalEventData ?? {};
    return { reason, encoded: String(encodedAuthorizationMessage) };
  };

  /** `claviger policy explain` with the root user's credentials of an account. */
  const explain = async (
    principal: string,
    action: string,
    context: readonly string[] = [],
    data = join(dir, 'own'),
  ): Promise<string> => {
    const pairs = context.flatMap((pair) => ['--context', `kms:EncryptionContext:${pair}`]);
    const { exit, stdout } = await run(
      process.execPath,
      [
        ...[MAIN, 'policy', 'explain', '--data', data, '--principal', principal],
        ...['--action', action, '--resource', keyArn, ...pairs],
      ],
      { PATH: process.env['PATH'] },
    );
    assert.equal(exit, 0, stdout);
    return stdout;
  };
  const asData = (name: string, credentials: TestCredentials): void => {
    mkdirSync(join(dir, name));
    const config = { endpoint: server.endpoint, region: 'us-east-1', ...credentials };
    writeFileSync(join(dir, name, 'client.json'), JSON.stringify(config));
  };

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'claviger-access-cli-'));
    secret = join(dir, 'secret');
    writeFileSync(secret, 'the salaries');
    server = await startClockedServer(undefined, 'oidc: { allowHttpOnLoopback: true }');
    account = server.accountId;
    const made = await server.createAccount('partner');
    partner = made.account.accountId;
    partnersRoot = { accessKeyId: made.key.accessKeyId, secretAccessKey: made.key.secretAccessKey };
    asData('own', server.root);
    asData('partner', partnersRoot);
    const own = clientsOf(server.endpoint, server.root);
    const foreign = clientsOf(server.endpoint, partnersRoot);
    try {
      admin = await newUser(own, 'admin', 'kms:*');
      worker = await newUser(own, 'worker', undefined);
      bob = await newUser(foreign, 'bob', 'kms:*');
      await startIssuer();
      const provider = await own.iam.send(
        new CreateOpenIDConnectProviderCommand({ Url: issuerUrl(), ClientIDList: ['shop'] }),
      );
      providerArn = provider.OpenIDConnectProviderArn ?? '';
      const trust = policyDocument({
        Effect: 'Allow',
        Principal: { Federated: providerArn },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringEquals: { [`${issuerUrl().replace('http://', '')}:sub`]: SUBJECT } },
      });
      await own.iam.send(new CreateRoleCommand({ RoleName: 'app', AssumeRolePolicyDocument: trust }));
    } finally {
      own.destroy();
      foreign.destroy();
    }
  });
  after(async () => {
    issuer?.close();
    issuer?.closeAllConnections();
    await server?.remove();
    rmSync(dir, { recursive: true, force: true });
  });

  async function newUser(
    { iam }: TestClients,
    UserName: string,
    Action: string | undefined,
  ): Promise<TestCredentials> {
    await iam.send(new CreateUserCommand({ UserName }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    if (Action !== undefined) {
      const PolicyDocument = policyDocument({ Effect: 'Allow', Action, Resource: '*' });
      await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'rights', PolicyDocument }));
    }
    return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  }

  /** An issuer of tokens, and a token of its for the application. */
  async function startIssuer(): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const keys = [{ ...(await exportJWK(publicKey)), kid: 'first', alg: 'ES256', use: 'sig' }];
    issuer = createServer((request, response) => {
      if (request.url === '/.well-known/openid-configuration')
        response.end(JSON.stringify({ issuer: issuerUrl(), jwks_uri: `${issuerUrl()}/keys` }));
      else if (request.url === '/keys') response.end(JSON.stringify({ keys }));
      else response.writeHead(404).end();
    });
    issuer.listen(0, '127.0.0.1');
    await once(issuer, 'listening');
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: issuerUrl(), aud: 'shop', sub: SUBJECT, iat: now, exp: now + 3_600 };
    token = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'first' }).sign(privateKey);
  }
  const issuerUrl = (): string => `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;

  it('an administrator makes a key for others', async () => {
    const keyPolicy = policyDocument(
      {
        Sid: 'Reading',
        Effect: 'Allow',
        Principal: { AWS: account },
        Action: ['kms:Describe*', 'kms:Get*', 'kms:List*'],
        Resource: '*',
      },
      {
        Sid: 'Administration',
        Effect: 'Allow',
        Principal: { AWS: arns.admin() },
        Action: ['kms:Put*', 'kms:CreateGrant', 'kms:RevokeGrant', 'kms:Enable*', 'kms:Disable*'],
        Resource: '*',
      },
      {
        Sid: 'Application',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:role/app` },
        Action: ['kms:Encrypt', 'kms:Decrypt'],
        Resource: '*',
        Condition: { StringEquals: { 'kms:EncryptionContext:app': 'payroll' } },
      },
      {
        Sid: 'Partner',
        Effect: 'Allow',
        Principal: { AWS: partner },
        Action: 'kms:Encrypt',
        Resource: '*',
      },
    );
    const created = await allowed(admin, 'kms', 'create-key', '--policy', keyPolicy);
    keyArn = (created['KeyMetadata'] as { Arn: string }).Arn;
    const event = await lastEvent('CreateKey', arns.admin());
    assert.equal(event.userIdentity.type, 'IAMUser');
    assert.deepEqual(event.resources, [{ accountId: account, type: 'AWS::KMS::Key', ARN: keyArn }]);
  });

  it('an application gets its role with a token, and uses the key in its own context only', async () => {
    const { Credentials } = (await allowed(
      { accessKeyId: '', secretAccessKey: '' },
      ...[
        'sts',
        'assume-role-with-web-identity',
        '--role-session-name',
        'pod',
        '--web-identity-token',
        token,
      ],
      ...['--role-arn', `arn:aws:iam::${account}:role/app`],
    )) as { Credentials: { AccessKeyId: string; SecretAccessKey: string; SessionToken: string } };
    app = {
      accessKeyId: Credentials.AccessKeyId,
      secretAccessKey: Credentials.SecretAccessKey,
      sessionToken: Credentials.SessionToken,
    };
    batch = await encrypted('batch', app, BATCH);
    plain = await encrypted('plain', app, 'app=payroll');
    const used = await lastEvent('Encrypt', arns.app());
    assert.equal(used.userIdentity.type, 'AssumedRole');
    assert.equal(used.userIdentity.sessionContext?.webIdFederationData?.federatedProvider, providerArn);
    assert.deepEqual(used.requestParameters?.['encryptionContext'], { app: 'payroll' });
    const { reason, encoded } = await denied(
      ...(['app', app, encrypt('app=crm'), 'kms:Encrypt'] as const),
      `resource: ${keyArn} because no resource-based policy allows the kms:Encrypt action`,
    );
    assert.equal(reason, 'no-resource-policy');
    const decoded = await allowed(
      server.root,
      ...['sts', 'decode-authorization-message', '--encoded-message', encoded],
    );
    const message = JSON.parse(String(decoded['DecodedMessage'])) as {
      allowed: boolean;
      explicitDeny: boolean;
      context: { principal: { arn: string }; action: string; resource: string };
    };
    const { allowed: isAllowed, explicitDeny, context } = message;
    assert.deepEqual(
      [isAllowed, explicitDeny, context.principal.arn, context.action, context.resource],
      [false, false, arns.app(), 'kms:Encrypt', keyArn],
    );
    const role = `arn:aws:iam::${account}:role/app`;
    assert.match(
      await explain(role, 'kms:Encrypt', ['app=payroll']),
      /^ALLOWED.*\n\nWhat decides.*\n {2}arn:aws:kms:.* {2}1:\d+ to 1:\d+\n/,
    );
    assert.match(
      await explain(role, 'kms:Encrypt', ['app=crm']),
      /^DENIED, nothing allows it[^]*What is needed\n {2}The policy of arn:aws:kms:.* must allow kms:Encrypt/,
    );
  });

  it('the administrator cannot decrypt, whatever IAM allows him', async () => {
    const { reason } = await denied(
      ...(['admin', admin, decrypt(batch, BATCH), 'kms:Decrypt'] as const),
      `resource: ${keyArn} because no resource-based policy allows the kms:Decrypt action`,
    );
    assert.equal(reason, 'no-resource-policy');
    assert.match(await explain(arns.admin(), 'kms:Decrypt'), /^DENIED, nothing allows it/);
  });

  it('a worker with a grant decrypts what the grant is for, until it is revoked', async () => {
    const granted = await allowed(
      admin,
      ...['kms', 'create-grant', '--key-id', keyArn, '--grantee-principal', arns.worker()],
      ...['--operations', 'Decrypt', '--constraints', 'EncryptionContextSubset={tier=batch}'],
    );
    grantId = String(granted['GrantId']);
    assert.equal(
      (await lastEvent('CreateGrant', arns.admin())).requestParameters?.['granteePrincipal'],
      arns.worker(),
    );
    assert.equal(await opened(worker, batch, BATCH), 'the salaries');
    assert.equal((await lastEvent('Decrypt', arns.worker())).errorCode, undefined);
    const refused = async (ciphertext: string, context: string): Promise<void> => {
      const { reason } = await denied(
        ...(['worker', worker, decrypt(ciphertext, context), 'kms:Decrypt'] as const),
        `resource: ${keyArn} because no resource-based policy allows the kms:Decrypt action`,
      );
      assert.equal(reason, 'no-resource-policy');
    };
    await refused(plain, 'app=payroll');
    const explained = await explain(arns.worker(), 'kms:Decrypt', ['app=payroll', 'tier=batch']);
    assert.match(explained, /^ALLOWED/);
    assert.ok(explained.includes(`\n  grant ${grantId}\n`), explained);
    assert.match(await explain(arns.worker(), 'kms:Decrypt', ['app=payroll']), /^DENIED/);

    await allowed(admin, 'kms', 'revoke-grant', '--key-id', keyArn, '--grant-id', grantId);
    await refused(batch, BATCH);
    assert.match(
      await explain(arns.worker(), 'kms:Decrypt', ['app=payroll', 'tier=batch']),
      /^DENIED, nothing allows it[^]*or a grant must allow it/,
    );
  });

  it('a user of another account does what both accounts allow, and both have it on record', async () => {
    const message = await encrypted('partners', bob, 'app=payroll');
    const mine = await lastEvent('Encrypt', arns.bob());
    assert.equal(mine.recipientAccountId, partner);
    const copies = (await server.events()).filter(
      ({ eventID, sharedEventID }) => sharedEventID === mine.sharedEventID && eventID !== mine.eventID,
    );
    assert.equal(copies.length, 1);
    const { eventID: _, recipientAccountId, userIdentity, ...copied } = copies[0] as CloudTrailEvent;
    assert.equal(recipientAccountId, account);
    const { principalId } = mine.userIdentity;
    assert.deepEqual(userIdentity, { type: 'AWSAccount', principalId, accountId: partner });
    const { eventID: _own, recipientAccountId: _to, userIdentity: _who, ...told } = mine;
    assert.deepEqual(copied, told);

    const { reason } = await denied(
      ...(['bob', bob, decrypt(message, 'app=payroll'), 'kms:Decrypt'] as const),
      'the resource associated with this ciphertext because the resource does not exist in this Region, ' +
        'no resource-based policies allow access, or a resource-based policy explicitly denies access',
    );
    assert.equal(reason, 'no-resource-policy');
    const { recipientAccountId: toldTo, additionalEventData } = await lastEvent('Decrypt', arns.bob());
    // as for a key that is not there
    assert.deepEqual([toldTo, additionalEventData], [partner, { authorizationReason: 'no-resource-policy' }]);
    assert.match(
      await explain(arns.bob(), 'kms:Encrypt', ['app=payroll'], join(dir, 'partner')),
      /^ALLOWED by the principal's account, if the key's owner allows it too/,
    );
    assert.equal(await opened(app, message, 'app=payroll'), 'the salaries');
  });
});
