/** What is told when something is wrong with the HSMs' logs or with the two trails, and the numbers that metrics show of them. */

export type AlarmKind =
  /** An HSM's log is not what it was, or is not signed by the HSM. */
  | 'hsm-log-broken'
  /** A key was used in an HSM and no authorised call to KMS is recorded for it. */
  | 'use-without-call'
  /** A call to KMS succeeded with a cluster's key and no HSM has a record of the use. */
  | 'call-without-use';

export interface Alarm {
  kind: AlarmKind;
  /** The same for the same thing, so that it is told once. */
  id: string;
  /** One sentence for people. */
  what: string;
  detail: Readonly<Record<string, unknown>>;
  /** Whose cluster it concerns. */
  clusterId?: string;
}

/** Numbers for metrics; whoever shows metrics reads them. */
export interface TrailNumbers {
  /** Entries of HSMs' logs that were delivered since the start of the process. */
  hsmLogEntries: number;
  /** By HSM: seconds since 1970 (HSM's clock) until which its log was delivered completely. */
  hsmLogCompleteUntil: Map<string, number>;
  /** Alarms since the start, by kind; each only once. */
  alarms: Map<AlarmKind, number>;
  /** Milliseconds since 1970 until which both trails were compared. */
  reconciledUntil: number;
  /** Uses and calls that belonged together, since the start. */
  matched: number;
}

export function newTrailNumbers(): TrailNumbers {
  return {
    hsmLogEntries: 0,
    hsmLogCompleteUntil: new Map(),
    alarms: new Map(),
    reconciledUntil: 0,
    matched: 0,
  };
}
