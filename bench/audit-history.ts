/**
 * How fast the trail is read: a journal of many events is written, verified, put into the event history, and looked up by
 * every attribute. `node --import tsx bench/audit-history.ts [events]`, 1,000,000 by default; needs about 3 KB of disk each.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJournal } from '../src/audit/journal.ts';
import { readJournal } from '../src/audit/reading.ts';
import { verifyJournal } from '../src/audit/verify.ts';
import { EventIndex } from '../src/storage/event-index.ts';
import type { HistoryAttribute, HistoryPlace } from '../src/storage/event-index.ts';
import { rebuildHistory } from '../src/trail-reader/reindex.ts';
import { ACCOUNT, REGION, accessKeyId, keyArn, sampleRecord, userName } from './sample-events.ts';

const EVENTS = Number(process.argv[2] ?? 1_000_000);
const DAYS_MS = 80 * 86_400_000;
const folder = mkdtempSync(join(tmpdir(), 'claviger-bench-'));

async function timed<T>(what: string, count: number, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  const seconds = (performance.now() - start) / 1000;
  process.stdout.write(
    `${what}: ${seconds.toFixed(1)} s, ${Math.round(count / seconds).toLocaleString('en')} events/s\n`,
  );
  return result;
}

async function writeEvents(dir: string): Promise<void> {
  const journal = await openJournal({ dir, writerId: 'server-1', waitMs: 60_000 });
  const begin = Date.now() - DAYS_MS;
  for (let number = 0; number < EVENTS;) {
    const group: Promise<void>[] = [];
    for (; group.length < 5_000 && number < EVENTS; number += 1) {
      group.push(journal.append(sampleRecord(number, begin + (number / EVENTS) * DAYS_MS)));
    }
    await Promise.all(group);
  }
  await journal.close();
}

/** Slowest of some lookups of 50 events, and of walking 20 pages on. */
function lookUp(index: EventIndex, key: HistoryAttribute | undefined, value: string): void {
  const attribute = key === undefined ? undefined : { key, value };
  const times: number[] = [];
  let after: HistoryPlace | undefined;
  let found = 0;
  for (let page = 0; page < 20; page += 1) {
    const start = performance.now();
    const query = {
      accountId: ACCOUNT,
      region: REGION,
      attribute,
      from: 0,
      to: Date.now(),
      after,
      limit: 50,
    };
    const { records, next } = index.find(query);
    times.push(performance.now() - start);
    found += records.length;
    if (next === undefined) break;
    after = next;
  }
  const slowest = Math.max(...times).toFixed(1);
  process.stdout.write(`lookup by ${key ?? 'nothing'}: ${found} events, slowest page ${slowest} ms\n`);
}

try {
  const dir = join(folder, 'audit');
  const file = join(folder, 'events.db');
  await timed('write', EVENTS, () => writeEvents(dir));
  const verdict = await timed('verify', EVENTS, () => verifyJournal(dir));
  if (!verdict.ok || verdict.records !== EVENTS) throw new Error(JSON.stringify(verdict));
  await timed('reindex', EVENTS, () => rebuildHistory(dir, file));
  process.stdout.write(`events.db: ${Math.round(statSync(file).size / EVENTS)} bytes an event\n`);
  const index = new EventIndex(file);
  let eventId = '';
  for await (const { event } of readJournal(dir)) {
    eventId = event.eventID;
    break;
  }
  lookUp(index, undefined, '');
  lookUp(index, 'EventId', eventId);
  lookUp(index, 'EventName', 'CreateKey');
  lookUp(index, 'ReadOnly', 'true');
  lookUp(index, 'Username', userName(7));
  lookUp(index, 'ResourceType', 'AWS::KMS::Key');
  lookUp(index, 'ResourceName', keyArn(7));
  lookUp(index, 'EventSource', 'kms.amazonaws.com');
  lookUp(index, 'AccessKeyId', accessKeyId(7));
  index.close();
} finally {
  rmSync(folder, { recursive: true });
}
