/** The verbs of the crypto process. No verb gives out a key; DeriveRowKey gives the server a key of its own for row codes. */
import { CryptoVerb, decodeKeyUse, decodeRandom } from '../rpc/crypto-messages.ts';
import { RpcError } from '../rpc/frames.ts';
import type { RpcHandler, RpcHandlers } from '../rpc/server.ts';
import { u32 } from '../rpc/codec.ts';
import { asymmetricHandlers } from './asymmetric-handlers.ts';
import { keyTypeOf } from './asymmetric-messages.ts';
import { requireProvenRecovery } from './domain-keys.ts';
import type { DomainKeys } from './domain-keys.ts';
import { checkValue, openKey, sealKey } from './encrypted-key.ts';
import { loadedKey } from './key-cache.ts';
import type { KeyCache, LoadedKey } from './key-cache.ts';
import { generateKeyBytes, publicKeyOf } from './key-generation.ts';
import { importHandlers } from './key-import.ts';
import { OVERHEAD_BYTES, decryptMessage, encryptMessage } from './message-cipher.ts';
import {
  CryptoProcessErrorCode,
  CryptoProcessVerb,
  KEY_TYPES,
  MAX_RANDOM_BYTES,
  decodeGenerateKey,
  decodeLoadKey,
  decodeSealRequest,
  encodeGeneratedKey,
} from './messages.ts';
import type { CryptoProcessDescription, GeneratedKey, KeyType } from './messages.ts';
import type { FillRandom } from './randomness.ts';
import { deriveRowKey, openSecret, sealSecret } from './secrets.ts';

export interface CryptoProcessState {
  domainKeys: DomainKeys;
  keys: KeyCache;
  fillRandom: FillRandom;
  /** Production: no key is made before the recovery seal was proven. */
  requireRecoveryProof: boolean;
}

const EMPTY = Buffer.alloc(0);

export function cryptoProcessHandlers(state: CryptoProcessState): RpcHandlers<undefined> {
  const handlers: RpcHandlers<undefined> = {
    ...useHandlers(state),
    ...asymmetricHandlers(state),
    ...keyHandlers(state),
    ...importHandlers(state),
    ...secretHandlers(state),
    ...processHandlers(state),
  };
  return Object.fromEntries(
    Object.entries(handlers).map(([verb, handler]) => [verb, refusingBadRequests(handler)]),
  );
}

/** The cryptographic verbs that HSM processes answer as well (src/rpc/crypto-messages.ts). */
function useHandlers({ keys, fillRandom }: CryptoProcessState): RpcHandlers<undefined> {
  return {
    [CryptoVerb.Encrypt](payload) {
      const use = decodeKeyUse(payload);
      const key = symmetricKey(keys, use);
      const answer = Buffer.allocUnsafe(OVERHEAD_BYTES + use.input.length);
      encryptMessage(answer, 0, key.bytes, use.aad, use.input, fillRandom);
      return answer;
    },

    [CryptoVerb.Decrypt](payload) {
      const use = decodeKeyUse(payload);
      return decryptMessage(symmetricKey(keys, use).bytes, use.aad, use.input);
    },

    /** Answers data key ‖ store's part of its ciphertext. */
    [CryptoVerb.GenerateDataKey](payload) {
      const use = decodeKeyUse(payload);
      const length = requestedLength(use.input);
      const key = symmetricKey(keys, use);
      const answer = Buffer.allocUnsafe(length + OVERHEAD_BYTES + length);
      fillRandom(answer, 0, length);
      encryptMessage(answer, length, key.bytes, use.aad, answer.subarray(0, length), fillRandom);
      return answer;
    },

    [CryptoVerb.GenerateDataKeyWithoutPlaintext](payload) {
      const use = decodeKeyUse(payload);
      const length = requestedLength(use.input);
      const key = symmetricKey(keys, use);
      const dataKey = Buffer.allocUnsafe(length);
      const answer = Buffer.allocUnsafe(OVERHEAD_BYTES + length);
      fillRandom(dataKey, 0, length);
      encryptMessage(answer, 0, key.bytes, use.aad, dataKey, fillRandom);
      dataKey.fill(0);
      return answer;
    },

    [CryptoVerb.Random](payload) {
      const { bytes } = decodeRandom(payload);
      requireLength(bytes);
      const answer = Buffer.allocUnsafe(bytes);
      fillRandom(answer, 0, bytes);
      return answer;
    },
  };
}

function keyHandlers({
  domainKeys,
  keys,
  fillRandom,
  requireRecoveryProof,
}: CryptoProcessState): RpcHandlers<undefined> {
  /** Seals a new key, opens it once, and proves that what was opened is the key: a key that is lost was never made. */
  const generateKey = async (type: KeyType, aad: Buffer): Promise<GeneratedKey> => {
    const { bytes, publicKey } = await generateKeyBytes(type, fillRandom);
    const typeCode = KEY_TYPES[type];
    const ekt = sealKey(domainKeys, { typeCode, bytes }, aad, fillRandom);
    const opened = openKey(domainKeys, ekt, aad);
    const same = opened.typeCode === typeCode && opened.bytes.equals(bytes);
    const pair = publicKey === undefined || publicKeyOf(type, opened.bytes)?.equals(publicKey) === true;
    opened.bytes.fill(0);
    bytes.fill(0);
    if (!same || !pair) throw new Error('a new key did not open as itself');
    return { ekt, check: checkValue(ekt), publicKey };
  };

  return {
    [CryptoProcessVerb.GenerateKey](payload) {
      const { typeCode, aad } = decodeGenerateKey(payload);
      requireProvenRecovery(domainKeys, requireRecoveryProof);
      return generateKey(keyTypeOf(typeCode), Buffer.from(aad)).then(encodeGeneratedKey);
    },

    [CryptoProcessVerb.LoadKey](payload) {
      const { keyRef, ekt, aad } = decodeLoadKey(payload);
      const opened = openKey(domainKeys, ekt, aad);
      const bytes = Buffer.allocUnsafeSlow(opened.bytes.length); // out of the memory that small buffers share
      opened.bytes.copy(bytes);
      opened.bytes.fill(0);
      const check = Buffer.from(checkValue(ekt));
      keys.set(keyRef, { check, typeCode: opened.typeCode, bytes });
      return check;
    },

    [CryptoProcessVerb.ForgetKey](payload) {
      keys.forget(payload);
      return EMPTY;
    },
  };
}

function secretHandlers({ domainKeys, fillRandom }: CryptoProcessState): RpcHandlers<undefined> {
  return {
    [CryptoProcessVerb.Seal](payload) {
      const { purpose, aad, input } = decodeSealRequest(payload);
      return sealSecret(domainKeys, purpose, aad, input, fillRandom);
    },
    [CryptoProcessVerb.Unseal](payload) {
      const { purpose, aad, input } = decodeSealRequest(payload);
      return openSecret(domainKeys, purpose, aad, input);
    },
    [CryptoProcessVerb.DeriveRowKey](payload) {
      return deriveRowKey(domainKeys, payload);
    },
  };
}

function processHandlers({ domainKeys, keys }: CryptoProcessState): RpcHandlers<undefined> {
  return {
    [CryptoProcessVerb.Describe]() {
      const newest = domainKeys.newest();
      const description: CryptoProcessDescription = {
        pid: process.pid,
        domainKeyVersion: newest.version,
        domainKeyCreatedAt: newest.createdAt,
        recoveryProvenAt: domainKeys.recoveryProvenAt,
        recoveryKeyFingerprint: domainKeys.recovery.fingerprint,
        loadedKeys: keys.size,
      };
      return Buffer.from(JSON.stringify(description));
    },
    [CryptoProcessVerb.RotateDomainKey]() {
      return u32(domainKeys.rotate());
    },
    [CryptoProcessVerb.ConfirmRecovery](payload) {
      domainKeys.confirmRecovery(payload);
      return EMPTY;
    },
  };
}

function symmetricKey(keys: KeyCache, use: { keyRef: Buffer; check: Buffer }): LoadedKey {
  const key = loadedKey(keys, use);
  if (key.typeCode !== KEY_TYPES.AES_256) throw invalidRequest('a key of this type does not encrypt');
  return key;
}

function requestedLength(input: Buffer): number {
  if (input.length !== 2) throw invalidRequest('the length of the data key has two bytes');
  return requireLength(input.readUInt16BE(0));
}

function requireLength(bytes: number): number {
  if (bytes < 1 || bytes > MAX_RANDOM_BYTES)
    throw invalidRequest(`1 to ${MAX_RANDOM_BYTES} bytes can be asked for`);
  return bytes;
}

function invalidRequest(message: string): RpcError {
  return new RpcError(CryptoProcessErrorCode.invalidRequest, message);
}

/** A payload that ends before its fields, or an algorithm that the key does not do, is the caller's defect, not ours. */
function refusingBadRequests(handler: RpcHandler<undefined>): RpcHandler<undefined> {
  const refuse = (error: unknown): never => {
    if (error instanceof RangeError) throw invalidRequest(error.message);
    throw error;
  };
  return (payload, session) => {
    try {
      const answer = handler(payload, session);
      return answer instanceof Promise ? answer.catch(refuse) : answer;
    } catch (error) {
      return refuse(error);
    }
  };
}
