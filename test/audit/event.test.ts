import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  EVENT_BYTES,
  buildEvent,
  buildServiceEvent,
  cloudTrailDate,
  encodeEvent,
  lowerCamel,
} from '../../src/audit/event.ts';
import type { EventMembers } from '../../src/audit/event.ts';
import { KEY_ARN, sampleEvent, sampleInput } from './sample.ts';

/** Names of all members at all depths, as `constraints.encryptionContextSubset.ContextKey1`; lists count as one. */
function names(members: EventMembers): string[] {
  return Object.entries(members).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? names(value as EventMembers).map((inner) => `${name}.${inner}`)
      : [name],
  );
}

/**
 * API members as callers send or get them, and the names under which AWS's published example events show them ("Examples
 * of AWS KMS log entries", KMS developer guide).
 */
const PUBLISHED: { event: string; members: object; shown: string[] }[] = [
  {
    event: 'Encrypt',
    members: {
      EncryptionContext: { Department: 'Engineering' },
      KeyId: 'k',
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    },
    shown: ['encryptionContext.Department', 'keyId', 'encryptionAlgorithm'],
  },
  {
    event: 'Decrypt',
    members: {
      EncryptionAlgorithm: 'a',
      KeyId: KEY_ARN,
      EncryptionContext: { Department: 'E', Purpose: 'Test' },
    },
    shown: ['encryptionAlgorithm', 'keyId', 'encryptionContext.Department', 'encryptionContext.Purpose'],
  },
  {
    event: 'ReEncrypt',
    members: {
      SourceEncryptionAlgorithm: 'a',
      SourceEncryptionContext: { Project: 'Alpha', Department: 'E' },
      DestinationKeyId: 'k',
      DestinationEncryptionAlgorithm: 'a',
      DestinationEncryptionContext: { Level: '3A' },
    },
    shown: [
      'sourceEncryptionAlgorithm',
      'sourceEncryptionContext.Project',
      'sourceEncryptionContext.Department',
      'destinationKeyId',
      'destinationEncryptionAlgorithm',
      'destinationEncryptionContext.Level',
    ],
  },
  {
    event: 'GenerateDataKeyWithoutPlaintext',
    members: { EncryptionContext: { 'aws:ebs:id': 'vol-1' }, NumberOfBytes: 64, KeyId: 'k' },
    shown: ['encryptionContext.aws:ebs:id', 'numberOfBytes', 'keyId'],
  },
  {
    event: 'CreateGrant',
    members: {
      KeyId: 'k',
      Constraints: { EncryptionContextSubset: { ContextKey1: 'Value1' } },
      Operations: ['Encrypt', 'RetireGrant'],
      GranteePrincipal: 'p',
    },
    shown: ['keyId', 'constraints.encryptionContextSubset.ContextKey1', 'operations', 'granteePrincipal'],
  },
  {
    event: 'CreateKey (answer)',
    members: {
      KeyMetadata: {
        AWSAccountId: '111122223333',
        KeyId: 'k',
        Arn: KEY_ARN,
        CreationDate: 1747773976,
        Enabled: true,
        CustomKeyStoreId: 'cks-1',
        CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
        EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
        MultiRegion: false,
        XksKeyConfiguration: { Id: 'x' },
      },
    },
    shown: [
      'keyMetadata.aWSAccountId',
      'keyMetadata.keyId',
      'keyMetadata.arn',
      'keyMetadata.creationDate',
      'keyMetadata.enabled',
      'keyMetadata.customKeyStoreId',
      'keyMetadata.customerMasterKeySpec',
      'keyMetadata.encryptionAlgorithms',
      'keyMetadata.multiRegion',
      'keyMetadata.xksKeyConfiguration.id',
    ],
  },
  {
    event: 'ScheduleKeyDeletion (answer)',
    members: {
      KeyId: KEY_ARN,
      DeletionDate: 1635895525,
      KeyState: 'PendingDeletion',
      PendingWindowInDays: 30,
    },
    shown: ['keyId', 'deletionDate', 'keyState', 'pendingWindowInDays'],
  },
  {
    event: 'TagResource',
    members: { KeyId: 'k', Tags: [{ TagKey: 'Project', TagValue: 'Alpha' }] },
    shown: ['keyId', 'tags'],
  },
];

describe('member names in events', () => {
  for (const { event, members, shown } of PUBLISHED) {
    it(`are those of AWS's published example: ${event}`, () =>
      assert.deepEqual(names(lowerCamel(members)), shown));
  }

  it('are lowered inside lists, and undefined members are left out', () => {
    assert.deepEqual(lowerCamel({ Tags: [{ TagKey: 'A', TagValue: 'b' }], Policy: undefined, Limit: null }), {
      tags: [{ tagKey: 'A', tagValue: 'b' }],
      limit: null,
    });
  });

  it('leave the keys and values of encryption contexts as the caller wrote them', () => {
    const context = { KeyId: 'X', CreationDate: '1', 'aws:Ünit': '' };
    assert.deepEqual(lowerCamel({ EncryptionContext: context }), { encryptionContext: context });
  });
});

describe('dates in events', () => {
  it('are text as CloudTrail writes it, in UTC', () => {
    assert.equal(cloudTrailDate(new Date('2025-05-21T05:47:45Z')), 'May 21, 2025, 5:47:45 AM');
    assert.equal(cloudTrailDate(Date.UTC(2021, 10, 2, 23, 25, 25)), 'Nov 2, 2021, 11:25:25 PM');
    assert.equal(cloudTrailDate(Date.UTC(2025, 0, 1, 0, 0, 0)), 'Jan 1, 2025, 12:00:00 AM');
    assert.equal(cloudTrailDate(Date.UTC(2025, 11, 31, 12, 5, 9)), 'Dec 31, 2025, 12:05:09 PM');
  });

  it('come from the seconds of the API or from a Date', () => {
    const text = 'Nov 2, 2021, 11:25:25 PM';
    assert.deepEqual(lowerCamel({ DeletionDate: 1635895525, ValidTo: new Date(1635895525000) }), {
      deletionDate: text,
      validTo: text,
    });
  });
});

describe('an event', () => {
  it('has the members of a CloudTrail record, in its order', () => {
    const tls = {
      tlsVersion: 'TLSv1.3',
      cipherSuite: 'TLS_AES_256_GCM_SHA384',
      clientProvidedHostHeader: 'kms.us-west-2.amazonaws.com',
    };
    const event = sampleEvent({ tls, additionalEventData: { customKeyStoreId: 'cks-1' } });
    assert.deepEqual(Object.keys(event), [
      'eventVersion',
      'userIdentity',
      'eventTime',
      'eventSource',
      'eventName',
      'awsRegion',
      'sourceIPAddress',
      'userAgent',
      'requestParameters',
      'responseElements',
      'additionalEventData',
      'requestID',
      'eventID',
      'readOnly',
      'resources',
      'eventType',
      'managementEvent',
      'recipientAccountId',
      'eventCategory',
      'tlsDetails',
    ]);
    assert.equal(event.eventVersion, '1.11');
    assert.equal(event.eventTime, '2025-05-20T20:46:16Z');
    assert.deepEqual(event.tlsDetails, tls);
  });

  it('of a refused call says AccessDenied, and neither parameters nor resources', () => {
    const message = 'User: arn:aws:iam::111122223333:user/Alice is not authorized to perform: kms:Encrypt';
    const event = sampleEvent({ error: { code: 'AccessDeniedException', message } });
    assert.equal(event.errorCode, 'AccessDenied');
    assert.equal(event.errorMessage, message);
    assert.equal(event.requestParameters, null);
    assert.equal(event.responseElements, null);
    assert.equal(event.readOnly, true);
    assert.ok(!('resources' in event) && !('additionalEventData' in event));
  });

  it('of a failed call keeps its parameters and resources, and has no answer', () => {
    const event = sampleEvent({
      error: { code: 'KMSInvalidStateException', message: 'text' },
      responseElements: { keyId: KEY_ARN },
    });
    assert.equal(event.errorCode, 'KMSInvalidStateException');
    assert.notEqual(event.requestParameters, null);
    assert.equal(event.responseElements, null);
    assert.equal(event.resources?.length, 1);
  });

  it('names no resources when the key was not found, and no message when the error has none', () => {
    const event = sampleEvent({ error: { code: 'NotFoundException' } });
    assert.ok(!('resources' in event) && !('errorMessage' in event));
  });

  it('tells an empty list of resources from none', () => {
    assert.deepEqual(sampleEvent({ resources: [] }).resources, []);
    assert.ok(!('resources' in sampleEvent({ resources: undefined })));
  });

  it('of an internal action has no caller, no request id, and is never read-only', () => {
    const event = buildServiceEvent({
      time: 0,
      eventSource: 'kms.amazonaws.com',
      eventName: 'RotateKey',
      region: 'us-west-2',
      accountId: '111122223333',
      eventId: 'e',
      resources: [],
      serviceEventDetails: { rotationType: 'AUTOMATIC', keyId: 'k' },
    });
    assert.deepEqual(event.userIdentity, { accountId: '111122223333', invokedBy: 'AWS Internal' });
    assert.equal(event.eventType, 'AwsServiceEvent');
    assert.equal(event.sourceIPAddress, 'AWS Internal');
    assert.equal(event.readOnly, false);
    assert.ok(!('requestID' in event) && !('tlsDetails' in event));
  });

  it('refuses binary data, at any depth', () => {
    for (const secret of [Buffer.from('plaintext'), new Uint8Array(1), new ArrayBuffer(1)]) {
      assert.throws(() => lowerCamel({ A: { Plaintext: secret } }), TypeError);
      assert.throws(() => lowerCamel({ A: [{ B: [secret] }] }), TypeError);
      assert.throws(() => buildEvent(sampleInput({ requestParameters: { a: [{ b: secret }] } })), TypeError);
      assert.throws(() => buildEvent(sampleInput({ responseElements: { plaintext: secret } })), TypeError);
      assert.throws(() => buildEvent(sampleInput({ additionalEventData: { a: secret } })), TypeError);
    }
  });

  it('has its user agent cut to 1 KB, never in the middle of a character', () => {
    const { userAgent } = sampleEvent({ userAgent: `a${'é'.repeat(2000)}` });
    assert.equal(Buffer.byteLength(userAgent), 1023);
    assert.ok(userAgent.endsWith('é'));
  });

  it('stays under 256 KB with its identifiers whole', () => {
    for (const requestParameters of [
      { keyId: KEY_ARN, policy: '"\u0001'.repeat(200_000), description: '鍵'.repeat(100_000) },
      {
        keyId: KEY_ARN,
        tags: Array.from({ length: 20_000 }, (_, n) => ({ tagKey: `k${n}`, tagValue: 'v' })),
      },
    ]) {
      const event = sampleEvent({ requestParameters });
      const text = encodeEvent(event);
      assert.ok(Buffer.byteLength(text) <= EVENT_BYTES);
      const read = JSON.parse(text) as typeof event;
      assert.deepEqual({ ...read, requestParameters: null }, { ...event, requestParameters: null });
      assert.ok(
        read.requestParameters?.['keyId'] === KEY_ARN || read.requestParameters?.['omitted'] === true,
      );
    }
  });
});
