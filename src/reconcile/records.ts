/**
 * src/reconcile: the proof that the two trails agree. Each use of a key inside an HSM must belong to one recorded, authorised
 * call to KMS, and each successful call with a cluster's key to a use. Reads the journal and the copies of the HSMs' logs; changes
 * neither. This file: what is taken from each trail.
 */

/** A use of a key (or of the random source), by an HSM's own log. */
export interface Use {
  /** The KMS request id, 32 hex digits. */
  requestId: string;
  /** Milliseconds since 1970 by the HSM's clock. */
  timeAt: number;
  hsmId: string;
  /** Number of the entry in the HSM's log. */
  sequence: number;
  /** `Encrypt`, `Decrypt`, `GenerateDataKey`, `GenerateDataKeyWithoutPlaintext`, `Random`. */
  verb: string;
  succeeded: boolean;
  /** 32 hex digits; empty for Random. */
  materialId: string;
}

/** A use that a call must have led to. */
export interface WantedUse {
  verb: string;
  /** ARN of the KMS key; undefined for Random. */
  keyArn: string | undefined;
}

/** A cryptographic call to KMS that may have used a cluster's key, by the journal. */
export interface Call {
  /** 32 hex digits. */
  requestId: string;
  /** When it ended: milliseconds since 1970, of whole seconds. */
  timeAt: number;
  writer: string;
  /** Number of the record in the writer's journal. */
  seq: number;
  eventId: string;
  eventName: string;
  /** `refused`: no right to the key, so no use may follow. */
  outcome: 'succeeded' | 'failed' | 'refused';
  /** Verbs that the operation may use. */
  verbs: readonly string[];
  /** ARNs of the keys that the call was for; empty where the event does not say. */
  keyArns: readonly string[];
  /** Id of the custom key store whose HSMs its uses are in; undefined where it may be more than one. */
  keyStore: string | undefined;
  /** Uses that must be there; none of a call that failed, and none with keys of other stores. */
  wanted: readonly WantedUse[];
}

/** A record of either trail. */
export type Line = { use: Use } | { call: Call };

export type FindingKind = 'use-without-call' | 'call-without-use';

export interface Finding {
  kind: FindingKind;
  /** The same for the same record at each run. */
  id: string;
  requestId: string;
  timeAt: number;
  /** One sentence. */
  what: string;
  use?: Use;
  call?: Call;
}
