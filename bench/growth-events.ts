/** A long event history for a grown installation, and how long looking things up in it takes. */
import { join } from 'node:path';
import { readableEntry } from '../src/audit/history.ts';
import { EventIndex } from '../src/storage/event-index.ts';
import { call } from './claviger.ts';
import type { Installation } from './claviger.ts';
import { CLOUDTRAIL } from './requests.ts';
import { accessKeyId, eventsOf, userName } from './sample-events.ts';
import type { Whose } from './sample-events.ts';

/** The history is kept for 90 days: so that none of it is forgotten while it is measured. */
const DAYS_MS = 80 * 86_400_000;
const BATCH = 5_000;
const SAY_EVERY = 5_000_000;

/** Puts events of the last weeks into the history of an installation that does not run, as if the journal had them no more. */
export function fillEvents(dataDir: string, whose: Whose, count: number, say: (text: string) => void): void {
  const index = new EventIndex(join(dataDir, 'server', 'events.db'));
  const eventOf = eventsOf(whose);
  const begin = Date.now() - DAYS_MS;
  index.beginFilling();
  for (let made = 0; made < count; made += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, count - made) }, (_, at) => made + at);
    index.add(
      numbers.flatMap((number) => readableEntry(eventOf(number, begin + (number / count) * DAYS_MS))),
      {},
    );
    if ((made + BATCH) % SAY_EVERY === 0) say(`${(made + BATCH).toLocaleString('en')} events …`);
  }
  say('Putting them in order …');
  index.endFilling();
  index.close();
}

/** A list, page by page. @returns where the next page begins */
export type Walk = [name: string, page: (marker: string | undefined) => Promise<string | undefined>];

/** What LookupEvents is asked for: by nothing and by each attribute, from the newest event on and from the middle of the history. */
export function lookups({ keyArns }: Whose, claviger: Installation): Walk[] {
  const attributes: [key: string, value: string][] = [
    ['EventName', 'CreateKey'],
    ['ReadOnly', 'false'],
    ['Username', userName(7)],
    ['ResourceName', keyArns[7] ?? ''],
    ['AccessKeyId', accessKeyId(7)],
  ];
  const asked = [
    { name: 'LookupEvents, 50', members: {} },
    ...attributes.map(([AttributeKey, AttributeValue]) => ({
      name: `LookupEvents by ${AttributeKey}, 50`,
      members: { LookupAttributes: [{ AttributeKey, AttributeValue }] },
    })),
  ];
  const middle = { EndTime: Math.floor((Date.now() - DAYS_MS / 2) / 1000) };
  return [
    ...asked,
    ...asked.map(({ name, members }) => ({
      name: `${name}, of 40 days ago`,
      members: { ...members, ...middle },
    })),
  ].map(({ name, members }) => [
    name,
    async (NextToken) => {
      const page = { ...members, MaxResults: 50, ...(NextToken !== undefined && { NextToken }) };
      const { members: answer } = await call(claviger, 'LookupEvents', page, CLOUDTRAIL);
      const { Events } = answer as { Events: unknown[] };
      if (Events.length === 0 && NextToken === undefined) throw new Error(`${name}: nothing was found`);
      return answer['NextToken'] as string | undefined;
    },
  ]);
}
