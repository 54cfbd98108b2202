/** IAM's own rights, given and taken by condition: tags of what is acted on, boundaries, and names that change. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CreateAccessKeyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  GetPolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  SimulatePrincipalPolicyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import type { ContextEntry } from '@aws-sdk/client-iam';
import { startClockedServer } from './clocked-server.ts';
import type { ClockedServer } from './clocked-server.ts';
import { ALLOW_ALL, clientsOf, policyDocument, refusalOf, trusting } from './iam-clients.ts';
import type { TestClients } from './iam-clients.ts';

const IAM = { Effect: 'Allow', Action: 'iam:*', Resource: '*' };
const Tags = [{ Key: 'protected', Value: 'yes' }];

describe('rights of IAM', () => {
  let server: ClockedServer;
  let root: TestClients;
  let admin: TestClients;

  /** What the administrator may do from now on. */
  const rights = (...statements: object[]): Promise<unknown> =>
    root.iam.send(
      new PutUserPolicyCommand({
        UserName: 'admin',
        PolicyName: 'rights',
        PolicyDocument: policyDocument(...statements),
      }),
    );
  const arn = (what: string): string => `arn:aws:iam::${server.accountId}:${what}`;
  const AssumeRolePolicyDocument = (): string => trusting({ AWS: server.accountId });

  before(async () => {
    server = await startClockedServer();
    root = clientsOf(server.endpoint, server.root);
    await root.iam.send(new CreateUserCommand({ UserName: 'admin' }));
    const { AccessKey } = await root.iam.send(new CreateAccessKeyCommand({ UserName: 'admin' }));
    const { AccessKeyId = '', SecretAccessKey = '' } = AccessKey ?? {};
    admin = clientsOf(server.endpoint, { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey });
  });
  after(async () => {
    root?.destroy();
    admin?.destroy();
    await server?.remove();
  });

  it('are taken by tags of the user, role or policy that is acted on, in every operation', async () => {
    const named = { PolicyName: 'tagged', PolicyDocument: ALLOW_ALL };
    await root.iam.send(new CreateUserCommand({ UserName: 'tagged', Tags }));
    await root.iam.send(
      new CreateRoleCommand({
        RoleName: 'tagged',
        AssumeRolePolicyDocument: AssumeRolePolicyDocument(),
        Tags,
      }),
    );
    await root.iam.send(new CreatePolicyCommand({ ...named, Tags }));
    const attempts = [
      () => admin.iam.send(new CreateAccessKeyCommand({ UserName: 'tagged' })),
      () => admin.iam.send(new PutUserPolicyCommand({ UserName: 'tagged', ...named })),
      () => admin.iam.send(new UpdateUserCommand({ UserName: 'tagged', NewUserName: 'free' })),
      () => admin.iam.send(new DeleteUserCommand({ UserName: 'tagged' })),
      () =>
        admin.iam.send(
          new UpdateAssumeRolePolicyCommand({
            RoleName: 'tagged',
            PolicyDocument: AssumeRolePolicyDocument(),
          }),
        ),
      () => admin.iam.send(new PutRolePolicyCommand({ RoleName: 'tagged', ...named })),
      () => admin.iam.send(new GetPolicyCommand({ PolicyArn: arn('policy/tagged') })),
    ];
    for (const prefix of ['aws', 'iam']) {
      const Condition = { StringEquals: { [`${prefix}:ResourceTag/protected`]: 'yes' } };
      await rights(IAM, { ...IAM, Effect: 'Deny', Condition });
      for (const attempt of prefix === 'aws' ? attempts : attempts.slice(0, -1))
        assert.match(
          await refusalOf(attempt()),
          /^AccessDenied 403: .* with an explicit deny in an identity/,
        );
    }
  });

  it('to make something with tags need the right to tag it', async () => {
    const makers: Record<string, (name: string, more: { Tags?: typeof Tags }) => Promise<unknown>> = {
      TagUser: (UserName, more) => admin.iam.send(new CreateUserCommand({ UserName, ...more })),
      TagRole: (RoleName, more) =>
        admin.iam.send(
          new CreateRoleCommand({
            RoleName,
            AssumeRolePolicyDocument: AssumeRolePolicyDocument(),
            ...more,
          }),
        ),
      TagPolicy: (PolicyName, more) =>
        admin.iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: ALLOW_ALL, ...more })),
      TagOpenIDConnectProvider: (name, more) =>
        admin.iam.send(
          new CreateOpenIDConnectProviderCommand({ Url: `https://${name}.example.com`, ...more }),
        ),
    };
    for (const [action, make] of Object.entries(makers)) {
      await rights(IAM, { ...IAM, Effect: 'Deny', Action: `iam:${action}` });
      await make('plain', {});
      assert.match(
        await refusalOf(make('marked', { Tags })),
        new RegExp(`^AccessDenied 403: .* not authorized to perform: iam:${action} on resource: .*marked`),
      );
      const Condition = { StringNotEquals: { 'aws:RequestTag/protected': 'yes' } };
      await rights(IAM, { ...IAM, Effect: 'Deny', Action: `iam:${action}`, Condition });
      await make('marked', { Tags });
    }
  });

  it('to put and delete inline policies depend on the boundary of whom they are for', async () => {
    const PermissionsBoundary = arn('policy/boundary');
    await root.iam.send(new CreatePolicyCommand({ PolicyName: 'boundary', PolicyDocument: ALLOW_ALL }));
    await root.iam.send(new CreateUserCommand({ UserName: 'bounded', PermissionsBoundary }));
    await root.iam.send(new CreateUserCommand({ UserName: 'unbounded' }));
    const Condition = { StringEquals: { 'iam:PermissionsBoundary': PermissionsBoundary } };
    await rights({ ...IAM, Condition });
    const put = (UserName: string) =>
      admin.iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: ALLOW_ALL }));
    await put('bounded');
    await admin.iam.send(new DeleteUserPolicyCommand({ UserName: 'bounded', PolicyName: 'p' }));
    assert.match(await refusalOf(put('unbounded')), /^AccessDenied 403/);
  });

  it('are simulated with the tags that the principal has, unless others are given', async () => {
    await root.iam.send(new CreateUserCommand({ UserName: 'blue', Tags: [{ Key: 'team', Value: 'blue' }] }));
    const Condition = { StringEquals: { 'aws:PrincipalTag/team': 'blue' } };
    const PolicyInputList = [policyDocument({ ...IAM, Condition })];
    const simulated = async (UserName: string, ContextEntries?: ContextEntry[]) => {
      const { EvaluationResults } = await root.iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: arn(`user/${UserName}`),
          ActionNames: ['iam:ListUsers'],
          PolicyInputList,
          ContextEntries,
        }),
      );
      return EvaluationResults?.[0]?.EvalDecision;
    };
    const ContextKeyName = 'aws:PrincipalTag/team';
    const red: ContextEntry = { ContextKeyName, ContextKeyType: 'string', ContextKeyValues: ['red'] };
    assert.deepEqual(
      [await simulated('blue'), await simulated('tagged'), await simulated('blue', [red])],
      ['allowed', 'implicitDeny', 'implicitDeny'],
    );
  });

  it('to rename or move a user are needed for the old name and for the new one', async () => {
    await root.iam.send(new CreateUserCommand({ UserName: 'dev', Path: '/dev/' }));
    await rights({ ...IAM, Resource: arn('user/dev/*') });
    const rename = (change: object) =>
      refusalOf(admin.iam.send(new UpdateUserCommand({ UserName: 'dev', ...change })));
    for (const [change, wanted] of [
      [{ NewPath: '/ops/' }, 'user/ops/dev'],
      [{ NewPath: '/ops/', NewUserName: 'chief' }, 'user/ops/chief'],
    ] as const)
      assert.match(
        await rename(change),
        new RegExp(`^AccessDenied 403: .* on resource: ${arn(wanted)} because`),
      );
    await admin.iam.send(new UpdateUserCommand({ UserName: 'dev', NewUserName: 'dev2' }));
  });
});
