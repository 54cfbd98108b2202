/** The outbox and the journal when the journal comes back: each event of a change once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openJournal } from '../../src/audit/journal.ts';
import type { OutboxEvent } from '../../src/audit/journal.ts';
import { readJournal } from '../../src/audit/reading.ts';
import { createSegmentFile } from '../../src/audit/segment-file.ts';
import { AuditTrail } from '../../src/audit/trail.ts';
import { freshFolder, sampleEvent } from './sample.ts';

describe('the audit trail whose journal comes back', () => {
  it('takes over what was left in the outbox, and nothing that is on its way', async () => {
    const dir = await freshFolder();
    let fails = true;
    const outbox = new Map<string, OutboxEvent>();
    const replays: Promise<void>[] = [];
    const journal = await openJournal({
      ...{ dir, writerId: 'w1', retryMs: 25 },
      createSegment: async (path) => {
        if (fails) throw new Error('ENOSPC');
        const file = await createSegmentFile(path);
        return {
          close: () => file.close(),
          commit: async (bytes) => {
            await sleep(100); // a slow disk
            await file.commit(bytes);
          },
        };
      },
      onAvailability: (available) => {
        if (available) replays.push(trail.replay());
      },
    });
    const trail = new AuditTrail(journal, {
      list: async () => [...outbox.values()],
      remove: async (eventIds) => {
        for (const eventId of eventIds) outbox.delete(eventId);
      },
    });
    const change = (): OutboxEvent => {
      const event = sampleEvent({ readOnly: false });
      const committed = { eventId: event.eventID, event: JSON.stringify(event) };
      outbox.set(committed.eventId, committed);
      return committed;
    };
    const left = change();
    const waiting = change();
    const recorded = trail.recordCommitted({ eventId: waiting.eventId, event: String(waiting.event) });
    fails = false;
    await recorded;
    await Promise.all(replays);
    await trail.close();
    const found: string[] = [];
    for await (const { event } of readJournal(dir)) found.push(event.eventID);
    assert.deepEqual(found.sort(), [left.eventId, waiting.eventId].sort());
    assert.equal(outbox.size, 0);
  });
});
