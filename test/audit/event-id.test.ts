import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newEventId } from '../../src/audit/event-id.ts';

describe('ids of audit events', () => {
  it('are UUIDs of version 7 with the time in their first 48 bits (RFC 9562, appendix A.6)', () => {
    const id = newEventId(0x017f22e279b0);
    assert.match(id, /^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('stand in the order of their times and are never the same', () => {
    const ids = [1, 1, 1, 15, 16, 1_764_100_000_000, 1_764_100_000_001].map(newEventId);
    assert.equal(new Set(ids).size, ids.length);
    const beginnings = ids.map((id) => id.slice(0, 13));
    assert.deepEqual(beginnings, [...beginnings].sort());
  });
});
