/** A further place that every event is sent to, beside the journal. */
import type { RawRecord } from '../tail.ts';

export interface Sink {
  /**
   * Hands records over. After a failure the same records come again: a sink may see a record twice and misses none.
   * @throws Error when they were not all taken before the deadline
   */
  send(records: readonly RawRecord[], deadlineMs: number): Promise<void>;
  close(): void;
}
