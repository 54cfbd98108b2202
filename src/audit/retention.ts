/** Which segments of a journal may go, and the proof that each is whole before it does. */
import { readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { replaceFile, syncFolder } from '../files/promises.ts';
import { CHECKPOINTS_NAME, appendLine } from './checkpoints.ts';
import { chainOf, headerPrevious, parseRecord, segmentFirst } from './line.ts';
import { listSegments } from './recovery.ts';
import { splitLines } from './segment-lines.ts';
import { TOMBSTONES_NAME, tombstoneLine } from './tombstones.ts';
import type { Tombstone } from './tombstones.ts';
import type { LineSigner } from './signed-line.ts';

export interface RetentionRules {
  /** Segments that were last written before this time go; milliseconds since 1970. */
  before: number | undefined;
  /** The oldest ones go while the writer's segments have more bytes than this. */
  bytes: number | undefined;
  /** Number of the last record that every reader has had: nothing beyond goes. */
  readUpTo: number;
  /** Segments that were written to at this time or later stay: records from then on are needed. Milliseconds since 1970. */
  neededFrom?: number;
}

/**
 * After proving a segment, which is half a second of work, the thread rests for so many times as long: after a busy hour there are
 * gigabytes to prove, and calls need the processor more.
 */
const REST = 4;
/** Between removals, milliseconds: freeing many blocks at once makes whoever syncs a file wait. */
const REMOVAL_PAUSE_MS = 50;

/** A segment's removal is refused: it is not what its writer made. */
export class SegmentDamaged extends Error {
  override readonly name = 'SegmentDamaged';
}

/**
 * The oldest segments of a writer that the rules give up, as one run of records; undefined when none are. The newest
 * segment always stays. None when `signal` ends it: proving many takes minutes.
 * @throws SegmentDamaged: evidence of tampering is not removed
 */
export async function expiredRecords(
  dir: string,
  writer: string,
  rules: RetentionRules,
  signal?: AbortSignal,
): Promise<Tombstone | undefined> {
  const folder = join(dir, writer);
  const names = await listSegments(folder);
  const sizes = await Promise.all(names.map(async (name) => stat(join(folder, name))));
  let left = sizes.reduce((sum, { size }) => sum + size, 0);
  let stone: Tombstone | undefined;
  for (const [index, name] of names.slice(0, -1).entries()) {
    const { size, mtimeMs } = sizes[index] as { size: number; mtimeMs: number };
    const end = segmentFirst(names[index + 1] as string) as number;
    const old = rules.before !== undefined && mtimeMs < rules.before;
    const large = rules.bytes !== undefined && left > rules.bytes;
    const needed = end - 1 > rules.readUpTo || mtimeMs >= (rules.neededFrom ?? Infinity);
    if (!(old || large) || needed) break;
    const began = performance.now();
    const whole = await wholeSegment(folder, name, end, stone?.chain);
    await sleep(REST * (performance.now() - began), undefined, { signal }).catch(() => undefined);
    if (signal?.aborted === true) return undefined;
    stone = {
      writer,
      first: stone?.first ?? (segmentFirst(name) as number),
      last: end - 1,
      before: stone?.before ?? whole.before,
      chain: whole.after,
      reason: old ? 'age' : 'size',
    };
    left -= size;
  }
  return stone;
}

/** The chain values before and after a segment's records. @throws SegmentDamaged */
async function wholeSegment(
  folder: string,
  name: string,
  end: number,
  expected: string | undefined,
): Promise<{ before: string; after: string }> {
  const [header, ...lines] = splitLines(await readFile(join(folder, name)));
  const before = header === undefined ? undefined : headerPrevious(header);
  if (before === undefined || (expected !== undefined && before !== expected)) {
    throw new SegmentDamaged(`${name} does not continue the segment before it`);
  }
  let chain = before;
  let seq = (segmentFirst(name) as number) - 1;
  for (const line of lines) {
    const record = parseRecord(line);
    if (record !== undefined && record.seq >= end) continue; // given up by its writer
    if (record?.seq !== seq + 1 || chainOf(line, record, chain) !== record.chain) {
      throw new SegmentDamaged(`record ${seq + 1} in ${name} is not what was written`);
    }
    [seq, chain] = [record.seq, record.chain];
  }
  if (seq !== end - 1) throw new SegmentDamaged(`${name} ends with record ${seq} and not with ${end - 1}`);
  return { before, after: chain };
}

/**
 * Removes records: first it is on record that they go, then they go; a crash in between leaves segments that the next run
 * removes and verification passes over.
 */
export async function bury(dir: string, stone: Tombstone, time: number, signer: LineSigner): Promise<void> {
  const folder = join(dir, stone.writer);
  await appendLine(join(folder, TOMBSTONES_NAME), await tombstoneLine(stone, time, signer));
  await removeUpTo(folder, stone.last);
}

/** Removes segments whose records are gone by right, and the checkpoints within them. */
export async function removeUpTo(folder: string, last: number): Promise<void> {
  const names = await listSegments(folder);
  for (const [index, name] of names.slice(0, -1).entries()) {
    if ((segmentFirst(names[index + 1] as string) as number) - 1 > last) break;
    await unlink(join(folder, name));
    await sleep(REMOVAL_PAUSE_MS);
  }
  await syncFolder(folder);
  await dropCheckpoints(folder, last);
}

async function dropCheckpoints(folder: string, last: number): Promise<void> {
  const path = join(folder, CHECKPOINTS_NAME);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return ''; // checkpoints may be off
  });
  const lines = text.split('\n').slice(0, -1);
  const kept = lines.filter((line) => Number(/"seq":(\d+)/.exec(line)?.[1] ?? Infinity) > last);
  if (kept.length === lines.length) return;
  await replaceFile(path, kept.map((line) => `${line}\n`).join(''));
}
