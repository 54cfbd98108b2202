/**
 * Audit events of changes, written in the transaction of the change itself: a crash between commit and journal cannot
 * leave a change that nobody recorded. The journal takes them over; what it has is removed.
 */
import type { Queryable } from './store.ts';

/** Engines have limits on how many values a statement may carry; many ids wait when the database was away. */
const IDS_PER_STATEMENT = 1000;

/** @param journal the one that the event is to go into */
export async function putOutboxEvent(
  db: Queryable,
  journal: { readonly writerId: string },
  { eventId, event }: { eventId: string; event: string },
): Promise<void> {
  await db
    .insertInto('audit_outbox')
    .values({ event_id: eventId, event, writer: journal.writerId, put_at: Date.now() })
    .execute();
}

/** Events of one writer, and those that nobody's journal has taken since `abandonedAt` (milliseconds since 1970). */
export async function listOutbox(
  db: Queryable,
  writer: string,
  abandonedAt: number,
): Promise<{ eventId: string; event: string }[]> {
  const rows = await db
    .selectFrom('audit_outbox')
    .select(['event_id', 'event'])
    .where((e) => e.or([e('writer', '=', writer), e('writer', 'is', null), e('put_at', '<=', abandonedAt)]))
    .execute();
  return rows.map((row) => ({ eventId: row.event_id, event: row.event }));
}

export async function removeOutboxEvents(db: Queryable, eventIds: readonly string[]): Promise<void> {
  for (let at = 0; at < eventIds.length; at += IDS_PER_STATEMENT) {
    const some = eventIds.slice(at, at + IDS_PER_STATEMENT);
    await db.deleteFrom('audit_outbox').where('event_id', 'in', some).execute();
  }
}
