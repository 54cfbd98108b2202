/** `admission`: how much is taken on at a time, so that what is taken on stays fast (docs/decisions/0026). */
import { availableParallelism } from 'node:os';
import { mapping, optional, wholeNumber } from './values.ts';

export interface Admission {
  /** Requests in work at a time. */
  inFlight: number;
  /** How long a request waits for its turn before it is refused. */
  waitMilliseconds: number;
  /** Calls under way to a key store that hangs. */
  perHangingKeyStore: number;
  /** RSA operations with a private key at a time. */
  rsaAtOnce: number;
  connections: number;
  /** Of request bodies that are long, all together. */
  bodyMegabytes: number;
}

export const admission = mapping<Admission>({
  inFlight: optional(wholeNumber(1), 256),
  waitMilliseconds: optional(wholeNumber(0, 10_000), 500),
  perHangingKeyStore: optional(wholeNumber(1), 64),
  rsaAtOnce: optional(wholeNumber(1), Math.max(1, Math.floor(availableParallelism() / 2))),
  connections: optional(wholeNumber(1), 4_096),
  bodyMegabytes: optional(wholeNumber(1), 64),
});
