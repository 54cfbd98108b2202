/** Delivered logs of HSMs: streams, their events, and how long those are kept. */
import { requireChanged } from './conflicts.ts';
import type { HsmLogEventRow, HsmLogStreamRow } from './schema-hsm-logs.ts';
import type { Queryable } from './store.ts';

export async function findLogStream(db: Queryable, hsmId: string): Promise<HsmLogStreamRow | undefined> {
  return db.selectFrom('hsm_log_streams').selectAll().where('hsm_id', '=', hsmId).executeTakeFirst();
}

export async function insertLogStream(db: Queryable, row: HsmLogStreamRow): Promise<void> {
  await db.insertInto('hsm_log_streams').values(row).execute();
}

/** @param seen the row as it was read @throws StaleRow when somebody has delivered to the stream since */
export async function replaceLogStream(
  db: Queryable,
  seen: HsmLogStreamRow,
  next: HsmLogStreamRow,
): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('hsm_log_streams')
    .set(next)
    .where('hsm_id', '=', seen.hsm_id)
    .where('generation', '=', seen.generation)
    .where('next_sequence', '=', seen.next_sequence)
    .where('next_position', '=', seen.next_position)
    .executeTakeFirst();
  requireChanged(numUpdatedRows, 'hsm_log_streams');
}

export async function listLogStreams(db: Queryable, clusterId: string): Promise<HsmLogStreamRow[]> {
  return db
    .selectFrom('hsm_log_streams')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .orderBy('hsm_id')
    .execute();
}

const ROWS_PER_INSERT = 100;

export async function insertLogEvents(db: Queryable, rows: readonly HsmLogEventRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += ROWS_PER_INSERT) {
    await db
      .insertInto('hsm_log_events')
      .values(rows.slice(at, at + ROWS_PER_INSERT))
      .execute();
  }
}

/** The handle under which a stream last showed a key. */
export async function lastKeyHandle(
  db: Queryable,
  hsmId: string,
  materialId: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('hsm_log_events')
    .select('key_handle')
    .where('hsm_id', '=', hsmId)
    .where('material_id', '=', materialId)
    .where('key_handle', 'is not', null)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.key_handle ?? undefined;
}

/** A place among the events of a log group or stream, in the order of time, then stream, then position. */
export interface EventPlace {
  timeAt: number;
  hsmId: string;
  position: number;
}

export interface EventQuery {
  clusterId: string;
  /** Only these streams; all of the cluster when undefined. */
  hsmIds: readonly string[] | undefined;
  /** Milliseconds since 1970; from `startTime` (inclusive) to `endTime` (exclusive). */
  startTime: number;
  endTime: number;
  /** Only what comes after (ascending) or before (descending) this place. */
  beyond: EventPlace | undefined;
  direction: 'asc' | 'desc';
  limit: number;
}

export async function queryLogEvents(db: Queryable, query: EventQuery): Promise<HsmLogEventRow[]> {
  const { beyond, direction, hsmIds } = query;
  if (hsmIds?.length === 0) return [];
  const past = direction === 'asc' ? '>' : '<';
  return db
    .selectFrom('hsm_log_events')
    .selectAll()
    .where('cluster_id', '=', query.clusterId)
    .where('time_at', '>=', query.startTime)
    .where('time_at', '<', query.endTime)
    .$if(hsmIds !== undefined, (q) => q.where('hsm_id', 'in', hsmIds as string[]))
    .$if(beyond !== undefined, (q) =>
      q.where((e) => {
        const { timeAt, hsmId, position } = beyond as EventPlace;
        return e.or([
          e('time_at', past, timeAt),
          e.and([e('time_at', '=', timeAt), e('hsm_id', past, hsmId)]),
          e.and([e('time_at', '=', timeAt), e('hsm_id', '=', hsmId), e('position', past, position)]),
        ]);
      }),
    )
    .orderBy('time_at', direction)
    .orderBy('hsm_id', direction)
    .orderBy('position', direction)
    .limit(query.limit)
    .execute();
}

/** Removes events of a cluster's streams that are older than `before` (milliseconds since 1970). */
export async function removeLogEventsBefore(db: Queryable, clusterId: string, before: number): Promise<void> {
  await db
    .deleteFrom('hsm_log_events')
    .where('cluster_id', '=', clusterId)
    .where('time_at', '<', before)
    .execute();
}

/** Names the group of an account in a Region. */
export interface LogGroupName {
  accountId: string;
  region: string;
  logGroup: string;
}

/** @returns days, or undefined: events never expire */
export async function findRetention(db: Queryable, name: LogGroupName): Promise<number | undefined> {
  const row = await db
    .selectFrom('log_retention')
    .select('days')
    .where('account_id', '=', name.accountId)
    .where('region', '=', name.region)
    .where('log_group', '=', name.logGroup)
    .executeTakeFirst();
  return row?.days;
}

export async function putRetention(db: Queryable, name: LogGroupName, days: number): Promise<void> {
  await db
    .insertInto('log_retention')
    .values({ account_id: name.accountId, region: name.region, log_group: name.logGroup, days })
    .onConflict((c) => c.columns(['account_id', 'region', 'log_group']).doUpdateSet({ days }))
    .execute();
}

export async function removeRetention(db: Queryable, name: LogGroupName): Promise<void> {
  await db
    .deleteFrom('log_retention')
    .where('account_id', '=', name.accountId)
    .where('region', '=', name.region)
    .where('log_group', '=', name.logGroup)
    .execute();
}
