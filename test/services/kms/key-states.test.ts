/** The table of key states against AWS's own, as its developer guide shows it ("Key states of AWS KMS keys"). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from '../../../src/aws/errors.ts';
import { KEY_STATES, KEY_STATE_TABLE, requireState } from '../../../src/services/kms/key-states.ts';
import type { KeyOperation, KeyState } from '../../../src/services/kms/key-states.ts';

const ARN = 'arn:aws:kms:us-east-1:111122223333:key/134f2428-cec1-4b25-a1ae-9048164dba47';

/** Numbers of the guide's footnotes, and what KMS answers for them. */
const ANSWERS: Record<string, [string, string] | undefined> = {
  ok: undefined,
  1: ['DisabledException', `${ARN} is disabled.`],
  3: ['KMSInvalidStateException', `${ARN} is pending deletion.`],
  '3r': ['KMSInvalidStateException', `${ARN} is pending replica deletion.`],
  4: ['KMSInvalidStateException', `${ARN} is not pending deletion.`],
  5: ['KMSInvalidStateException', `${ARN} is pending import.`],
  6: ['UnsupportedOperationException', `${ARN} origin is EXTERNAL which is not valid for this operation.`],
  11: ['KMSInvalidStateException', `${ARN} is unavailable.`],
  14: ['KMSInvalidStateException', `${ARN} is creating.`],
  15: ['KMSInvalidStateException', `${ARN} is updating.`],
};

/**
 * Enabled, Disabled, PendingDeletion, PendingImport, Unavailable, Creating, Updating. `ok` also where the guide's answer depends on
 * the key's kind and not on its state (7, 9), and `-` where no key of the operation's kind can be in the state.
 */
const AWS: [string, readonly KeyOperation[]][] = [
  ['4 4 ok 4 4 4 4', ['CancelKeyDeletion']],
  [
    'ok ok 3 ok ok ok ok',
    ['CreateAlias', 'UpdateAlias', 'TagResource', 'UntagResource', 'UpdateKeyDescription'],
  ],
  [
    'ok 1 3 5 11 14 ok',
    [
      ...(['Encrypt', 'Decrypt', 'ReEncrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'] as const),
      ...(['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'] as const),
    ],
  ],
  [
    'ok 1 3 5 - 14 ok',
    [
      ...(['GenerateMac', 'VerifyMac', 'Sign', 'Verify', 'GetPublicKey', 'DeriveSharedSecret'] as const),
      ...(['Encapsulate', 'Decapsulate', 'UpdatePrimaryRegion'] as const),
    ],
  ],
  ['ok ok ok ok - 14 15', ['DeleteImportedKeyMaterial']],
  [
    'ok ok ok ok ok ok ok',
    [
      ...(['DeleteAlias', 'DescribeKey', 'GetKeyPolicy', 'ListKeyPolicies', 'ListAliases'] as const),
      ...(['ListResourceTags', 'PutKeyPolicy', 'GetKeyRotationStatus', 'ListKeyRotations'] as const),
    ],
  ],
  ['ok ok 3 5 ok 14 15', ['DisableKey', 'EnableKey']],
  ['ok 1 3 6 ok 14 ok', ['EnableKeyRotation', 'DisableKeyRotation']],
  ['ok 1 3 5 ok 14 15', ['RotateKeyOnDemand']],
  ['ok ok 3 ok ok 14 15', ['GetParametersForImport']],
  ['ok ok 3 ok ok 14 ok', ['ImportKeyMaterial']],
  ['ok 1 3 5 - 14 15', ['ReplicateKey']],
  ['ok ok 3 ok ok ok 15', ['ScheduleKeyDeletion']],
];
const COLUMNS: readonly KeyState[] = [
  ...([
    'Enabled',
    'Disabled',
    'PendingDeletion',
    'PendingImport',
    'Unavailable',
    'Creating',
    'Updating',
  ] as const),
];

describe('the table of key states', () => {
  const answerOf = (operation: KeyOperation, state: KeyState): [string, string | undefined] | undefined => {
    try {
      requireState(operation, ARN, state);
      return undefined;
    } catch (error) {
      assert.ok(error instanceof ApiError);
      return [error.code, error.message];
    }
  };

  for (const [answers, operations] of AWS) {
    for (const operation of operations) {
      it(`answers ${operation} in every state as AWS's does`, () => {
        for (const [index, answer] of answers.split(' ').entries()) {
          const state = COLUMNS[index] as KeyState;
          if (answer !== '-') assert.deepEqual(answerOf(operation, state), ANSWERS[answer], state);
          if (state !== 'PendingDeletion') continue;
          const forReplicas = answer === '3' ? ANSWERS['3r'] : ANSWERS[answer];
          assert.deepEqual(answerOf(operation, 'PendingReplicaDeletion'), forReplicas);
        }
      });
    }
  }

  it('has no operation and no state beyond these', () => {
    const grants = /Grant|GetKeyLastUsage/; // with stories of their own
    const known = AWS.flatMap(([, operations]) => operations);
    const others = Object.keys(KEY_STATE_TABLE).filter((name) => !grants.test(name));
    assert.deepEqual(others.sort(), [...known].sort());
    assert.deepEqual([...KEY_STATES].sort(), [...COLUMNS, 'PendingReplicaDeletion'].sort());
  });
});
