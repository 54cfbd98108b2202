/**
 * Bringing the records of each request id together with bounded memory: they are dealt out to partitions by request id, and
 * one partition at a time is in memory. A few records stay in memory altogether; many go through files in a temporary folder.
 */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordText } from './record-text.ts';
import type { Call, Line, Use } from './records.ts';

export interface Request {
  requestId: string;
  uses: Use[];
  calls: Call[];
}

/** Records per partition that are aimed at: some 100 MB in memory. */
const RECORDS_PER_PARTITION = 200_000;
const MAX_PARTITIONS = 4096;
/** Bytes of one partition that are gathered before they are written. */
const BUFFER_BYTES = 32 * 1024;
/** UTF-16 code units become 3 bytes of UTF-8 at most. */
const BYTES_PER_CHARACTER = 3;

/** Records as bytes, and not as a growing string: that would hold each of its pieces until the garbage collector has moved them. */
interface Gathered {
  bytes: Buffer;
  length: number;
}

export class Partitions {
  readonly #count: number;
  readonly #memory: Line[] = [];
  readonly #folder: string | undefined;
  readonly #gathered: Gathered[];
  readonly #begun = new Set<number>();
  readonly #text = new RecordText();

  /** @param expected number of records; only a guess, which decides how many partitions there are */
  constructor(expected: number, { recordsInMemory = RECORDS_PER_PARTITION, parent = tmpdir() } = {}) {
    this.#count = Math.min(MAX_PARTITIONS, Math.max(1, Math.ceil(expected / recordsInMemory)));
    this.#folder = this.#count === 1 ? undefined : mkdtempSync(join(parent, 'claviger-reconcile-'));
    const length = this.#folder === undefined ? 0 : this.#count;
    this.#gathered = Array.from({ length }, () => ({ bytes: Buffer.allocUnsafe(BUFFER_BYTES), length: 0 }));
  }

  get count(): number {
    return this.#count;
  }

  add(line: Line): void {
    if (this.#folder === undefined) {
      this.#memory.push(line);
      return;
    }
    const { requestId } = 'use' in line ? line.use : line.call;
    const of = Number.parseInt(requestId.slice(0, 8), 16) % this.#count;
    const at = Number.isNaN(of) ? 0 : of;
    const text = 'use' in line ? this.#text.ofUse(line.use) : this.#text.ofCall(line.call);
    const most = text.length * BYTES_PER_CHARACTER;
    if (most > BUFFER_BYTES) {
      this.#append(at, Buffer.from(text));
      return;
    }
    const gathered = this.#gathered[at] as Gathered;
    if (gathered.length + most > BUFFER_BYTES) this.#write(at);
    gathered.length += gathered.bytes.write(text, gathered.length);
  }

  /** All requests, partition by partition. */
  *requests(): Generator<Request> {
    if (this.#folder === undefined) {
      yield* together(this.#memory);
      return;
    }
    for (let at = 0; at < this.#count; at += 1) {
      this.#write(at);
      if (!this.#begun.has(at)) continue;
      const text = readFileSync(this.#path(at), 'utf8');
      yield* together(this.#text.recordsIn(text));
      rmSync(this.#path(at));
    }
  }

  /** Removes what lies on disk. */
  remove(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  #path(at: number): string {
    return join(this.#folder as string, String(at));
  }

  #write(at: number): void {
    const gathered = this.#gathered[at] as Gathered;
    if (gathered.length === 0) return;
    this.#append(at, gathered.bytes.subarray(0, gathered.length));
    gathered.length = 0;
  }

  #append(at: number, bytes: Buffer): void {
    appendFileSync(this.#path(at), bytes, { mode: 0o600 });
    this.#begun.add(at);
  }
}

function together(lines: readonly Line[]): Request[] {
  const requests = new Map<string, Request>();
  for (const line of lines) {
    const { requestId } = 'use' in line ? line.use : line.call;
    let request = requests.get(requestId);
    if (request === undefined) {
      request = { requestId, uses: [], calls: [] };
      requests.set(requestId, request);
    }
    if ('use' in line) request.uses.push(line.use);
    else request.calls.push(line.call);
  }
  return [...requests.values()];
}
