/** Of a key's many grants, those that may mean one who acts: a request must not look at thousands. */
import type { PrincipalDirectory } from './directory.ts';
import type { Grant } from './grant.ts';
import type { Principal } from './caller.ts';
import { subjectOf } from './policy/principals.ts';

/** So few are looked at one by one. */
const FEW = 16;

/** By the list itself: a change of a key's grants makes a new one (services/kms/grants.ts). */
const indexes = new WeakMap<readonly Grant[], Map<string, Grant[]>>();

/**
 * All grants whose grantee can mean the principal, and maybe others: who is meant is decided in grant-matching.ts. A grantee
 * that has a unique id goes by it, for its name may be another's tomorrow.
 */
export function grantsConcerning(
  grants: readonly Grant[],
  principal: Principal,
  directory: PrincipalDirectory,
): readonly Grant[] {
  if (grants.length <= FEW) return grants;
  let index = indexes.get(grants);
  if (index === undefined) {
    index = new Map();
    for (const grant of grants) {
      const name = grant.granteeId ?? grant.granteePrincipal;
      const same = index.get(name);
      if (same === undefined) index.set(name, [grant]);
      else same.push(grant);
    }
    indexes.set(grants, index);
  }
  const { self, issuer, account = '' } = subjectOf(principal);
  const names = new Set<string>();
  for (const name of [...self, ...issuer, account]) {
    names.add(name.replace(/^Service /, ''));
    const uniqueId = directory.uniqueIdOf(name);
    if (uniqueId !== undefined) names.add(uniqueId);
  }
  const found: Grant[] = [];
  for (const name of names) found.push(...(index.get(name) ?? []));
  return found;
}
