/**
 * A crypto user's partition: the PKCS#11 token that is its place in the HSM, and what exists while the user is logged in.
 * Everything here is synchronous, so that no call sees a partition half logged in.
 */
import type { LoginAs, Pkcs11Module } from '../pkcs11/module.ts';
import { findObjects, listTokens, login, openSession, readAttributes } from '../pkcs11/module.ts';
import type { Handle } from '../pkcs11/module.ts';
import { attempt, isFailure } from '../pkcs11/errors.ts';
import { peerOfLabel, peerSearch, transportSearch } from '../pkcs11/templates.ts';
import { RpcError } from '../rpc/frames.ts';
import { HsmErrorCode } from '../rpc/hsm-messages.ts';
import pkcs11js from 'pkcs11js';
import { DerivedCipher } from './derived-keys.ts';
import { createTestKey, readKeyTable } from './key-table.ts';
import type { KeyTable } from './key-table.ts';
import { markKeyOwner } from './key-owners.ts';
import { requireKnownAnswers } from './known-answers.ts';
import { MessageCipher } from './message-keys.ts';
import { openPartitionSession } from './partition-session.ts';
import type { PartitionSession } from './partition-session.ts';
import { tagPassword } from './passwords.ts';
import type { PasswordTag } from './passwords.ts';
import { RandomPool } from './randomness.ts';

/** What exists between login and logout. */
export interface PartitionLogin {
  /** Who holds the login: one owner, on any number of connections. */
  readonly owner: string;
  /** Ids of the connections that hold it. */
  readonly connections: Set<number>;
  /** Kept because a security officer's work in the token ends the user's login, which is then renewed. */
  pin: string;
  tag: PasswordTag;
  readonly session: PartitionSession;
  keys: KeyTable;
  /** Trusted public keys by HSM id. Two objects for one HSM: neither is here. */
  peers: Map<string, Handle>;
  /** What keys are unwrapped with; undefined when the token does not have exactly one. */
  transportKey: Handle | undefined;
  /** Objects of the epoch (epoch.ts); none before they were looked for. */
  epoch: Handle[];
  readonly testKey: Handle;
  readonly cipher: MessageCipher;
  readonly derived: DerivedCipher;
  readonly random: RandomPool;
}

export interface Partition {
  readonly name: string;
  readonly serial: string;
  login: PartitionLogin | undefined;
}

/** The login that a connection has; not one that is only kept for whoever was cut off (serve.ts). */
export function loginInUse({ login }: Partition): PartitionLogin | undefined {
  return login !== undefined && login.connections.size > 0 ? login : undefined;
}

/** @throws RpcError TOKEN_DAMAGED when the token is not there */
export function partitionSlot(module: Pkcs11Module, partition: Pick<Partition, 'serial'>): Handle {
  const token = listTokens(module).find(({ serial }) => serial === partition.serial);
  if (token?.initialised !== true) {
    throw new RpcError(HsmErrorCode.tokenDamaged, 'the token of this user cannot be used');
  }
  return token.slot;
}

/** Rewrites token.object: to be called within `change`. @throws RpcError LOGIN_FAILED, USER_LOCKED, TOKEN_DAMAGED */
export function logIn(
  module: Pkcs11Module,
  partition: Partition,
  owner: string,
  pin: string,
): PartitionLogin {
  const session = openPartitionSession(module, partitionSlot(module, partition));
  try {
    loginToken(module, session.objects, 'user', pin);
    requireKnownAnswers(session);
    const random = new RandomPool(session);
    const made: PartitionLogin = {
      owner,
      connections: new Set(),
      pin,
      tag: tagPassword(pin),
      session,
      keys: readKeyTable(session),
      peers: readPeers(session),
      transportKey: findTransportKey(session),
      epoch: [],
      testKey: createTestKey(session),
      cipher: new MessageCipher(session),
      derived: new DerivedCipher(session, random),
      random,
    };
    markKeyOwner(partition.serial, made.keys.size > 0);
    partition.login = made;
    return made;
  } catch (error) {
    attempt(() => module.calls.C_CloseAllSessions(session.slot)); // this ends a login, too
    throw error;
  }
}

/** C_Login with its failures as what the caller may know. */
export function loginToken(module: Pkcs11Module, session: Handle, as: LoginAs, pin: string): void {
  try {
    login(module, session, as, pin);
  } catch (error) {
    if (isFailure(error, 'CKR_PIN_INCORRECT', 'CKR_PIN_LEN_RANGE', 'CKR_PIN_INVALID')) {
      throw new RpcError(HsmErrorCode.loginFailed, 'wrong user name or password');
    }
    if (isFailure(error, 'CKR_PIN_LOCKED'))
      throw new RpcError(HsmErrorCode.userLocked, 'locked by the module');
    throw new RpcError(HsmErrorCode.tokenDamaged, 'the token of this user cannot be used');
  }
}

/** Ends the login: message keys, handles and the password go. Does nothing when nobody is logged in. */
export function logOut(partition: Partition): void {
  const ended = partition.login;
  if (ended === undefined) return;
  partition.login = undefined;
  ended.random.wipe();
  ended.pin = '';
  attempt(() => ended.session.module.calls.C_CloseAllSessions(ended.session.slot));
}

/**
 * Runs the security officer's work in the token. A user who is logged in is logged out for it and in again, with new
 * handles, before this returns; message keys are not private objects and live on. To be called within `change`.
 * @param pinAfter the user's PIN after the work, where the work changes it
 * @throws RpcError LOGIN_FAILED when the officer's password is not the token's
 */
export function asSecurityOfficer<Result>(
  module: Pkcs11Module,
  partition: Partition,
  officerPin: string,
  work: (session: Handle) => Result,
  pinAfter?: string,
): Result {
  const current = partition.login;
  if (current === undefined) {
    const session = openSession(module, partitionSlot(module, partition));
    try {
      loginToken(module, session, 'securityOfficer', officerPin);
      return work(session);
    } finally {
      attempt(() => module.calls.C_CloseSession(session)); // the last session's end is a logout
    }
  }
  const { objects } = current.session;
  attempt(() => module.calls.C_Logout(objects));
  let asOfficer = false;
  try {
    loginToken(module, objects, 'securityOfficer', officerPin);
    asOfficer = true;
    const result = work(objects);
    if (pinAfter !== undefined) {
      current.pin = pinAfter;
      current.tag = tagPassword(pinAfter);
    }
    return result;
  } finally {
    if (asOfficer) attempt(() => module.calls.C_Logout(objects));
    renewLogin(partition, current);
  }
}

function renewLogin(partition: Partition, current: PartitionLogin): void {
  try {
    loginToken(current.session.module, current.session.objects, 'user', current.pin);
    current.keys = readKeyTable(current.session, current.keys);
    current.peers = readPeers(current.session);
    current.transportKey = findTransportKey(current.session);
    current.epoch = [];
  } catch (error) {
    logOut(partition);
    throw error;
  }
}

function findTransportKey({ module, work }: PartitionSession): Handle | undefined {
  const [found, ...more] = findObjects(module, work, transportSearch('private'));
  return more.length > 0 ? undefined : found;
}

/** Peers' trusted keys as the user sees them. */
export function readPeers(session: PartitionSession): Map<string, Handle> {
  const peers = new Map<string, Handle>();
  const twice = new Set<string>();
  for (const handle of findObjects(session.module, session.work, peerSearch())) {
    const [label] = readAttributes(session.module, session.work, handle, [pkcs11js.CKA_LABEL]);
    const hsmId = peerOfLabel(label?.toString('utf8') ?? '');
    if (hsmId === undefined) continue;
    if (peers.has(hsmId)) twice.add(hsmId);
    peers.set(hsmId, handle);
  }
  for (const hsmId of twice) peers.delete(hsmId);
  return peers;
}
