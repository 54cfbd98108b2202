/**
 * The thread of the server that reads the journal: it keeps the event history (LookupEvents), puts log files of trails
 * together, sends events on to further sinks, and proves segments whole before they may go. All that costs time with every event and need not be done before an answer leaves is done here, so that
 * nothing of it stands in the way of calls. It holds no secret.
 */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { Forwarder } from '../audit/forwarding/forwarder.ts';
import { httpsSink } from '../audit/forwarding/https-sink.ts';
import type { Sink } from '../audit/forwarding/sink.ts';
import { syslogSink } from '../audit/forwarding/syslog-sink.ts';
import type { SyslogTarget } from '../audit/forwarding/syslog-sink.ts';
import { makeLogFiles } from '../audit/log-file.ts';
import type { LogFiles } from '../audit/log-file.ts';
import { expiredRecords } from '../audit/retention.ts';
import { JournalTail } from '../audit/tail.ts';
import type { Positions } from '../audit/tail.ts';
import { History } from './history.ts';
import type {
  FromReader,
  ReaderOptions,
  ReaderVerb,
  ReaderVerbs,
  SinkOptions,
  ToReader,
} from './messages.ts';

const PRUNE_EVERY_MS = 3_600_000;
const PRUNE_STEP_MS = 20;
/** After the history could not be written. */
const RETRY_MS = 5_000;
const DAY_SECONDS = 86_400;

const options = workerData as ReaderOptions;
const history = new History({
  journalDir: options.journalDir,
  indexFile: options.indexFile,
  renews: (message) => tell({ type: 'trouble', message }),
});
const forwarders = options.sinks.map(
  (sink) =>
    new Forwarder({
      name: sink.name,
      journalDir: options.journalDir,
      placeFile: join(options.placesDir, `${sink.name}.json`),
      sink: sinkOf(sink),
      deadlineMs: sink.deadlineMs,
      onState: (state) => tell({ type: 'sink', state }),
    }),
);
let durable: Positions = {};
/** Aborted when the thread is to end. */
const ending = new AbortController();

function sinkOf({ syslog, https }: SinkOptions): Sink {
  return https === undefined ? syslogSink(syslog as SyslogTarget) : httpsSink(https);
}

function tell(message: FromReader): void {
  parentPort?.postMessage(message);
}

function tellTrouble(error: unknown): undefined {
  tell({ type: 'trouble', message: (error as Error).message });
}

type Answers = {
  [V in ReaderVerb]: (
    input: ReaderVerbs[V]['input'],
  ) => ReaderVerbs[V]['output'] | Promise<ReaderVerbs[V]['output']>;
};

/** The place where the last collection ended: the next one usually begins there, in the middle of a segment. */
let lastTail: { end: string; tail: JournalTail } | undefined;

async function collect(request: ReaderVerbs['collect']['input']): Promise<LogFiles> {
  const known = lastTail?.end === JSON.stringify(request.from) ? lastTail.tail : undefined;
  lastTail = undefined;
  const tail = known ?? new JournalTail(options.journalDir, request.from);
  const made = await makeLogFiles(options.journalDir, { ...request, durable }, tail);
  lastTail = { end: JSON.stringify(made.to), tail };
  return made;
}

const answers: Answers = {
  find: (query) => history.find(query),
  collect,
  expired: ({ writer, rules }) => expiredRecords(options.journalDir, writer, rules, ending.signal),
  indexed: () => history.positions(),
};

async function answer({ id, verb, input }: Extract<ToReader, { type: 'call' }>): Promise<void> {
  try {
    tell({ type: 'answer', id, output: await answers[verb](input as never) });
  } catch (error) {
    tell({ type: 'failed', id, message: (error as Error).message });
  }
}

async function prune(afterTerm: number): Promise<void> {
  const before = Math.floor(Date.now() / 1000) - options.historyDays * DAY_SECONDS;
  const next = await history.prune(before, afterTerm).catch(tellTrouble);
  pruning = setTimeout(() => void prune(next ?? 0), next === undefined ? PRUNE_EVERY_MS : PRUNE_STEP_MS);
}
let pruning = options.keepsHistory ? setTimeout(() => void prune(0), PRUNE_EVERY_MS / 60) : undefined;

function catchUp(): void {
  history.catchUp(durable).catch((error: unknown) => {
    tellTrouble(error);
    clearTimeout(retrying);
    retrying = setTimeout(catchUp, RETRY_MS);
  });
}
let retrying: NodeJS.Timeout | undefined;

parentPort?.on('message', (message: ToReader) => {
  if (message.type === 'call') void answer(message);
  if (message.type === 'durable') {
    durable = message.positions;
    for (const forwarder of forwarders) forwarder.advance(durable);
    if (options.keepsHistory) catchUp();
  }
  if (message.type === 'stop') {
    clearTimeout(pruning);
    clearTimeout(retrying);
    ending.abort();
    void Promise.all([history.close(), ...forwarders.map((forwarder) => forwarder.stop())]).then(() =>
      parentPort?.close(),
    );
  }
});
