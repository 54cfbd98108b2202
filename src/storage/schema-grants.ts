/** Tables that hang on keys and are read apart from them: grants, and each key's last use. */
import type { Selectable } from 'kysely';

export interface GrantTable {
  /** 64 hex digits. */
  grant_id: string;
  key_arn: string;
  name: string | null;
  /** ARN of a principal, or a service's name. */
  grantee: string;
  /** The grantee's unique id when the grant was made: a namesake made later does not inherit. Null for services and strangers. */
  grantee_id: string | null;
  retiring: string | null;
  retiring_id: string | null;
  /** JSON list of the API's names. */
  operations: string;
  /** JSON of the API's GrantConstraints; null when there are none. */
  conditions: string | null;
  /** Account of the principal that made the grant. */
  issuing_account_id: string;
  created_at: number;
  mac: string;
}

/** No mac: it decides about nothing, and the audit journal, from which it can be made anew, has codes of its own. */
export interface KeyLastUsageTable {
  key_arn: string;
  operation: string;
  /** Milliseconds since 1970, whole seconds. */
  used_at: number;
  event_id: string;
  request_id: string;
}

export type GrantRow = Selectable<GrantTable>;
export type KeyLastUsageRow = Selectable<KeyLastUsageTable>;
