/** The shape of an event: which members it has and what is in them, compared with what CloudTrail shows of the same call. */
import { isDeepStrictEqual } from 'node:util';
import type { CloudTrailEvent } from '../../src/audit/event.ts';

/** Operations whose events are read-only, by their names; of STS all are, as CloudTrail has it. KMS has others beside. */
export const READ_ONLY = /^(Get|List|Describe|Lookup|Filter|Simulate|AssumeRole|DecodeAuthorizationMessage)/;
/** Members of requests that are shown to nobody. */
const WITHHELD = new Set(['GrantTokens', 'WebIdentityToken', 'TokenCode', 'EncodedMessage']);
/** Events that show no parameters, whatever was asked. */
const NO_PARAMETERS = new Set(['GetCallerIdentity', 'DecodeAuthorizationMessage', 'RetireGrant']);

/** A call that succeeded, and what its event is to show of it. */
export interface ShapedCall {
  eventSource: string;
  name: string;
  region: string;
  accountId: string;
  /** What was sent. */
  input: object;
  /** The members that the event shows of the answer; null: none. */
  answer: readonly string[] | null;
  /** userIdentity; a session's creationDate is `a time`. */
  who: object;
}

const lowered = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

/** What is wrong with the event of a call that succeeded, a line each. */
export function eventDifferences(event: CloudTrailEvent | undefined, call: ShapedCall): string[] {
  const { eventSource, name, input, answer } = call;
  if (event === undefined) return [`${eventSource} ${name}: no event`];
  const sent = Object.keys(input).filter((member) => !WITHHELD.has(member));
  const parameters = NO_PARAMETERS.has(name) || sent.length === 0 ? null : sent.map(lowered).sort();
  const expected = {
    ...{ eventVersion: '1.11', eventSource, eventName: name, awsRegion: call.region },
    ...{ sourceIPAddress: '127.0.0.1', error: undefined, parameters, answer: answer ?? null },
    ...{ readOnly: READ_ONLY.test(name), eventType: 'AwsApiCall', managementEvent: true },
    ...{ eventCategory: 'Management', recipientAccountId: call.accountId, who: call.who },
  };
  const shown = shownOf(event);
  return (Object.keys(expected) as (keyof typeof expected)[])
    .filter((member) => !isDeepStrictEqual(shown[member], expected[member]))
    .map((member) => {
      const [is, should] = [shown[member], expected[member]].map((value) => JSON.stringify(value));
      return `${eventSource} ${name}: ${member} is ${is} and not ${should}`;
    });
}

function shownOf(event: CloudTrailEvent) {
  const members = (value: object | null): string[] | null =>
    value === null ? null : Object.keys(value).sort();
  const identity = JSON.parse(JSON.stringify(event.userIdentity)) as {
    sessionContext?: { attributes: { creationDate: string } };
  };
  if (identity.sessionContext !== undefined) identity.sessionContext.attributes.creationDate = 'a time';
  return {
    ...event,
    error: event.errorCode,
    parameters: members(event.requestParameters),
    answer: members(event.responseElements),
    who: identity,
  };
}

/**
 * Operations whose events other stories than event-shapes.test.ts compare with CloudTrail's: by the story, which asserts that it
 * compared exactly these. event-shapes.test.ts asserts that together they are all that is served.
 */
export const COMPARED_IN = {
  'audit.test.ts': [
    ...['CreateKey', 'DescribeKey', 'ListKeys', 'UpdateKeyDescription', 'EnableKey', 'DisableKey'],
    ...['ScheduleKeyDeletion', 'CancelKeyDeletion', 'TagResource', 'UntagResource', 'ListResourceTags'],
    ...['PutKeyPolicy', 'GetKeyPolicy', 'ListKeyPolicies', 'GetPublicKey'],
    ...['CreateAlias', 'UpdateAlias', 'DeleteAlias', 'ListAliases'],
    ...['Encrypt', 'Decrypt', 'ReEncrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'],
    ...['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext', 'GenerateRandom'],
    ...['Sign', 'Verify', 'GenerateMac', 'VerifyMac', 'DeriveSharedSecret'],
    ...['CreateCustomKeyStore', 'ConnectCustomKeyStore', 'DescribeCustomKeyStores'],
    ...['UpdateCustomKeyStore', 'DisconnectCustomKeyStore', 'DeleteCustomKeyStore'],
  ],
  'kms-key-life-events.test.ts': [
    ...['EnableKeyRotation', 'DisableKeyRotation', 'RotateKeyOnDemand', 'GetKeyRotationStatus'],
    ...['ListKeyRotations', 'GetParametersForImport', 'ImportKeyMaterial', 'DeleteImportedKeyMaterial'],
    ...['ReplicateKey', 'UpdatePrimaryRegion', 'Encapsulate', 'Decapsulate'],
  ],
  /** Those that need HSMs. */
  'cloudhsm-api.test.ts': ['CreateHsm', 'DeleteHsm', 'InitializeCluster'],
} as const;
