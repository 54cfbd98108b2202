/**
 * What IAM keeps, as values that are never changed: a change makes a new one (changes.ts), so that whoever holds an old one
 * sees a whole. Times are milliseconds since 1970.
 */

interface Named {
  /** Unique id (unique-ids.ts). */
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  /** Begins and ends with `/`. */
  readonly path: string;
  readonly createdAt: number;
}

/** Policies as principals and groups have them. */
interface HasPolicies {
  /** Inline policies: name to document. */
  readonly inline: Readonly<Record<string, string>>;
  /** ARNs of managed policies, in the order in which they were attached. */
  readonly attached: readonly string[];
}

export type Tags = Readonly<Record<string, string>>;

export interface User extends Named, HasPolicies {
  readonly kind: 'user';
  readonly tags: Tags;
  /** ARN of the managed policy that bounds it. */
  readonly boundary: string | null;
  /** Unique ids of its groups. */
  readonly groups: readonly string[];
}

export interface Group extends Named, HasPolicies {
  readonly kind: 'group';
}

export interface Role extends Named, HasPolicies {
  readonly kind: 'role';
  readonly tags: Tags;
  readonly boundary: string | null;
  /** Document. */
  readonly trustPolicy: string;
  readonly description: string | null;
  /** Seconds. */
  readonly maxSessionDuration: number;
  /** Name of the service that it belongs to: `cks.kms.amazonaws.com`. Only that service may change it. */
  readonly linkedService: string | null;
}

export interface PolicyVersion {
  /** `v1`, `v2`, …; never used again. */
  readonly versionId: string;
  readonly document: string;
  readonly createdAt: number;
}

export interface ManagedPolicy extends Named {
  readonly kind: 'policy';
  readonly tags: Tags;
  readonly description: string | null;
  readonly updatedAt: number;
  readonly defaultVersionId: string;
  /** Oldest first. */
  readonly versions: readonly PolicyVersion[];
  /** Number of the next version. */
  readonly nextVersion: number;
}

export interface OidcProvider {
  readonly kind: 'oidc-provider';
  /** Its ARN. */
  readonly id: string;
  readonly accountId: string;
  /** The issuer without its scheme: host and path, as in the ARN and in condition keys. */
  readonly name: string;
  /** The issuer, as tokens have it. */
  readonly url: string;
  readonly clientIds: readonly string[];
  /** SHA-1 of certificates, hex. */
  readonly thumbprints: readonly string[];
  readonly tags: Tags;
  readonly createdAt: number;
}

export type Entity = User | Group | Role | ManagedPolicy | OidcProvider;
export type EntityKind = Entity['kind'];

/** Whoever has inline and attached policies. */
export type PolicyHolder = User | Group | Role;

export type AccessKeyStatus = 'Active' | 'Inactive';

export interface AccessKey {
  readonly accessKeyId: string;
  readonly accountId: string;
  /** Undefined: the root user's. */
  readonly userId: string | undefined;
  readonly secretAccessKey: string;
  readonly status: AccessKeyStatus;
  readonly createdAt: number;
}

export interface Account {
  readonly accountId: string;
  readonly name: string | null;
  readonly createdAt: number;
}

const ARN_WORDS = { user: 'user', group: 'group', role: 'role', policy: 'policy' } as const;

/** `arn:aws:iam::<account>:user/<path>/<name>` and its like. AWS: "IAM identifiers". */
export function iamArn(accountId: string, kind: keyof typeof ARN_WORDS, path: string, name: string): string {
  return `arn:aws:iam::${accountId}:${ARN_WORDS[kind]}${path}${name}`;
}

export function rootArn(accountId: string): string {
  return `arn:aws:iam::${accountId}:root`;
}

export function oidcProviderArn(accountId: string, name: string): string {
  return `arn:aws:iam::${accountId}:oidc-provider/${name}`;
}

export function arnOf(entity: Entity): string {
  if (entity.kind === 'oidc-provider') return entity.id;
  return iamArn(entity.accountId, entity.kind, entity.path, entity.name);
}

/** The document of the version that counts. */
export function defaultDocument(policy: ManagedPolicy): string {
  const version = policy.versions.find(({ versionId }) => versionId === policy.defaultVersionId);
  if (version === undefined) throw new Error(`the policy ${policy.id} has no default version`);
  return version.document;
}
