/** What operations with asymmetric, HMAC and KEM keys share. These keys live in the built-in key store only. */
import type { AsymmetricKeys, AsymmetricUse } from '../../keystores/builtin/asymmetric-keys.ts';
import type { Call } from './call.ts';
import { algorithmIncompatible, internal } from './errors.ts';
import { algorithmsOf, keyTypeOf } from './key-specs.ts';
import type { KmsKey } from './key.ts';
import type { OperationName } from './operation.ts';

/** The key store as these operations use it. */
export function asymmetricKeys<N extends OperationName>(call: Call<N>): AsymmetricKeys {
  return call.kms.compartments.asymmetric(call.kms.builtin.asymmetric);
}

/** A use of the key's private or secret half. */
export function useOf<N extends OperationName>(call: Call<N>, key: KmsKey): AsymmetricUse {
  if (key.material === null) throw internal();
  return { material: key.material, keyArn: key.arn, requestId: call.requestIdBytes };
}

/** The key's public half. */
export function publicKeyOf(key: KmsKey): { type: ReturnType<typeof keyTypeOf>; spki: Buffer } {
  const spki = key.material?.publicKey ?? null;
  if (spki === null) throw internal();
  return { type: keyTypeOf(key.spec), spki };
}

/**
 * The algorithm must be one that the spec has for the key's usage.
 * @throws ApiError InvalidKeyUsageException
 */
export function requireAlgorithm(key: KmsKey, algorithm: string): void {
  const known = Object.values(algorithmsOf(key)).flat();
  if (!known.includes(algorithm)) throw algorithmIncompatible(algorithm, key.spec);
}
