/** The proof that nothing in an HSM's log, or in a copy of it, was altered, removed, reordered or cut off. */
import type { KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LogCheckpoint } from '../rpc/hsm-messages.ts';
import { isSigned, parseCheckpoint } from './checkpoint.ts';
import type { LogOwner } from './checkpoint.ts';
import { FIRST_CHAIN, nextChain, parseLine, splitLine } from './line.ts';
import { checkpointsName, linesOf, listSegments, segmentName } from './segments.ts';

export type LogVerdict =
  | { intact: true; entries: number; lastChain: string; checkpoints: number }
  | { intact: false; segment: string; line: number; reason: string };

export interface LogIdentity extends LogOwner {
  publicKey: KeyObject;
}

export interface LogVerification {
  /** Whose signatures the checkpoints must carry; without it only the chain is checked. */
  identity?: LogIdentity | undefined;
  /** Where a copy that does not begin with the log's first entry begins: its first line's chain value is taken as it is. */
  startsAt?: number;
}

/**
 * Reads the whole log, recomputes its chain and checks it against every checkpoint. Without checkpoints, a log that was cut
 * off at its end is intact as far as it goes: compare `entries` and `lastChain` with what was known before.
 * @param dir the folder of the segments
 */
export async function verifyHsmLog(
  dir: string,
  { identity, startsAt = 0 }: LogVerification = {},
): Promise<LogVerdict> {
  let chain: string | undefined = startsAt === 0 ? FIRST_CHAIN : undefined;
  let sequence = startsAt;
  let checkpoints = 0;
  for (const segment of listSegments(dir)) {
    let line = 0;
    const broken = (reason: string): LogVerdict => ({ intact: false, segment, line, reason });
    if (segment !== segmentName(sequence)) return broken('entries before this segment are missing');
    const signed = await readCheckpoints(dir, segment);
    const byEntries = new Map<number, LogCheckpoint[]>();
    for (const one of signed) byEntries.set(one.entries, [...(byEntries.get(one.entries) ?? []), one]);
    const contradicted = (): string | undefined => {
      const here = byEntries.get(sequence) ?? [];
      byEntries.delete(sequence);
      checkpoints += here.length;
      return refusal(here, chain, identity);
    };
    let reason = contradicted();
    if (reason !== undefined) return broken(reason);
    for await (const text of linesOf(join(dir, segment))) {
      line += 1;
      const parts = splitLine(text);
      const entry = parseLine(text);
      if (parts === undefined || entry === undefined) return broken('not a log entry');
      if (entry.sequence !== sequence)
        return broken(`sequence ${entry.sequence} stands where ${sequence} should`);
      chain = chain === undefined ? parts.chain : nextChain(chain, parts.content);
      if (chain !== parts.chain) return broken('the chain value is not that of the entries up to here');
      sequence += 1;
      reason = contradicted();
      if (reason !== undefined) return broken(reason);
    }
    const [beyond] = byEntries.keys();
    if (beyond !== undefined)
      return broken(`the HSM signed ${beyond} entries, of which those from ${sequence} on are missing`);
  }
  return { intact: true, entries: sequence, lastChain: chain ?? FIRST_CHAIN, checkpoints };
}

/** A line that a crash left unfinished proves nothing and is passed over. */
async function readCheckpoints(dir: string, segment: string): Promise<LogCheckpoint[]> {
  const path = join(dir, checkpointsName(segment));
  if (!existsSync(path)) return [];
  const found: LogCheckpoint[] = [];
  for await (const line of linesOf(path)) {
    const checkpoint = parseCheckpoint(line);
    if (checkpoint !== undefined) found.push(checkpoint);
  }
  return found;
}

function refusal(
  signed: readonly LogCheckpoint[],
  chain: string | undefined,
  identity: LogIdentity | undefined,
): string | undefined {
  for (const checkpoint of signed) {
    if (chain !== undefined && checkpoint.chain !== chain)
      return `the HSM signed another chain value at ${checkpoint.entries} entries`;
    if (identity !== undefined && !isSigned(identity, checkpoint, identity.publicKey))
      return `the signature at ${checkpoint.entries} entries is not the HSM's`;
  }
  return undefined;
}
