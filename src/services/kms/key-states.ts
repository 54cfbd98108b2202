/**
 * Key states and the operation × state table, read by the pipeline and by the tests.
 * AWS: "Key states of AWS KMS keys" (developer guide); where its table leaves a choice, recorded answers decide.
 */
import type { ConnectionState } from '../../storage/schema.ts';
import {
  disabled,
  externalOrigin,
  notPendingDeletion,
  pendingDeletion,
  pendingImport,
  pendingReplicaDeletion,
  stillCreating,
  unavailable,
  updating,
} from './errors.ts';
import type { ApiError } from '../../aws/errors.ts';

/** States that have a column in the table. */
type TableState = 'Enabled' | 'Disabled' | 'PendingDeletion' | 'PendingImport' | 'Unavailable' | 'Creating';
/** PendingReplicaDeletion goes by PendingDeletion's column with a text of its own, Updating by Enabled's and a list. */
export type KeyState = TableState | 'PendingReplicaDeletion' | 'Updating';

/** All states, in the order in which pages show them. */
export const KEY_STATES: readonly KeyState[] = [
  'Enabled',
  'Disabled',
  'PendingDeletion',
  'PendingReplicaDeletion',
  'PendingImport',
  'Unavailable',
  'Creating',
  'Updating',
];

const ERRORS = {
  disabled,
  pendingDeletion,
  pendingReplicaDeletion,
  notPendingDeletion,
  pendingImport,
  externalOrigin,
  unavailable,
  updating,
  creating: stillCreating,
} satisfies Record<string, (keyArn: string) => ApiError>;

type Outcome = 'ok' | keyof typeof ERRORS;
type Row = Record<TableState, Outcome>;

const row = (
  Enabled: Outcome,
  Disabled: Outcome,
  PendingDeletion: Outcome,
  PendingImport: Outcome,
  Unavailable: Outcome,
  Creating: Outcome,
): Row => ({ Enabled, Disabled, PendingDeletion, PendingImport, Unavailable, Creating });

const ALWAYS = row('ok', 'ok', 'ok', 'ok', 'ok', 'ok');
const CRYPTOGRAPHIC = row('ok', 'disabled', 'pendingDeletion', 'pendingImport', 'unavailable', 'creating');
const CHANGE = row('ok', 'ok', 'pendingDeletion', 'ok', 'ok', 'ok');
const SWITCH = row('ok', 'ok', 'pendingDeletion', 'pendingImport', 'ok', 'creating');
// keys that cannot rotate are refused before their state is looked at (rotation.ts)
const ROTATION_SETTING = row('ok', 'disabled', 'pendingDeletion', 'externalOrigin', 'ok', 'creating');
const IMPORT = row('ok', 'ok', 'pendingDeletion', 'ok', 'ok', 'creating');

/** Outcome per operation and state. Operations that are not here take no key. */
export const KEY_STATE_TABLE = {
  CancelKeyDeletion: row(
    'notPendingDeletion',
    'notPendingDeletion',
    'ok',
    'notPendingDeletion',
    'notPendingDeletion',
    'notPendingDeletion',
  ),
  CreateAlias: CHANGE,
  CreateGrant: row('ok', 'disabled', 'pendingDeletion', 'pendingImport', 'ok', 'creating'),
  Decapsulate: CRYPTOGRAPHIC,
  Decrypt: CRYPTOGRAPHIC,
  DeleteAlias: ALWAYS,
  DeleteImportedKeyMaterial: row('ok', 'ok', 'ok', 'ok', 'ok', 'creating'),
  DeriveSharedSecret: CRYPTOGRAPHIC,
  DescribeKey: ALWAYS,
  DisableKey: SWITCH,
  DisableKeyRotation: ROTATION_SETTING,
  EnableKey: SWITCH,
  EnableKeyRotation: ROTATION_SETTING,
  Encapsulate: CRYPTOGRAPHIC,
  Encrypt: CRYPTOGRAPHIC,
  GenerateDataKey: CRYPTOGRAPHIC,
  GenerateDataKeyPair: CRYPTOGRAPHIC,
  GenerateDataKeyPairWithoutPlaintext: CRYPTOGRAPHIC,
  GenerateDataKeyWithoutPlaintext: CRYPTOGRAPHIC,
  GenerateMac: CRYPTOGRAPHIC,
  GetKeyLastUsage: ALWAYS,
  GetKeyPolicy: ALWAYS,
  GetPublicKey: CRYPTOGRAPHIC,
  GetKeyRotationStatus: ALWAYS,
  GetParametersForImport: IMPORT,
  ImportKeyMaterial: IMPORT,
  ListAliases: ALWAYS,
  ListGrants: ALWAYS,
  ListKeyPolicies: ALWAYS,
  ListKeyRotations: ALWAYS,
  ListResourceTags: ALWAYS,
  PutKeyPolicy: ALWAYS,
  ReEncrypt: CRYPTOGRAPHIC,
  ReplicateKey: CRYPTOGRAPHIC,
  RetireGrant: ALWAYS,
  RevokeGrant: ALWAYS,
  RotateKeyOnDemand: row('ok', 'disabled', 'pendingDeletion', 'pendingImport', 'ok', 'creating'),
  ScheduleKeyDeletion: CHANGE,
  Sign: CRYPTOGRAPHIC,
  TagResource: CHANGE,
  UntagResource: CHANGE,
  UpdateAlias: CHANGE,
  UpdateKeyDescription: CHANGE,
  UpdatePrimaryRegion: CRYPTOGRAPHIC,
  Verify: CRYPTOGRAPHIC,
  VerifyMac: CRYPTOGRAPHIC,
} satisfies Record<string, Row>;

/** Operations that wait until a change of the primary Region is complete; all others see an enabled key. */
const REFUSED_WHILE_UPDATING: ReadonlySet<string> = new Set([
  'DeleteImportedKeyMaterial',
  'DisableKey',
  'EnableKey',
  'GetParametersForImport',
  'ReplicateKey',
  'RotateKeyOnDemand',
  'ScheduleKeyDeletion',
]);

export type KeyOperation = keyof typeof KEY_STATE_TABLE;

/** @throws ApiError DisabledException or KMSInvalidStateException with AWS's text */
export function requireState(operation: KeyOperation, keyArn: string, state: KeyState): void {
  const outcome = stateOutcome(operation, state);
  if (outcome !== 'ok') throw ERRORS[outcome](keyArn);
}

/** What an operation meets in a state. */
export function stateOutcome(operation: KeyOperation, state: KeyState): Outcome {
  const row: Row = KEY_STATE_TABLE[operation];
  switch (state) {
    case 'Updating':
      return REFUSED_WHILE_UPDATING.has(operation) ? 'updating' : row.Enabled;
    case 'PendingReplicaDeletion':
      return row.PendingDeletion === 'pendingDeletion' ? 'pendingReplicaDeletion' : row.PendingDeletion;
    default:
      return row[state];
  }
}

/** The state that the API shows: pending deletion wins over a key store that is not connected. */
export function keyStateOf(
  key: { state: string; enabled: boolean; imported: { complete: boolean } | null },
  connection: ConnectionState | undefined,
): KeyState {
  if (key.state === 'PendingDeletion' || key.state === 'Deleting') return 'PendingDeletion';
  if (key.state === 'PendingReplicaDeletion' || key.state === 'Updating') return key.state;
  if (key.state === 'Creating' || key.state === 'Replicating') return 'Creating';
  if (connection !== undefined && connection !== 'CONNECTED') return 'Unavailable';
  if (key.imported?.complete === false) return 'PendingImport';
  return key.enabled ? 'Enabled' : 'Disabled';
}
