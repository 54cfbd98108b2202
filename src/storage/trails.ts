/** Trails, how far each was delivered, and the chains of their digests. Rows of `trails` carry a code: see row-mac.ts. */
import { requireChanged } from './conflicts.ts';
import type { DigestChainRow, TrailProgressRow, TrailRow, UndigestedFileRow } from './schema.ts';
import { ENDED } from './schema-trails.ts';
import type { RowMac } from './row-mac.ts';
import type { Queryable } from './store.ts';

/** @throws RowTampered */
export async function listTrails(db: Queryable, mac: RowMac): Promise<TrailRow[]> {
  const rows = await db.selectFrom('trails').selectAll().orderBy('trail_arn').execute();
  return rows.map((row) => mac.check('trails', row));
}

/** @throws RowTampered */
export async function findTrail(db: Queryable, mac: RowMac, trailArn: string): Promise<TrailRow | undefined> {
  const row = await db.selectFrom('trails').selectAll().where('trail_arn', '=', trailArn).executeTakeFirst();
  return row === undefined ? undefined : mac.check('trails', row);
}

export async function insertTrail(db: Queryable, mac: RowMac, trail: Omit<TrailRow, 'mac'>): Promise<void> {
  await db.insertInto('trails').values(mac.seal('trails', trail)).execute();
  const nothing = { planned: null, ends_at: null, attempted_at: null, delivered_at: null };
  await db
    .insertInto('trail_progress')
    .values({
      trail_arn: trail.trail_arn,
      positions: '{}',
      ...nothing,
      delivery_error: null,
      digest_at: null,
      digest_error: null,
    })
    .execute();
}

/** @param seen the row as it was read @throws StaleRow when somebody has changed the trail since */
export async function replaceTrail(
  db: Queryable,
  mac: RowMac,
  seen: TrailRow,
  changes: Partial<Omit<TrailRow, 'mac'>>,
): Promise<void> {
  const { mac: code, ...before } = seen;
  const { numUpdatedRows } = await db
    .updateTable('trails')
    .set(mac.seal('trails', { ...before, ...changes }))
    .where('trail_arn', '=', seen.trail_arn)
    .where('mac', '=', code)
    .executeTakeFirst();
  requireChanged(numUpdatedRows, 'trails');
}

/** The trail and all that is known of it; what was delivered stays where it is. */
export async function deleteTrail(db: Queryable, trailArn: string): Promise<void> {
  for (const table of [
    'undigested_files',
    'digest_chains',
    'trail_tags',
    'trail_progress',
    'trails',
  ] as const) {
    await db.deleteFrom(table).where('trail_arn', '=', trailArn).execute();
  }
}

export async function trailProgress(db: Queryable, trailArn: string): Promise<TrailProgressRow> {
  return db
    .selectFrom('trail_progress')
    .selectAll()
    .where('trail_arn', '=', trailArn)
    .executeTakeFirstOrThrow();
}

export async function updateProgress(
  db: Queryable,
  trailArn: string,
  changes: Partial<Omit<TrailProgressRow, 'trail_arn'>>,
): Promise<void> {
  await db.updateTable('trail_progress').set(changes).where('trail_arn', '=', trailArn).execute();
}

/**
 * Changes how far a trail was delivered.
 * @param seen as it was read
 * @throws StaleRow when somebody has delivered, or planned to, since
 */
export async function moveProgress(
  db: Queryable,
  seen: Pick<TrailProgressRow, 'trail_arn' | 'positions' | 'planned'>,
  changes: Partial<Omit<TrailProgressRow, 'trail_arn'>>,
): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('trail_progress')
    .set(changes)
    .where('trail_arn', '=', seen.trail_arn)
    .where('positions', '=', seen.positions)
    .where('planned', 'is not distinct from', seen.planned)
    .executeTakeFirst();
  requireChanged(numUpdatedRows, 'trail_progress');
}

export async function digestChains(db: Queryable, trailArn: string): Promise<DigestChainRow[]> {
  return db.selectFrom('digest_chains').selectAll().where('trail_arn', '=', trailArn).execute();
}

export async function insertDigestChain(db: Queryable, chain: DigestChainRow): Promise<void> {
  await db.insertInto('digest_chains').values(chain).execute();
}

/** @param seen the row as it was read @throws StaleRow when somebody has written a digest since, or ended the chain */
export async function replaceDigestChain(
  db: Queryable,
  seen: DigestChainRow,
  next: DigestChainRow,
): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('digest_chains')
    .set(next)
    .where('trail_arn', '=', seen.trail_arn)
    .where('region', '=', seen.region)
    .where('digested_until', '=', seen.digested_until)
    .where('previous_signature', 'is not distinct from', seen.previous_signature)
    .executeTakeFirst();
  requireChanged(numUpdatedRows, 'digest_chains');
}

/** Ends all chains of a trail: what comes next begins new ones. */
export async function deleteDigestChains(db: Queryable, trailArn: string): Promise<void> {
  await db.deleteFrom('digest_chains').where('trail_arn', '=', trailArn).execute();
  await db.deleteFrom('undigested_files').where('trail_arn', '=', trailArn).execute();
}

export async function insertUndigested(db: Queryable, files: readonly UndigestedFileRow[]): Promise<void> {
  if (files.length > 0) await db.insertInto('undigested_files').values(files).execute();
}

/** Files that were delivered before `end`, milliseconds since 1970, in the order of their keys. */
export async function undigestedFiles(
  db: Queryable,
  trailArn: string,
  region: string,
  end: number,
): Promise<UndigestedFileRow[]> {
  return db
    .selectFrom('undigested_files')
    .selectAll()
    .where('trail_arn', '=', trailArn)
    .where('region', '=', region)
    .where('delivered_at', '<', end)
    .orderBy('object')
    .execute();
}

export async function deleteUndigested(db: Queryable, objects: readonly string[]): Promise<void> {
  if (objects.length === 0) return;
  await db.deleteFrom('undigested_files').where('object', 'in', objects).execute();
}

export async function trailTags(db: Queryable, trailArn: string): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('trail_tags')
    .selectAll()
    .where('trail_arn', '=', trailArn)
    .orderBy('tag_key')
    .execute();
  return new Map(rows.map((row) => [row.tag_key, row.tag_value]));
}

export async function putTrailTag(
  db: Queryable,
  trailArn: string,
  tagKey: string,
  value: string,
): Promise<void> {
  await db
    .insertInto('trail_tags')
    .values({ trail_arn: trailArn, tag_key: tagKey, tag_value: value })
    .onConflict((c) => c.columns(['trail_arn', 'tag_key']).doUpdateSet({ tag_value: value }))
    .execute();
}

export async function deleteTrailTag(db: Queryable, trailArn: string, tagKey: string): Promise<void> {
  await db.deleteFrom('trail_tags').where('trail_arn', '=', trailArn).where('tag_key', '=', tagKey).execute();
}

/** How far each trail that still delivers has read the journal. @throws RowTampered */
export async function journalReadersOfTrails(db: Queryable, mac: RowMac): Promise<Record<string, number>[]> {
  const readers: Record<string, number>[] = [];
  for (const trail of await listTrails(db, mac)) {
    const { positions, ends_at: end } = await trailProgress(db, trail.trail_arn);
    if (trail.started_at !== null && end !== ENDED) {
      readers.push(JSON.parse(positions) as Record<string, number>);
    }
  }
  return readers;
}
