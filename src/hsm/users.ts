/**
 * The HSM's users: the crypto officer `admin` and crypto users, one PKCS#11 token each. The token's PIN is the user's
 * password and its SO PIN the officer's. A user exists when it is in the committed accounts; a token that belongs to nobody
 * is what an interrupted creation or a deletion left, and is used again.
 */
import { attempt, isFailure } from '../pkcs11/errors.ts';
import { listTokens, openSession } from '../pkcs11/module.ts';
import type { Pkcs11Module, Token } from '../pkcs11/module.ts';
import { RpcError } from '../rpc/frames.ts';
import { HsmErrorCode } from '../rpc/hsm-messages.ts';
import type { HsmUser } from '../rpc/hsm-messages.ts';
import type { CommittedState } from './committed.ts';
import { ownsKeys } from './key-owners.ts';
import type { Lockout } from './lockout.ts';
import { asSecurityOfficer, logIn, logOut, loginInUse, loginToken, partitionSlot } from './partition.ts';
import type { Partition, PartitionLogin } from './partition.ts';
import { makeVerifier, matchesTag, requireNewPassword, tagPassword, verifies } from './passwords.ts';
import { generateTransportKey } from './peers.ts';
import { change } from './token-files.ts';

export const OFFICER = 'admin';

/** CloudHSM: at most 31 letters, digits and underscores; case does not count. */
const USER_NAME = /^[a-z0-9_]{1,31}$/;
const FREE_LABEL = 'free';

/** All that the HSM knows of its users. */
export interface Users {
  readonly module: Pkcs11Module;
  readonly state: CommittedState;
  readonly lockout: Lockout;
  readonly partitions: Map<string, Partition>;
}

export function openUsers(module: Pkcs11Module, state: CommittedState, lockout: Lockout): Users {
  const partitions = new Map<string, Partition>();
  for (const [name, { serial }] of Object.entries(state.accounts.users)) {
    partitions.set(name, { name, serial, login: undefined });
  }
  return { module, state, lockout, partitions };
}

/** @throws RpcError USER_NOT_FOUND */
export function requireUser(users: Users, name: string): Partition {
  const partition = users.partitions.get(name.toLowerCase());
  if (partition === undefined) throw new RpcError(HsmErrorCode.userNotFound, 'there is no user of this name');
  return partition;
}

export function listUsers({ partitions, lockout }: Users, officerLoggedIn: boolean): HsmUser[] {
  const officer: HsmUser = {
    name: OFFICER,
    type: 'CRYPTO_OFFICER',
    locked: lockout.isLocked(OFFICER),
    loggedIn: officerLoggedIn,
  };
  const others = Array.from(partitions.values(), (partition): HsmUser => ({
    name: partition.name,
    type: 'CRYPTO_USER',
    locked: lockout.isLocked(partition.name),
    loggedIn: loginInUse(partition) !== undefined,
  }));
  return [officer, ...others];
}

// ---- the officer

/** The officer's first password. @throws RpcError INVALID_PASSWORD, WRONG_STATE */
export async function activate({ state }: Users, password: string): Promise<void> {
  const verifier = await makeVerifier(password);
  if (state.accounts.officer !== undefined)
    throw new RpcError(HsmErrorCode.wrongState, 'the HSM is active already');
  change(state, () => {
    state.accounts.officer = verifier;
  });
}

/** @throws RpcError LOGIN_FAILED, USER_LOCKED, WRONG_STATE */
export async function loginOfficer({ state, lockout }: Users, name: string, password: string): Promise<void> {
  const { officer } = state.accounts;
  if (officer === undefined) throw new RpcError(HsmErrorCode.wrongState, 'the HSM is not active yet');
  if (name.toLowerCase() !== OFFICER) {
    throw new RpcError(HsmErrorCode.userNotFound, 'there is no crypto officer of this name');
  }
  lockout.attempt(OFFICER);
  const isRight = await verifies(officer, password);
  const wasChanged = state.accounts.officer !== officer;
  if (isRight && wasChanged) lockout.undo(OFFICER); // no guess: it was right when it came
  if (!isRight || wasChanged) {
    throw new RpcError(HsmErrorCode.loginFailed, 'wrong user name or password');
  }
  lockout.clear(OFFICER);
}

/**
 * A new password for the officer, and the same as SO PIN of every token: all of them or none.
 * @throws RpcError INVALID_PASSWORD, LOGIN_FAILED when the officer's password is not the tokens' any more
 */
export async function setOfficerPassword(users: Users, current: string, next: string): Promise<void> {
  const { module, state, partitions } = users;
  const { officer } = state.accounts;
  const verifier = await makeVerifier(next);
  if (state.accounts.officer !== officer) {
    throw new RpcError(HsmErrorCode.loginFailed, 'the password was changed meanwhile');
  }
  const owned = Array.from(partitions.values());
  const free = freeTokens(users).map(({ serial }): Partition => ({
    name: FREE_LABEL,
    serial,
    login: undefined,
  }));
  change(state, () => {
    const done: Partition[] = [];
    const setPin = (partition: Partition, from: string, to: string): void =>
      asSecurityOfficer(module, partition, from, (session) =>
        attempt(() => module.calls.C_SetPIN(session, from, to)),
      );
    try {
      for (const partition of [...owned, ...free]) {
        try {
          setPin(partition, current, next);
          done.push(partition);
        } catch (error) {
          if (!free.includes(partition)) throw error; // a free token that cannot be opened is only left unused
        }
      }
      state.accounts.officer = verifier;
    } catch (error) {
      for (const partition of done) setPin(partition, next, current);
      throw error;
    }
  });
}

// ---- crypto users, by the officer

function freeTokens({ module, partitions }: Users): Token[] {
  const owned = new Set(Array.from(partitions.values(), ({ serial }) => serial));
  return listTokens(module).filter(({ initialised, serial }) => initialised && !owned.has(serial));
}

/**
 * A token for the user, its PIN and its transport key pair (RSA-3072: a second or so).
 * @throws RpcError USER_EXISTS, INVALID_PASSWORD, BAD_REQUEST, MODULE_FAILED
 */
export function createUser(users: Users, officerPin: string, name: string, password: string): void {
  const { module, state, partitions } = users;
  const userName = name.toLowerCase();
  if (!USER_NAME.test(userName))
    throw new RpcError('BAD_REQUEST', 'a user name has 1 to 31 letters, digits or _');
  if (userName === OFFICER || partitions.has(userName)) {
    throw new RpcError(HsmErrorCode.userExists, 'there is a user of this name');
  }
  requireNewPassword(password);
  change(state, () => {
    const serial = initToken(users, officerPin, userName);
    const partition: Partition = { name: userName, serial, login: undefined };
    asSecurityOfficer(module, partition, officerPin, (session) =>
      attempt(() => module.calls.C_InitPIN(session, password)),
    );
    const session = openSession(module, partitionSlot(module, partition));
    try {
      loginToken(module, session, 'user', password);
      generateTransportKey(module, session);
    } finally {
      attempt(() => module.calls.C_CloseSession(session));
    }
    users.lockout.clear(userName);
    state.accounts.users[userName] = { serial };
    partitions.set(userName, partition);
  });
}

/** C_InitToken on a token that belongs to nobody, or on the free slot. @returns the serial number */
function initToken(users: Users, officerPin: string, label: string): string {
  const { module } = users;
  for (const { slot, serial } of freeTokens(users)) {
    try {
      attempt(() => module.calls.C_InitToken(slot, officerPin, tokenLabel(module, label)));
      return serial;
    } catch (error) {
      if (!isFailure(error, 'CKR_PIN_INCORRECT')) throw error; // its SO PIN is an older one: not ours to use
    }
  }
  const fresh = listTokens(module).find(({ initialised }) => !initialised);
  if (fresh === undefined) throw new RpcError(HsmErrorCode.moduleFailed, 'the module has no free token');
  attempt(() => module.calls.C_InitToken(fresh.slot, officerPin, tokenLabel(module, label)));
  const made = listTokens(module).find(({ slot }) => slot.equals(fresh.slot));
  if (made?.initialised !== true) throw new RpcError(HsmErrorCode.moduleFailed, 'the new token is not there');
  return made.serial;
}

/** A token that is chosen by its label keeps it. */
function tokenLabel({ choice }: Pkcs11Module, wanted: string): string {
  return choice.tokenLabel ?? wanted;
}

/** @throws RpcError USER_NOT_FOUND, USER_LOGGED_IN, USER_OWNS_KEYS */
export function deleteUser(users: Users, officerPin: string, name: string): void {
  const { module, state, partitions, lockout } = users;
  const partition = requireUser(users, name);
  endAbandoned(partition);
  if (partition.login !== undefined) throw new RpcError(HsmErrorCode.userLoggedIn, 'the user is logged in');
  const slot = partitionSlot(module, partition);
  if (ownsKeys(partition.serial)) {
    throw new RpcError(HsmErrorCode.userOwnsKeys, 'the user owns keys');
  }
  change(state, () => {
    attempt(() => module.calls.C_InitToken(slot, officerPin, tokenLabel(module, FREE_LABEL))); // destroys all that is in it
    lockout.clear(partition.name);
    partitions.delete(partition.name);
    delete state.accounts.users[partition.name];
  });
}

/**
 * A new password for a user, who may be locked or logged in (and stays so).
 * @throws RpcError USER_NOT_FOUND, INVALID_PASSWORD
 */
export function setUserPassword(users: Users, officerPin: string, name: string, password: string): void {
  const { module, state, lockout } = users;
  const partition = requireUser(users, name);
  requireNewPassword(password);
  change(state, () =>
    asSecurityOfficer(
      module,
      partition,
      officerPin,
      (session) => attempt(() => module.calls.C_InitPIN(session, password)),
      password,
    ),
  );
  lockout.clear(partition.name);
}

// ---- crypto users, by themselves

/**
 * Gives a connection the user's login: the first one logs into the token, later ones of the same owner join.
 * @throws RpcError USER_NOT_FOUND, USER_LOCKED, LOGIN_FAILED, USER_LOGGED_IN, TOKEN_DAMAGED, MODULE_FAILED
 */
export function loginUser(
  users: Users,
  connection: number,
  request: { name: string; password: string; owner: string },
): Partition {
  const partition = requireUser(users, request.name);
  users.lockout.attempt(partition.name);
  if (partition.login?.owner !== request.owner) endAbandoned(partition);
  if (partition.login === undefined) {
    try {
      change(users.state, () => logIn(users.module, partition, request.owner, request.password));
    } catch (error) {
      const wrongPassword = error instanceof RpcError && error.code === HsmErrorCode.loginFailed;
      if (!wrongPassword) users.lockout.undo(partition.name);
      throw error;
    }
  } else if (!matchesTag(partition.login.tag, request.password)) {
    throw new RpcError(HsmErrorCode.loginFailed, 'wrong user name or password');
  }
  users.lockout.clear(partition.name);
  const login = partition.login as PartitionLogin;
  if (login.owner !== request.owner) {
    throw new RpcError(HsmErrorCode.userLoggedIn, 'another owner is logged in as this user');
  }
  login.connections.add(connection);
  return partition;
}

/** Takes the login from a connection; the last one's ends it. @returns true when it ended */
export function leaveUser(partition: Partition, connection: number): boolean {
  return abandonUser(partition, connection) && endAbandoned(partition);
}

/** Takes the login from a connection that was lost. @returns true when no connection has it any more */
export function abandonUser({ login }: Partition, connection: number): boolean {
  if (login === undefined) return false;
  login.connections.delete(connection);
  return login.connections.size === 0;
}

/** Ends a login that no connection has. @returns true when there was one */
export function endAbandoned(partition: Partition): boolean {
  if (partition.login === undefined || partition.login.connections.size > 0) return false;
  logOut(partition);
  return true;
}

/** The user's own new password; durable when this returns. @throws RpcError LOGIN_FAILED, USER_LOCKED, INVALID_PASSWORD */
export function changePassword(users: Users, partition: Partition, current: string, next: string): void {
  const { module, state, lockout } = users;
  const { login } = partition;
  if (login === undefined) throw new RpcError(HsmErrorCode.userNotFound, 'the user is not logged in');
  requireNewPassword(next);
  lockout.attempt(partition.name);
  if (!matchesTag(login.tag, current)) {
    throw new RpcError(HsmErrorCode.loginFailed, 'wrong user name or password');
  }
  const setPin = (from: string, to: string): void => {
    attempt(() => module.calls.C_SetPIN(login.session.objects, from, to));
    login.pin = to;
    login.tag = tagPassword(to);
  };
  try {
    change(
      state,
      () => setPin(current, next),
      () => setPin(next, current),
    );
  } catch (error) {
    lockout.undo(partition.name);
    throw error;
  }
  lockout.clear(partition.name);
}
