/**
 * The operator's side of the quorum: asking for an approval, signing one, and registering approvers on the HSMs. The files
 * that go from hand to hand are JSON and hold no secret; an approver's private key never leaves their own machine.
 */
import { createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { LONGEST_APPROVAL_S, QUORUM_ACTIONS, approvalText } from '../rpc/quorum.ts';
import type { ActionParameters, Approval, QuorumAction, QuorumPolicy } from '../rpc/quorum.ts';
import type { ClusterConnection } from './connection-data.ts';
import { asOfficer, done, onEveryHsm, unchanged, withApprovals } from './every-hsm.ts';
import type { HsmReport } from './every-hsm.ts';
import { isDeepStrictEqual } from 'node:util';

/** A request that nobody has signed yet. @param lifetime seconds, at most an hour */
export function requestApproval(
  clusterId: string,
  action: QuorumAction,
  parameters: ActionParameters,
  lifetime: number,
  now: Date,
): Approval {
  if (!(lifetime > 0 && lifetime <= LONGEST_APPROVAL_S))
    throw new Error(`an approval is good for 1 to ${LONGEST_APPROVAL_S} seconds`);
  const expires = Math.floor(now.getTime() / 1000) + Math.floor(lifetime);
  return { clusterId, action, parameters, nonce: randomBytes(16).toString('hex'), expires, signatures: {} };
}

/** Adds an approver's signature. @param privateKeyPem Ed25519, PKCS #8 @throws Error when the key is of another kind */
export function signApproval(
  approval: Approval,
  approver: string,
  privateKeyPem: string,
  passphrase?: string,
): Approval {
  const key = readKey('the private key is not PKCS #8 in PEM, or the passphrase is wrong', () =>
    createPrivateKey({ key: privateKeyPem, format: 'pem', ...(passphrase !== undefined && { passphrase }) }),
  );
  const signature = sign(null, approvalText(approval), key).toString('base64');
  return { ...approval, signatures: { ...approval.signatures, [approver]: signature } };
}

/** Reads an approval or the request for one. @throws Error when it is none */
export async function readApproval(path: string): Promise<Approval> {
  const approval = JSON.parse(await readFile(path, 'utf8')) as Partial<Approval>;
  const { clusterId, action, parameters, nonce, expires, signatures } = approval;
  if (
    typeof clusterId !== 'string' ||
    typeof action !== 'string' ||
    !Object.hasOwn(QUORUM_ACTIONS, action) ||
    typeof parameters !== 'object' ||
    typeof nonce !== 'string' ||
    typeof expires !== 'number' ||
    typeof signatures !== 'object'
  )
    throw new Error(`${path} is not an approval, nor a request for one`);
  return approval as Approval;
}

/** An approver's public key as a policy has it. @param pem SubjectPublicKeyInfo */
export function approverKey(pem: string): string {
  const key = readKey("an approver's public key is a file such as <name>.pub, in PEM", () =>
    createPublicKey(pem),
  );
  return key.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
}

/** @param otherwise what to tell a person instead of a routine of OpenSSL @throws Error */
function readKey(otherwise: string, read: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch (error) {
    throw new Error(otherwise, { cause: error });
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new Error("an approver's key is an Ed25519 key");
  return key;
}

/** As the HSMs keep it, so that it can be compared and approved: names and actions in order. */
export function orderedPolicy({ threshold, approvers, actions }: QuorumPolicy): QuorumPolicy {
  const sorted = Object.entries(approvers).sort(([a], [b]) => (a < b ? -1 : 1));
  return { threshold, approvers: Object.fromEntries(sorted), actions: [...new Set(actions)].sort() };
}

/** Puts a policy into force on all HSMs; where another is in force, with approval under that one. */
export async function setQuorumEverywhere(
  cluster: ClusterConnection,
  officerPassword: string,
  policy: QuorumPolicy,
  approvals: readonly Approval[],
): Promise<HsmReport[]> {
  return onEveryHsm(cluster, asOfficer(officerPassword), async (connection) => {
    if (isDeepStrictEqual(await connection.getQuorum(), policy)) return unchanged('is so already');
    await withApprovals(connection, 'set-quorum', approvals, () => connection.setQuorum(policy));
    return done(`${policy.threshold} of ${Object.keys(policy.approvers).length} approvers`);
  });
}

export async function quorumOfEach(
  cluster: ClusterConnection,
  officerPassword: string,
): Promise<HsmReport<QuorumPolicy | undefined>[]> {
  return onEveryHsm(cluster, asOfficer(officerPassword), async (connection) => {
    const value = await connection.getQuorum();
    const message =
      value === undefined
        ? 'none: the officer decides alone'
        : `${value.threshold} of ${Object.keys(value.approvers).length}: ${value.actions.join(', ')}`;
    return { ...unchanged(message), value };
  });
}
