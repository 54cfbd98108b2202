/** What the server and its reading thread say to each other. */
import type { LogFileRequest, LogFiles } from '../audit/log-file.ts';
import type { HttpsTarget } from '../audit/https-post.ts';
import type { RetentionRules } from '../audit/retention.ts';
import type { Positions } from '../audit/tail.ts';
import type { ForwarderState } from '../audit/forwarding/forwarder.ts';
import type { SyslogTarget } from '../audit/forwarding/syslog-sink.ts';
import type { Tombstone } from '../audit/tombstones.ts';
import type { HistoryPage, HistoryQuery } from '../storage/event-index.ts';

/** What the thread is started with. */
export interface ReaderOptions {
  /** The folder of all writers' journals. */
  journalDir: string;
  /** Database file of the event history. */
  indexFile: string;
  /** Events older than this are forgotten. */
  historyDays: number;
  /** Where sinks' places are remembered. */
  placesDir: string;
  sinks: readonly SinkOptions[];
  /** Whether this thread is the one of its node that keeps the history; others only ask it. */
  keepsHistory: boolean;
}

/** One further sink; exactly one of the two targets is there. */
export interface SinkOptions {
  name: string;
  syslog?: SyslogTarget;
  https?: HttpsTarget;
  deadlineMs: number;
}

/** Questions, with what they are asked with and what is answered. */
export interface ReaderVerbs {
  find: { input: HistoryQuery; output: HistoryPage };
  collect: { input: Omit<LogFileRequest, 'durable'>; output: LogFiles };
  /** Which records a writer's journal may lose; the segments were proved whole. */
  expired: { input: { writer: string; rules: RetentionRules }; output: Tombstone | undefined };
  /** How far the journals are in the history. */
  indexed: { input: null; output: Positions };
}

export type ReaderVerb = keyof ReaderVerbs;

export type ToReader =
  /** Living writers' last durable records. */
  | { type: 'durable'; positions: Positions }
  | { type: 'call'; id: number; verb: ReaderVerb; input: unknown }
  | { type: 'stop' };

export type FromReader =
  | { type: 'answer'; id: number; output: unknown }
  | { type: 'failed'; id: number; message: string }
  | { type: 'sink'; state: ForwarderState }
  /** Something went wrong that nobody asked for; tried again. */
  | { type: 'trouble'; message: string };
