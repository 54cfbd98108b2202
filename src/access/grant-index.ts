/** Of a key's many grants, those that may mean one who acts: neither a request nor a change must look at thousands. */
import type { PrincipalDirectory } from './directory.ts';
import type { Grant } from './grant.ts';
import type { Principal } from './caller.ts';
import { subjectOf } from './policy/principals.ts';

/** So few are looked at one by one. */
const FEW = 16;

/** A key's grants as decisions ask for them. Iterating gives all. */
export interface KeyGrants extends Iterable<Grant> {
  /** All grants whose grantee can mean the principal, and maybe others: who is meant is decided in grant-matching.ts. */
  concerning(principal: Principal, directory: PrincipalDirectory): readonly Grant[];
}

/** A key's grants by id and by grantee. A change is made in place and costs the same however many there are. */
export class GrantIndex implements KeyGrants {
  readonly #byId = new Map<string, Grant>();
  /** By what `lastingName` says; kept from the time on when there are more than a few. */
  #byGrantee: Map<string, Set<Grant>> | undefined;

  constructor(grants: Iterable<Grant> = []) {
    for (const grant of grants) this.set(grant);
  }

  get size(): number {
    return this.#byId.size;
  }

  [Symbol.iterator](): Iterator<Grant> {
    return this.#byId.values();
  }

  get(grantId: string): Grant | undefined {
    return this.#byId.get(grantId);
  }

  /** Adds a grant, in place of one with its id. */
  set(grant: Grant): void {
    this.delete(grant.grantId);
    this.#byId.set(grant.grantId, grant);
    if (this.#byGrantee !== undefined) enter(this.#byGrantee, grant);
    else if (this.#byId.size > FEW) {
      this.#byGrantee = new Map();
      for (const one of this) enter(this.#byGrantee, one);
    }
  }

  /** Removes a grant if it is there. */
  delete(grantId: string): void {
    const grant = this.#byId.get(grantId);
    if (grant === undefined) return;
    this.#byId.delete(grantId);
    const name = lastingName(grant);
    const same = this.#byGrantee?.get(name);
    same?.delete(grant);
    if (same?.size === 0) this.#byGrantee?.delete(name);
  }

  concerning(principal: Principal, directory: PrincipalDirectory): readonly Grant[] {
    if (this.#byGrantee === undefined) return [...this];
    const found: Grant[] = [];
    for (const name of namesOf(principal, directory)) {
      for (const grant of this.#byGrantee.get(name) ?? []) found.push(grant);
    }
    return found;
  }
}

/** A grantee that has a unique id goes by it, for its name may be another's tomorrow; the others keep their names. */
function lastingName(grant: Grant): string {
  return grant.granteeId ?? grant.granteePrincipal;
}

function enter(byGrantee: Map<string, Set<Grant>>, grant: Grant): void {
  const name = lastingName(grant);
  const same = byGrantee.get(name);
  if (same === undefined) byGrantee.set(name, new Set([grant]));
  else same.add(grant);
}

/** All lasting names of grantees that can mean the principal. */
function namesOf(principal: Principal, directory: PrincipalDirectory): Set<string> {
  const { self, issuer, account = '' } = subjectOf(principal);
  const names = new Set<string>();
  for (const name of [...self, ...issuer, account]) {
    names.add(name.replace(/^Service /, ''));
    const uniqueId = directory.uniqueIdOf(name);
    if (uniqueId !== undefined) names.add(uniqueId);
  }
  return names;
}
