/** Tables of the HSMs' logs (migration 0011). */
import type { Selectable } from 'kysely';

export interface HsmLogSchema {
  hsm_log_streams: HsmLogStreamTable;
  hsm_log_events: HsmLogEventTable;
  log_retention: LogRetentionTable;
  trail_findings: TrailFindingTable;
}

/** One HSM's log as far as it was delivered: the log stream, and where delivery goes on. */
interface HsmLogStreamTable {
  hsm_id: string;
  cluster_id: string;
  /** Raised when the HSM's log broke off and another was begun. */
  generation: number;
  /** The HSM's number of the entry that comes next. */
  next_sequence: number;
  /** Chain value before it; null at the beginning of a generation that continues nothing. */
  chain: string | null;
  /** Number of the next event in the stream. */
  next_position: number;
  first_event_at: number | null;
  last_event_at: number | null;
  last_ingested_at: number | null;
  stored_bytes: number;
  created_at: number;
}

/** One event of a log stream: user and key management, as CloudHSM's audit log has it. */
interface HsmLogEventTable {
  hsm_id: string;
  /** From 0 without gaps in each stream. */
  position: number;
  cluster_id: string;
  time_at: number;
  ingested_at: number;
  material_id: string | null;
  key_handle: string | null;
  message: string;
}

interface LogRetentionTable {
  account_id: string;
  region: string;
  log_group: string;
  days: number;
}

/** What the two trails did not agree on, or a log that broke: each is told once. */
interface TrailFindingTable {
  finding_id: string;
  kind: string;
  /** JSON. */
  detail: string;
  found_at: number;
}

export type HsmLogStreamRow = Selectable<HsmLogStreamTable>;
export type HsmLogEventRow = Selectable<HsmLogEventTable>;
