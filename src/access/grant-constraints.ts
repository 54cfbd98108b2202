/**
 * What a grant's constraints let through. AWS: "Grant constraints"; API_GrantConstraints. Names and values are compared as
 * they are, case included.
 */
import type { Grant } from './grant.ts';

type Constraints = NonNullable<Grant['constraints']>;
type Pairs = Readonly<Record<string, string>>;

/**
 * Whether a request with this encryption context meets the constraints: Equals wants the same pairs and no others, Subset
 * wants its pairs among them. A missing context is an empty one.
 */
export function constraintsHold(constraints: Grant['constraints'], context: Pairs | undefined): boolean {
  if (constraints === undefined) return true;
  const given = context ?? {};
  return (
    containsAll(given, constraints.pairs) &&
    (constraints.kind !== 'EncryptionContextEquals' || sameSize(given, constraints.pairs))
  );
}

/**
 * Whether `child` lets through nothing that `parent` does not: what a principal may pass on whose right to create grants
 * comes from a grant. A subset constraint may gain pairs or become an equality; an equality stays as it is.
 */
export function isAsStrict(child: Grant['constraints'], parent: Grant['constraints']): boolean {
  if (parent === undefined) return true;
  if (child === undefined) return false;
  if (parent.kind === 'EncryptionContextEquals') return sameConstraints(child, parent);
  return containsAll(child.pairs, parent.pairs);
}

/** Whether `child` gives no operation that `parent` does not give, under constraints that are as strict. */
export function isNoWider(
  child: Pick<Grant, 'operations' | 'constraints'>,
  parent: Pick<Grant, 'operations' | 'constraints'>,
): boolean {
  return (
    child.operations.every((name) => parent.operations.includes(name)) &&
    isAsStrict(child.constraints, parent.constraints)
  );
}

function sameConstraints(a: Constraints, b: Constraints): boolean {
  return a.kind === b.kind && sameSize(a.pairs, b.pairs) && containsAll(a.pairs, b.pairs);
}

function sameSize(a: Pairs, b: Pairs): boolean {
  return Object.keys(a).length === Object.keys(b).length;
}

function containsAll(pairs: Pairs, wanted: Pairs): boolean {
  return Object.keys(wanted).every((name) => Object.hasOwn(pairs, name) && pairs[name] === wanted[name]);
}
