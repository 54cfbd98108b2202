/** Records that wait on disk for their match come back as they were, however many and however long they are. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Partitions } from '../../src/reconcile/partitions.ts';
import type { Call, Use } from '../../src/reconcile/records.ts';
import { freshFolder } from '../audit/sample.ts';

const requestId = (number: number): string =>
  Math.imul(number, 2654435761).toString(16).replace('-', '').padStart(8, '0').slice(0, 8) +
  String(number).padStart(24, '0');

function useOf(number: number): Use {
  return {
    requestId: requestId(number),
    timeAt: 1_700_000_000_000 + number,
    hsmId: 'hsm-a',
    sequence: number,
    verb: 'Encrypt',
    succeeded: number % 5 !== 0,
    materialId: String(number % 9).padStart(32, '0'),
  };
}

function callOf(number: number, more: Partial<Call> = {}): Call {
  const keyArn = `arn:aws:kms:us-east-1:111122223333:key/${number % 7}`;
  return {
    requestId: requestId(number),
    timeAt: 1_700_000_000_000,
    writer: 'server-1',
    seq: number,
    eventId: `event-${number}`,
    eventName: 'Encrypt',
    outcome: 'succeeded',
    verbs: ['Encrypt'],
    keyArns: [keyArn],
    keyStore: 'cks-1',
    wanted: [{ verb: 'Encrypt', keyArn }],
    ...more,
  };
}

describe('partitions on disk', () => {
  it('give back every record of a request together', async (t) => {
    const count = 3_000;
    const partitions = new Partitions(2 * count, { recordsInMemory: 1_000, parent: await freshFolder() });
    t.after(() => partitions.remove());
    assert.equal(partitions.count, 6);
    const odd = new Map<number, Partial<Call>>([
      [3, { writer: 'w '.repeat(20_000) }], // longer than what is gathered before it is written
      [4, { eventId: 'ü ☂ 🗝\n' }],
      [5, { keyArns: ['☂'.repeat(30_000)] }],
    ]);
    for (let number = 0; number < count; number += 1) partitions.add({ use: useOf(number) });
    for (let number = 0; number < count; number += 1)
      partitions.add({ call: callOf(number, odd.get(number)) });
    const found = [...partitions.requests()].sort(
      (a, b) => (a.uses[0]?.sequence ?? 0) - (b.uses[0]?.sequence ?? 0),
    );
    assert.equal(found.length, count);
    for (const [number, request] of found.entries()) {
      assert.deepEqual(request, {
        requestId: requestId(number),
        uses: [useOf(number)],
        calls: [callOf(number, odd.get(number))],
      });
    }
  });
});
