/**
 * Open loop: requests begin when their time has come, as those of many independent clients do, whether or not earlier ones were
 * answered. Latency counts from that intended time, so that a server that stalls cannot hide it by keeping the generator waiting
 * ("coordinated omission"). Arrivals are a Poisson process. Runs in the load generator's process.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { Histogram } from './histogram.ts';
import { parseResponse } from './response.ts';

export interface OpenShape {
  port: number;
  /** Requests a second. */
  rate: number;
  /** Connections at most; a request whose time has come while all are in use waits for one. */
  connections: number;
  warmupMs: number;
  measureMs: number;
  /** Patience of clients: so long a request waits for a connection, and so long for its answer. */
  timeoutMs: number;
  intervalMs: number;
}

/**
 * First in, first out. An array's own shift moves all that is left once there are some ten thousand, and in overload there are: the
 * generator would take from the server what it is to measure.
 */
export class Queue<T> {
  #items: T[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  get first(): T | undefined {
    return this.#items[this.#head];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const { first } = this;
    if (this.length > 0) this.#head += 1;
    if (this.#head > this.length) [this.#items, this.#head] = [this.#items.slice(this.#head), 0];
    return first;
  }
}

/** What happened in a piece of time, by when it ended. */
export interface Interval {
  /** Seconds since the measuring began. */
  at: number;
  seconds: number;
  ok: number;
  /** Refused with ThrottlingException. */
  throttled: number;
  failed: number;
  /** Milliseconds, of those that were answered with 200. */
  p50: number;
  p99: number;
  max: number;
}

export interface OpenReport {
  /** Requests whose time came while it was measured. */
  offered: number;
  /** Answers with 200 that came before the measuring ended. */
  okInWindow: number;
  /** Of all answers with 200, from the intended start. */
  ok: { counts: Float64Array; maxMs: number };
  /** The same from the sending on a connection: without the time that a request waited for one. */
  served: { counts: Float64Array; maxMs: number };
  throttled: number;
  failed: number;
  /** By reason. */
  failures: Map<string, number>;
  intervals: Interval[];
  /** Most connections at a time. */
  connections: number;
}

interface Arrival {
  intended: number;
  sent: number;
  measured: boolean;
}

interface Connection {
  socket: Socket;
  current: Arrival | undefined;
  received: Buffer | undefined;
}

const TICK_MS = 1;
const TIMEOUT_CHECK_MS = 250;
const MAX_REASONS = 20;
/** Requests that are begun in one tick at most; a generator that was held up catches up piece by piece. */
const PER_TICK = 2_000;

/**
 * @param requests the prepared requests as they are now: signatures grow old, and they are replaced now and then
 * @param passed told of each interval when it is over
 */
export function runOpenLoop(
  shape: OpenShape,
  requests: () => readonly Buffer[],
  passed: (interval: Interval) => void,
): Promise<OpenReport> {
  const start = performance.now() + shape.warmupMs;
  const end = start + shape.measureMs;
  const tally = createTally(start, end, shape.intervalMs, passed);
  const idle: Connection[] = [];
  const all = new Set<Connection>();
  const waiting = new Queue<Arrival>();
  let next = performance.now();
  let upcoming = 0;
  let most = 0;

  const send = (connection: Connection, arrival: Arrival): void => {
    const prepared = requests();
    upcoming = (upcoming + 1) % prepared.length;
    connection.current = arrival;
    arrival.sent = performance.now();
    connection.socket.write(prepared[upcoming] as Buffer);
  };
  const free = (connection: Connection): void => {
    const arrival = waiting.shift();
    if (arrival === undefined) idle.push(connection);
    else send(connection, arrival);
  };
  const gone = (connection: Connection, reason: string): void => {
    all.delete(connection);
    const at = idle.indexOf(connection);
    if (at >= 0) idle.splice(at, 1);
    const { current } = connection;
    connection.current = undefined;
    if (current !== undefined) tally.failed(current, reason);
    const arrival = waiting.shift();
    if (arrival !== undefined) begin(arrival);
  };
  const open = (arrival: Arrival): void => {
    const socket = connect({ host: '127.0.0.1', port: shape.port, noDelay: true });
    const connection: Connection = { socket, current: arrival, received: undefined };
    all.add(connection);
    most = Math.max(most, all.size);
    let reason = 'the connection ended too early';
    socket.on('connect', () => send(connection, connection.current as Arrival));
    socket.on('data', (chunk) => {
      const { current } = connection;
      if (current === undefined) return;
      const bytes = connection.received === undefined ? chunk : Buffer.concat([connection.received, chunk]);
      const response = parseResponse(bytes);
      connection.received = response === undefined ? bytes : undefined;
      if (response === undefined) return;
      connection.current = undefined;
      tally.answered(current, response.status, response.body);
      if (response.closes) socket.destroy();
      else free(connection);
    });
    socket.on('error', (error) => (reason = error.message));
    socket.on('close', () => gone(connection, reason));
  };
  const begin = (arrival: Arrival): void => {
    const connection = idle.pop();
    if (connection !== undefined) send(connection, arrival);
    else if (all.size < shape.connections) open(arrival);
    else waiting.push(arrival);
  };
  const giveUp = (): void => {
    const patient = performance.now() - shape.timeoutMs;
    while ((waiting.first?.intended ?? Infinity) < patient)
      tally.failed(waiting.shift() as Arrival, 'no connection was free in time');
    for (const connection of all)
      if (connection.current !== undefined && connection.current.intended < patient - shape.timeoutMs)
        connection.socket.destroy(new Error('no answer in time'));
  };

  return new Promise((resolve) => {
    const patience = setInterval(giveUp, TIMEOUT_CHECK_MS);
    const ticking = setInterval(() => {
      const now = performance.now();
      for (let begun = 0; next <= now && next < end && begun < PER_TICK; begun += 1) {
        const measured = next >= start;
        if (measured) tally.offered();
        begin({ intended: next, sent: next, measured });
        next -= (Math.log(1 - Math.random()) * 1000) / shape.rate;
      }
      if (next >= end && now >= end) finish();
    }, TICK_MS);
    const finish = (): void => {
      const busy = [...all].some(({ current }) => current !== undefined) || waiting.length > 0;
      if (busy && performance.now() < end + 2 * shape.timeoutMs + TIMEOUT_CHECK_MS) return;
      clearInterval(ticking);
      clearInterval(patience);
      for (const { socket } of all) socket.destroy();
      resolve({ ...tally.close(), connections: most });
    };
  });
}

interface Tally {
  offered(): void;
  answered(arrival: Arrival, status: number, body: Buffer): void;
  failed(arrival: Arrival, reason: string): void;
  close(): Omit<OpenReport, 'connections'>;
}

function createTally(
  start: number,
  end: number,
  intervalMs: number,
  passed: (interval: Interval) => void,
): Tally {
  const ok = new Histogram();
  const served = new Histogram();
  const failures = new Map<string, number>();
  const intervals: Interval[] = [];
  const total = { offered: 0, okInWindow: 0, throttled: 0, failed: 0 };
  let since = start;
  let recent = { latencies: new Histogram(), throttled: 0, failed: 0 };

  const turn = (now: number, last = false): void => {
    if (now - since < intervalMs && !last) return;
    const { latencies, throttled, failed } = recent;
    const interval: Interval = {
      at: (now - start) / 1000,
      seconds: (now - since) / 1000,
      ok: latencies.count,
      throttled,
      failed,
      p50: latencies.quantile(0.5),
      p99: latencies.quantile(0.99),
      max: latencies.maxMs,
    };
    intervals.push(interval);
    passed(interval);
    since = now;
    recent = { latencies: new Histogram(), throttled: 0, failed: 0 };
  };
  const fail = (arrival: Arrival, reason: string): void => {
    if (!arrival.measured) return;
    total.failed += 1;
    recent.failed += 1;
    if (failures.has(reason) || failures.size < MAX_REASONS)
      failures.set(reason, (failures.get(reason) ?? 0) + 1);
    turn(performance.now());
  };
  return {
    offered: () => (total.offered += 1),
    answered(arrival, status, body) {
      if (!arrival.measured) return;
      const now = performance.now();
      if (status === 200) {
        if (now < end) total.okInWindow += 1;
        ok.record(now - arrival.intended);
        served.record(now - arrival.sent);
        recent.latencies.record(now - arrival.intended);
      } else if (body.includes('ThrottlingException')) {
        total.throttled += 1;
        recent.throttled += 1;
      } else return fail(arrival, `status ${status}: ${body.toString('utf8').slice(0, 200)}`);
      turn(now);
    },
    failed: fail,
    close() {
      turn(performance.now(), true);
      return { ...total, ok: ok.toPlain(), served: served.toPlain(), failures, intervals };
    },
  };
}
