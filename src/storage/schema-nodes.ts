/** Tables by which the processes of an installation keep in step (src/nodes). */
import type { Generated, Selectable } from 'kysely';

/** What a change may concern: memory of it is to be read anew. */
export type ChangeTopic =
  | 'account'
  | 'access-key'
  | 'alias'
  | 'cluster'
  | 'grant'
  | 'iam-entity'
  | 'key'
  /** A key on an HSM that its user found missing or damaged: `<HSM id> <material id>`. */
  | 'key-repair'
  | 'key-store';

interface ChangeTable {
  /** Given in the order in which changes begin, which is not that in which they are committed. */
  seq: Generated<number>;
  topic: ChangeTopic;
  /** Which one: the row's own key, or parts of it with spaces in between. */
  subject: string;
  changed_at: number;
}

/** Work that one process does for all. */
interface LeaseTable {
  name: string;
  /** Writer id of the process that has it; null when it was given back. */
  holder: string | null;
  /** Raised whenever the holder changes. */
  fence: number;
  /** Raised whenever the holder says that it lives. */
  beat: number;
}

/** What a process has counted against a request quota since the row was made. */
interface QuotaUseTable {
  /** Owner, Region and quota, with blanks in between. */
  quota: string;
  /** One life of a process: who is started again counts from nothing, under another name. */
  process: string;
  used: number;
  noted_at: number;
}

export interface NodeTables {
  changes: ChangeTable;
  leases: LeaseTable;
  quota_uses: QuotaUseTable;
}

export type ChangeRow = Selectable<ChangeTable>;
export type LeaseRow = Selectable<LeaseTable>;
export type QuotaUseRow = Selectable<QuotaUseTable>;
