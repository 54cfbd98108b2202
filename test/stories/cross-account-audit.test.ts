/** A call on another account's key is on record in both accounts, and a denied one in the caller's alone. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CreateGrantCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  ReEncryptCommand,
} from '@aws-sdk/client-kms';
import type { CloudTrailEvent } from '../../src/audit/event.ts';
import { startClockedServer } from './clocked-server.ts';
import type { ClockedServer } from './clocked-server.ts';
import { clientsOf, policyDocument } from './iam-clients.ts';
import type { TestClients } from './iam-clients.ts';
import { refusal } from './refusal.ts';

describe('calls across accounts in the audit trail', () => {
  let server: ClockedServer;
  let owner: TestClients;
  let other: TestClients;
  let otherId: string;
  let keyArn: string;

  before(async () => {
    server = await startClockedServer();
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
  const oneOfBoth = async (name: string): Promise<CloudTrailEvent> => {
    const { own, copies } = await recorded(name);
    assert.equal(own.length, 1);
    assert.equal(copies.length, 1);
    const [mine, copy] = [own[0] as CloudTrailEvent, copies[0] as CloudTrailEvent];
    assert.match(mine.sharedEventID ?? '', /^[0-9a-f-]{36}$/);
    assert.notEqual(copy.eventID, mine.eventID);
    const userIdentity = { type: 'AWSAccount', principalId: otherId, accountId: otherId };
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
