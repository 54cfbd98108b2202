/**
 * Audit events of changes, written in the transaction of the change itself: a crash between commit and journal cannot
 * leave a change that nobody recorded. The journal takes them over; what it has is removed.
 */
import type { Queryable } from './store.ts';

/** Engines have limits on how many values a statement may carry; many ids wait when the database was away. */
const IDS_PER_STATEMENT = 1000;

export async function putOutboxEvent(db: Queryable, eventId: string, event: string): Promise<void> {
  await db.insertInto('audit_outbox').values({ event_id: eventId, event }).execute();
}

export async function listOutbox(db: Queryable): Promise<{ eventId: string; event: string }[]> {
  const rows = await db.selectFrom('audit_outbox').selectAll().execute();
  return rows.map((row) => ({ eventId: row.event_id, event: row.event }));
}

export async function removeOutboxEvents(db: Queryable, eventIds: readonly string[]): Promise<void> {
  for (let at = 0; at < eventIds.length; at += IDS_PER_STATEMENT) {
    const some = eventIds.slice(at, at + IDS_PER_STATEMENT);
    await db.deleteFrom('audit_outbox').where('event_id', 'in', some).execute();
  }
}
