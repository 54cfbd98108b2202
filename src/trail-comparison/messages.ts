/** What the server and its comparing process say to each other. */
import type { Alarm } from '../hsm-trail/alarm.ts';
import type { WatchPorts, WatchProgress } from '../reconcile/watch.ts';

/** What the process is started with. */
export type ComparisonOptions = Pick<WatchPorts, 'journal' | 'copies' | 'stateFile' | 'marginMs'> & {
  /** Its own: emptied when it starts. */
  workFolder: string;
};

/** What the process asks the server, and is answered. */
export interface ServerVerbs {
  /** The KMS key that a backing key belongs to. */
  keyOf: { input: string; output: string | undefined };
  /** The clusters in which uses of a key store's keys may have been. */
  clustersOf: { input: string; output: readonly string[] | undefined };
  /** Answered once it was told. */
  alarm: { input: Alarm; output: undefined };
}

export type ServerVerb = keyof ServerVerbs;

export type ToComparison =
  /** Compare what has settled; `now`: milliseconds since 1970. */
  { type: 'run'; now: number } | { type: 'answer'; id: number; output: unknown } | Failed;

export type FromComparison =
  | { type: 'ask'; id: number; verb: ServerVerb; input: unknown }
  | { type: 'ran'; progress: WatchProgress }
  /** The run failed; the next one begins where this one did. */
  | { type: 'runFailed'; message: string };

interface Failed {
  type: 'failed';
  id: number;
  message: string;
}
