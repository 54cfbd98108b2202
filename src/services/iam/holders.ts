/** Users, groups and roles by their names in a request. */
import { notFound, serviceLinked } from './errors.ts';
import type { Group, PolicyHolder, Role, User } from './entities.ts';
import type { IamCall } from './operation.ts';

export type HolderKind = PolicyHolder['kind'];

/** @throws ApiError NoSuchEntityException */
export function requireUser(call: IamCall, name: string): User {
  const user = call.ports.principals.find(call.caller.accountId, 'user', name);
  if (user === undefined) throw notFound('user', name);
  return user;
}

/** @throws ApiError NoSuchEntityException */
export function requireGroup(call: IamCall, name: string): Group {
  const group = call.ports.principals.find(call.caller.accountId, 'group', name);
  if (group === undefined) throw notFound('group', name);
  return group;
}

/** @throws ApiError NoSuchEntityException */
export function requireRole(call: IamCall, name: string): Role {
  const role = call.ports.principals.find(call.caller.accountId, 'role', name);
  if (role === undefined) throw notFound('role', name);
  return role;
}

/** A role that may be changed: not one that belongs to a service. @throws ApiError NoSuchEntityException, UnmodifiableEntityException */
export function requireOwnRole(call: IamCall, name: string): Role {
  const role = requireRole(call, name);
  if (role.linkedService !== null) throw serviceLinked(name);
  return role;
}

const REQUIRE = { user: requireUser, group: requireGroup, role: requireRole } as const;
const REQUIRE_OWN = { user: requireUser, group: requireGroup, role: requireOwnRole } as const;

/** @throws ApiError NoSuchEntityException */
export function requireHolder(call: IamCall, kind: HolderKind, name: string): PolicyHolder {
  return REQUIRE[kind](call, name);
}

/** One that may be changed. @throws ApiError NoSuchEntityException, UnmodifiableEntityException */
export function requireOwnHolder(call: IamCall, kind: HolderKind, name: string): PolicyHolder {
  return REQUIRE_OWN[kind](call, name);
}
