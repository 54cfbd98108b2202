/** Tables of IAM (services/iam). */

export interface IamTables {
  iam_entities: IamEntityTable;
  last_uses: LastUseTable;
}

/**
 * A user, group, role, managed policy or OIDC provider as a whole: its policies, attachments and tags are in its body, so
 * that one code covers them and none can be taken out alone. All of it is read at start and kept in memory.
 */
interface IamEntityTable {
  /** Unique id (`AIDA…`, `AGPA…`, `AROA…`, `ANPA…`); the ARN of an OIDC provider. */
  entity_id: string;
  account_id: string;
  kind: string;
  /** What must be there once in an account: the name in lower case. */
  unique_name: string;
  /** JSON: services/iam/entities.ts. */
  body: string;
  mac: string;
}

/** When an access key or role was last used. Written from time to time, and decides nothing: no code. */
interface LastUseTable {
  /** Access key id, or unique id of a role. */
  subject: string;
  used_at: number;
  service_name: string;
  region: string;
}

export type IamEntityRow = IamEntityTable;
export type LastUseRow = LastUseTable;
