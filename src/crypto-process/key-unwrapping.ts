/**
 * Unwrapping of key material that came from outside: RSAES-OAEP (RFC 8017 section 7.1), and RSA-OAEP over an AES key with
 * AES key wrap with padding (RFC 5649) after it, which PKCS#11 calls CKM_RSA_AES_KEY_WRAP.
 */
import { constants, createDecipheriv, createPrivateKey, privateDecrypt } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { CryptoErrorCode } from '../rpc/crypto-messages.ts';
import { RpcError } from '../rpc/frames.ts';
import { WRAPPING_ALGORITHMS } from './import-messages.ts';

/** Which hash OAEP uses (label and MGF1 alike), and whether an AES key comes between. */
const ALGORITHMS: Readonly<Record<number, { hash: 'sha1' | 'sha256'; aesBetween: boolean }>> = {
  [WRAPPING_ALGORITHMS.RSAES_OAEP_SHA_1]: { hash: 'sha1', aesBetween: false },
  [WRAPPING_ALGORITHMS.RSAES_OAEP_SHA_256]: { hash: 'sha256', aesBetween: false },
  [WRAPPING_ALGORITHMS.RSA_AES_KEY_WRAP_SHA_1]: { hash: 'sha1', aesBetween: true },
  [WRAPPING_ALGORITHMS.RSA_AES_KEY_WRAP_SHA_256]: { hash: 'sha256', aesBetween: true },
};

const AES_KEY_BYTES = 32;
/** RFC 5649 section 3: the first half of the alternative initial value; OpenSSL wants it as IV. */
const KWP_IV = Buffer.from('a65959a6', 'hex');

/**
 * @param pkcs8 the wrapping key, DER
 * @returns the material; the caller wipes it
 * @throws RpcError INVALID_CIPHERTEXT, which never says which layer was wrong
 */
export function unwrapMaterial(pkcs8: Buffer, algorithmCode: number, wrapped: Buffer): Buffer {
  const algorithm = ALGORITHMS[algorithmCode];
  if (algorithm === undefined) throw new RangeError('no such wrapping algorithm');
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  try {
    return algorithm.aesBetween
      ? unwrapThroughAes(key, algorithm.hash, wrapped)
      : openOaep(key, algorithm.hash, wrapped);
  } catch {
    throw new RpcError(CryptoErrorCode.invalidCiphertext, 'the key material could not be unwrapped');
  }
}

function unwrapThroughAes(key: KeyObject, hash: string, wrapped: Buffer): Buffer {
  const modulusBytes = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const aesKey = openOaep(key, hash, wrapped.subarray(0, modulusBytes));
  try {
    if (aesKey.length !== AES_KEY_BYTES) throw new Error('the key between has another size');
    const decipher = createDecipheriv('id-aes256-wrap-pad', aesKey, KWP_IV);
    const material = decipher.update(wrapped.subarray(modulusBytes));
    decipher.final();
    return material;
  } finally {
    aesKey.fill(0);
  }
}

function openOaep(key: KeyObject, oaepHash: string, ciphertext: Buffer): Buffer {
  return privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, ciphertext);
}
