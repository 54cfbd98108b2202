/**
 * Proving that journals are whole: every record's chain value is computed again from its bytes, every number must follow
 * the one before, and the last must be where the head file says.
 *
 * The chain is not keyed: whoever may write all of a journal's files can write another journal that is as consistent. That
 * is what signed digests and anchors outside are for; verification finds everything short of it.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HEAD_NAME, readHead } from './head.ts';
import { chainOf, genesis, headerLine, headerPrevious, parseRecord, segmentFirst } from './line.ts';
import type { Position, RecordLine } from './line.ts';
import { listSegments } from './recovery.ts';
import { splitLines } from './segment-lines.ts';
import { listWriters } from './writers.ts';

export interface JournalProblem {
  /** `<writer>/<file>` */
  file: string;
  /** The record that is wrong, or the first that is missing. */
  seq: number;
  kind: 'altered' | 'removed' | 'reordered' | 'truncated';
}

export interface Verification {
  ok: boolean;
  /** Records that were found, in all journals. */
  records: number;
  problems: JournalProblem[];
}

/** Verifies all writers' journals in a folder; they may be in use. Memory: one segment. */
export async function verifyJournal(dir: string): Promise<Verification> {
  const result: Verification = { ok: true, records: 0, problems: [] };
  for (const writer of await listWriters(dir)) {
    const walk = await verifyWriter(join(dir, writer), writer);
    result.records += walk.records;
    result.problems.push(...walk.problems);
  }
  result.ok = result.problems.length === 0;
  return result;
}

/** What is known while walking along one writer's journal. */
interface Walk {
  writer: string;
  /** The last readable record. */
  seq: number;
  /**
   * The chain values that the next record may continue. After an altered record there are two: the one that it states and
   * the one that it has, since either the event or the value may be what was altered. None when the record was unreadable.
   */
  chains: string[];
  /** Unreadable lines since the last readable record, each of which stands where a record was. */
  unreadable: number;
  head: Position | undefined;
  records: number;
  problems: JournalProblem[];
}

async function verifyWriter(folder: string, writer: string): Promise<Walk> {
  const start = genesis(writer);
  const head = await readHead(folder); // before the segments: a living writer only adds to what it counts
  const walk: Walk = { writer, seq: 0, chains: [start.chain], unreadable: 0, head, records: 0, problems: [] };
  const names = await listSegments(folder);
  for (const [index, name] of names.entries()) {
    const next = names[index + 1];
    const before = names[index - 1];
    verifySegment(walk, name, await readFile(join(folder, name)), next, before);
  }
  const end = walk.seq + walk.unreadable;
  if (head === undefined) report(walk, 'removed', HEAD_NAME, walk.seq);
  else if (head.seq > end) report(walk, 'truncated', names.at(-1) ?? HEAD_NAME, end + 1);
  else if (head.seq === 0 && head.chain !== start.chain) report(walk, 'altered', HEAD_NAME, 0);
  return walk;
}

function verifySegment(
  walk: Walk,
  name: string,
  bytes: Buffer,
  next: string | undefined,
  before: string | undefined,
): void {
  const [header, ...lines] = splitLines(bytes);
  // A segment's creation may have been cut short by a crash; its successor then has the same name and replaces it.
  if (header === undefined && next === undefined) return;
  verifyHeader(walk, name, header, before ?? name);
  const segment = new SegmentLines(lines);
  // What a segment holds from the next one's first number on was given up by its writer, never acknowledged.
  const end = next === undefined ? Number.POSITIVE_INFINITY : (segmentFirst(next) as number);
  for (const [index, line] of lines.entries()) {
    const record = parseRecord(line);
    if (record !== undefined && record.seq < end) verifyRecord(walk, name, record, index, segment);
    else if (record === undefined && walk.seq + walk.unreadable + 1 < end) {
      walk.unreadable += 1;
      report(walk, 'altered', name, walk.seq + walk.unreadable);
    }
  }
  const torn = bytes.at(-1) !== 0x0a;
  const found = walk.seq + walk.unreadable;
  if (torn && next !== undefined && found + 1 < end) {
    report(walk, 'truncated', name, found + 1);
    [walk.seq, walk.chains, walk.unreadable] = [end - 1, [], 0];
  }
}

/** The lines of one segment, and where in it a record can be found; the index is only made for a damaged segment. */
class SegmentLines {
  readonly lines: readonly Buffer[];
  #last: Map<number, number> | undefined;

  constructor(lines: readonly Buffer[]) {
    this.lines = lines;
  }

  hasAfter(index: number, seq: number): boolean {
    this.#last ??= new Map(this.lines.map((line, at) => [parseRecord(line)?.seq ?? 0, at]));
    return (this.#last.get(seq) ?? -1) > index;
  }
}

/**
 * A header has no free byte: it is what its writer, its number and the chain make it.
 * @param before the segment whose end is missing when there is a gap
 */
function verifyHeader(walk: Walk, name: string, header: Buffer | undefined, before: string): void {
  const first = segmentFirst(name) as number;
  const stated = header === undefined ? undefined : headerPrevious(header);
  const end = walk.seq + walk.unreadable;
  if (first > end + 1) report(walk, 'removed', before, end + 1);
  if (first > walk.seq + 1) [walk.seq, walk.chains] = [first - 1, []];
  walk.unreadable = 0;
  const possible = walk.chains.length === 0 && stated !== undefined ? [stated] : walk.chains;
  const text = `${header?.toString('utf8') ?? ''}\n`;
  const fits = possible.find((chain) => text === headerLine(walk.writer, { seq: first - 1, chain }));
  if (fits === undefined) report(walk, 'altered', name, first);
  walk.chains = fits === undefined ? [...possible, ...(stated === undefined ? [] : [stated])] : [fits];
}

function verifyRecord(
  walk: Walk,
  name: string,
  record: RecordLine,
  index: number,
  segment: SegmentLines,
): void {
  const { seq, chain } = record;
  walk.records += 1;
  if (seq <= walk.seq) {
    report(walk, 'reordered', name, seq);
    return;
  }
  const missing = walk.seq + walk.unreadable + 1;
  // A missing record that comes later in the segment is named when it is met there.
  if (seq > missing && !segment.hasAfter(index, missing)) report(walk, 'removed', name, missing);
  const line = segment.lines[index] as Buffer;
  const computed = seq === walk.seq + 1 ? walk.chains.map((previous) => chainOf(line, record, previous)) : [];
  const proven = computed.length === 0 || computed.includes(chain);
  if (!proven || (walk.head?.seq === seq && walk.head.chain !== chain)) report(walk, 'altered', name, seq);
  walk.seq = seq;
  walk.unreadable = 0;
  walk.chains = proven ? [chain] : [chain, ...computed];
}

function report(walk: Walk, kind: JournalProblem['kind'], file: string, seq: number): void {
  walk.problems.push({ file: `${walk.writer}/${file}`, seq, kind });
}
