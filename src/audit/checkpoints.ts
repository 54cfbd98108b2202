/**
 * Checkpoints: where a journal stood, signed every minute. Whoever rewrites a journal as consistent as it was cannot make
 * it agree with them, and cannot sign others; copies outside of this machine (anchors) also bound what can be cut off.
 */
import type { KeyObject } from 'node:crypto';
import { open, readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '../files/promises.ts';
import type { Position } from './line.ts';
import { openLine, signLine } from './signed-line.ts';
import type { LineSigner } from './signed-line.ts';

export const CHECKPOINTS_NAME = 'checkpoints.log';

/** @param time milliseconds since 1970. @returns a line, line feed included */
export function checkpointLine(
  writer: string,
  position: Position,
  time: number,
  signer: LineSigner,
): Promise<string> {
  const { seq, chain } = position;
  return signLine('checkpoint', { writer, seq, chain, time: new Date(time).toISOString() }, signer);
}

/** Longer than any line. */
const LINE_BYTES = 4096;

/**
 * Appends a line durably. What a crash or a full disk left of one before goes first: with a line feed behind it, it would be a line, and
 * pass for a forged one for ever.
 */
export async function appendLine(path: string, line: string): Promise<void> {
  const file = await open(path, 'a+', 0o600);
  try {
    const { size } = await file.stat();
    const at = Math.max(0, size - LINE_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LINE_BYTES), 0, LINE_BYTES, at);
    const torn = bytesRead - (buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1);
    let text = line;
    if (torn > 0) await file.truncate(size - torn).catch(() => (text = `\n${line}`)); // of a file that may only grow
    await file.appendFile(text);
    await file.sync();
    if (size === 0) await syncFolder(dirname(path));
  } finally {
    await file.close();
  }
}

/** What a file of checkpoints says of one writer's journal. */
export interface Checkpoints {
  /** There is such a file. */
  found: boolean;
  /** Number of the last record to chain value. */
  positions: Map<number, string>;
  /** Lines that are not signed, or do not come after the ones before: their numbers in the file, from 1. */
  bad: number[];
}

/** Reads and checks a file of checkpoints. What comes behind the last line feed is none: a crash came. */
export async function readCheckpoints(
  path: string,
  writer: string,
  keys: ReadonlyMap<string, KeyObject>,
): Promise<Checkpoints> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
  const result: Checkpoints = { found: text !== undefined, positions: new Map(), bad: [] };
  let before = -1;
  for (const [index, line] of (text ?? '').split('\n').slice(0, -1).entries()) {
    const statement = openLine('checkpoint', line, keys);
    const seq = statement?.['seq'] as number | undefined;
    if (statement?.['writer'] !== writer || seq === undefined || seq < before) {
      result.bad.push(index + 1);
      continue;
    }
    before = seq;
    result.positions.set(seq, statement['chain'] as string);
  }
  return result;
}

/** Where the checkpoints of a writer lie in a folder outside. */
export function anchorPath(folder: string, writer: string): string {
  return join(folder, `${writer}-${CHECKPOINTS_NAME}`);
}

/** Writers of whom a folder outside has checkpoints; their whole journal may be missing. */
export async function anchoredWriters(folder: string | undefined): Promise<string[]> {
  const names = folder === undefined ? [] : await readdir(folder);
  const end = `-${CHECKPOINTS_NAME}`;
  return names.filter((name) => name.endsWith(end)).map((name) => name.slice(0, -end.length));
}
