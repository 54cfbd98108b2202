/** A grant as access control sees it. Kept by services/kms (grants.ts). AWS: "Grants in AWS KMS". */
export interface Grant {
  readonly grantId: string;
  readonly keyArn: string;
  /** ARN of a user, role, session, root user (the whole account) or a service's name. */
  readonly granteePrincipal: string;
  /** The unique id by which a grantee is kept that has one, whatever it is called now; without one its name never changes. */
  readonly granteeId?: string | undefined;
  readonly retiringPrincipal: string | undefined;
  /** As the API names them: `Decrypt`, `GenerateDataKey`, …. */
  readonly operations: readonly string[];
  readonly constraints:
    | {
        readonly kind: 'EncryptionContextEquals' | 'EncryptionContextSubset';
        readonly pairs: Readonly<Record<string, string>>;
      }
    | undefined;
  /** Services only: what aws:SourceArn must be when the service acts. */
  readonly sourceArn?: string | undefined;
  /** Account in which the grant was made. */
  readonly issuingAccountId: string;
}
