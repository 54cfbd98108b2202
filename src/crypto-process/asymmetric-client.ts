/** The client's calls for signatures, MACs, RSA encryption, key agreement, encapsulation and data key pairs. */
import type { KeyUse } from '../rpc/crypto-messages.ts';
import {
  decodeDataKeyPair,
  encodeAsymmetricEncrypt,
  encodeKeyPairInput,
  encodeOaepInput,
  encodePublicKey,
  encodeSigningInput,
  encodeVerify,
  encodeVerifyMacInput,
} from './asymmetric-messages.ts';
import type { DataKeyPair, OaepAlgorithm, PublicKey, SigningInput } from './asymmetric-messages.ts';
import { CryptoProcessVerb } from './messages.ts';
import type { KeyType } from './messages.ts';

/** Both primes of RSA-4096 take seconds, on a busy machine many. */
export const GENERATION_TIMEOUT_MS = 120_000;
const SHARED_SECRET_BYTES = 32;

export interface AsymmetricClient {
  /** ECDSA in DER; the others as their standards write them. */
  sign(use: KeyUse, input: SigningInput): Promise<Buffer>;
  verify(key: PublicKey, signature: Buffer, input: SigningInput): Promise<boolean>;
  asymmetricEncrypt(key: PublicKey, algorithm: OaepAlgorithm, plaintext: Buffer): Promise<Buffer>;
  /** @throws RpcError INVALID_CIPHERTEXT */
  asymmetricDecrypt(use: KeyUse, algorithm: OaepAlgorithm, ciphertext: Buffer): Promise<Buffer>;
  generateMac(use: KeyUse, message: Buffer): Promise<Buffer>;
  verifyMac(use: KeyUse, message: Buffer, mac: Buffer): Promise<boolean>;
  /** @param peer DER SubjectPublicKeyInfo. @throws RpcError INVALID_PUBLIC_KEY */
  deriveSharedSecret(use: KeyUse, peer: Buffer): Promise<Buffer>;
  encapsulate(key: PublicKey): Promise<{ sharedSecret: Buffer; ciphertext: Buffer }>;
  /** @throws RpcError INVALID_CIPHERTEXT for a wrong length */
  decapsulate(use: KeyUse, ciphertext: Buffer): Promise<Buffer>;
  /** A new pair whose private key is sealed by the symmetric key of `use`. */
  generateDataKeyPair(use: KeyUse, type: KeyType, withPlaintext: boolean): Promise<DataKeyPair>;
}

/** How a call reaches the process. */
export interface Calls {
  withKey: (verb: number, use: KeyUse, input: Buffer, timeoutMs?: number) => Promise<Buffer>;
  withoutKey: (verb: number, payload: Buffer) => Promise<Buffer>;
}

export function asymmetricClient({ withKey, withoutKey }: Calls): AsymmetricClient {
  return {
    sign: (use, input) => withKey(CryptoProcessVerb.Sign, use, encodeSigningInput(input)),
    async verify(key, signature, input) {
      return isYes(await withoutKey(CryptoProcessVerb.Verify, encodeVerify(key, signature, input)));
    },
    asymmetricEncrypt: (key, algorithm, plaintext) =>
      withoutKey(CryptoProcessVerb.AsymmetricEncrypt, encodeAsymmetricEncrypt(key, algorithm, plaintext)),
    asymmetricDecrypt: (use, algorithm, ciphertext) =>
      withKey(CryptoProcessVerb.AsymmetricDecrypt, use, encodeOaepInput(algorithm, ciphertext)),
    generateMac: (use, message) => withKey(CryptoProcessVerb.GenerateMac, use, message),
    async verifyMac(use, message, mac) {
      return isYes(await withKey(CryptoProcessVerb.VerifyMac, use, encodeVerifyMacInput(mac, message)));
    },
    deriveSharedSecret: (use, peer) => withKey(CryptoProcessVerb.DeriveSharedSecret, use, peer),
    async encapsulate(key) {
      const answer = await withoutKey(CryptoProcessVerb.Encapsulate, encodePublicKey(key));
      return {
        sharedSecret: answer.subarray(0, SHARED_SECRET_BYTES),
        ciphertext: answer.subarray(SHARED_SECRET_BYTES),
      };
    },
    decapsulate: (use, ciphertext) => withKey(CryptoProcessVerb.Decapsulate, use, ciphertext),
    async generateDataKeyPair(use, type, withPlaintext) {
      const input = encodeKeyPairInput(type, withPlaintext);
      return decodeDataKeyPair(
        await withKey(CryptoProcessVerb.GenerateDataKeyPair, use, input, GENERATION_TIMEOUT_MS),
      );
    },
  };
}

function isYes(answer: Buffer): boolean {
  return answer.length === 1 && answer[0] === 1;
}
