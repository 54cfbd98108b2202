/** What the trail shows of calls that were denied: for every KMS operation the same, nothing of what was asked for. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { rootCaller } from '../../src/access/caller.ts';
import type { Caller } from '../../src/access/caller.ts';
import type { CloudTrailEvent } from '../../src/audit/event.ts';
import { ApiError } from '../../src/aws/errors.ts';
import { kms as model } from '../../src/aws/generated/kms.ts';
import type { OperationName } from '../../src/services/kms/operation.ts';
import { builtOperationNames } from '../../src/services/kms/operations/index.ts';
import { handleKms } from '../../src/services/kms/service.ts';
import { REGIONS, startClockedServer } from '../stories/clocked-server.ts';
import type { ClockedServer } from '../stories/clocked-server.ts';

/** Operations whose events AWS marks read-only (reference of CloudTrail's KMS events, section 3). */
const READ_ONLY =
  /^(Encrypt|Decrypt|ReEncrypt|GenerateDataKey.*|GenerateMac|VerifyMac|Sign|Verify|GenerateRandom|DeriveSharedSecret|Encapsulate|Decapsulate|Describe.*|Get.*|List.*)$/;

/** Members of which some must be there, and the model requires none. */
const ONE_OF: Readonly<Record<string, readonly string[]>> = {
  ListRetirableGrants: ['RetiringPrincipal'],
  Decrypt: ['CiphertextBlob'],
  ReEncrypt: ['CiphertextBlob'],
};

describe('events of denied KMS calls', () => {
  let server: ClockedServer;
  /** One who may do nothing: access control refuses whatever is asked. */
  let keyId: string;
  /** Another key, which has a grant. */
  let grantedKey: string;
  let grantId: string;
  let ciphertext: string;
  const events = new Map<string, CloudTrailEvent[]>();
  let caller: Caller;

  /** The smallest input that the model takes, naming a key that is there. */
  const inputOf = (operation: string): Record<string, unknown> => {
    if (operation === 'RetireGrant') return { KeyId: grantedKey, GrantId: grantId };
    const shape = model.shapes[model.operations[operation]?.input ?? ''] as {
      required?: string[];
      members: Record<string, string>;
    };
    return Object.fromEntries(
      [...(shape.required ?? []), ...(ONE_OF[operation] ?? [])].map((member) => [
        member,
        valueOf(member, shape.members[member] as string),
      ]),
    );
  };
  const valueOf = (member: string, shapeName: string): unknown => {
    const shape = model.shapes[shapeName] as {
      type: string;
      enum?: string[];
      members?: Record<string, string>;
      required?: string[];
      member?: string;
    };
    const named: Record<string, unknown> = {
      KeyId: keyId,
      TargetKeyId: keyId,
      DestinationKeyId: keyId,
      AliasName: 'alias/denied',
      CustomKeyStoreId: 'cks-1234567890abcdef0',
      PrimaryRegion: REGIONS[1],
      ReplicaRegion: REGIONS[1],
      GranteePrincipal: `arn:aws:iam::${server.accountId}:user/x`,
      RetiringPrincipal: `arn:aws:iam::${server.accountId}:root`,
      GrantId: grantId,
      CiphertextBlob: ciphertext,
      Policy: '{"Version":"2012-10-17","Statement":[]}',
    };
    if (named[member] !== undefined) return named[member];
    if (shape.enum !== undefined) return shape.enum[0];
    if (shape.type === 'blob') return Buffer.alloc(32, 1).toString('base64');
    if (shape.type === 'integer') return 32;
    if (shape.type === 'list') return [valueOf(shape.member ?? '', shape.member ?? '')];
    if (shape.type === 'structure') {
      return Object.fromEntries(
        (shape.required ?? []).map((name) => [name, valueOf(name, shape.members?.[name] as string)]),
      );
    }
    return 'denied';
  };

  before(async () => {
    server = await startClockedServer();
    const root = rootCaller(server.accountId, 'AKIATESTTESTTESTTEST');
    const arn = `arn:aws:iam::${server.accountId}:user/Mallory`;
    caller = {
      ...root,
      arn,
      principal: {
        ...root.principal,
        ...{ type: 'User', arn, issuerArn: arn, userId: 'AIDAMALLORY', userName: 'Mallory' },
      },
      identity: {
        ...{ type: 'IAMUser', principalId: 'AIDAMALLORY', arn, accountId: server.accountId },
        ...{ accessKeyId: 'AKIATESTTESTTESTTEST', userName: 'Mallory' },
      },
    };
    const request = (who: Caller, requestId: string) => ({
      ...{ caller: who, region: REGIONS[0], requestId },
      origin: { sourceIp: '192.0.2.1', userAgent: 'test' },
    });
    const asRoot = async <T>(operation: OperationName, input: object): Promise<T> => {
      const body = Buffer.from(JSON.stringify(input));
      return JSON.parse(
        (await handleKms(server.kms, operation, request(root, operation), body)).toString(),
      ) as T;
    };
    const newKey = async () => asRoot<{ KeyMetadata: { KeyId: string; Arn: string } }>('CreateKey', {});
    keyId = (await newKey()).KeyMetadata.KeyId;
    grantedKey = (await newKey()).KeyMetadata.Arn;
    const GranteePrincipal = `arn:aws:iam::${server.accountId}:root`;
    const grant = { KeyId: grantedKey, GranteePrincipal, Operations: ['Decrypt'] };
    ({ GrantId: grantId } = await asRoot<{ GrantId: string }>('CreateGrant', grant));
    const plain = { KeyId: keyId, Plaintext: Buffer.from('denied').toString('base64') };
    ({ CiphertextBlob: ciphertext } = await asRoot<{ CiphertextBlob: string }>('Encrypt', plain));
    for (const name of builtOperationNames) {
      const body = Buffer.from(JSON.stringify(inputOf(name)));
      await handleKms(server.kms, name as OperationName, request(caller, `denied-${name}`), body).then(
        () => assert.fail(`${name} was not denied`),
        (error: unknown) => assert.ok(error instanceof ApiError, String(error)),
      );
    }
    for (const event of await server.events()) {
      const id = event.requestID ?? '';
      events.set(id, [...(events.get(id) ?? []), event]);
    }
  });
  after(() => server.remove());

  it('have the code AccessDenied, and neither parameters, nor answer, nor resources', () => {
    assert.equal(builtOperationNames.length, 56);
    for (const name of builtOperationNames) {
      const [event, ...more] = events.get(`denied-${name}`) ?? [];
      assert.ok(event !== undefined && more.length === 0, `${name}: not one event`);
      assert.equal(event.eventName, name);
      assert.equal(event.errorCode, 'AccessDenied', `${name}: ${event.errorMessage}`);
      assert.equal(event.readOnly, READ_ONLY.test(name), name);
      assert.equal(event.responseElements, null, name);
      assert.equal(event.requestParameters, null, name);
      assert.equal(event.resources, undefined, name);
      // what CloudTrail does not show: docs/differences.md, Access
      const added = Object.keys(event.additionalEventData ?? {});
      assert.deepEqual(added, ['authorizationReason', 'encodedAuthorizationMessage'], name);
      assert.match(
        event.errorMessage ?? '',
        /^User: .*:user\/Mallory is not authorized to perform: kms:/,
        name,
      );
    }
  });

  it('have the envelope of every event, and say who asked', () => {
    for (const name of builtOperationNames) {
      const [event] = events.get(`denied-${name}`) as [CloudTrailEvent];
      assert.deepEqual(event.userIdentity, caller.identity);
      const { eventVersion, eventSource, awsRegion, sourceIPAddress, userAgent, eventType } = event;
      assert.deepEqual(
        [eventVersion, eventSource, awsRegion, sourceIPAddress, userAgent, eventType],
        ['1.11', 'kms.amazonaws.com', REGIONS[0], '192.0.2.1', 'test', 'AwsApiCall'],
      );
      const { eventCategory, managementEvent, recipientAccountId } = event;
      assert.deepEqual(
        [eventCategory, managementEvent, recipientAccountId],
        ['Management', true, server.accountId],
      );
    }
  });
});
