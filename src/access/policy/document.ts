/**
 * A policy document as access control works with it: compiled, and with the place of everything that an explanation may
 * name. Made by grammar.ts, kept by compiled-policies.ts.
 */
import type { Context } from '../context.ts';
import type { Condition, Effect } from './conditions.ts';
import type { Position } from './json-tree.ts';
import type { PrincipalElement } from './principals.ts';

/**
 * `key`: the policy of a KMS key; `identity`: of a user, group or role; `boundary` and `session`: what limits them;
 * `trust`: who may assume a role.
 */
export type PolicyKind = 'key' | 'identity' | 'session' | 'boundary' | 'trust';

export interface ActionElement {
  readonly negated: boolean;
  readonly written: readonly string[];
  /** @param action in lower case */
  matches(action: string): boolean;
}

export interface ResourceElement {
  readonly negated: boolean;
  readonly written: readonly string[];
  /** Condition keys of its variables. */
  readonly keys: readonly string[];
  matches(resource: string, context: Context): boolean;
}

export interface Statement {
  /** From 0. */
  readonly index: number;
  readonly sid: string | undefined;
  readonly effect: Effect;
  /** Where it begins, and where it is over. */
  readonly at: Position;
  readonly until: Position;
  readonly principals: PrincipalElement | undefined;
  /** A statement without actions or without resources is legal in a key policy, and has no effect. */
  readonly actions: ActionElement | undefined;
  readonly resources: ResourceElement | undefined;
  readonly conditions: readonly Condition[];
}

export interface PolicyDocument {
  readonly kind: PolicyKind;
  readonly version: '2012-10-17' | '2008-10-17';
  readonly statements: readonly Statement[];
  /** Condition keys that it asks for, in lower case. */
  readonly keys: ReadonlySet<string>;
}
