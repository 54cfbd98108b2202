/** The verbs for signatures, MACs, RSA encryption, key agreement, encapsulation and data key pairs. */
import { decodeKeyUse } from '../rpc/crypto-messages.ts';
import type { RpcHandlers } from '../rpc/server.ts';
import {
  decodeAsymmetricEncrypt,
  decodeKeyPairInput,
  decodeOaepInput,
  decodePublicKey,
  decodeSigningInput,
  decodeVerify,
  decodeVerifyMacInput,
  encodeDataKeyPair,
  keyTypeOf,
} from './asymmetric-messages.ts';
import type { DataKeyPair } from './asymmetric-messages.ts';
import { loadedKey } from './key-cache.ts';
import type { KeyCache } from './key-cache.ts';
import { generateKeyBytes } from './key-generation.ts';
import { KEY_SHAPES } from './key-shapes.ts';
import { latticePrivateKey } from './lattice-keys.ts';
import { computeMac, verifyMac } from './mac.ts';
import { OVERHEAD_BYTES, encryptMessage } from './message-cipher.ts';
import { CryptoProcessVerb, KEY_TYPES } from './messages.ts';
import type { KeyType } from './messages.ts';
import { decryptAsymmetric, encryptAsymmetric } from './oaep.ts';
import type { FillRandom } from './randomness.ts';
import { decapsulate, deriveSharedSecret, encapsulate } from './shared-secrets.ts';
import { signMessage, verifyMessage } from './signing.ts';

const YES = Buffer.of(1);
const NO = Buffer.of(0);
const EMPTY = Buffer.alloc(0);

export function asymmetricHandlers(state: {
  keys: KeyCache;
  fillRandom: FillRandom;
}): RpcHandlers<undefined> {
  const { keys, fillRandom } = state;

  /** What a verb with a key starts from. */
  const useOf = (payload: Buffer): { type: KeyType; bytes: Buffer; input: Buffer } => {
    const use = decodeKeyUse(payload);
    const key = loadedKey(keys, use);
    return { type: keyTypeOf(key.typeCode), bytes: key.bytes, input: use.input };
  };

  return {
    [CryptoProcessVerb.Sign](payload) {
      const { type, bytes, input } = useOf(payload);
      return signMessage(type, bytes, decodeSigningInput(input), fillRandom);
    },

    async [CryptoProcessVerb.Verify](payload) {
      const { key, signature, input } = decodeVerify(payload);
      return (await verifyMessage(key, signature, input)) ? YES : NO;
    },

    [CryptoProcessVerb.AsymmetricEncrypt](payload) {
      const { key, algorithm, message } = decodeAsymmetricEncrypt(payload);
      return encryptAsymmetric(key, algorithm, message);
    },

    [CryptoProcessVerb.AsymmetricDecrypt](payload) {
      const { type, bytes, input } = useOf(payload);
      const { algorithm, message } = decodeOaepInput(input);
      return decryptAsymmetric(type, bytes, algorithm, message);
    },

    [CryptoProcessVerb.GenerateMac](payload) {
      const { type, bytes, input } = useOf(payload);
      return computeMac(type, bytes, input);
    },

    [CryptoProcessVerb.VerifyMac](payload) {
      const { type, bytes, input } = useOf(payload);
      const { mac, message } = decodeVerifyMacInput(input);
      return verifyMac(type, bytes, message, mac) ? YES : NO;
    },

    [CryptoProcessVerb.DeriveSharedSecret](payload) {
      const { type, bytes, input } = useOf(payload);
      return deriveSharedSecret(type, bytes, input);
    },

    [CryptoProcessVerb.Encapsulate](payload) {
      const { sharedSecret, ciphertext } = encapsulate(decodePublicKey(payload), fillRandom);
      const answer = Buffer.concat([sharedSecret, ciphertext]);
      sharedSecret.fill(0);
      return answer;
    },

    [CryptoProcessVerb.Decapsulate](payload) {
      const { type, bytes, input } = useOf(payload);
      return Buffer.from(decapsulate(type, bytes, input));
    },

    async [CryptoProcessVerb.GenerateDataKeyPair](payload) {
      const use = decodeKeyUse(payload);
      const { type, withPlaintext } = decodeKeyPairInput(use.input);
      wrappingKey(keys, use); // a key that is not loaded is told before the long work
      const pair = await newDataKeyPair(type, fillRandom);
      try {
        const sealed = Buffer.allocUnsafe(OVERHEAD_BYTES + pair.privateKey.length);
        encryptMessage(sealed, 0, wrappingKey(keys, use), use.aad, pair.privateKey, fillRandom);
        return encodeDataKeyPair({
          ...pair,
          privateKey: withPlaintext ? pair.privateKey : EMPTY,
          sealed,
        });
      } finally {
        pair.privateKey.fill(0);
      }
    },
  };
}

/** The symmetric key that a data key pair's private key is encrypted under. */
function wrappingKey(keys: KeyCache, use: { keyRef: Buffer; check: Buffer }): Buffer {
  const key = loadedKey(keys, use);
  if (key.typeCode !== KEY_TYPES.AES_256) throw new RangeError('a key of this type does not encrypt');
  return key.bytes;
}

async function newDataKeyPair(
  type: KeyType,
  fillRandom: FillRandom,
): Promise<Pick<DataKeyPair, 'publicKey' | 'privateKey'>> {
  const shape = KEY_SHAPES[type];
  const { bytes, publicKey } = await generateKeyBytes(type, fillRandom);
  if (publicKey === undefined) throw new RangeError(`a key of type ${type} is no pair`);
  if (shape.kind !== 'ml-kem' && shape.kind !== 'ml-dsa') return { publicKey, privateKey: bytes };
  const privateKey = latticePrivateKey(shape, bytes);
  bytes.fill(0);
  return { publicKey, privateKey };
}
