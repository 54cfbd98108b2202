/**
 * The text of a journal: what its lines look like and how each is chained to the one before (docs/formats.md, "Audit
 * journal"). Nothing here reads or writes files.
 *
 * A record's chain value is the SHA-256 of its own line, without the line feed, with the previous record's chain value
 * in the place of its own. So it covers every byte of the line, its number included, and whoever verifies it needs
 * neither a JSON parser nor this program's way of writing JSON.
 */
import { createHash, hash } from 'node:crypto';
import type { CloudTrailEvent } from './event.ts';

/** Where a journal stands: the number and chain value of its last record. */
export interface Position {
  /** 0 before the first record. */
  seq: number;
  /** 64 hexadecimal digits. */
  chain: string;
}

const SEQ = '{"seq":';
const CHAIN = ',"chain":"';
const EVENT = '","event":';
const CHAIN_DIGITS = 64;
/** Longest text before an event: a sequence number has at most 16 digits. */
const PREFIX_BYTES = SEQ.length + 16 + CHAIN.length + CHAIN_DIGITS + EVENT.length;

/** What a line holds besides its event, at most. */
export const LINE_OVERHEAD_BYTES = PREFIX_BYTES + 2;

/** The position before a writer's first record; it differs by writer, so that journals cannot be exchanged. */
export function genesis(writer: string): Position {
  return { seq: 0, chain: createHash('sha256').update(`claviger audit journal 1\n${writer}`).digest('hex') };
}

export function segmentName(firstSeq: number): string {
  return `journal-${String(firstSeq).padStart(16, '0')}.log`;
}

/** The first sequence number of a segment by its name, or undefined when it is no segment's name. */
export function segmentFirst(name: string): number | undefined {
  const digits = /^journal-(\d{16})\.log$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** A segment's first line: it has no free byte, so that it can be compared as a whole. */
export function headerLine(writer: string, before: Position): string {
  return `{"journal":1,"writer":${JSON.stringify(writer)},"first":${before.seq + 1},"previous":"${before.chain}"}\n`;
}

/** The chain value that a header continues, or undefined when the line is no header. */
export function headerPrevious(line: Buffer): string | undefined {
  return /^\{"journal":1,.*"previous":"([0-9a-f]{64})"\}$/.exec(line.toString('utf8'))?.[1];
}

/**
 * Writes one record's line, line feed included, into `target` at `at`, which must have room for the event's bytes and
 * LINE_OVERHEAD_BYTES.
 * @param event one line of JSON
 * @returns the position after it, and where the line ends
 */
export function writeRecord(
  target: Buffer,
  at: number,
  before: Position,
  event: string | Buffer,
): { position: Position; end: number } {
  const seq = before.seq + 1;
  const head = `${SEQ}${seq}${CHAIN}`;
  let end = at + target.write(`${head}${before.chain}${EVENT}`, at, 'latin1');
  end += typeof event === 'string' ? target.write(event, end, 'utf8') : event.copy(target, end);
  target[end] = 0x7d; // }
  const chain = hash('sha256', target.subarray(at, end + 1), 'hex');
  target.write(chain, at + head.length, 'latin1');
  target[end + 1] = 0x0a;
  return { position: { seq, chain }, end: end + 2 };
}

/** A record as its line says; whether that is true is for {@link chainOf} to tell. */
export interface RecordLine {
  seq: number;
  /** The chain value that the line states. */
  chain: string;
  /** The event's bytes, a view into the line. */
  event: Buffer;
}

/** Takes a line (without its line feed) apart, or gives undefined when it is not a record's line. */
export function parseRecord(line: Buffer): RecordLine | undefined {
  const prefix = /^\{"seq":([1-9]\d{0,15}),"chain":"([0-9a-f]{64})","event":/.exec(
    line.toString('latin1', 0, Math.min(PREFIX_BYTES, line.length)),
  );
  if (prefix === null || line.at(-1) !== 0x7d) return undefined;
  const [text, seq, chain] = prefix as unknown as [string, string, string];
  return { seq: Number(seq), chain, event: line.subarray(text.length, line.length - 1) };
}

/** The chain value that a record's line ought to have after a record with the chain value `previous`. */
export function chainOf(line: Buffer, record: RecordLine, previous: string): string {
  const copy = Buffer.from(line);
  copy.write(previous, SEQ.length + String(record.seq).length + CHAIN.length, 'latin1');
  return hash('sha256', copy, 'hex');
}

/** The event of a record, or undefined when its text was damaged. */
export function eventOf(record: Pick<RecordLine, 'event'>): CloudTrailEvent | undefined {
  try {
    return JSON.parse(record.event.toString('utf8')) as CloudTrailEvent;
  } catch {
    return undefined;
  }
}
