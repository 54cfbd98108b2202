/**
 * The drill's load: Encrypt and Decrypt at a fixed rate whatever the answers take (an open loop), each call tried three
 * times like an SDK's, and a ledger of every blob that was acknowledged.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** Calls KMS. @throws Error with the error's code */
export type Call = (operation: 'Encrypt' | 'Decrypt', input: object) => Promise<Record<string, string>>;

/** What was measured between two moments. */
export interface Measured {
  calls: number;
  /** After three tries. */
  errors: string[];
  wrongPlaintexts: number;
  /** Milliseconds, of whole calls with their retries, from when they were due: a call that is begun late counts as slow. */
  p50: number;
  p99: number;
  /** Of calls that were answered in the first two seconds, and of the later ones. */
  p99First: number;
  p99Later: number;
  /** The longest time in which no call was answered rightly, milliseconds. */
  longestGap: number;
}

export interface Load {
  /** Begins a new measurement. */
  mark(): void;
  measured(): Measured;
  /**
   * Ends the load and opens blobs of the ledger, all of them or `sample` that lie evenly in it.
   * @returns how many were opened, and how many of them not rightly
   */
  finish(sample?: number): Promise<{ blobs: number; lost: number }>;
  /** Begins no more calls. */
  stop(): void;
}

const TRIES = 3;
const RETRY_MS = 100;
const LEDGER_SAMPLE = 2_000;
const OPENED_AT_ONCE = 8;
/** How often calls that are due are begun. */
const TICK_MS = 2;
/** The failure table allows more in the first two seconds after a fault. */
const FIRST_MS = 2_000;

export function startLoad(call: Call, keyId: string, perSecond: number): Load {
  const ledger: { blob: string; plaintext: string }[] = [];
  let latencies: { at: number; ms: number }[] = [];
  let marked = performance.now();
  let errors: string[] = [];
  let wrongPlaintexts = 0;
  let lastGood = performance.now();
  let longestGap = 0;
  let number = 0;
  const inFlight = new Set<Promise<void>>();

  const attempt = async (
    operation: 'Encrypt' | 'Decrypt',
    input: object,
  ): Promise<Record<string, string>> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await call(operation, input);
      } catch (error) {
        if (tries === TRIES) throw error;
        await sleep(RETRY_MS * 2 ** (tries - 1) * (0.5 + Math.random() / 2));
      }
    }
  };
  const one = async (due: number): Promise<void> => {
    number += 1;
    const known = number % 2 === 0 ? ledger[Math.floor(Math.random() * ledger.length)] : undefined;
    try {
      if (known === undefined) {
        const plaintext = Buffer.from(`drill ${number}`).toString('base64');
        const { CiphertextBlob = '' } = await attempt('Encrypt', { KeyId: keyId, Plaintext: plaintext });
        ledger.push({ blob: CiphertextBlob, plaintext });
      } else {
        const { Plaintext } = await attempt('Decrypt', { CiphertextBlob: known.blob });
        if (Plaintext !== known.plaintext) wrongPlaintexts += 1;
      }
      const now = performance.now();
      latencies.push({ at: now, ms: now - due });
      longestGap = Math.max(longestGap, now - lastGood);
      lastGood = now;
    } catch (error) {
      errors.push((error as Error).message);
    }
  };
  let due = performance.now();
  const timer = setInterval(() => {
    for (; due <= performance.now(); due += 1000 / perSecond) {
      const running = one(due).finally(() => inFlight.delete(running));
      inFlight.add(running);
    }
  }, TICK_MS);
  const stop = (): void => clearInterval(timer);

  return {
    stop,
    mark() {
      latencies = [];
      errors = [];
      wrongPlaintexts = 0;
      longestGap = 0;
      marked = performance.now();
      lastGood = marked;
    },
    measured() {
      const all = latencies.map(({ ms }) => ms);
      const first = latencies.filter(({ at }) => at < marked + FIRST_MS).map(({ ms }) => ms);
      const later = latencies.filter(({ at }) => at >= marked + FIRST_MS).map(({ ms }) => ms);
      return {
        calls: latencies.length + errors.length,
        errors,
        wrongPlaintexts,
        p50: percentile(all, 0.5),
        p99: percentile(all, 0.99),
        p99First: percentile(first, 0.99),
        p99Later: percentile(later, 0.99),
        longestGap: Math.max(longestGap, performance.now() - lastGood),
      };
    },
    async finish(sample = LEDGER_SAMPLE) {
      stop();
      await Promise.all(inFlight);
      const chosen = ledger.length <= sample ? ledger : everyNth(ledger, sample);
      let lost = 0;
      const queue = chosen.values();
      const opener = async (): Promise<void> => {
        for (const { blob, plaintext } of queue) {
          const opened = await attempt('Decrypt', { CiphertextBlob: blob }).catch(() => undefined);
          if (opened?.['Plaintext'] !== plaintext) lost += 1;
        }
      };
      await Promise.all(Array.from({ length: OPENED_AT_ONCE }, opener)); // one queue for all
      return { blobs: chosen.length, lost };
    },
  };
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

function everyNth<T>(all: readonly T[], wanted: number): T[] {
  return Array.from({ length: wanted }, (_, at) => all[Math.floor((at * all.length) / wanted)] as T);
}
