/** Whose access keys a request is about: a user by name, or the caller, who may be the root user. */
import { ApiError } from '../../aws/errors.ts';
import { accessKeyNotFound, mustNameUser } from './errors.ts';
import { arnOf, rootArn } from './entities.ts';
import type { AccessKey, User } from './entities.ts';
import { requireUser } from './holders.ts';
import type { IamCall } from './operation.ts';

export interface KeyOwner {
  /** Unique id of the user, or account id of the root user. */
  id: string;
  arn: string;
  /** Undefined: the root user. */
  user: User | undefined;
}

/** @throws ApiError NoSuchEntityException, ValidationError */
export function ownerOf(call: IamCall, userName: string | undefined): KeyOwner {
  const { principal } = call.caller;
  const name = userName ?? principal.userName;
  if (name !== undefined) {
    const user = requireUser(call, name);
    return { id: user.id, arn: arnOf(user), user };
  }
  if (principal.type !== 'Root') throw mustNameUser();
  return { id: principal.accountId, arn: rootArn(principal.accountId), user: undefined };
}

/** @throws ApiError NoSuchEntityException */
export function requireAccessKey(call: IamCall, owner: KeyOwner, accessKeyId: string): AccessKey {
  const key = call.ports.principals.accessKeysOf(owner.id).find((other) => other.accessKeyId === accessKeyId);
  if (key === undefined) throw accessKeyNotFound(accessKeyId);
  return key;
}

/**
 * The first account's root user keeps an active key: with it the parent process does what a start needs, and people find
 * their way back in.
 * @throws ApiError DeleteConflictException
 */
export function requireOtherRootKey(call: IamCall, key: AccessKey): void {
  const { principals } = call.ports;
  if (key.userId !== undefined || principals.accounts()[0]?.accountId !== key.accountId) return;
  const others = principals
    .accessKeysOf(key.accountId)
    .filter((other) => other.accessKeyId !== key.accessKeyId && other.status === 'Active');
  if (others.length > 0) return;
  throw new ApiError(
    'DeleteConflictException',
    "The last active access key of the first account's root user cannot be taken away: make another one first.",
  );
}
