/** Tombstones: signed statements that records were removed because of their age or of the journal's size, and which. */
import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { genesis } from './line.ts';
import type { Position } from './line.ts';
import { openLine, signLine } from './signed-line.ts';
import type { LineSigner } from './signed-line.ts';

export const TOMBSTONES_NAME = 'tombstones.log';

/** Records that are gone: from `first` to `last`, between two chain values. */
export interface Tombstone {
  writer: string;
  first: number;
  last: number;
  /** Chain value of the record before `first`. */
  before: string;
  /** Chain value of `last`. */
  chain: string;
  reason: 'age' | 'size';
}

/** @param time milliseconds since 1970. @returns a line, line feed included */
export function tombstoneLine(tombstone: Tombstone, time: number, signer: LineSigner): Promise<string> {
  const { writer, first, last, before, chain, reason } = tombstone;
  const statement = { writer, first, last, before, chain, reason, time: new Date(time).toISOString() };
  return signLine('tombstone', statement, signer);
}

export interface Tombstones {
  /** The last record that is gone by right. */
  end: Position;
  /** Lines that are not signed, or do not continue the one before; from 1. */
  bad: number[];
  /** Of the last good one; undefined when there is none. */
  newest: { reason: Tombstone['reason']; time: string } | undefined;
}

/** Reads and checks a writer's tombstones; none when there is no such file. */
export async function readTombstones(
  folder: string,
  writer: string,
  keys: ReadonlyMap<string, KeyObject>,
): Promise<Tombstones> {
  const text = await readFile(join(folder, TOMBSTONES_NAME), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return '';
  });
  const result: Tombstones = { end: genesis(writer), bad: [], newest: undefined };
  for (const [index, line] of text.split('\n').slice(0, -1).entries()) {
    const stone = openLine('tombstone', line, keys) as (Tombstone & { time: string }) | undefined;
    const continues =
      stone?.writer === writer && stone.first === result.end.seq + 1 && stone.before === result.end.chain;
    if (!continues) {
      result.bad.push(index + 1);
      continue;
    }
    result.end = { seq: stone.last, chain: stone.chain };
    result.newest = { reason: stone.reason, time: stone.time };
  }
  return result;
}
