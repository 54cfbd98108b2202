/** From a CloudTrail event of the journal to the call that may have used a cluster's key. */
import { isOwnersCopy } from '../audit/event.ts';
import type { CloudTrailEvent } from '../audit/event.ts';
import type { JournalRecord } from '../audit/reading.ts';
import type { Call, WantedUse } from './records.ts';

/** Verbs of the HSM by operation. Asymmetric and HMAC keys are never in a cluster. */
const VERBS: Readonly<Record<string, readonly string[]>> = {
  Encrypt: ['Encrypt'],
  Decrypt: ['Decrypt'],
  ReEncrypt: ['Decrypt', 'Encrypt'],
  GenerateDataKey: ['GenerateDataKey'],
  GenerateDataKeyWithoutPlaintext: ['GenerateDataKeyWithoutPlaintext'],
  GenerateRandom: ['Random'],
};

/** The same of Claviger's own API: keys of a cluster as external keys of others. */
const VERBS_OF_EXTERNAL_KEYS: typeof VERBS = {
  DecryptWithExternalKey: ['DecryptDerived'],
  DescribeExternalKey: ['EncryptDerived'],
  EncryptWithExternalKey: ['EncryptDerived'],
  GenerateExternalKey: ['GenerateDerivationKey'],
};

function verbsOf({ eventSource, eventName }: CloudTrailEvent): readonly string[] | undefined {
  if (eventSource === 'claviger.amazonaws.com') return VERBS_OF_EXTERNAL_KEYS[eventName];
  return eventSource === 'kms.amazonaws.com' ? VERBS[eventName] : undefined;
}

const IN_STORE = Buffer.from('"customKeyStoreId"');
const FAILED = Buffer.from('"errorCode"');

/**
 * Whether {@link callOf} may give a call for an event's bytes: half of all events, or more, need not be parsed. A journal in which
 * such a name is written in another way was not written by Claviger, and then the use of the key has no call.
 */
export function mayBeCall(event: Buffer): boolean {
  return event.includes(IN_STORE) || event.includes(FAILED);
}

/** A request id as the HSM has it: 32 hex digits. */
export function bareRequestId(requestId: string): string {
  return requestId.replaceAll('-', '').toLowerCase();
}

/** @returns undefined for events of other operations, and for calls that succeeded without a cluster's key */
export function callOf({
  event,
  writer,
  seq,
}: Pick<JournalRecord, 'event' | 'writer' | 'seq'>): Call | undefined {
  const verbs = verbsOf(event);
  if (verbs === undefined || event.requestID === undefined || isOwnersCopy(event)) return undefined;
  const outcome = outcomeOf(event);
  const wanted = outcome === 'succeeded' ? wantedUses(event) : [];
  if (outcome === 'succeeded' && wanted.length === 0) return undefined;
  return {
    requestId: bareRequestId(event.requestID),
    timeAt: Date.parse(event.eventTime),
    writer,
    seq,
    eventId: event.eventID,
    eventName: event.eventName,
    outcome,
    verbs,
    keyArns: (event.resources ?? []).map(({ ARN }) => ARN),
    keyStore: keyStoreOf(event),
    wanted,
  };
}

/** ReEncrypt may use keys of two stores, and its event names one. */
function keyStoreOf({
  eventName,
  requestParameters,
  additionalEventData,
}: CloudTrailEvent): string | undefined {
  if (eventName === 'ReEncrypt') return undefined;
  const named = (eventName === 'GenerateRandom' ? requestParameters : additionalEventData)?.[
    'customKeyStoreId'
  ];
  return typeof named === 'string' ? named : undefined;
}

function outcomeOf({ errorCode }: CloudTrailEvent): Call['outcome'] {
  if (errorCode === undefined) return 'succeeded';
  return errorCode === 'AccessDenied' ? 'refused' : 'failed';
}

function wantedUses(event: CloudTrailEvent): WantedUse[] {
  const { eventName, requestParameters: parameters, additionalEventData: data, resources = [] } = event;
  if (eventName === 'GenerateRandom')
    return parameters?.['customKeyStoreId'] === undefined ? [] : [{ verb: 'Random', keyArn: undefined }];
  // a key in an external key store is used outside
  if (data?.['customKeyStoreId'] === undefined || data['xksKeyId'] !== undefined) return [];
  const [first, second] = resources.map(({ ARN }) => ARN);
  if (eventName !== 'ReEncrypt') return (verbsOf(event) ?? []).map((verb) => ({ verb, keyArn: first }));
  // of the two keys, those in the cluster are symmetric, have no KeyMaterialId, and no external key
  const inCluster = (side: 'source' | 'destination'): boolean =>
    data[`${side}KeyMaterialId`] === undefined &&
    data[`${side}XksKeyId`] === undefined &&
    parameters?.[`${side}EncryptionAlgorithm`] === 'SYMMETRIC_DEFAULT';
  return [
    ...(inCluster('source') ? [{ verb: 'Decrypt', keyArn: first }] : []),
    ...(inCluster('destination') ? [{ verb: 'Encrypt', keyArn: second ?? first }] : []),
  ];
}
