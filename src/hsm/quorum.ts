/**
 * The quorum as this HSM enforces it: some of the officer's and users' verbs are done only after several persons signed
 * that they want it. Signatures are verified here, against public keys that this HSM keeps with its accounts; nobody at the
 * other end of the connection is believed. AWS CloudHSM: "Quorum authentication (M of N access control)".
 */
import { createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import {
  LONGEST_APPROVAL_S,
  QUORUM_ACTIONS,
  approvalText,
  policyFault,
  transportKeyFingerprint,
} from '../rpc/quorum.ts';
import type { ActionParameters, Approval, QuorumAction, QuorumPolicy } from '../rpc/quorum.ts';
import { RpcError } from '../rpc/frames.ts';
import { HsmErrorCode } from '../rpc/hsm-messages.ts';
import type { CommittedState } from './committed.ts';
import { count, object, text } from './requests.ts';
import type { Request } from './requests.ts';
import { change } from './token-files.ts';

/** What a call is about to do, as a guarded verb tells it. */
export interface Intent {
  action: QuorumAction;
  /** The approved parameters allow this very call. */
  covers(parameters: ActionParameters): boolean;
}

/** An approval that was accepted on a connection, until it expires or is used up. */
export interface Granted {
  action: QuorumAction;
  parameters: ActionParameters;
  /** Seconds since 1970. */
  expires: number;
}

/** Actions whose one approval covers many calls; each of the others is used up by the first. */
const MANY_CALLS: ReadonlySet<QuorumAction> = new Set(['enrol-peers', 'export-keys', 'destroy-keys']);

/** SubjectPublicKeyInfo of Ed25519 before the 32 bytes of the key (RFC 8410). */
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * Installs a policy. The first one needs the officer alone; each later one needs approval under the one in force.
 * @throws RpcError BAD_REQUEST
 */
export function setQuorum(state: CommittedState, policy: QuorumPolicy): void {
  change(state, () => {
    state.accounts.quorum = policy;
  });
}

/** Reads a policy from a request. @throws RpcError BAD_REQUEST, with the reason */
export function requestedPolicy(request: Request): QuorumPolicy {
  const wrong = (reason: string): never => {
    throw new RpcError('BAD_REQUEST', reason);
  };
  const threshold = count(request, 'threshold');
  const keys = object(request, 'approvers');
  const approvers = Object.fromEntries(
    Object.keys(keys)
      .sort()
      .map((name) => {
        const key = text(keys, name, 44);
        publicKey(key);
        return [name, key] as const;
      }),
  );
  const actions = request['actions'];
  if (!Array.isArray(actions) || actions.length === 0) return wrong('the request has a wrong actions');
  if (!actions.every(isAction)) return wrong('an action is not known');
  const sorted = [...new Set(actions)].sort();
  const policy = { threshold, approvers, actions: sorted };
  const fault = policyFault(policy);
  return fault === undefined ? policy : wrong(fault);
}

/** A policy as the parameters of the approval that installs it. */
export function policyParameters({ threshold, approvers, actions }: QuorumPolicy): ActionParameters {
  return { threshold, approvers, actions };
}

/**
 * Checks an approval and burns its nonce, durably, before it grants anything.
 * @throws RpcError APPROVAL_REFUSED, with the reason; BAD_REQUEST
 */
export function acceptApproval(
  state: CommittedState,
  clusterId: string,
  request: Request,
  now: Date,
): Granted {
  const approval = readApproval(request);
  const { action, parameters, nonce, expires } = approval;
  const seconds = Math.floor(now.getTime() / 1000);
  const { quorum: policy } = state.accounts;
  const used = state.accounts.approvals ?? { forgottenUpTo: 0, nonces: {} };
  if (policy === undefined) throw refused('this HSM has no quorum');
  if (approval.clusterId !== clusterId) throw refused('it is for another cluster');
  if (expires <= seconds || expires <= used.forgottenUpTo) throw refused('it has expired');
  if (expires > seconds + LONGEST_APPROVAL_S) throw refused('it is good for longer than an hour');
  if (nonce in used.nonces) throw refused('it was used before');
  const signed = signers(policy, approval);
  if (signed.length < policy.threshold)
    throw refused(`${signed.length} of ${policy.threshold} valid signatures of approvers`);
  const stillGood = Object.entries(used.nonces).filter(([, until]) => until > seconds);
  const forgotten = Object.values(used.nonces).filter((until) => until <= seconds);
  change(state, () => {
    state.accounts.approvals = {
      // an approval whose nonce was forgotten stays refused, even if the clock goes back
      forgottenUpTo: Math.max(used.forgottenUpTo, ...forgotten),
      nonces: { ...Object.fromEntries(stillGood), [nonce]: expires },
    };
  });
  return { action, parameters, expires };
}

/** Approvers whose signatures are right; others, and unknown names, count nothing. */
function signers(policy: QuorumPolicy, approval: Approval): string[] {
  const message = approvalText(approval);
  return Object.entries(policy.approvers)
    .filter(([name, key]) => {
      const signature = Buffer.from(approval.signatures[name] ?? '', 'base64');
      return signature.length === 64 && verify(null, message, publicKey(key), signature);
    })
    .map(([name]) => name);
}

/**
 * Lets a call pass that needs no approval, or has one; takes an approval that is good for one call only away.
 * @throws RpcError APPROVAL_REQUIRED
 */
export function requireApproval(
  { accounts }: CommittedState,
  granted: Granted[],
  intent: Intent,
  now: Date,
): void {
  const { quorum } = accounts;
  if (quorum === undefined) return;
  if (intent.action !== 'set-quorum' && !quorum.actions.includes(intent.action)) return;
  const at = granted.findIndex(
    ({ action, parameters, expires }) =>
      action === intent.action && expires * 1000 > now.getTime() && intent.covers(parameters),
  );
  if (at < 0) {
    const what = `${intent.action} needs the approval of ${quorum.threshold} approvers`;
    throw new RpcError(HsmErrorCode.approvalRequired, what);
  }
  if (!MANY_CALLS.has(intent.action)) granted.splice(at, 1);
}

/** Approved peers by the fingerprint of their transport keys. @param modulus big-endian */
export function approvedPeer(parameters: ActionParameters, hsmId: string, modulus: Buffer): boolean {
  const peers = parameters['peers'];
  if (typeof peers !== 'object' || Array.isArray(peers)) return false;
  const fingerprint = (peers as Record<string, string>)[hsmId];
  return fingerprint !== undefined && fingerprint === transportKeyFingerprint(modulus);
}

function readApproval(request: Request): Approval {
  const action = text(request, 'action', 31);
  const nonce = text(request, 'nonce', 32);
  if (!isAction(action) || !/^[0-9a-f]{32}$/.test(nonce)) throw refused('it is not one');
  return {
    clusterId: text(request, 'clusterId', 63),
    action,
    parameters: object(request, 'parameters') as ActionParameters,
    nonce,
    expires: count(request, 'expires'),
    signatures: object(request, 'signatures') as Record<string, string>,
  };
}

function isAction(value: unknown): value is QuorumAction {
  return typeof value === 'string' && Object.hasOwn(QUORUM_ACTIONS, value);
}

function publicKey(base64: string): KeyObject {
  const raw = Buffer.from(base64, 'base64');
  if (raw.length !== 32) throw new RpcError('BAD_REQUEST', "an approver's key is not an Ed25519 public key");
  return createPublicKey({ key: Buffer.concat([ED25519_PREFIX, raw]), format: 'der', type: 'spki' });
}

function refused(reason: string): RpcError {
  return new RpcError(HsmErrorCode.approvalRefused, `the approval is refused: ${reason}`);
}
