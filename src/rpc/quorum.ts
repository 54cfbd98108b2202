/**
 * Approvals of several persons: what they sign, as exact bytes, known to the HSM that verifies and to the operator's tool.
 * CloudHSM's quorum has the same purpose with tokens made by each HSM; ours are made offline and hold for a whole cluster
 * (docs/formats.md, "Quorum approval").
 */
import { createHash } from 'node:crypto';

/** What may be put under the quorum, and the parameters that an approval of it names. */
export const QUORUM_ACTIONS = {
  /** Makes HSMs trusted destinations of a user's keys: `{user, peers: {<hsm id>: <transport key's fingerprint>}}`. */
  'enrol-peers': 'lets keys be copied to other HSMs',
  /** `{user, hsmId}`. */
  'remove-peer': 'stops copying of keys to an HSM',
  /** `{user}`. */
  'delete-user': 'deletes a crypto user with its partition',
  /** `{user}`. */
  'set-user-password': 'sets the password of a crypto user, and with it the right to use its keys',
  /** Of the recovery HSM: `{peerHsmId}`. */
  'export-keys': 'wraps keys for another HSM: opening escrow, on the recovery HSM',
  /** `{user, materialIds: […]}`. */
  'destroy-keys': 'destroys key objects',
  /** The whole new policy: `{threshold, approvers: {<name>: <public key>}, actions: […]}`. Always under the quorum. */
  'set-quorum': 'changes the quorum itself',
} as const;

export type QuorumAction = keyof typeof QUORUM_ACTIONS;

export type ParameterValue = string | number | readonly string[] | Readonly<Record<string, string>>;
export type ActionParameters = Readonly<Record<string, ParameterValue>>;

/** Who must agree to what. */
export interface QuorumPolicy {
  /** M: so many different approvers, 2 to 8. */
  threshold: number;
  /** N > M of them, by name: Ed25519 public keys, raw 32 bytes in base64. */
  approvers: Readonly<Record<string, string>>;
  /** Never `set-quorum`, which always needs approval. */
  actions: readonly QuorumAction[];
}

/** What is asked for: the file that goes from approver to approver. */
export interface ApprovalRequest {
  clusterId: string;
  action: QuorumAction;
  parameters: ActionParameters;
  /** 16 random bytes, hex. Each HSM accepts it once. */
  nonce: string;
  /** Seconds since 1970. */
  expires: number;
}

export interface Approval extends ApprovalRequest {
  /** Ed25519 signatures of `approvalText` by name of the approver, base64. */
  signatures: Readonly<Record<string, string>>;
}

/** CloudHSM's bounds of a quorum value. */
export const THRESHOLD = { least: 2, most: 8 } as const;
export const MOST_APPROVERS = 20;
/** An approval is good for an hour at most. */
export const LONGEST_APPROVAL_S = 3600;

const APPROVER = /^[a-z][a-z0-9_-]{0,30}$/;

/** What is wrong with a policy, in words; undefined when an HSM takes it. Asked before signatures are collected, too. */
export function policyFault({ threshold, approvers, actions }: QuorumPolicy): string | undefined {
  const names = Object.keys(approvers);
  const { least, most } = THRESHOLD;
  if (!Number.isInteger(threshold) || threshold < least || threshold > most)
    return `a quorum is of ${least} to ${most} approvers`;
  if (names.length <= threshold || names.length > MOST_APPROVERS)
    return `there must be more approvers than the quorum needs, and at most ${MOST_APPROVERS}`;
  if (!names.every((name) => APPROVER.test(name)))
    return 'an approver has a name of 1 to 31 of a-z, 0-9, _ and -';
  const keys = Object.values(approvers);
  // one key has several forms in sloppy base64, and would sign for as many approvers
  if (!keys.every((key) => Buffer.from(key, 'base64').toString('base64') === key))
    return "an approver's key is not in canonical base64";
  if (new Set(keys).size < names.length) return 'two approvers have the same key';
  // what changes the quorum is always under it
  if (!actions.every((action) => Object.hasOwn(QUORUM_ACTIONS, action) && action !== 'set-quorum'))
    return 'an action is not known';
  return undefined;
}

/** The bytes that an approver signs: six lines of ASCII text, each ended by a line feed. */
export function approvalText(request: ApprovalRequest): Buffer {
  const { clusterId, action, parameters, nonce, expires } = request;
  const hash = parametersHash(parameters);
  const lines = ['claviger quorum approval v1', clusterId, action, hash, nonce, String(expires)];
  return Buffer.from(lines.map((line) => `${line}\n`).join(''), 'utf8');
}

/** SHA-256 of the parameters as JSON without blanks, members sorted by their UTF-16 units at every level, hex. */
export function parametersHash(parameters: ActionParameters): string {
  return createHash('sha256').update(sortedJson(parameters)).digest('hex');
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

/** SHA-256 of a transport key's modulus, hex: what persons compare, and what an approval of a peer names. */
export function transportKeyFingerprint(modulus: Buffer): string {
  return createHash('sha256').update(modulus).digest('hex');
}
