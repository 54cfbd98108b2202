/**
 * The CloudTrail API: the event history of 90 days, and trails that deliver log files. What the operations work with is
 * here; the rules of trails in trails.ts and trail-settings.ts, those of the event history in lookup.ts. Delivering is
 * no call's affair: src/jobs/log-delivery.ts.
 */
import type { Positions } from '../../audit/tail.ts';
import type { AuditConfiguration } from '../../configuration/audit.ts';
import type { HistoryPage, HistoryQuery } from '../../storage/event-index.ts';
import type { RowMac } from '../../storage/row-mac.ts';
import type { ServicePorts } from '../api/call.ts';
import { declaring } from '../api/contract.ts';
import type { RateLimit } from './rate-limit.ts';

export interface CloudTrail extends ServicePorts {
  readonly mac: RowMac;
  readonly settings: AuditConfiguration;
  /** All Regions that are served. */
  readonly regions: readonly string[];
  readonly lookupRate: RateLimit;
  /** @throws Error when the history cannot be read now */
  find(query: HistoryQuery): Promise<HistoryPage>;
  /** The last durable record of each writer of the journal, and of those before it. */
  journalEnd(): Promise<Positions>;
}

export const operation = declaring<'cloudtrail', CloudTrail>();
