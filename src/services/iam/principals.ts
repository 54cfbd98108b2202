/**
 * src/services/iam: accounts, users, groups, roles, policies and access keys, and the API over them. Everything is in
 * memory, because every decision needs it, and in the database as it is here. What must not be here: evaluation of
 * policies (access/), and credentials of requests (server/identities.ts).
 *
 * This file: the memory. It changes only after the database did (changes.ts).
 */
import type { AttachedPolicy, IdentityPolicies, PrincipalDirectory } from '../../access/directory.ts';
import { awsManagedPolicies, isAwsManaged } from './aws-managed-policies.ts';
import { arnOf, defaultDocument, iamArn, rootArn } from './entities.ts';
import type {
  AccessKey,
  Account,
  Entity,
  EntityKind,
  Group,
  ManagedPolicy,
  OidcProvider,
  PolicyHolder,
  Role,
  User,
} from './entities.ts';

/** How many in an account have a managed policy: attached to a user, group or role; as boundary of a user or role. */
export interface PolicyUse {
  readonly attached: number;
  readonly bounded: number;
}

type OfKind<K extends EntityKind> = Extract<Entity, { kind: K }>;

const NO_NAMES: ReadonlyMap<string, Entity> = new Map();
const NOTHING: IdentityPolicies = { policies: [], boundary: undefined };
/** Stands for a managed policy that is named and not there: it allows nothing. */
const EMPTY_DOCUMENT =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"*","Resource":"*"}]}';

/** What must be there once in an account and kind. */
export const uniqueNameOf = (entity: Entity): string =>
  entity.kind === 'oidc-provider' ? entity.name : entity.name.toLowerCase();

const placeOf = (accountId: string, kind: EntityKind): string => `${accountId} ${kind}`;

/** What has these names, by name. */
function inOrder<T>(named: [name: string, value: T][]): T[] {
  return named.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

export class Principals implements PrincipalDirectory {
  readonly #accounts = new Map<string, Account>();
  readonly #byId = new Map<string, Entity>();
  readonly #byArn = new Map<string, Entity>();
  /** `<account> <kind>` to unique name to entity. */
  readonly #byName = new Map<string, Map<string, Entity>>();
  /** The same in order, once somebody asked for it and until one of them changes. */
  readonly #lists = new Map<string, readonly Entity[]>();
  readonly #accessKeys = new Map<string, AccessKey>();
  /** Access key ids by unique id of the user, or account id of the root user. */
  readonly #keysOf = new Map<string, string[]>();
  readonly #membersOf = new Map<string, Set<string>>();
  #policiesByArn = new Map<string, IdentityPolicies>();
  #version = 0;

  constructor() {
    for (const policy of awsManagedPolicies) this.put(policy);
  }

  /** Changes with every change: what was made from an older version is to be made anew. */
  get version(): number {
    return this.#version;
  }

  // ---- reading

  accounts(): Account[] {
    return [...this.#accounts.values()];
  }

  isAccount(accountId: string): boolean {
    return this.#accounts.has(accountId);
  }

  byId(id: string): Entity | undefined {
    return this.#byId.get(id);
  }

  /** By its ARN, in one account. */
  byArn(arn: string, accountId: string): Entity | undefined {
    const entity = this.#byArn.get(arn);
    return entity?.accountId === accountId ? entity : undefined;
  }

  /** By name, which must be written as it was given. */
  find<K extends EntityKind>(accountId: string, kind: K, name: string): OfKind<K> | undefined {
    const entity = this.#names(accountId, kind).get(kind === 'oidc-provider' ? name : name.toLowerCase());
    return entity?.name === name ? (entity as OfKind<K>) : undefined;
  }

  /** Whether a name is taken; upper and lower case do not make a difference. */
  isTaken(accountId: string, kind: EntityKind, name: string): boolean {
    return this.#names(accountId, kind).has(kind === 'oidc-provider' ? name : name.toLowerCase());
  }

  /** All of a kind in an account, by name. */
  list<K extends EntityKind>(accountId: string, kind: K): readonly OfKind<K>[] {
    const place = placeOf(accountId, kind);
    let list = this.#lists.get(place);
    if (list === undefined) {
      list = inOrder([...this.#names(accountId, kind)]);
      if (list.length > 0) this.#lists.set(place, list);
    }
    return list as readonly OfKind<K>[];
  }

  count(accountId: string, kind: EntityKind): number {
    return this.#names(accountId, kind).size;
  }

  role(arn: string): Role | undefined {
    const entity = this.#byArn.get(arn);
    return entity?.kind === 'role' ? entity : undefined;
  }

  /** A managed policy of the account, or one of AWS's. */
  policy(arn: string, accountId: string): ManagedPolicy | undefined {
    const entity = this.#byArn.get(arn);
    if (entity?.kind !== 'policy') return undefined;
    return entity.accountId === accountId || isAwsManaged(entity) ? entity : undefined;
  }

  awsManagedPolicies(): readonly ManagedPolicy[] {
    return awsManagedPolicies;
  }

  provider(arn: string): OidcProvider | undefined {
    const entity = this.#byId.get(arn);
    return entity?.kind === 'oidc-provider' ? entity : undefined;
  }

  groupsOf(user: User): Group[] {
    return user.groups.flatMap((id) => {
      const group = this.#byId.get(id);
      return group?.kind === 'group' ? [group] : [];
    });
  }

  /** Users in a group, by name. */
  membersOf(group: Group): User[] {
    const members = [...(this.#membersOf.get(group.id) ?? [])].map((id) => this.#byId.get(id) as User);
    return inOrder(members.map((member) => [uniqueNameOf(member), member]));
  }

  accessKey(accessKeyId: string): AccessKey | undefined {
    return this.#accessKeys.get(accessKeyId);
  }

  /** @param owner unique id of the user, or account id of the root user */
  accessKeysOf(owner: string): AccessKey[] {
    const ids = this.#keysOf.get(owner) ?? [];
    return ids.map((id) => this.#accessKeys.get(id) as AccessKey);
  }

  /** Whoever in the account has the policy attached, or as boundary. */
  entitiesWith(accountId: string, policyArn: string): { attached: PolicyHolder[]; bounded: (User | Role)[] } {
    const users = this.list(accountId, 'user');
    const roles = this.list(accountId, 'role');
    const holders = [...this.list(accountId, 'group'), ...users, ...roles];
    return {
      attached: holders.filter(({ attached }) => attached.includes(policyArn)),
      bounded: [...users, ...roles].filter(({ boundary }) => boundary === policyArn),
    };
  }

  /** How many in the account have each managed policy that anybody has: one pass, for lists of policies. */
  policyUses(accountId: string): ReadonlyMap<string, PolicyUse> {
    const uses = new Map<string, { attached: number; bounded: number }>();
    const useOf = (policyArn: string): { attached: number; bounded: number } => {
      const use = uses.get(policyArn) ?? { attached: 0, bounded: 0 };
      uses.set(policyArn, use);
      return use;
    };
    for (const kind of ['user', 'group', 'role'] as const) {
      for (const holder of this.#names(accountId, kind).values() as Iterable<PolicyHolder>) {
        for (const policyArn of holder.attached) useOf(policyArn).attached += 1;
        if (holder.kind !== 'group' && holder.boundary !== null) useOf(holder.boundary).bounded += 1;
      }
    }
    return uses;
  }

  // ---- what access control asks (access/directory.ts)

  policiesOf(issuerArn: string): IdentityPolicies {
    let policies = this.#policiesByArn.get(issuerArn);
    if (policies === undefined) {
      policies = this.#gatherPolicies(issuerArn);
      this.#policiesByArn.set(issuerArn, policies);
    }
    return policies;
  }

  /** Inline and managed policies of one user, group or role alone. */
  policiesOfHolder(holder: PolicyHolder): AttachedPolicy[] {
    const inline = Object.entries(holder.inline).map(([name, document]) => ({
      name: `inline policy ${name} of ${holder.kind} ${holder.name}`,
      document,
    }));
    return [...inline, ...holder.attached.map((policyArn) => this.#managed(policyArn))];
  }

  uniqueIdOf(arn: string): string | undefined {
    const root = /^arn:aws:iam::(\d{12}):root$/.exec(arn)?.[1];
    if (root !== undefined) return this.isAccount(root) ? root : undefined;
    const entity = this.#byArn.get(arn);
    return entity?.kind === 'user' || entity?.kind === 'role' ? entity.id : undefined;
  }

  arnOf(uniqueId: string): string | undefined {
    if (this.isAccount(uniqueId)) return rootArn(uniqueId);
    const entity = this.#byId.get(uniqueId);
    return entity?.kind === 'user' || entity?.kind === 'role' ? arnOf(entity) : undefined;
  }

  /** The document of a managed policy as it is now; of one that is gone, a document that allows nothing. */
  documentOf(policyArn: string): string {
    const entity = this.#byArn.get(policyArn);
    return entity?.kind === 'policy' ? defaultDocument(entity) : EMPTY_DOCUMENT;
  }

  // ---- changing

  /** Takes over all that another one has. */
  become(other: Principals): void {
    const maps: [Map<string, unknown>, Map<string, unknown>][] = [
      [this.#accounts, other.#accounts],
      [this.#byId, other.#byId],
      [this.#byArn, other.#byArn],
      [this.#byName, other.#byName],
      [this.#accessKeys, other.#accessKeys],
      [this.#keysOf, other.#keysOf],
      [this.#membersOf, other.#membersOf],
    ];
    for (const [own, taken] of maps) {
      own.clear();
      for (const [name, value] of taken) own.set(name, value);
    }
    this.#lists.clear();
    this.#changed();
  }

  putAccount(account: Account): void {
    this.#accounts.set(account.accountId, account);
    this.#changed();
  }

  put(entity: Entity): void {
    this.remove(entity.id);
    this.#byId.set(entity.id, entity);
    this.#byArn.set(arnOf(entity), entity);
    const place = placeOf(entity.accountId, entity.kind);
    const names = this.#byName.get(place) ?? new Map<string, Entity>();
    this.#byName.set(place, names.set(uniqueNameOf(entity), entity));
    this.#lists.delete(place);
    if (entity.kind === 'user') for (const group of entity.groups) this.#members(group).add(entity.id);
    this.#changed();
  }

  /** What others changed is not taken over in the order in which they did: its name may be another's by now. */
  remove(id: string): void {
    const entity = this.#byId.get(id);
    if (entity === undefined) return;
    this.#byId.delete(id);
    if (this.#byArn.get(arnOf(entity)) === entity) this.#byArn.delete(arnOf(entity));
    const place = placeOf(entity.accountId, entity.kind);
    const names = this.#byName.get(place);
    if (names?.get(uniqueNameOf(entity)) === entity) names.delete(uniqueNameOf(entity));
    this.#lists.delete(place);
    if (entity.kind === 'user') for (const group of entity.groups) this.#members(group).delete(entity.id);
    this.#changed();
  }

  putAccessKey(key: AccessKey): void {
    const owner = key.userId ?? key.accountId;
    const ids = this.#keysOf.get(owner) ?? [];
    if (!ids.includes(key.accessKeyId)) this.#keysOf.set(owner, [...ids, key.accessKeyId]);
    this.#accessKeys.set(key.accessKeyId, key);
    this.#changed();
  }

  removeAccessKey(key: AccessKey): void {
    const owner = key.userId ?? key.accountId;
    const left = (this.#keysOf.get(owner) ?? []).filter((id) => id !== key.accessKeyId);
    if (left.length === 0) this.#keysOf.delete(owner);
    else this.#keysOf.set(owner, left);
    this.#accessKeys.delete(key.accessKeyId);
    this.#changed();
  }

  #changed(): void {
    this.#version += 1;
    if (this.#policiesByArn.size > 0) this.#policiesByArn = new Map();
  }

  /** None of an account that does not exist: strangers may ask for any, and must not fill the memory with that. */
  #names(accountId: string, kind: EntityKind): ReadonlyMap<string, Entity> {
    return this.#byName.get(placeOf(accountId, kind)) ?? NO_NAMES;
  }

  #members(groupId: string): Set<string> {
    let members = this.#membersOf.get(groupId);
    if (members === undefined) {
      members = new Set();
      this.#membersOf.set(groupId, members);
    }
    return members;
  }

  #gatherPolicies(arn: string): IdentityPolicies {
    const principal = this.#byArn.get(arn);
    if (principal?.kind !== 'user' && principal?.kind !== 'role') return NOTHING;
    const holders = principal.kind === 'user' ? [principal, ...this.groupsOf(principal)] : [principal];
    const { boundary } = principal;
    return {
      policies: holders.flatMap((holder) => this.policiesOfHolder(holder)),
      boundary: boundary === null ? undefined : this.#managed(boundary),
    };
  }

  #managed(policyArn: string): AttachedPolicy {
    return { name: policyArn, document: this.documentOf(policyArn) };
  }
}

/** The ARN that a user, group, role or policy with this name has, or would have. */
export function arnOfName(
  principals: Principals,
  accountId: string,
  kind: 'user' | 'group' | 'role' | 'policy',
  name: string,
): string {
  const entity = principals.find(accountId, kind, name);
  return entity === undefined ? iamArn(accountId, kind, '/', name) : arnOf(entity);
}
