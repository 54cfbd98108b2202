/**
 * The calling side of an RPC connection. Frames of one event-loop turn leave in one write, and while answers to such a
 * batch are awaited further frames gather for the next one: batches grow with the load, and a lonely call never waits
 * (docs/performance.md: each write wakes the process at the other end, which costs more than the work it asks for).
 */
import type { Duplex } from 'node:stream';
import { FrameParser, RpcError, STATUS_OK, decodeError, encodeFrame } from './frames.ts';

interface PendingCall {
  resolve(payload: Buffer): void;
  reject(error: Error): void;
  /** performance.now() time after which the call has failed. */
  deadline: number;
}

/** Frames do not wait longer than this for the answers to the batch before them (one of those calls may be slow). */
const LONGEST_GATHERING_MS = 1;
/** With this many calls under way a batch is sent once a millisecond, whatever was answered: all of them wait anyway. */
const BUSY_CALLS = 12;
/**
 * A batch of so many frames leaves at once, for the peer to begin while this side still works: requests that are answered
 * together come together again, and each stage would stand still while the other one has them all.
 */
const FULL_BATCH = 16;

/** How often deadlines are looked at; a deadline is exact to this many milliseconds. */
const DEADLINE_TICK_MS = 20;

/**
 * Codes that the client itself gives: `CONNECTION_LOST` (the peer may or may not have done the work) and
 * `DEADLINE` (no answer in time).
 */
export class RpcClient {
  readonly #socket: Duplex;
  readonly #calls = new Map<number, PendingCall>();
  readonly #parser = new FrameParser();
  #outgoing: Buffer[] = [];
  /** The last batch has had no answer yet. */
  #awaiting = false;
  #gathering: NodeJS.Timeout | undefined;
  #nextId = 1;
  #closed = false;
  #lastHeard = performance.now();
  #ticker: NodeJS.Timeout | undefined;
  #onClose: (() => void) | undefined;

  constructor(socket: Duplex) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => this.close());
    socket.on('close', () => this.close());
    socket.on('end', () => this.close());
  }

  /** Calls that wait for their answer. */
  get inFlight(): number {
    return this.#calls.size;
  }

  /** performance.now() time at which the peer last sent anything: answers to long work are signs of life, too. */
  get lastHeard(): number {
    return this.#lastHeard;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Called once, when the connection has ended for whatever reason. */
  onClose(listener: () => void): void {
    this.#onClose = listener;
    if (this.#closed) listener();
  }

  /**
   * Sends one call. The answer is a copy-free view into the received chunk.
   * @throws RpcError the peer's error, or CONNECTION_LOST, or DEADLINE after `timeoutMs`.
   */
  call(verb: number, payload: Buffer, timeoutMs: number): Promise<Buffer> {
    if (this.#closed) return Promise.reject(new RpcError('CONNECTION_LOST', 'the connection is closed'));
    const id = this.#nextId;
    this.#nextId = id === 0xffffffff ? 1 : id + 1;
    if (this.#outgoing.length === 0) this.#flushSoon();
    const waiting = this.#outgoing.push(encodeFrame(id, verb, payload));
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject, deadline: performance.now() + timeoutMs });
      // after the turn's reading: a process that was held up has answers that lie unread when its timers are late
      this.#ticker ??= setInterval(() => setImmediate(() => this.#expire()), DEADLINE_TICK_MS).unref();
      if (waiting >= FULL_BATCH) this.#flush();
    });
  }

  /** A call whose payload and answer are JSON. */
  async callJson<Answer>(verb: number, request: unknown, timeoutMs: number): Promise<Answer> {
    const answer = await this.call(verb, Buffer.from(JSON.stringify(request)), timeoutMs);
    return JSON.parse(answer.toString('utf8')) as Answer;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#ticker);
    clearTimeout(this.#gathering);
    this.#socket.destroy();
    const lost = new RpcError('CONNECTION_LOST', 'the connection was lost');
    for (const call of this.#calls.values()) call.reject(lost);
    this.#calls.clear();
    this.#onClose?.();
  }

  #flushSoon(): void {
    if (this.#awaiting || this.#calls.size >= BUSY_CALLS)
      this.#gathering ??= setTimeout(() => this.#flush(), LONGEST_GATHERING_MS);
    else setImmediate(() => this.#flush());
  }

  #flush(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    const frames = this.#outgoing;
    if (frames.length === 0) return;
    this.#outgoing = [];
    this.#awaiting = true;
    if (!this.#closed)
      this.#socket.write(frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames));
  }

  #receive(chunk: Buffer): void {
    this.#awaiting = false;
    this.#lastHeard = performance.now();
    if (this.#gathering !== undefined && this.#calls.size < BUSY_CALLS) this.#flush();
    try {
      this.#parser.push(chunk, (frame) => {
        const call = this.#calls.get(frame.id);
        if (call === undefined) return; // answered after its deadline
        const error = frame.kind === STATUS_OK ? undefined : decodeError(frame.payload);
        this.#calls.delete(frame.id); // only now: if the answer makes no sense, the call ends with the connection
        if (error === undefined) call.resolve(frame.payload);
        else call.reject(error);
      });
    } catch {
      this.close();
    }
    if (this.#calls.size === 0) {
      clearInterval(this.#ticker);
      this.#ticker = undefined;
    }
  }

  #expire(): void {
    const now = performance.now();
    for (const [id, call] of this.#calls) {
      if (call.deadline > now) continue;
      this.#calls.delete(id);
      call.reject(new RpcError('DEADLINE', 'no answer in time'));
    }
  }
}
