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
  /** Milliseconds, of whole calls with their retries. */
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
  /** Ends the load and opens every blob of the ledger. @returns how many there are, and how many did not open rightly */
  finish(): Promise<{ blobs: number; lost: number }>;
}

const TRIES = 3;
const RETRY_MS = 100;
const LEDGER_SAMPLE = 2_000;
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
  const one = async (): Promise<void> => {
    number += 1;
    const known = number % 2 === 0 ? ledger[Math.floor(Math.random() * ledger.length)] : undefined;
    const start = performance.now();
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
      latencies.push({ at: now, ms: now - start });
      longestGap = Math.max(longestGap, now - lastGood);
      lastGood = now;
    } catch (error) {
      errors.push((error as Error).message);
    }
  };
  const timer = setInterval(() => {
    const running = one().finally(() => inFlight.delete(running));
    inFlight.add(running);
  }, 1000 / perSecond);

  return {
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
    async finish() {
      clearInterval(timer);
      await Promise.all(inFlight);
      const sample = ledger.length <= LEDGER_SAMPLE ? ledger : everyNth(ledger, LEDGER_SAMPLE);
      let lost = 0;
      for (const { blob, plaintext } of sample) {
        const opened = await attempt('Decrypt', { CiphertextBlob: blob }).catch(() => undefined);
        if (opened?.['Plaintext'] !== plaintext) lost += 1;
      }
      return { blobs: sample.length, lost };
    },
  };
}

function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

function everyNth<T>(all: readonly T[], wanted: number): T[] {
  return Array.from({ length: wanted }, (_, at) => all[Math.floor((at * all.length) / wanted)] as T);
}
