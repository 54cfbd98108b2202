/**
 * The head file of a writer: the last record known to be durable a moment ago. It is what betrays that a journal's tail
 * was cut off, which no chain can show by itself; what was cut within the last second escapes it.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../files/promises.ts';
import type { Position } from './line.ts';

export const HEAD_NAME = 'head.json';

/** Replaces the head file atomically: a crash leaves the old or the new one. */
export async function writeHead(folder: string, position: Position): Promise<void> {
  const { seq, chain } = position;
  await replaceFile(join(folder, HEAD_NAME), `${JSON.stringify({ seq, chain })}\n`);
}

/** The head, or undefined when there is none, or none that makes sense. */
export async function readHead(folder: string): Promise<Position | undefined> {
  const text = await readFile(join(folder, HEAD_NAME), 'latin1').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return '';
  });
  const parts = /^\{"seq":(\d{1,16}),"chain":"([0-9a-f]{64})"\}\n$/.exec(text);
  if (parts === null) return undefined;
  const [, seq, chain] = parts as unknown as [string, string, string];
  return { seq: Number(seq), chain };
}

/** The head of a writer that has written something lately; undefined for one that has not. */
export async function readLivingHead(folder: string, milliseconds: number): Promise<Position | undefined> {
  const { mtimeMs } = await stat(join(folder, HEAD_NAME));
  return Date.now() - mtimeMs > milliseconds ? undefined : readHead(folder);
}
