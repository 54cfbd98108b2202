/** Removes what is old, or too much, from the journal: never what a reader still needs, never without a signed tombstone. */
import { join } from 'node:path';
import { readPublicKeys } from '../audit/public-keys.ts';
import { bury, removeUpTo } from '../audit/retention.ts';
import type { RetentionRules } from '../audit/retention.ts';
import type { LineSigner } from '../audit/signed-line.ts';
import type { Positions } from '../audit/tail.ts';
import { readTombstones } from '../audit/tombstones.ts';
import type { Tombstone } from '../audit/tombstones.ts';
import { listWriters } from '../audit/writers.ts';
import type { Logger } from '../logging/logger.ts';

export interface RetentionPorts {
  readonly journalDir: string;
  readonly clock: () => number;
  readonly logger: Logger;
  readonly days: number | undefined;
  readonly gigabytes: number | undefined;
  /** How far each reader is: history, trails, sinks. */
  readers(): Promise<readonly Positions[]>;
  /** From when on the comparison of the trails needs records; milliseconds since 1970. */
  neededFrom(): number;
  expired(writer: string, rules: RetentionRules): Promise<Tombstone | undefined>;
  signer(): Promise<LineSigner>;
}

const DAY_MS = 86_400_000;
const GIGABYTE = 1_000_000_000;

export async function retireJournal(ports: RetentionPorts): Promise<void> {
  const { journalDir, days, gigabytes, clock, logger } = ports;
  if (days === undefined && gigabytes === undefined) return;
  const keys = await readPublicKeys(journalDir, 'checkpoint');
  const readers = await ports.readers();
  for (const writer of await listWriters(journalDir)) {
    const { end } = await readTombstones(join(journalDir, writer), writer, keys);
    await removeUpTo(join(journalDir, writer), end.seq); // what a crash left
    const stone = await ports.expired(writer, {
      before: days === undefined ? undefined : clock() - days * DAY_MS,
      bytes: gigabytes === undefined ? undefined : gigabytes * GIGABYTE,
      neededFrom: ports.neededFrom(),
      readUpTo: Math.min(...readers.map((positions) => positions[writer] ?? 0)),
    });
    if (stone === undefined) continue;
    await bury(journalDir, stone, clock(), await ports.signer());
    const { first, last, reason } = stone;
    logger.info({ writer, first, last, reason }, 'records of the journal were removed');
  }
}
