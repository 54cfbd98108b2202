/** Which uses inside an HSM an event of the journal stands for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CloudTrailEvent } from '../../src/audit/event.ts';
import { callOf, mayBeCall } from '../../src/reconcile/calls.ts';

const arn = (id: string): string => `arn:aws:kms:us-east-1:111122223333:key/${id}`;
const CLUSTER = { customKeyStoreId: 'cks-1' };

function event(members: Partial<CloudTrailEvent>, keys: string[] = ['a']): CloudTrailEvent {
  return {
    eventSource: 'kms.amazonaws.com',
    eventName: 'Encrypt',
    eventTime: '2026-11-25T21:00:00Z',
    requestID: '01234567-89AB-cdef-0123-456789abcdef',
    eventID: 'e',
    requestParameters: null,
    resources: keys.map((id) => ({ accountId: '111122223333', type: 'AWS::KMS::Key', ARN: arn(id) })),
    ...members,
  } as CloudTrailEvent;
}

const wanted = (of: CloudTrailEvent): string[] | undefined =>
  callOf({ event: of, writer: 'server-1', seq: 1 })?.wanted.map(
    ({ verb, keyArn }) => `${verb} ${keyArn?.slice(-1) ?? '-'}`,
  );

const asWritten = (of: CloudTrailEvent): Buffer => Buffer.from(JSON.stringify(of));

describe('a call of the journal', () => {
  const symmetric = {
    sourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    destinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
  };
  const reEncrypt = { eventName: 'ReEncrypt', requestParameters: symmetric };
  const table: [string, CloudTrailEvent, string[] | undefined][] = [
    ['Encrypt with a key of the cluster', event({ additionalEventData: CLUSTER }), ['Encrypt a']],
    ['Encrypt with a built-in key', event({ additionalEventData: { keyMaterialId: 'm' } }), undefined],
    ['Encrypt with a key outside', event({ additionalEventData: { ...CLUSTER, xksKeyId: 'x' } }), undefined],
    [
      "the copy for the key's owner of a call that its caller has on record",
      event({
        additionalEventData: CLUSTER,
        sharedEventID: 's',
        userIdentity: { type: 'AWSAccount', accountId: '222233334444' },
      }),
      undefined,
    ],
    [
      'an operation that uses no key',
      event({ eventName: 'DescribeKey', additionalEventData: CLUSTER }),
      undefined,
    ],
    ...(
      [
        ['GenerateExternalKey', 'GenerateDerivationKey'],
        ['DescribeExternalKey', 'EncryptDerived'],
        ['EncryptWithExternalKey', 'EncryptDerived'],
        ['DecryptWithExternalKey', 'DecryptDerived'],
      ] as const
    ).map(([eventName, verb]): [string, CloudTrailEvent, string[]] => [
      `${eventName} of Claviger's own API`,
      event({ eventSource: 'claviger.amazonaws.com', eventName, additionalEventData: CLUSTER }),
      [`${verb} a`],
    ]),
    [
      'an operation of the same name of another service',
      event({ eventSource: 'claviger.amazonaws.com', additionalEventData: CLUSTER }),
      undefined,
    ],
    [
      'DescribeExternalKey of a disabled key, for which no HSM was asked',
      event({ eventSource: 'claviger.amazonaws.com', eventName: 'DescribeExternalKey' }, []),
      undefined,
    ],
    [
      'random bytes from the HSMs',
      event({ eventName: 'GenerateRandom', requestParameters: CLUSTER }, []),
      ['Random -'],
    ],
    ['random bytes from KMS', event({ eventName: 'GenerateRandom' }, []), undefined],
    [
      'ReEncrypt within the cluster',
      event({ ...reEncrypt, additionalEventData: CLUSTER }, ['a', 'b']),
      ['Decrypt a', 'Encrypt b'],
    ],
    [
      'ReEncrypt under the same key',
      event({ ...reEncrypt, additionalEventData: CLUSTER }, ['a']),
      ['Decrypt a', 'Encrypt a'],
    ],
    [
      'ReEncrypt into the cluster',
      event({ ...reEncrypt, additionalEventData: { ...CLUSTER, sourceKeyMaterialId: 'm' } }, ['a', 'b']),
      ['Encrypt b'],
    ],
    [
      'ReEncrypt out of the cluster',
      event({ ...reEncrypt, additionalEventData: { ...CLUSTER, destinationKeyMaterialId: 'm' } }, ['a', 'b']),
      ['Decrypt a'],
    ],
    [
      'ReEncrypt from RSA into the cluster',
      event(
        {
          ...reEncrypt,
          requestParameters: { ...symmetric, sourceEncryptionAlgorithm: 'RSAES_OAEP_SHA_256' },
          additionalEventData: CLUSTER,
        },
        ['a', 'b'],
      ),
      ['Encrypt b'],
    ],
    [
      'a call that failed',
      event({ errorCode: 'KMSInvalidStateException', additionalEventData: CLUSTER }),
      [],
    ],
  ];
  for (const [name, of, uses] of table) {
    it(`${name} wants ${uses === undefined ? 'no record of an HSM' : JSON.stringify(uses)}`, () => {
      assert.deepEqual(wanted(of), uses);
      if (uses !== undefined) assert.ok(mayBeCall(asWritten(of)), 'it is not passed over unparsed');
    });
  }

  it('with a key of the built-in store is passed over unparsed', () => {
    assert.ok(!mayBeCall(asWritten(event({ additionalEventData: { keyMaterialId: 'm' } }))));
  });

  it('that was refused authorises nothing, one that failed may have tried', () => {
    const outcome = (errorCode: string): unknown =>
      callOf({ event: event({ errorCode }), writer: 'server-1', seq: 1 })?.outcome;
    assert.deepEqual([outcome('AccessDenied'), outcome('InvalidCiphertextException')], ['refused', 'failed']);
    const call = callOf({ event: event({ errorCode: 'x' }), writer: 'server-1', seq: 1 });
    assert.equal(call?.requestId, '0123456789abcdef0123456789abcdef');
  });

  it('names the key store whose HSMs its uses are in, where there is one', () => {
    const stores = [
      event({ additionalEventData: CLUSTER }),
      event({ eventName: 'GenerateRandom', requestParameters: CLUSTER }, []),
      event({ ...reEncrypt, additionalEventData: CLUSTER }, ['a', 'b']),
      event({ errorCode: 'KMSInternalException' }),
    ];
    assert.deepEqual(
      stores.map((of) => callOf({ event: of, writer: 'server-1', seq: 1 })?.keyStore),
      ['cks-1', 'cks-1', undefined, undefined],
    );
  });

  it('that re-encrypts between a cluster and a key manager outside uses the HSMs for its half', () => {
    const half = (side: string): string[] | undefined =>
      wanted(
        event({ ...reEncrypt, additionalEventData: { ...CLUSTER, [`${side}XksKeyId`]: 'x' } }, ['a', 'b']),
      );
    assert.deepEqual(half('source'), ['Encrypt b']);
    assert.deepEqual(half('destination'), ['Decrypt a']);
  });
});
