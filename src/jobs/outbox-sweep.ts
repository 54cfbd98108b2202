/**
 * Events that stay in the outbox: of commits of which nobody heard whether they were made, because the connection to the
 * database broke, and of those that could not be taken out of it then.
 */
import type { Journal, OutboxEvent } from '../audit/journal.ts';
import type { Outbox } from '../audit/trail.ts';

/**
 * Takes over what lay in the outbox at the last run too: what is younger is on its way into the journal.
 * @returns how many events were left over
 */
export function outboxSweep(outbox: Outbox, journal: Pick<Journal, 'replay'>): () => Promise<number> {
  let before = new Set<string>();
  return async () => {
    const found: OutboxEvent[] = await outbox.list();
    const left = found.filter(({ eventId }) => before.has(eventId));
    before = new Set(found.map(({ eventId }) => eventId));
    if (left.length === 0) return 0;
    await journal.replay(left);
    await outbox.remove(left.map(({ eventId }) => eventId));
    return left.length;
  };
}
