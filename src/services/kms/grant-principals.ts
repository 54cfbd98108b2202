/**
 * Whom a grant may name, and what it calls them later. A user or role is kept by its unique id beside its ARN: one that was
 * deleted is shown by that id, as AWS does, and a namesake made later has nothing of it.
 * AWS: API_CreateGrant, GranteePrincipal and GranteeServicePrincipal.
 */
import type { PrincipalDirectory } from '../../access/directory.ts';
import { invalidPrincipal, validation } from './errors.ts';

export interface GrantPrincipal {
  /** ARN, or a service's name. */
  name: string;
  /** Null where there is no such thing to know: services, sessions, principals of accounts that are not here. */
  uniqueId: string | null;
}

/** Accounts, users, roles, and sessions of roles and of federated users; no groups, no organisations, no wildcards. */
const PRINCIPAL_ARN =
  /^arn:aws:(?:iam::(\d{12}):(?:root|(?:user|role)\/[\w+=,.@/-]+)|sts::\d{12}:(?:assumed-role\/[\w+=,.@-]+\/[\w+=,.@-]+|federated-user\/[\w+=,.@-]+))$/;

/** `logs.amazonaws.com`, `logs.eu-west-1.amazonaws.com`. */
const SERVICE = /^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*\.amazonaws\.com$/;

/**
 * Users and roles of accounts that are here must exist; of other accounts only the form is looked at.
 * @throws ApiError InvalidArnException
 */
export function requirePrincipal(directory: PrincipalDirectory, arn: string): GrantPrincipal {
  const match = PRINCIPAL_ARN.exec(arn);
  if (match === null) throw invalidPrincipal(arn);
  const lasting = match[1]; // the account of a root user, user or role; sessions have no unique id of their own
  if (lasting === undefined || !directory.isAccount(lasting)) return { name: arn, uniqueId: null };
  const uniqueId = directory.uniqueIdOf(arn);
  if (uniqueId === undefined) throw invalidPrincipal(arn);
  return { name: arn, uniqueId };
}

/** @throws ApiError ValidationException */
export function requireService(name: string): GrantPrincipal {
  if (!SERVICE.test(name)) throw validation(`${name} is not a service principal.`);
  return { name, uniqueId: null };
}

export function isService(name: string): boolean {
  return SERVICE.test(name);
}

/** What the principal is called now: its unique id when it is gone. */
export function currentName(directory: PrincipalDirectory, name: string, uniqueId: string | null): string {
  if (uniqueId === null) return name;
  return directory.arnOf(uniqueId) ?? uniqueId;
}
