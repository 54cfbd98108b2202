/** Keys that are made and used without a pause on several connections; what was acknowledged is kept. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateKeyCommand, DecryptCommand, EncryptCommand } from '@aws-sdk/client-kms';
import type { KMSClient } from '@aws-sdk/client-kms';

const PLAINTEXT = Buffer.from('acknowledged');

export interface Acknowledged {
  KeyId: string;
  blob: Uint8Array;
}

export interface Creating {
  readonly acknowledged: readonly Acknowledged[];
  readonly errors: readonly Error[];
  stop(): Promise<void>;
}

/** Works until it is stopped: every second client makes its keys in the custom key store, the others in the built-in one. */
export function startCreating(clients: readonly KMSClient[], CustomKeyStoreId: string): Creating {
  const acknowledged: Acknowledged[] = [];
  const errors: Error[] = [];
  let stopped = false;
  const work = clients.map(async (client, at) => {
    const where = at % 2 === 0 ? {} : ({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId } as const);
    while (!stopped) {
      try {
        const { KeyMetadata } = await client.send(new CreateKeyCommand(where));
        const KeyId = KeyMetadata?.KeyId ?? '';
        const { CiphertextBlob: blob = new Uint8Array() } = await client.send(
          new EncryptCommand({ KeyId, Plaintext: PLAINTEXT }),
        );
        acknowledged.push({ KeyId, blob });
      } catch (error) {
        errors.push(error as Error);
        await sleep(20);
      }
    }
  });
  const stop = async (): Promise<void> => {
    stopped = true;
    await Promise.all(work);
  };
  return { acknowledged, errors, stop };
}

/** Every error is that of a connection which was cut: none was an answer. */
export function assertOnlyCutOff(errors: readonly Error[]): void {
  for (const error of errors) {
    const { $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    assert.equal($metadata?.httpStatusCode, undefined, `${error.name}: ${error.message}`);
  }
}

/** The ciphertext of an acknowledged key opens. */
export async function assertOpens(client: KMSClient, { KeyId, blob }: Acknowledged): Promise<void> {
  const { Plaintext } = await client.send(new DecryptCommand({ KeyId, CiphertextBlob: blob }));
  assert.deepEqual(Buffer.from(Plaintext ?? []), PLAINTEXT);
}
