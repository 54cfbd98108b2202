/** Encrypt and Decrypt without a pause over many connections, through an SDK client that never retries. */
import assert from 'node:assert/strict';
import { DecryptCommand, EncryptCommand } from '@aws-sdk/client-kms';
import type { KMSClient } from '@aws-sdk/client-kms';

export interface Load {
  /** Calls that were answered rightly so far. */
  readonly done: number;
  /** What went wrong, wrong plaintexts included. */
  readonly errors: unknown[];
  /** Longest time that a call took, milliseconds. */
  readonly slowestMs: number;
  stop(): Promise<void>;
}

export function startLoad(client: KMSClient, keyId: string, connections: number): Load {
  const state = { done: 0, errors: [] as unknown[], slowestMs: 0, stopped: false };
  const timed = async <T>(work: Promise<T>): Promise<T> => {
    const start = performance.now();
    const result = await work;
    state.slowestMs = Math.max(state.slowestMs, performance.now() - start);
    state.done += 1;
    return result;
  };
  const worker = async (number: number): Promise<void> => {
    for (let i = 0; !state.stopped; i += 1) {
      try {
        const Plaintext = Buffer.from(`worker ${number} message ${i}`);
        const EncryptionContext = { worker: String(number) };
        const { CiphertextBlob } = await timed(
          client.send(new EncryptCommand({ KeyId: keyId, Plaintext, EncryptionContext })),
        );
        const opened = await timed(client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext })));
        assert.deepEqual(Buffer.from(opened.Plaintext ?? []), Plaintext);
      } catch (error) {
        state.errors.push(error);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  const workers = Array.from({ length: connections }, (_, number) => worker(number));
  return {
    get done() {
      return state.done;
    },
    get errors() {
      return state.errors;
    },
    get slowestMs() {
      return state.slowestMs;
    },
    stop: async () => {
      state.stopped = true;
      await Promise.all(workers);
    },
  };
}
