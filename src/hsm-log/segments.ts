/** The files of an HSM's log, the same in the HSM's own folder and in the server's copy of it (docs/formats.md, "HSM log"). */
import { createReadStream, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** `<sequence of the first entry, 20 digits>.log` */
export function segmentName(firstSequence: number): string {
  return `${String(firstSequence).padStart(20, '0')}.log`;
}

/** The sequence number of a segment's first entry. */
export function segmentStart(name: string): number {
  return Number(name.slice(0, 20));
}

/** Names of the segments in `dir`, oldest first. */
export function listSegments(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => /^\d{20}\.log$/.test(name))
    .sort();
}

/** The file of the checkpoints that were signed while the segment was the last one. */
export function checkpointsName(segment: string): string {
  return `${segment.slice(0, 20)}.checkpoints`;
}

/** The lines of a file from a byte offset on, without their line feeds; the last one may lack its end. */
export async function* linesOf(path: string, start = 0): AsyncGenerator<string, void, undefined> {
  const input = createReadStream(path, { encoding: 'latin1', start });
  try {
    yield* createInterface({ input, crlfDelay: Infinity });
  } finally {
    input.destroy(); // closing the line reader does not
  }
}
