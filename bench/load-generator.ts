/**
 * A load generator that costs little: one process, raw sockets, prepared requests, one request in flight per connection
 * (closed loop). Run by {@link LoadGenerator} in a process of its own, so that its work is in nobody's CPU figures.
 */
import { connect } from 'node:net';
import { runOpenLoop } from './open-loop.ts';
import type { Interval, OpenReport, OpenShape } from './open-loop.ts';
import { parseResponse } from './response.ts';
import type { Response } from './response.ts';

/** Parent to generator. */
export type Command =
  | { kind: 'load'; requests: Uint8Array[] }
  | { kind: 'run'; port: number; connections: number; warmupMs: number; measureMs: number }
  | { kind: 'open'; shape: OpenShape }
  /** Sends each request once and gives the bodies of the answers. */
  | { kind: 'collect'; port: number; connections: number };

/** Generator to parent. `measuring` and `measured` bracket the time that counts. */
export type Report =
  | { kind: 'measuring' }
  | { kind: 'measured' }
  | { kind: 'interval'; interval: Interval }
  | { kind: 'opened'; report: OpenReport }
  | {
      kind: 'done';
      latenciesMs: Float64Array;
      windowMs: number;
      errors: number;
      firstErrors: string[];
      bodies: string[];
    };

interface Load {
  port: number;
  requests: Buffer[];
  /** Which request comes next, or undefined when none is to be sent any more. */
  next(): number | undefined;
  answered(index: number, sentAt: number, response: Response): void;
  /** A request got no answer, or no connection could be made. */
  failed(reason: string): void;
}

/** So many failures end a run: a server that is gone would otherwise be asked forever. */
const MAX_ERRORS = 1000;

/** Keeps one request in flight until there are no more; opens the connection anew when the server ends it. */
async function drive(load: Load): Promise<void> {
  let more = true;
  while (more) more = await driveConnection(load);
}

/** Resolves when the connection is over, with whether there is more to send. */
function driveConnection(load: Load): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: load.port, noDelay: true });
    let inFlight: number | undefined;
    let sentAt = 0;
    let received: Buffer | undefined;
    let finished = false;
    let failure: string | undefined;

    const send = (): void => {
      inFlight = load.next();
      if (inFlight === undefined) {
        finished = true;
        socket.destroy();
        return;
      }
      sentAt = performance.now();
      socket.write(load.requests[inFlight] as Buffer);
    };

    socket.on('connect', send);
    socket.on('data', (chunk: Buffer) => {
      if (inFlight === undefined) return;
      received = received === undefined ? chunk : Buffer.concat([received, chunk]);
      const response = parseResponse(received);
      if (response === undefined) return;
      load.answered(inFlight, sentAt, response);
      received = undefined;
      inFlight = undefined;
      if (response.closes) socket.destroy();
      else send();
    });
    socket.on('error', (error) => (failure = error.message));
    socket.on('close', () => {
      if (inFlight !== undefined || failure !== undefined)
        load.failed(failure ?? 'the connection ended too early');
      resolve(!finished);
    });
  });
}

/** What went wrong in a run: how often, and the first few reasons. */
interface Failures {
  count: number;
  first: string[];
}

function note(failures: Failures, reason: string): void {
  failures.count += 1;
  if (failures.first.length < 3) failures.first.push(reason);
}

function noteStatus(failures: Failures, { status, body }: Response): void {
  if (status !== 200) note(failures, `status ${status}: ${body.toString('utf8').slice(0, 300)}`);
}

/** Loads the server for a while; only answers that came inside the measured window count. Failures always count. */
async function run(
  command: Extract<Command, { kind: 'run' }>,
  requests: Buffer[],
  tell: (report: Report) => void,
): Promise<void> {
  const failures: Failures = { count: 0, first: [] };
  const latencies: number[] = [];
  let upcoming = 0;
  const start = performance.now() + command.warmupMs;
  const end = start + command.measureMs;
  const measuring = setTimeout(() => tell({ kind: 'measuring' }), command.warmupMs);
  let measured: NodeJS.Timeout | undefined;
  // Told before `done`, whichever of the timer and the last answer comes first.
  const windowOver = new Promise<void>((resolve) => {
    measured = setTimeout(() => {
      tell({ kind: 'measured' });
      resolve();
    }, command.warmupMs + command.measureMs);
  });
  const load: Load = {
    port: command.port,
    requests,
    next: () => {
      if (performance.now() >= end || failures.count >= MAX_ERRORS) return undefined;
      upcoming = (upcoming + 1) % requests.length;
      return upcoming;
    },
    answered: (_index, sentAt, response) => {
      const now = performance.now();
      if (response.status !== 200) noteStatus(failures, response);
      else if (now >= start && now < end) latencies.push(now - sentAt);
    },
    failed: (reason) => note(failures, reason),
  };
  await Promise.all(Array.from({ length: command.connections }, () => drive(load)));
  if (failures.count < MAX_ERRORS) await windowOver;
  clearTimeout(measuring);
  clearTimeout(measured);
  tell({
    kind: 'done',
    latenciesMs: Float64Array.from(latencies).sort(),
    windowMs: command.measureMs,
    errors: failures.count,
    firstErrors: failures.first,
    bodies: [],
  });
}

async function collect(
  command: Extract<Command, { kind: 'collect' }>,
  requests: Buffer[],
  tell: (report: Report) => void,
): Promise<void> {
  const failures: Failures = { count: 0, first: [] };
  const bodies: string[] = [];
  let upcoming = 0;
  const load: Load = {
    port: command.port,
    requests,
    next: () => (upcoming < requests.length && failures.count < MAX_ERRORS ? upcoming++ : undefined),
    answered: (index, _sentAt, response) => {
      noteStatus(failures, response);
      bodies[index] = response.body.toString('utf8');
    },
    failed: (reason) => note(failures, reason),
  };
  await Promise.all(Array.from({ length: command.connections }, () => drive(load)));
  const none = new Float64Array();
  tell({
    kind: 'done',
    latenciesMs: none,
    windowMs: 0,
    errors: failures.count,
    firstErrors: failures.first,
    bodies,
  });
}

let requests: Buffer[] = [];

process.on('message', (command: Command) => {
  const tell = (report: Report): void => void process.send?.(report);
  if (command.kind === 'load') {
    requests = command.requests.map((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } else if (command.kind === 'run') {
    void run(command, requests, tell);
  } else if (command.kind === 'open') {
    const passed = (interval: Interval): void => tell({ kind: 'interval', interval });
    void runOpenLoop(command.shape, () => requests, passed).then((report) =>
      tell({ kind: 'opened', report }),
    );
  } else {
    void collect(command, requests, tell);
  }
});
process.on('disconnect', () => process.exit(0));
