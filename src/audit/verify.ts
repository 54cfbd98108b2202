/**
 * Proving that journals are whole: every record's chain value is computed again from its bytes, every number must follow
 * the one before, and the last must be where the head file says.
 *
 * The chain is not keyed: whoever may write all of a journal's files can write another journal that is as consistent. It
 * then contradicts the signed checkpoints (checkpoints.ts), and what they cover cannot be cut off.
 */
import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHECKPOINTS_NAME, anchorPath, anchoredWriters, readCheckpoints } from './checkpoints.ts';
import { HEAD_NAME, readHead } from './head.ts';
import { chainOf, headerLine, headerPrevious, parseRecord, segmentFirst } from './line.ts';
import type { Position, RecordLine } from './line.ts';
import { KEYS_NAME, readPublicKeys } from './public-keys.ts';
import { listSegments } from './recovery.ts';
import { splitLines } from './segment-lines.ts';
import { TOMBSTONES_NAME, readTombstones } from './tombstones.ts';
import { listWriters } from './writers.ts';

export interface JournalProblem {
  /** `<writer>/<file>`; `keys.json` when it has none of the keys that are to be believed */
  file: string;
  /** The record that is wrong, or the first that is missing. */
  seq: number;
  /**
   * `contradicted`: the records up to this one are consistent, and not those that a signed checkpoint speaks of: all of them
   * may be new. `forged`: a checkpoint or tombstone is not signed; `seq` is the number of its line.
   */
  kind: 'altered' | 'removed' | 'reordered' | 'truncated' | 'contradicted' | 'forged';
}

export interface VerifyOptions {
  /** Folder outside with copies of checkpoints and of their keys, which are then believed and not those of the journal. */
  anchor?: string | undefined;
  /** Fingerprints of the only keys that may have signed: there is a new one each year. Any key of keys.json when undefined. */
  key?: readonly string[] | undefined;
}

export interface Verification {
  ok: boolean;
  /** Records that were found, in all journals. */
  records: number;
  problems: JournalProblem[];
  /** Records that signed checkpoints cover, in all journals, removed ones included; left out when there are none. */
  signed?: number;
  /** Records that were removed by right; left out when there are none. */
  buried?: number;
  /** For each writer whose first records are gone by right: the last of them, and the newest tombstone's words. */
  removals?: Removal[];
}

export interface Removal {
  writer: string;
  last: number;
  reason: 'age' | 'size';
  /** ISO, UTC. */
  time: string;
}

/** Verifies all writers' journals in a folder; they may be in use. Memory: one segment. */
export async function verifyJournal(dir: string, options: VerifyOptions = {}): Promise<Verification> {
  const result: Verification = { ok: true, records: 0, problems: [] };
  const keys = await readPublicKeys(options.anchor ?? dir, 'checkpoint');
  for (const fingerprint of [...keys.keys()]) {
    if (options.key?.includes(fingerprint) === false) keys.delete(fingerprint);
  }
  // who says whose signatures count is not to hear that a journal is whole which nobody signed
  if (keys.size === 0 && (options.key ?? options.anchor) !== undefined)
    result.problems.push({ file: KEYS_NAME, seq: 0, kind: 'removed' });
  const writers = new Set([...(await listWriters(dir)), ...(await anchoredWriters(options.anchor))]);
  // whoever has published a key has a journal
  if (writers.size === 0 && keys.size > 0) result.problems.push({ file: '.', seq: 1, kind: 'removed' });
  for (const writer of writers) {
    const walk = await verifyWriter(join(dir, writer), writer, keys, options.anchor);
    result.records += walk.records;
    const signed = lastOf(walk.checkpoints);
    if (signed > 0) result.signed = (result.signed ?? 0) + signed;
    if (walk.removal !== undefined) {
      result.buried = (result.buried ?? 0) + walk.removal.last;
      result.removals = [...(result.removals ?? []), walk.removal];
    }
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
  /** Signed: number of a record to its chain value. */
  checkpoints: ReadonlyMap<number, string>;
  /** What is gone by right. */
  removal: Removal | undefined;
  records: number;
  problems: JournalProblem[];
}

async function verifyWriter(
  folder: string,
  writer: string,
  keys: ReadonlyMap<string, KeyObject>,
  anchor: string | undefined,
): Promise<Walk> {
  const head = await readHead(folder); // before the segments: a living writer only adds to what it counts
  const problems: JournalProblem[] = [];
  const checkpoints = await signedPositions(folder, writer, keys, anchor, problems);
  const { end: start, bad, newest } = await readTombstones(folder, writer, keys);
  for (const line of bad) problems.push({ file: `${writer}/${TOMBSTONES_NAME}`, seq: line, kind: 'forged' });
  const { seq, chain } = start;
  const walk: Walk = {
    ...{ writer, seq, chains: [chain], unreadable: 0, head, checkpoints, records: 0, problems },
    removal: newest && { writer, last: seq, ...newest },
  };
  // segments of buried records are still there when a crash came between the two
  const names = (await listSegments(folder)).filter((name) => (segmentFirst(name) as number) > seq);
  for (const [index, name] of names.entries()) {
    const next = names[index + 1];
    const before = names[index - 1];
    verifySegment(walk, name, await readFile(join(folder, name)), next, before);
  }
  const end = walk.seq + walk.unreadable;
  if (head === undefined) report(walk, 'removed', HEAD_NAME, walk.seq);
  if (Math.max(head?.seq ?? 0, lastOf(checkpoints)) > end) {
    report(walk, 'truncated', names.at(-1) ?? HEAD_NAME, end + 1);
  } else if (head?.seq === 0 && head.chain !== chain) report(walk, 'altered', HEAD_NAME, 0);
  return walk;
}

/** The largest number; 0 when there is none. There may be too many for Math.max. */
function lastOf(positions: ReadonlyMap<number, string>): number {
  let last = 0;
  for (const seq of positions.keys()) if (seq > last) last = seq;
  return last;
}

/** All that was signed of a writer's journal, here and outside. */
async function signedPositions(
  folder: string,
  writer: string,
  keys: ReadonlyMap<string, KeyObject>,
  anchor: string | undefined,
  problems: JournalProblem[],
): Promise<Map<number, string>> {
  const here = await readCheckpoints(join(folder, CHECKPOINTS_NAME), writer, keys);
  const file = `${writer}/${CHECKPOINTS_NAME}`;
  for (const line of here.bad) problems.push({ file, seq: line, kind: 'forged' });
  // whoever has a key writes a checkpoint before its first record
  if (!here.found && keys.size > 0) problems.push({ file, seq: 0, kind: 'removed' });
  const outside =
    anchor === undefined
      ? []
      : [...(await readCheckpoints(anchorPath(anchor, writer), writer, keys)).positions];
  return new Map([...here.positions, ...outside]);
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
  else if ((walk.checkpoints.get(seq) ?? chain) !== chain) report(walk, 'contradicted', name, seq);
  walk.seq = seq;
  walk.unreadable = 0;
  walk.chains = proven ? [chain] : [chain, ...computed];
}

function report(walk: Walk, kind: JournalProblem['kind'], file: string, seq: number): void {
  walk.problems.push({ file: `${walk.writer}/${file}`, seq, kind });
}
