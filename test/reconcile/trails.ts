/** Both trails as tests write them: calls in a journal, uses in copies of HSMs' logs. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openJournal } from '../../src/audit/journal.ts';
import type { Journal } from '../../src/audit/journal.ts';
import { FIRST_CHAIN, entryContent } from '../../src/hsm-log/line.ts';
import { segmentName } from '../../src/hsm-log/segments.ts';
import { writeCopyState } from '../../src/hsm-trail/log-copy.ts';
import type { ComparisonOptions } from '../../src/trail-comparison/messages.ts';
import { freshFolder } from '../audit/sample.ts';

export const BEGIN = Date.UTC(2026, 10, 25, 12);
export const MARGIN_MS = 10_000;
export const KEY = 'arn:aws:kms:r:1:key/a';
export const MATERIAL = 'ab'.repeat(16);
export const WRITER = 'server-1';

/** A request id. */
export const id = (digit: string): string => digit.repeat(32);

/** Where the trails of a folder lie, and what their comparison keeps. */
export function comparisonOptions(root: string): ComparisonOptions {
  return {
    journal: join(root, 'audit'),
    copies: join(root, 'copies'),
    stateFile: join(root, 'state.json'),
    workFolder: join(root, 'work'),
    marginMs: MARGIN_MS,
  };
}

export class Trails {
  readonly root: string;
  readonly options: ComparisonOptions;
  readonly #journal: Journal;
  #sequence = 0;

  private constructor(root: string, journal: Journal) {
    this.root = root;
    this.options = comparisonOptions(root);
    this.#journal = journal;
  }

  static async begin(options: { segmentBytes?: number } = {}): Promise<Trails> {
    const root = await freshFolder();
    const dir = comparisonOptions(root).journal;
    return new Trails(root, await openJournal({ dir, writerId: WRITER, ...options }));
  }

  /** Records a call that was answered. */
  call(requestId: string, at: number): Promise<void> {
    return this.#journal.append(
      JSON.stringify({
        eventTime: new Date(at).toISOString().replace(/\.\d+/, ''),
        ...{ eventSource: 'kms.amazonaws.com', eventName: 'Encrypt', requestParameters: null },
        additionalEventData: { customKeyStoreId: 'cks-1' },
        ...{ requestID: requestId, eventID: requestId, resources: [{ ARN: KEY }] },
      }),
    );
  }

  /** Adds a use of the key to the copy of an HSM's log. @param segment first entry of the file that it comes into */
  use(requestId: string, at: number, { hsmId = 'hsm-a', segment = 0 } = {}): void {
    const dir = this.copyOf(hsmId);
    mkdirSync(dir, { recursive: true });
    const content = entryContent(this.#sequence++, at * 1000, {
      ...{ opcode: 'USE_KEY', session: 1, response: 0, materialId: MATERIAL },
      use: { verb: 'Encrypt', requestId },
    });
    appendFileSync(join(dir, segmentName(segment)), `${content} ${FIRST_CHAIN}\n`);
  }

  copyOf(hsmId: string): string {
    return join(this.options.copies, hsmId, '0000');
  }

  /** Says that the copy of an HSM's log has all until a time. */
  complete(until: number, { hsmId = 'hsm-a', member = true, clusterId = 'c' } = {}): void {
    writeCopyState(this.options.copies, {
      ...{ hsmId, member, clusterId, generation: 0, entries: 0, certificate: '' },
      completeUntilMicros: until * 1000,
    });
  }

  close(): Promise<void> {
    return this.#journal.close();
  }
}

const CALLS = 6;
export const STEP_MS = 600_000;
/** When the long trails end. */
export const END = BEGIN + CALLS * STEP_MS;

/** A call every ten minutes and its use, each in a segment of its own; both trails are complete. */
export async function longTrails(): Promise<Trails> {
  const trails = await Trails.begin({ segmentBytes: 100 });
  for (let one = 0; one < CALLS; one += 1) {
    const at = BEGIN + one * STEP_MS;
    await trails.call(id(String(one)), at);
    trails.use(id(String(one)), at, { segment: one });
  }
  await trails.close();
  trails.complete(END);
  return trails;
}
