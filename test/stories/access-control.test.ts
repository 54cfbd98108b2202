/** Access control with real users and roles: made through IAM, calling KMS with their own keys, explained by the command. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  GetRoleCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  ListKeysCommand,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import { AssumeRoleCommand, DecodeAuthorizationMessageCommand } from '@aws-sdk/client-sts';
import { startClockedServer } from './clocked-server.ts';
import type { ClockedServer } from './clocked-server.ts';
import { clientsOf, policyDocument, refusalOf, trusting } from './iam-clients.ts';
import type { TestClients } from './iam-clients.ts';
import { refusal } from './refusal.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const run = promisify(execFile);
const allowing = (Action: string | string[], more: object = {}): string =>
  policyDocument({ Effect: 'Allow', Action, Resource: '*', ...more });

describe('users, roles and keys', () => {
  let server: ClockedServer;
  let owner: TestClients;
  let alice: TestClients;
  let account: string;
  let keyArn: string;
  const made: TestClients[] = [];

  const clients = (credentials: Parameters<typeof clientsOf>[1]): TestClients => {
    const these = clientsOf(server.endpoint, credentials);
    made.push(these);
    return these;
  };

  async function newUser(
    UserName: string,
  ): Promise<{ arn: string; id: string; accessKeyId: string; clients: TestClients }> {
    const { User } = await owner.iam.send(new CreateUserCommand({ UserName }));
    const { AccessKey } = await owner.iam.send(new CreateAccessKeyCommand({ UserName }));
    const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
    return {
      arn: User?.Arn ?? '',
      id: User?.UserId ?? '',
      accessKeyId,
      clients: clients({ accessKeyId, secretAccessKey }),
    };
  }

  const allow = (UserName: string, PolicyDocument: string): Promise<unknown> =>
    owner.iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'rights', PolicyDocument }));

  before(async () => {
    server = await startClockedServer();
    account = server.accountId;
    owner = clients(server.root);
    alice = (await newUser('alice')).clients;
    keyArn = (await owner.kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  });
  after(async () => {
    for (const one of made) one.destroy();
    await server.remove();
  });

  it('an administrator who may not decrypt', async () => {
    await allow(
      'alice',
      policyDocument(
        { Effect: 'Allow', Action: 'kms:*', Resource: '*' },
        { Sid: 'NoUse', Effect: 'Deny', Action: ['kms:Decrypt', 'kms:ReEncrypt*'], Resource: '*' },
      ),
    );
    await alice.kms.send(new ListKeysCommand({}));
    const { CiphertextBlob } = await alice.kms.send(
      new EncryptCommand({ KeyId: keyArn, Plaintext: Buffer.from('x') }),
    );
    const error = await refusal(alice.kms.send(new DecryptCommand({ CiphertextBlob })));
    assert.equal(error.name, 'AccessDeniedException');
    assert.equal(
      error.message,
      `User: arn:aws:iam::${account}:user/alice is not authorized to perform: kms:Decrypt on resource: ${keyArn} with an explicit deny in an identity-based policy`,
    );
  });

  it('the denial’s event leads to its explanation', async () => {
    const denied = (await server.events()).filter(
      ({ eventName, errorCode }) => eventName === 'Decrypt' && errorCode === 'AccessDenied',
    );
    const { authorizationReason, encodedAuthorizationMessage } = denied.at(-1)?.additionalEventData ?? {};
    assert.equal(authorizationReason, 'deny-in-identity-policy');
    const EncodedMessage = encodedAuthorizationMessage as string;
    const { DecodedMessage } = await owner.sts.send(
      new DecodeAuthorizationMessageCommand({ EncodedMessage }),
    );
    const message = JSON.parse(DecodedMessage ?? '') as {
      matchedStatements: { items: { statementId: string }[] };
    };
    assert.equal(message.matchedStatements.items[0]?.statementId, 'NoUse');
  });

  it('an application’s role with a condition on the encryption context, narrowed by a session policy', async () => {
    const trust = trusting({ AWS: `arn:aws:iam::${account}:user/alice` });
    const { Role } = await owner.iam.send(
      new CreateRoleCommand({ RoleName: 'app', AssumeRolePolicyDocument: trust }),
    );
    await owner.iam.send(
      new PutRolePolicyCommand({
        RoleName: 'app',
        PolicyName: 'use',
        PolicyDocument: allowing(['kms:Encrypt', 'kms:Decrypt'], {
          Condition: { StringEquals: { 'kms:EncryptionContext:app': '${aws:PrincipalAccount}' } },
        }),
      }),
    );
    const assume = async (Policy?: string): Promise<TestClients> => {
      const { Credentials } = await alice.sts.send(
        new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'one', Policy }),
      );
      const {
        AccessKeyId: accessKeyId = '',
        SecretAccessKey: secretAccessKey = '',
        SessionToken: sessionToken,
      } = Credentials ?? {};
      return clients({ accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) });
    };
    const app = await assume();
    const EncryptionContext = { app: account };
    const { CiphertextBlob } = await app.kms.send(
      new EncryptCommand({ KeyId: keyArn, Plaintext: Buffer.from('secret'), EncryptionContext }),
    );
    const opened = await app.kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
    assert.equal(Buffer.from(opened.Plaintext ?? []).toString(), 'secret');
    const without = await refusal(
      app.kms.send(new EncryptCommand({ KeyId: keyArn, Plaintext: Buffer.from('x') })),
    );
    assert.match(
      without.message,
      /assumed-role\/app\/one .* because no identity-based policy allows the kms:Encrypt action$/,
    );
    const narrow = await assume(allowing('kms:Encrypt'));
    const limited = await refusal(narrow.kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext })));
    assert.match(limited.message, /because no session policy allows the kms:Decrypt action$/);
  });

  it('a user whom the key policy names, and a namesake who inherits nothing', async () => {
    const bob = await newUser('bob');
    const text = policyDocument({
      Effect: 'Allow',
      Principal: { AWS: [bob.arn, account] },
      Action: 'kms:*',
      Resource: '*',
    });
    await owner.kms.send(new PutKeyPolicyCommand({ KeyId: keyArn, Policy: text }));
    assert.equal((await bob.clients.kms.send(new GetKeyPolicyCommand({ KeyId: keyArn }))).Policy, text);
    await owner.iam.send(new DeleteAccessKeyCommand({ UserName: 'bob', AccessKeyId: bob.accessKeyId }));
    await owner.iam.send(new DeleteUserCommand({ UserName: 'bob' }));
    const { Policy } = await owner.kms.send(new GetKeyPolicyCommand({ KeyId: keyArn }));
    assert.equal(Policy, text.replace(bob.arn, bob.id));
    const namesake = await newUser('bob');
    const error = await refusal(namesake.clients.kms.send(new DescribeKeyCommand({ KeyId: keyArn })));
    assert.equal(error.name, 'AccessDeniedException');
  });

  it('a role trusts a user, and not the namesake who is made later', async () => {
    const carl = await newUser('carl');
    const trust = trusting({ AWS: carl.arn });
    const { Role } = await owner.iam.send(
      new CreateRoleCommand({ RoleName: 'trusting', AssumeRolePolicyDocument: trust }),
    );
    assert.equal(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''), trust);
    const assume = new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'one' });
    await carl.clients.sts.send(assume);
    await owner.iam.send(new DeleteAccessKeyCommand({ UserName: 'carl', AccessKeyId: carl.accessKeyId }));
    await owner.iam.send(new DeleteUserCommand({ UserName: 'carl' }));
    const shown = (await owner.iam.send(new GetRoleCommand({ RoleName: 'trusting' }))).Role;
    assert.equal(decodeURIComponent(shown?.AssumeRolePolicyDocument ?? ''), trust.replace(carl.arn, carl.id));
    const namesake = await newUser('carl');
    assert.match(await refusalOf(namesake.clients.sts.send(assume)), /^AccessDenied 403: /);
  });

  it('the simulator and the command explain what the server decides', async () => {
    const PolicySourceArn = `arn:aws:iam::${account}:user/alice`;
    const { EvaluationResults } = await owner.iam.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn,
        ActionNames: ['kms:Encrypt', 'kms:Decrypt'],
        ResourceArns: [keyArn],
      }),
    );
    assert.deepEqual(
      EvaluationResults?.map(({ EvalDecision }) => EvalDecision),
      ['allowed', 'explicitDeny'],
    );
    const data = mkdtempSync(join(tmpdir(), 'claviger-explain-'));
    try {
      writeFileSync(
        join(data, 'client.json'),
        JSON.stringify({ endpoint: server.endpoint, region: 'us-east-1', ...server.root }),
      );
      const explain = async (
        action: string,
        resource = keyArn,
        principal = PolicySourceArn,
      ): Promise<string> => {
        const { stdout } = await run(process.execPath, [
          MAIN,
          'policy',
          'explain',
          '--data',
          data,
          '--principal',
          principal,
          '--action',
          action,
          '--resource',
          resource,
        ]);
        return stdout;
      };
      assert.match(await explain('kms:Encrypt'), /^ALLOWED/);
      const denied = await explain('kms:Decrypt');
      assert.match(denied, /^DENIED, a statement denies it/);
      assert.match(denied, /inline policy rights of user alice {2}1:\d+ to 1:\d+/);
      assert.match(denied, /The denying statement of the identity-based policy must go/);
      await owner.iam.send(new DeleteUserPolicyCommand({ UserName: 'alice', PolicyName: 'rights' }));
      assert.match(
        await explain('kms:Encrypt'),
        /^DENIED, nothing allows it[\s\S]*An identity-based policy of .* must allow kms:Encrypt/,
      );
      await assert.rejects(explain('kms:Encrypt', 'alias/some'), /'alias\/some' is no ARN/);

      const role = (name: string): string => `arn:aws:iam::${account}:role/${name}`;
      const AssumeRolePolicyDocument = trusting({ AWS: PolicySourceArn });
      await owner.iam.send(
        new CreateRoleCommand({ RoleName: 'hers', Path: '/x/', AssumeRolePolicyDocument }),
      );
      assert.match(await explain('sts:AssumeRole', role('x/hers')), /^ALLOWED/);
      assert.match(
        await explain('sts:AssumeRole', role('x/hers'), role('x/hers')),
        /^DENIED, nothing allows it[\s\S]*The policy of .*role\/x\/hers must allow sts:AssumeRole/,
      );
      await allow('alice', policyDocument({ Effect: 'Deny', Action: 'sts:*', Resource: '*' }));
      assert.match(await explain('sts:AssumeRole', role('x/hers')), /^DENIED, a statement denies it/);
      await allow('alice', allowing('sts:*'));
      const elsewhere = await explain('sts:AssumeRole', 'arn:aws:iam::999999999999:role/hers');
      assert.match(
        elsewhere,
        /^ALLOWED by the principal's account, if the role's trust policy allows it too/,
      );
      assert.match(elsewhere, /The trust policy of the role, which these credentials may not read/);
    } finally {
      rmSync(data, { recursive: true, force: true });
    }
  });
});
