/** A call on another account's key or role is on record in both accounts, and a denied one in the caller's alone. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import {
  CreateGrantCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  ReEncryptCommand,
} from '@aws-sdk/client-kms';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import type { CloudTrailEvent } from '../../src/audit/event.ts';
import { eventually } from './claviger.ts';
import { startClockedServer } from './clocked-server.ts';
import type { ClockedServer } from './clocked-server.ts';
import { ALLOW_ALL, clientsOf, policyDocument, refusalOf, trusting } from './iam-clients.ts';
import type { TestClients } from './iam-clients.ts';
import { refusal } from './refusal.ts';
import { WITHOUT_REQUEST_QUOTAS } from './without-quotas.ts';

describe('calls across accounts in the audit trail', () => {
  let server: ClockedServer;
  let owner: TestClients;
  let other: TestClients;
  let otherId: string;
  let keyArn: string;

  before(async () => {
    server = await startClockedServer(
      undefined,
      `${WITHOUT_REQUEST_QUOTAS}\naudit: { lookupEventsPerSecond: 0 }`,
    );
    const { account, key } = await server.createAccount('other');
    otherId = account.accountId;
    owner = clientsOf(server.endpoint, server.root);
    other = clientsOf(server.endpoint, key);
    const Policy = policyDocument(
      { Effect: 'Allow', Principal: { AWS: server.accountId }, Action: 'kms:*', Resource: '*' },
      {
        Effect: 'Allow',
        Principal: { AWS: otherId },
        Action: ['kms:Encrypt', 'kms:ReEncryptFrom', 'kms:CreateGrant'],
        Resource: '*',
      },
    );
    keyArn = (await owner.kms.send(new CreateKeyCommand({ Policy }))).KeyMetadata?.Arn ?? '';
  });
  after(async () => {
    owner?.destroy();
    other?.destroy();
    await server?.remove();
  });

  /** Events of one name by now, the newest last: own ones of the other account, and copies for the owner. */
  const recorded = async (name: string): Promise<{ own: CloudTrailEvent[]; copies: CloudTrailEvent[] }> => {
    const all = (await server.events()).filter(
      ({ eventName, userIdentity }) => eventName === name && userIdentity.accountId === otherId,
    );
    const to = (accountId: string): CloudTrailEvent[] =>
      all.filter(({ recipientAccountId }) => recipientAccountId === accountId);
    return { own: to(otherId), copies: to(server.accountId) };
  };
  /** @param principalId of the caller, as its own event and the copy have it */
  const oneOfBoth = async (name: string, principalId = otherId): Promise<CloudTrailEvent> => {
    const { own, copies } = await recorded(name);
    assert.equal(own.length, 1);
    assert.equal(copies.length, 1);
    const [mine, copy] = [own[0] as CloudTrailEvent, copies[0] as CloudTrailEvent];
    assert.match(mine.sharedEventID ?? '', /^[0-9a-f-]{36}$/);
    assert.notEqual(copy.eventID, mine.eventID);
    const userIdentity = { type: 'AWSAccount', principalId, accountId: otherId };
    const { eventID, recipientAccountId } = copy;
    assert.deepEqual(copy, { ...mine, eventID, recipientAccountId, userIdentity });
    return mine;
  };
  const encrypt = (): Promise<unknown> =>
    other.kms.send(new EncryptCommand({ KeyId: keyArn, Plaintext: Buffer.from('x') }));

  it('what fails after it was allowed goes to both', async () => {
    await owner.kms.send(new DisableKeyCommand({ KeyId: keyArn }));
    assert.equal((await refusal(encrypt())).name, 'DisabledException');
    await owner.kms.send(new EnableKeyCommand({ KeyId: keyArn }));
    assert.equal((await oneOfBoth('Encrypt')).errorCode, 'DisabledException');
  });

  it('a change is in both with the change itself', async () => {
    const GranteePrincipal = `arn:aws:iam::${otherId}:root`;
    await other.kms.send(
      new CreateGrantCommand({ KeyId: keyArn, GranteePrincipal, Operations: ['Encrypt'] }),
    );
    const event = await oneOfBoth('CreateGrant');
    assert.equal(event.requestParameters?.['granteePrincipal'], GranteePrincipal);
  });

  it('a key of each account: one copy', async () => {
    const own = (await other.kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
    const { CiphertextBlob } = await owner.kms.send(
      new EncryptCommand({ KeyId: keyArn, Plaintext: Buffer.from('x') }),
    );
    await other.kms.send(new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: own }));
    assert.deepEqual(
      (await oneOfBoth('ReEncrypt')).resources?.map(({ accountId }) => accountId),
      [server.accountId, otherId],
    );
  });

  describe('on a role', () => {
    let visitor: TestClients;
    let visitorId: string;
    const RoleArn = (): string => `arn:aws:iam::${server.accountId}:role/shared`;
    const assume = (RoleSessionName: string, more: object = {}): Promise<unknown> =>
      visitor.sts.send(new AssumeRoleCommand({ RoleArn: RoleArn(), RoleSessionName, ...more }));

    before(async () => {
      const UserName = 'visitor';
      const { User } = await other.iam.send(new CreateUserCommand({ UserName }));
      visitorId = User?.UserId ?? '';
      await other.iam.send(
        new PutUserPolicyCommand({ UserName, PolicyName: 'all', PolicyDocument: ALLOW_ALL }),
      );
      const { AccessKey } = await other.iam.send(new CreateAccessKeyCommand({ UserName }));
      const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
      visitor = clientsOf(server.endpoint, { accessKeyId, secretAccessKey });
      const trust = trusting({ AWS: `arn:aws:iam::${otherId}:root` });
      await owner.iam.send(new CreateRoleCommand({ RoleName: 'shared', AssumeRolePolicyDocument: trust }));
    });
    after(() => visitor?.destroy());

    it('taking it on is in both, with the role for its resource, and no names of the caller', async () => {
      await assume('visit');
      const event = await oneOfBoth('AssumeRole', visitorId);
      const resource = { accountId: server.accountId, type: 'AWS::IAM::Role', ARN: RoleArn() };
      assert.deepEqual(event.resources, [resource]);
      assert.equal(event.userIdentity.userName, 'visitor');
      assert.equal(event.requestParameters?.['roleSessionName'], 'visit');
      assert.ok(event.responseElements?.['assumedRoleUser'] !== undefined);
      const [copy] = (await recorded('AssumeRole')).copies;
      assert.ok(!JSON.stringify(copy?.userIdentity).includes('visitor'));
    });

    it('is found by its owner under its ARN, once', async () => {
      const attribute = { AttributeKey: 'ResourceName', AttributeValue: RoleArn() } as const;
      const client = new CloudTrailClient({ ...server.connection, region: 'us-east-1', maxAttempts: 1 });
      const found = await eventually(20_000, 'the copy in the history', async () => {
        const { Events } = await client.send(new LookupEventsCommand({ LookupAttributes: [attribute] }));
        return Events?.[0];
      });
      client.destroy();
      assert.equal(found.EventName, 'AssumeRole');
      assert.deepEqual(found.Resources, [{ ResourceType: 'AWS::IAM::Role', ResourceName: RoleArn() }]);
    });

    it('a refusal is told to nobody else, and what fails after it was allowed to both', async () => {
      const before = await recorded('AssumeRole');
      await refusalOf(assume('tagged', { Tags: [{ Key: 'a', Value: 'b' }] })); // sts:TagSession is not trusted
      const denied = await recorded('AssumeRole');
      assert.deepEqual(
        [denied.own.length, denied.copies.length],
        [before.own.length + 1, before.copies.length],
      );
      const refused = denied.own.at(-1);
      assert.deepEqual([refused?.errorCode, refused?.resources], ['AccessDenied', undefined]);
      await refusalOf(assume('long', { DurationSeconds: 43_200 })); // longer than the role's sessions may be
      const failed = await recorded('AssumeRole');
      assert.deepEqual(
        [failed.own.length, failed.copies.length],
        [denied.own.length + 1, denied.copies.length + 1],
      );
      assert.equal(failed.copies.at(-1)?.errorCode, failed.own.at(-1)?.errorCode);
      assert.equal(failed.copies.at(-1)?.sharedEventID, failed.own.at(-1)?.sharedEventID);
    });
  });

  it('denials, and calls on own keys, are told nobody else', async () => {
    const error = await refusal(other.kms.send(new DescribeKeyCommand({ KeyId: keyArn })));
    assert.equal(error.name, 'AccessDeniedException');
    for (const name of ['DescribeKey', 'CreateKey']) {
      const { own, copies } = await recorded(name);
      assert.equal(own.length, 1);
      assert.equal(own[0]?.sharedEventID, undefined);
      assert.deepEqual(copies, []);
    }
  });
});
