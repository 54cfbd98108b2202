/** IAM through the official SDK: every operation rightly and wrongly, limits, pages, restarts, and the audit trail. */
/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-argument, @typescript-eslint/no-unsafe-assignment,
   @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return --
   answers of many operations are read by their members' names */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as sdk from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { services } from '../../src/aws/services.ts';
import { iamOperations } from '../../src/services/iam/operations/index.ts';
import { startClockedServer } from './clocked-server.ts';
import type { ClockedServer } from './clocked-server.ts';
import { ALLOW_ALL, clientsOf, policyDocument, refusalOf, trusting } from './iam-clients.ts';
import type { TestClients } from './iam-clients.ts';

type Name = Exclude<Extract<keyof typeof sdk, `${string}Command`>, '$Command'>;

describe('IAM', () => {
  let server: ClockedServer;
  let clients: TestClients;
  let iam: sdk.IAMClient;
  let account: string;
  /** Operations that were called, by how it ended. */
  const called = { rightly: new Set<string>(), wrongly: new Set<string>() };

  before(async () => {
    server = await startClockedServer();
    account = server.accountId;
    clients = clientsOf(server.endpoint, server.root);
    iam = clients.iam;
  });
  after(async () => {
    clients?.destroy();
    await server?.remove();
  });

  const call = async (name: string, input: object = {}, client = iam): Promise<any> => {
    const Command = sdk[`${name}Command` as Name] as new (input: object) => sdk.GetUserCommand;
    const answer = await client.send(new Command(input));
    called.rightly.add(name);
    return answer;
  };
  const refused = async (name: string, input: object = {}): Promise<string> => {
    const Command = sdk[`${name}Command` as Name] as new (input: object) => sdk.GetUserCommand;
    const refusal = await refusalOf(iam.send(new Command(input)));
    called.wrongly.add(name);
    return refusal;
  };
  const arn = (kind: string, name: string): string => `arn:aws:iam::${account}:${kind}/${name}`;

  describe('users', () => {
    it('are made, read, listed, renamed and deleted', async () => {
      const { User } = await call('CreateUser', {
        UserName: 'Alice',
        Path: '/team/',
        Tags: [{ Key: 'stage', Value: 'test' }],
      });
      assert.match(User.UserId, /^AIDA[A-Z2-7]{17}$/);
      assert.equal(User.Arn, arn('user', 'team/Alice'));
      assert.deepEqual(User.Tags, [{ Key: 'stage', Value: 'test' }]);
      assert.deepEqual((await call('GetUser', { UserName: 'Alice' })).User, User);
      await call('CreateUser', { UserName: 'bob' });
      const names = async (input: object) =>
        (await call('ListUsers', input)).Users.map(({ UserName }: sdk.User) => UserName);
      assert.deepEqual(await names({}), ['Alice', 'bob']);
      assert.deepEqual(await names({ PathPrefix: '/team/' }), ['Alice']);
      await call('UpdateUser', { UserName: 'Alice', NewUserName: 'alice', NewPath: '/' });
      const renamed = (await call('GetUser', { UserName: 'alice' })).User;
      assert.deepEqual([renamed.UserId, renamed.Arn], [User.UserId, arn('user', 'alice')]);
      await call('UpdateUser', { UserName: 'alice', NewUserName: 'Alice' });
      await call('CreateUser', { UserName: 'gone' });
      await call('DeleteUser', { UserName: 'gone' });
      const gone = 'NoSuchEntity 404: The user with name gone cannot be found.';
      for (const name of ['GetUser', 'DeleteUser', 'UpdateUser'])
        assert.equal(await refused(name, { UserName: 'gone' }), gone);
    });

    it('are refused with a name that is taken, in whatever case, or that is none', async () => {
      const taken = 'EntityAlreadyExists 409: User with name ALICE already exists.';
      assert.equal(await refused('CreateUser', { UserName: 'ALICE' }), taken);
      assert.equal(await refused('UpdateUser', { UserName: 'bob', NewUserName: 'ALICE' }), taken);
      assert.match(
        await refused('CreateUser', { UserName: 'a b' }),
        /^ValidationError 400: 1 validation error detected: Value 'a b' at 'userName'/,
      );
      assert.match(await refused('CreateUser', { UserName: 'x', Path: 'no/' }), /^ValidationError 400/);
      assert.match(await refused('ListUsers', { MaxItems: 0 }), /^ValidationError 400/);
      assert.equal(await refused('ListUsers', { Marker: 'bm9uZQ' }), 'ValidationError 400: Invalid Marker.');
    });

    it('come in pages', async () => {
      const seen: string[] = [];
      let Marker: string | undefined;
      do {
        const page = await call('ListUsers', { MaxItems: 1, Marker });
        seen.push(...page.Users.map(({ UserName }: sdk.User) => UserName));
        assert.equal(page.IsTruncated, page.Marker !== undefined);
        Marker = page.Marker;
      } while (Marker !== undefined);
      assert.deepEqual(seen, ['Alice', 'bob']);
      const { Marker: marker } = await call('ListUsers', { MaxItems: 1 });
      assert.equal(await refused('ListGroups', { Marker: marker }), 'ValidationError 400: Invalid Marker.');
    });

    it('have tags, whose keys are told apart without regard to case', async () => {
      await call('TagUser', {
        UserName: 'Alice',
        Tags: [
          { Key: 'STAGE', Value: 'prod' },
          { Key: 'b', Value: '' },
        ],
      });
      assert.deepEqual((await call('ListUserTags', { UserName: 'Alice' })).Tags, [
        { Key: 'STAGE', Value: 'prod' },
        { Key: 'b', Value: '' },
      ]);
      await call('UntagUser', { UserName: 'Alice', TagKeys: ['stage', 'none'] });
      assert.deepEqual((await call('ListUserTags', { UserName: 'Alice' })).Tags, [{ Key: 'b', Value: '' }]);
      const twice = {
        UserName: 'Alice',
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'A', Value: '2' },
        ],
      };
      assert.match(await refused('TagUser', twice), /^InvalidInput 400: Duplicate tag keys found/);
      assert.match(
        await refused('TagUser', { UserName: 'Alice', Tags: [{ Key: 'aws:x', Value: '' }] }),
        /^InvalidInput 400/,
      );
      assert.match(await refused('UntagUser', { UserName: 'nobody', TagKeys: ['a'] }), /^NoSuchEntity 404/);
      assert.match(await refused('ListUserTags', { UserName: 'nobody' }), /^NoSuchEntity 404/);
      const many = Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: '' }));
      assert.equal(
        await refused('TagUser', { UserName: 'Alice', Tags: many }),
        'LimitExceeded 409: Cannot exceed quota for TagsPerUser: 50',
      );
    });
  });

  describe('access keys', () => {
    it('have a secret that is told once, and work at once', async () => {
      const { AccessKey } = await call('CreateAccessKey', { UserName: 'Alice' });
      assert.match(AccessKey.AccessKeyId, /^AKIA[A-Z2-7]{16}$/);
      assert.equal(AccessKey.SecretAccessKey.length, 40);
      const own = clientsOf(server.endpoint, {
        accessKeyId: AccessKey.AccessKeyId,
        secretAccessKey: AccessKey.SecretAccessKey,
      });
      const identity = await own.sts.send(new GetCallerIdentityCommand({}));
      assert.equal(identity.Arn, arn('user', 'Alice'));
      assert.match(identity.UserId ?? '', /^AIDA/);
      const { AccessKeyMetadata } = await call('ListAccessKeys', { UserName: 'Alice' });
      assert.deepEqual(AccessKeyMetadata, [
        {
          UserName: 'Alice',
          AccessKeyId: AccessKey.AccessKeyId,
          Status: 'Active',
          CreateDate: AccessKey.CreateDate,
        },
      ]);
      const { AccessKeyLastUsed, UserName } = await call('GetAccessKeyLastUsed', {
        AccessKeyId: AccessKey.AccessKeyId,
      });
      assert.equal(UserName, 'Alice');
      assert.deepEqual([AccessKeyLastUsed.ServiceName, AccessKeyLastUsed.Region], ['sts', 'us-east-1']);
      assert.ok(Math.abs(Date.now() - AccessKeyLastUsed.LastUsedDate.getTime()) < 60_000);

      await call('UpdateAccessKey', {
        UserName: 'Alice',
        AccessKeyId: AccessKey.AccessKeyId,
        Status: 'Inactive',
      });
      const invalid = /^InvalidClientTokenId 403: The security token included in the request is invalid/;
      assert.match(await refusalOf(own.sts.send(new GetCallerIdentityCommand({}))), invalid);
      await call('UpdateAccessKey', {
        UserName: 'Alice',
        AccessKeyId: AccessKey.AccessKeyId,
        Status: 'Active',
      });
      await own.sts.send(new GetCallerIdentityCommand({}));
      await call('DeleteAccessKey', { UserName: 'Alice', AccessKeyId: AccessKey.AccessKeyId });
      assert.match(await refusalOf(own.sts.send(new GetCallerIdentityCommand({}))), invalid);
      own.destroy();
    });

    it('are at most two for a user, and belong to their user', async () => {
      const { AccessKey: key } = await call('CreateAccessKey', { UserName: 'bob' });
      await call('CreateAccessKey', { UserName: 'bob' });
      assert.equal(
        await refused('CreateAccessKey', { UserName: 'bob' }),
        'LimitExceeded 409: Cannot exceed quota for AccessKeysPerUser: 2',
      );
      const page = await call('ListAccessKeys', { UserName: 'bob', MaxItems: 1 });
      assert.deepEqual([page.AccessKeyMetadata.length, page.IsTruncated], [1, true]);
      const foreign = { UserName: 'Alice', AccessKeyId: key.AccessKeyId };
      const absent = `NoSuchEntity 404: The Access Key with id ${key.AccessKeyId} cannot be found.`;
      assert.equal(await refused('DeleteAccessKey', foreign), absent);
      assert.equal(await refused('UpdateAccessKey', { ...foreign, Status: 'Inactive' }), absent);
      assert.match(await refused('CreateAccessKey', { UserName: 'nobody' }), /^NoSuchEntity 404/);
      assert.match(await refused('ListAccessKeys', { UserName: 'nobody' }), /^NoSuchEntity 404/);
      assert.match(
        await refused('GetAccessKeyLastUsed', { AccessKeyId: 'AKIAAAAAAAAAAAAAAAAA' }),
        /^AccessDenied 403/,
      );
      assert.equal(
        await refused('DeleteUser', { UserName: 'bob' }),
        'DeleteConflict 409: Cannot delete entity, must delete access keys first.',
      );
    });

    it('of the root user can be exchanged, and the last one stays', async () => {
      const { AccessKeyMetadata: before } = await call('ListAccessKeys');
      const [old] = before;
      assert.match(await refused('DeleteAccessKey', { AccessKeyId: old.AccessKeyId }), /^DeleteConflict 409/);
      const { AccessKey } = await call('CreateAccessKey');
      assert.equal(AccessKey.UserName, '');
      await call('DeleteAccessKey', { AccessKeyId: AccessKey.AccessKeyId });
      const { User } = await call('GetUser');
      assert.deepEqual([User.UserId, User.Arn], [account, `arn:aws:iam::${account}:root`]);
    });
  });

  describe('policies', () => {
    const KINDS = [
      { kind: 'User', member: 'UserName', name: 'Alice', limit: 2_048 },
      { kind: 'Group', member: 'GroupName', name: 'admins', limit: 5_120 },
      { kind: 'Role', member: 'RoleName', name: 'worker', limit: 10_240 },
    ];
    const POWER_USER = 'arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser';
    let policyArn: string;

    before(async () => {
      await call('CreateGroup', { GroupName: 'admins' });
      await call('CreateRole', { RoleName: 'worker', AssumeRolePolicyDocument: trusting({ AWS: account }) });
      const { Policy } = await call('CreatePolicy', {
        PolicyName: 'everything',
        PolicyDocument: ALLOW_ALL,
        Description: 'all <of> it',
        Tags: [{ Key: 'a', Value: 'b' }],
      });
      policyArn = Policy.Arn;
      assert.match(Policy.PolicyId, /^ANPA[A-Z2-7]{17}$/);
      assert.deepEqual(
        [Policy.DefaultVersionId, Policy.AttachmentCount, Policy.IsAttachable],
        ['v1', 0, true],
      );
    });

    for (const { kind, member, name, limit } of KINDS) {
      const of = { [member]: name };
      const nobody = { [member]: 'nobody' };

      it(`are put inline into a ${kind.toLowerCase()}, and come back percent-encoded as AWS sends them`, async () => {
        const input = { ...of, PolicyName: 'inline', PolicyDocument: ALLOW_ALL };
        await call(`Put${kind}Policy`, input);
        const answer = await call(`Get${kind}Policy`, { ...of, PolicyName: 'inline' });
        assert.match(answer.PolicyDocument, /^%7B%22Version%22%3A/);
        assert.equal(decodeURIComponent(answer.PolicyDocument), ALLOW_ALL);
        assert.deepEqual((await call(`List${kind}Policies`, of)).PolicyNames, ['inline']);
        assert.equal(
          await refused(`Delete${kind}`, of),
          'DeleteConflict 409: Cannot delete entity, must delete policies first.',
        );
        const long = policyDocument({ Effect: 'Allow', Action: '*', Resource: [`arn:${'x'.repeat(limit)}`] });
        assert.equal(
          await refused(`Put${kind}Policy`, { ...input, PolicyDocument: long }),
          `LimitExceeded 409: Maximum policy size of ${limit} bytes exceeded for ${kind.toLowerCase()} ${name}`,
        );
        assert.match(
          await refused(`Put${kind}Policy`, { ...input, PolicyDocument: '{' }),
          /^MalformedPolicyDocument 400/,
        );
        await call(`Delete${kind}Policy`, { ...of, PolicyName: 'inline' });
        for (const verb of ['Get', 'Delete']) {
          const absent = `NoSuchEntity 404: The ${kind.toLowerCase()} policy with name inline cannot be found.`;
          assert.equal(await refused(`${verb}${kind}Policy`, { ...of, PolicyName: 'inline' }), absent);
        }
        assert.match(await refused(`List${kind}Policies`, nobody), /^NoSuchEntity 404/);
      });

      it(`are attached to a ${kind.toLowerCase()} and detached`, async () => {
        for (const PolicyArn of [policyArn, POWER_USER, policyArn])
          await call(`Attach${kind}Policy`, { ...of, PolicyArn });
        const { AttachedPolicies } = await call(`ListAttached${kind}Policies`, of);
        assert.deepEqual(AttachedPolicies, [
          { PolicyName: 'everything', PolicyArn: policyArn },
          { PolicyName: 'AWSKeyManagementServicePowerUser', PolicyArn: POWER_USER },
        ]);
        assert.equal((await call('GetPolicy', { PolicyArn: policyArn })).Policy.AttachmentCount, 1);
        assert.equal(
          await refused(`Delete${kind}`, of),
          'DeleteConflict 409: Cannot delete entity, must detach all policies first.',
        );
        assert.equal(
          await refused('DeletePolicy', { PolicyArn: policyArn }),
          'DeleteConflict 409: Cannot delete a policy attached to entities.',
        );
        for (const PolicyArn of [policyArn, POWER_USER])
          await call(`Detach${kind}Policy`, { ...of, PolicyArn });
        assert.equal(
          await refused(`Detach${kind}Policy`, { ...of, PolicyArn: policyArn }),
          `NoSuchEntity 404: Policy ${policyArn} was not found.`,
        );
        const absent = arn('policy', 'absent');
        assert.equal(
          await refused(`Attach${kind}Policy`, { ...of, PolicyArn: absent }),
          `NoSuchEntity 404: Policy ${absent} does not exist or is not attachable.`,
        );
        assert.match(await refused(`ListAttached${kind}Policies`, nobody), /^NoSuchEntity 404/);
      });

      if (kind === 'Group') continue;
      it(`bound a ${kind.toLowerCase()}`, async () => {
        await call(`Put${kind}PermissionsBoundary`, { ...of, PermissionsBoundary: policyArn });
        assert.deepEqual((await call(`Get${kind}`, of))[kind].PermissionsBoundary, {
          PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
          PermissionsBoundaryArn: policyArn,
        });
        assert.equal(
          (await call('GetPolicy', { PolicyArn: policyArn })).Policy.PermissionsBoundaryUsageCount,
          1,
        );
        await call(`Delete${kind}PermissionsBoundary`, of);
        assert.match(await refused(`Delete${kind}PermissionsBoundary`, of), /^NoSuchEntity 404/);
        const absent = { ...of, PermissionsBoundary: arn('policy', 'absent') };
        assert.match(await refused(`Put${kind}PermissionsBoundary`, absent), /^NoSuchEntity 404/);
      });
    }

    it('have up to five versions, one of which counts', async () => {
      const deny = policyDocument({ Effect: 'Deny', Action: 'kms:*', Resource: '*' });
      const of = { PolicyArn: policyArn };
      for (let i = 2; i <= 5; i += 1)
        await call('CreatePolicyVersion', { ...of, PolicyDocument: deny, SetAsDefault: i === 2 });
      assert.match(
        await refused('CreatePolicyVersion', { ...of, PolicyDocument: deny }),
        /^LimitExceeded 409: A managed policy can have up to 5 versions/,
      );
      const { Versions } = await call('ListPolicyVersions', of);
      assert.deepEqual(
        Versions.map(({ VersionId, IsDefaultVersion }: sdk.PolicyVersion) => [VersionId, IsDefaultVersion]),
        [
          ['v5', false],
          ['v4', false],
          ['v3', false],
          ['v2', true],
          ['v1', false],
        ],
      );
      const first = await call('ListPolicyVersions', { ...of, MaxItems: 3 });
      const rest = await call('ListPolicyVersions', { ...of, Marker: first.Marker });
      assert.deepEqual(
        rest.Versions.map(({ VersionId }: sdk.PolicyVersion) => VersionId),
        ['v2', 'v1'],
      );
      const { PolicyVersion } = await call('GetPolicyVersion', { ...of, VersionId: 'v2' });
      assert.equal(decodeURIComponent(PolicyVersion.Document), deny);
      assert.equal(
        await refused('DeletePolicyVersion', { ...of, VersionId: 'v2' }),
        'DeleteConflict 409: Cannot delete the default version of a policy.',
      );
      assert.match(
        await refused('DeletePolicy', of),
        /^DeleteConflict 409: This policy has more than one version/,
      );
      await call('SetDefaultPolicyVersion', { ...of, VersionId: 'v1' });
      for (const VersionId of ['v2', 'v3', 'v4', 'v5'])
        await call('DeletePolicyVersion', { ...of, VersionId });
      const next = await call('CreatePolicyVersion', { ...of, PolicyDocument: deny });
      assert.equal(next.PolicyVersion.VersionId, 'v6');
      await call('DeletePolicyVersion', { ...of, VersionId: 'v6' });
      for (const name of ['GetPolicyVersion', 'DeletePolicyVersion', 'SetDefaultPolicyVersion'])
        assert.match(await refused(name, { ...of, VersionId: 'v3' }), /^NoSuchEntity 404/);
    });

    it('are listed, those of AWS too, and tell who has them', async () => {
      await call('AttachUserPolicy', { UserName: 'Alice', PolicyArn: policyArn });
      await call('AttachGroupPolicy', { GroupName: 'admins', PolicyArn: policyArn });
      await call('PutRolePermissionsBoundary', { RoleName: 'worker', PermissionsBoundary: policyArn });
      const names = async (input: object): Promise<string[]> =>
        (await call('ListPolicies', input)).Policies.map(({ PolicyName }: sdk.Policy) => PolicyName);
      assert.deepEqual(await names({ Scope: 'Local' }), ['everything']);
      assert.ok((await names({ Scope: 'AWS' })).includes('AdministratorAccess'));
      assert.deepEqual(await names({ OnlyAttached: true }), ['everything']);
      assert.deepEqual(await names({ PolicyUsageFilter: 'PermissionsBoundary' }), ['everything']);
      const [first, ...others] = (await call('ListPolicies', { Scope: 'Local' })).Policies;
      assert.deepEqual(others, []);
      assert.deepEqual([first.AttachmentCount, first.PermissionsBoundaryUsageCount], [2, 1]);
      const shown = (await call('GetPolicy', { PolicyArn: policyArn })).Policy;
      assert.deepEqual([shown.AttachmentCount, shown.PermissionsBoundaryUsageCount], [2, 1]);
      const pages = [await call('ListPolicies', { MaxItems: 1 })];
      pages.push(await call('ListPolicies', { Marker: pages[0].Marker }));
      const paged = pages.flatMap(({ Policies }) => Policies.map(({ Arn }: sdk.Policy) => Arn));
      assert.deepEqual(paged, paged.toSorted());
      assert.equal(paged.length, 7);
      const entities = await call('ListEntitiesForPolicy', { PolicyArn: policyArn });
      const who = [
        entities.PolicyUsers[0].UserName,
        entities.PolicyGroups[0].GroupName,
        entities.PolicyRoles[0].RoleName,
      ];
      assert.deepEqual(who, ['Alice', 'admins', 'worker']);
      const page = await call('ListEntitiesForPolicy', { PolicyArn: policyArn, MaxItems: 2 });
      assert.deepEqual([page.PolicyGroups.length, page.PolicyRoles.length, page.IsTruncated], [1, 1, true]);
      const users = await call('ListEntitiesForPolicy', { PolicyArn: policyArn, EntityFilter: 'User' });
      assert.deepEqual([users.PolicyUsers.length, users.PolicyRoles.length], [1, 0]);
      await call('DetachUserPolicy', { UserName: 'Alice', PolicyArn: policyArn });
      await call('DetachGroupPolicy', { GroupName: 'admins', PolicyArn: policyArn });
      await call('DeleteRolePermissionsBoundary', { RoleName: 'worker' });
      await call('DeletePolicy', { PolicyArn: policyArn });
      for (const name of [
        'GetPolicy',
        'DeletePolicy',
        'ListPolicyVersions',
        'ListEntitiesForPolicy',
        'CreatePolicyVersion',
      ]) {
        const input = { PolicyArn: policyArn, PolicyDocument: ALLOW_ALL };
        assert.equal(await refused(name, input), `NoSuchEntity 404: Policy ${policyArn} was not found.`);
      }
      assert.match(await refused('ListPolicies', { PathPrefix: 'x' }), /^ValidationError 400/);
      assert.match(await refused('DeletePolicy', { PolicyArn: POWER_USER }), /^AccessDenied 403/);
    });

    it('are refused when they are no policies', async () => {
      const statement = { Effect: 'Allow', Action: '*', Resource: '*' };
      for (const document of [
        'text',
        '[]',
        '{}',
        JSON.stringify({ Version: '2020-01-01', Statement: [statement] }),
        JSON.stringify({ Version: '2012-10-17', Statement: [] }),
        JSON.stringify({ Version: '2012-10-17', Statement: [statement], More: 1 }),
        policyDocument({ ...statement, Effect: 'allow' }),
        policyDocument({ ...statement, Principal: '*' }),
        policyDocument({ ...statement, Unknown: 1 }),
        policyDocument({ ...statement, Action: 'Encrypt' }),
        policyDocument({ Effect: 'Allow', Action: '*' }),
        policyDocument({ Effect: 'Allow', Resource: '*' }),
      ]) {
        const input = { PolicyName: 'bad', PolicyDocument: document };
        assert.match(await refused('CreatePolicy', input), /^MalformedPolicyDocument 400/, document);
      }
      const large = policyDocument({ ...statement, Resource: [`arn:${'x'.repeat(6_144)}`] });
      assert.match(
        await refused('CreatePolicy', { PolicyName: 'bad', PolicyDocument: large }),
        /^LimitExceeded 409/,
      );
    });
  });

  describe('groups', () => {
    it('have users, and cannot be deleted with them', async () => {
      const { Group } = await call('CreateGroup', { GroupName: 'ops', Path: '/x/' });
      assert.match(Group.GroupId, /^AGPA/);
      await call('AddUserToGroup', { GroupName: 'ops', UserName: 'Alice' });
      await call('AddUserToGroup', { GroupName: 'ops', UserName: 'bob' });
      const members = await call('GetGroup', { GroupName: 'ops', MaxItems: 1 });
      assert.deepEqual([members.Users[0].UserName, members.IsTruncated], ['Alice', true]);
      assert.deepEqual((await call('ListGroupsForUser', { UserName: 'Alice' })).Groups, [Group]);
      assert.deepEqual((await call('ListGroups', { PathPrefix: '/x/' })).Groups, [Group]);
      assert.equal(
        await refused('DeleteGroup', { GroupName: 'ops' }),
        'DeleteConflict 409: Cannot delete entity, must remove users from group first.',
      );
      for (const UserName of ['Alice', 'bob'])
        await call('RemoveUserFromGroup', { GroupName: 'ops', UserName });
      await call('DeleteGroup', { GroupName: 'ops' });
      assert.equal(
        await refused('GetGroup', { GroupName: 'ops' }),
        'NoSuchEntity 404: The group with name ops cannot be found.',
      );
      assert.match(await refused('CreateGroup', { GroupName: 'Admins' }), /^EntityAlreadyExists 409/);
      assert.match(await refused('ListGroupsForUser', { UserName: 'nobody' }), /^NoSuchEntity 404/);
      for (const name of ['AddUserToGroup', 'RemoveUserFromGroup'])
        assert.match(await refused(name, { GroupName: 'admins', UserName: 'nobody' }), /^NoSuchEntity 404/);
    });
  });

  describe('roles', () => {
    it('are made, changed, tagged and deleted', async () => {
      const { Role } = await call('CreateRole', {
        RoleName: 'app',
        AssumeRolePolicyDocument: trusting({ AWS: arn('user', 'Alice') }),
        Description: 'for <apps>',
        MaxSessionDuration: 7_200,
      });
      assert.match(Role.RoleId, /^AROA[A-Z2-7]{17}$/);
      const of = { RoleName: 'app' };
      await call('UpdateRole', { ...of, Description: 'changed', MaxSessionDuration: 3_600 });
      const trust = trusting({ Service: 'x.amazonaws.com' });
      await call('UpdateAssumeRolePolicy', { ...of, PolicyDocument: trust });
      await call('TagRole', { ...of, Tags: [{ Key: 'a', Value: '1' }] });
      const got = (await call('GetRole', of)).Role;
      assert.deepEqual(
        [got.Description, got.MaxSessionDuration, decodeURIComponent(got.AssumeRolePolicyDocument), got.Tags],
        ['changed', 3_600, trust, [{ Key: 'a', Value: '1' }]],
      );
      await call('UntagRole', { ...of, TagKeys: ['a'] });
      assert.deepEqual((await call('ListRoleTags', of)).Tags, []);
      assert.deepEqual((await call('ListInstanceProfilesForRole', of)).InstanceProfiles, []);
      assert.ok((await call('ListRoles')).Roles.some(({ RoleName }: sdk.Role) => RoleName === 'app'));
      await call('DeleteRole', of);
      for (const name of [
        'GetRole',
        'DeleteRole',
        'UpdateRole',
        'ListRoleTags',
        'ListInstanceProfilesForRole',
      ])
        assert.equal(await refused(name, of), 'NoSuchEntity 404: The role with name app cannot be found.');
      assert.match(
        await refused('UpdateAssumeRolePolicy', { ...of, PolicyDocument: trust }),
        /^NoSuchEntity 404/,
      );
      assert.match(await refused('TagRole', { ...of, Tags: [] }), /^NoSuchEntity 404/);
      assert.match(await refused('UntagRole', { ...of, TagKeys: [] }), /^NoSuchEntity 404/);
      assert.match(await refused('ListRoles', { Marker: 'x' }), /^ValidationError 400/);
    });

    it('trust only whom a trust policy can name', async () => {
      for (const document of [
        ALLOW_ALL,
        policyDocument({ Effect: 'Allow', Action: 'sts:AssumeRole' }),
        trusting({ AWS: arn('user', 'nobody') }),
        trusting({ AWS: arn('group', 'admins') }),
        '{',
      ]) {
        const input = { RoleName: 'bad', AssumeRolePolicyDocument: document };
        assert.match(await refused('CreateRole', input), /^MalformedPolicyDocument 400/, document);
      }
      const taken = { RoleName: 'worker', AssumeRolePolicyDocument: trusting({ AWS: account }) };
      assert.match(await refused('CreateRole', taken), /^EntityAlreadyExists 409/);
    });

    it('of services are made by name and cannot be changed', async () => {
      const { Role } = await call('CreateServiceLinkedRole', { AWSServiceName: 'cks.kms.amazonaws.com' });
      assert.equal(
        Role.Arn,
        arn(
          'role',
          'aws-service-role/cks.kms.amazonaws.com/AWSServiceRoleForKeyManagementServiceCustomKeyStores',
        ),
      );
      assert.match(await refused('DeleteRole', { RoleName: Role.RoleName }), /^UnmodifiableEntity 400/);
      assert.match(
        await refused('CreateServiceLinkedRole', { AWSServiceName: 'cks.kms.amazonaws.com' }),
        /^InvalidInput 400/,
      );
      assert.match(
        await refused('CreateServiceLinkedRole', { AWSServiceName: 'toString' }),
        /^InvalidInput 400/,
      );
    });
  });

  it('keeps OpenID Connect providers', async () => {
    const { OpenIDConnectProviderArn } = await call('CreateOpenIDConnectProvider', {
      Url: 'https://id.example.com/realm',
      ClientIDList: ['app'],
      ThumbprintList: ['A'.repeat(40)],
    });
    assert.equal(OpenIDConnectProviderArn, arn('oidc-provider', 'id.example.com/realm'));
    const provider = await call('GetOpenIDConnectProvider', { OpenIDConnectProviderArn });
    assert.deepEqual(
      [provider.Url, provider.ClientIDList, provider.ThumbprintList],
      ['id.example.com/realm', ['app'], ['a'.repeat(40)]],
    );
    assert.deepEqual((await call('ListOpenIDConnectProviders')).OpenIDConnectProviderList, [
      { Arn: OpenIDConnectProviderArn },
    ]);
    assert.equal(
      await refused('CreateOpenIDConnectProvider', { Url: 'https://id.example.com/realm' }),
      'EntityAlreadyExists 409: Provider with url https://id.example.com/realm already exists.',
    );
    for (const Url of [
      'http://127.0.0.1:1/x',
      'id.example.com',
      'https://a@id.example.com',
      'https://id.example.com/?a=b',
    ])
      assert.match(await refused('CreateOpenIDConnectProvider', { Url }), /^ValidationError 400/, Url);
    await call('DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn });
    for (const name of ['GetOpenIDConnectProvider', 'DeleteOpenIDConnectProvider'])
      assert.match(await refused(name, { OpenIDConnectProviderArn }), /^NoSuchEntity 404/);
  });

  it('counts what an account has', async () => {
    const { SummaryMap } = await call('GetAccountSummary');
    assert.deepEqual(
      [SummaryMap.Users, SummaryMap.UsersQuota, SummaryMap.AccountAccessKeysPresent, SummaryMap.Policies],
      [2, 5_000, 1, 0],
    );
  });

  it('keeps accounts apart', async () => {
    const { account: other, key } = await server.createAccount('other');
    const theirs = clientsOf(server.endpoint, key);
    assert.deepEqual((await theirs.iam.send(new sdk.ListUsersCommand({}))).Users, []);
    await theirs.iam.send(new sdk.CreateUserCommand({ UserName: 'Alice' }));
    assert.match(
      await refusalOf(theirs.iam.send(new sdk.GetRoleCommand({ RoleName: 'worker' }))),
      /^NoSuchEntity 404/,
    );
    const { Arn } = await theirs.sts.send(new GetCallerIdentityCommand({}));
    assert.equal(Arn, `arn:aws:iam::${other.accountId}:root`);
    theirs.destroy();
  });

  it('takes concurrent changes one after the other', async () => {
    await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        call('TagUser', { UserName: 'bob', Tags: [{ Key: `t${i}`, Value: '' }] }),
      ),
    );
    assert.equal((await call('ListUserTags', { UserName: 'bob' })).Tags.length, 12);
    const made = await Promise.allSettled(
      Array.from({ length: 5 }, () => iam.send(new sdk.CreateGroupCommand({ GroupName: 'race' }))),
    );
    assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  it('is signed for us-east-1 or for any Region that is served', async () => {
    for (const region of ['us-east-1', 'eu-west-1']) {
      const there = clientsOf(server.endpoint, server.root, region);
      await there.iam.send(new sdk.GetUserCommand({}));
      there.destroy();
    }
    const nowhere = clientsOf(server.endpoint, server.root, 'ap-south-1');
    assert.match(
      await refusalOf(nowhere.iam.send(new sdk.GetUserCommand({}))),
      /^SignatureDoesNotMatch 403: Credential should be scoped to a valid region/,
    );
    nowhere.destroy();
    const stranger = clientsOf(server.endpoint, { ...server.root, secretAccessKey: 'wrong' });
    assert.match(
      await refusalOf(stranger.iam.send(new sdk.GetUserCommand({}))),
      /^SignatureDoesNotMatch 403/,
    );
    stranger.destroy();
  });

  it('simulates policies', async () => {
    const ActionNames = ['kms:Encrypt'];
    const PolicyInputList = [ALLOW_ALL];
    const custom = await call('SimulateCustomPolicy', { PolicyInputList, ActionNames });
    const [result] = custom.EvaluationResults;
    assert.deepEqual(
      [result.EvalActionName, result.EvalResourceName, result.EvalDecision],
      ['kms:Encrypt', '*', 'allowed'],
    );
    assert.equal(result.MatchedStatements[0].SourcePolicyId, 'PolicyInputList.1');
    assert.match(
      await refused('SimulateCustomPolicy', { PolicyInputList: ['{}'], ActionNames }),
      /^MalformedPolicyDocument/,
    );
    const { User } = await call('CreateUser', { UserName: 'simulated' });
    const PolicySourceArn = User.Arn as string;
    const principal = await call('SimulatePrincipalPolicy', {
      PolicySourceArn,
      ActionNames,
      PolicyInputList,
    });
    assert.equal(principal.EvaluationResults[0].EvalDecision, 'allowed');
    const nobody = { PolicySourceArn: arn('user', 'Nobody'), ActionNames };
    assert.match(await refused('SimulatePrincipalPolicy', nobody), /^NoSuchEntity/);
  });

  it('simulates in pages, and not without limit', async () => {
    const PolicyInputList = [
      policyDocument({ Effect: 'Allow', Action: 'kms:E*', Resource: 'arn:aws:kms:*' }),
    ];
    const ActionNames = ['kms:Encrypt', 'kms:Decrypt'];
    const ResourceArns = ['arn:aws:kms:a', 'arn:aws:s3:b', 'arn:aws:kms:c'];
    const seen: string[] = [];
    let Marker: string | undefined;
    do {
      const input = { PolicyInputList, ActionNames, ResourceArns, MaxItems: 4, Marker };
      const page = await call('SimulateCustomPolicy', input);
      for (const { EvalActionName, EvalResourceName, EvalDecision } of page.EvaluationResults)
        seen.push(`${EvalActionName} ${EvalResourceName} ${EvalDecision}`);
      Marker = page.Marker;
    } while (Marker !== undefined);
    assert.deepEqual(seen, [
      'kms:Encrypt arn:aws:kms:a allowed',
      'kms:Encrypt arn:aws:s3:b implicitDeny',
      'kms:Encrypt arn:aws:kms:c allowed',
      'kms:Decrypt arn:aws:kms:a implicitDeny',
      'kms:Decrypt arn:aws:s3:b implicitDeny',
      'kms:Decrypt arn:aws:kms:c implicitDeny',
    ]);
    const many = Array.from({ length: 501 }, (_, index) => `arn:aws:kms:${index}`);
    assert.equal(
      await refused('SimulateCustomPolicy', { PolicyInputList, ActionNames, ResourceArns: many }),
      'InvalidInput 400: ActionNames times ResourceArns must be at most 1000.',
    );
    const marker = { PolicyInputList, ActionNames, Marker: 'bm9uZQ' };
    assert.equal(await refused('SimulateCustomPolicy', marker), 'ValidationError 400: Invalid Marker.');
  });

  it('records every call, without secrets', async () => {
    const events = (await server.events()).filter(({ eventSource }) => eventSource === 'iam.amazonaws.com');
    const recorded = new Set(events.map(({ eventName }) => eventName));
    for (const name of Object.keys(services.iam.operations)) assert.ok(recorded.has(name), name);
    const created = events.find(
      ({ eventName, errorCode }) => eventName === 'CreateAccessKey' && errorCode === undefined,
    );
    assert.deepEqual(created?.requestParameters, { userName: 'Alice' });
    const shown = (created?.responseElements as { accessKey: object }).accessKey;
    assert.deepEqual(Object.keys(shown), ['userName', 'accessKeyId', 'status', 'createDate']);
    assert.equal(created?.awsRegion, 'us-east-1');
    const failed = events.find(
      ({ eventName, errorCode }) => eventName === 'CreateUser' && errorCode !== undefined,
    );
    assert.equal(failed?.errorCode, 'EntityAlreadyExistsException');
    assert.ok(
      events.every(
        ({ readOnly, eventName }) =>
          readOnly === /^(Get|List|Simulate)/.test(eventName) || /^Simulate/.test(eventName),
      ),
    );
  });

  it('has had every operation called rightly and wrongly', () => {
    const names = iamOperations.map(({ name }) => name);
    assert.equal(names.length, 71);
    assert.deepEqual(
      names.filter((name) => !called.rightly.has(name)),
      [],
    );
    const cannotFail = new Set(['ListOpenIDConnectProviders', 'GetAccountSummary']); // they take nothing
    assert.deepEqual(
      names.filter((name) => !called.wrongly.has(name) && !cannotFail.has(name)),
      [],
    );
  });
});
