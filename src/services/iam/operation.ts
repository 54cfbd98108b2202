/** What the operations of IAM work with, and how they are declared (services/api/contract.ts). */
import type { OidcConfiguration } from '../../configuration/oidc.ts';
import type { RowMac } from '../../storage/row-mac.ts';
import type { ServicePorts } from '../api/call.ts';
import { declaring } from '../api/contract.ts';
import type { ServiceCall } from '../api/contract.ts';
import type { AccessKeySeal } from './access-keys.ts';
import { arnOfName } from './principals.ts';
import type { Principals } from './principals.ts';
import type { LastUses } from './last-uses.ts';
import type { Simulate } from './simulation.ts';

export interface Iam extends ServicePorts {
  readonly principals: Principals;
  readonly mac: RowMac;
  readonly secrets: AccessKeySeal;
  readonly lastUses: LastUses;
  readonly oidc: OidcConfiguration;
  /** Undefined where nothing evaluates policies: the Simulate operations are not served then. */
  readonly simulate: Simulate | undefined;
}

export type IamCall<I = unknown> = ServiceCall<Iam, I>;

export const operation = declaring<'iam', Iam>();

/** The resource of an operation on one user, group, role or policy that is named in the input; the caller's own user when it is not. */
export function named<I>(
  kind: 'user' | 'group' | 'role' | 'policy',
  nameOf: (input: I) => string | undefined,
) {
  return ({ ports, caller, input }: IamCall<I>): string[] => {
    const name = nameOf(input) ?? caller.principal.userName;
    return [name === undefined ? caller.arn : arnOfName(ports.principals, caller.accountId, kind, name)];
  };
}

/** The resource of an operation on all of a kind, or on a path of them. */
export function allOf<I>(
  kind: 'user' | 'group' | 'role' | 'policy',
  pathOf: (input: I) => string | undefined,
) {
  return ({ caller, input }: IamCall<I>): string[] => [
    `arn:aws:iam::${caller.accountId}:${kind}${pathOf(input) ?? '/'}`,
  ];
}
