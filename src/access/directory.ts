/** What access control asks of whoever keeps the principals (services/iam). All from memory: decisions do no I/O. */

/** An identity policy of a user or role, or its boundary. */
export interface AttachedPolicy {
  /** What explanations call it: an ARN, or `inline policy <name> of <user, group or role>`. */
  readonly name: string;
  /** JSON text; the same string object for the same version, so that compiled policies can be kept by it. */
  readonly document: string;
}

export interface IdentityPolicies {
  /** Inline and managed ones of the principal and of its groups. */
  readonly policies: readonly AttachedPolicy[];
  readonly boundary: AttachedPolicy | undefined;
}

export interface PrincipalDirectory {
  /** Of a user or role by its ARN; none for a root user or one that is gone. */
  policiesOf(issuerArn: string): IdentityPolicies;
  /**
   * The unique id (`AIDA…`, `AROA…`) of a user or role, the account id for `arn:aws:iam::<account>:root`; undefined
   * when there is none. Policies keep principals by it, so that a namesake made later does not inherit.
   */
  uniqueIdOf(arn: string): string | undefined;
  /** The ARN that a unique id stands for now; undefined when it is gone. */
  arnOf(uniqueId: string): string | undefined;
  isAccount(accountId: string): boolean;
}
