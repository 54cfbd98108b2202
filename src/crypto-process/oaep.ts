/** RSAES-OAEP (RFC 8017, section 7.1) with one hash for both the label and MGF1, and an empty label, as AWS KMS has it. */
import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import { decryptOaep } from '../native/addon.ts';
import { CryptoErrorCode } from '../rpc/crypto-messages.ts';
import { RpcError } from '../rpc/frames.ts';
import type { OaepAlgorithm, PublicKey } from './asymmetric-messages.ts';
import { KEY_SHAPES } from './key-shapes.ts';
import type { KeyType } from './messages.ts';

const HASHES = { RSAES_OAEP_SHA_1: 'sha1', RSAES_OAEP_SHA_256: 'sha256' } as const;

/** @throws RangeError when the key is no RSA key or the algorithm is unknown; Error when the plaintext is too long */
export function encryptAsymmetric(
  { type, spki }: PublicKey,
  algorithm: OaepAlgorithm,
  plaintext: Buffer,
): Buffer {
  const oaepHash = hashOf(type, algorithm);
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  return publicEncrypt({ key, padding, oaepHash }, plaintext);
}

/** @throws RpcError INVALID_CIPHERTEXT, whatever is wrong with it; RangeError as above */
export async function decryptAsymmetric(
  type: KeyType,
  pkcs8: Buffer,
  algorithm: OaepAlgorithm,
  ciphertext: Buffer,
): Promise<Buffer> {
  const plaintext = await decryptOaep(pkcs8, hashOf(type, algorithm), ciphertext);
  if (plaintext !== undefined) return plaintext;
  throw new RpcError(CryptoErrorCode.invalidCiphertext, 'the ciphertext is not valid');
}

function hashOf(type: KeyType, algorithm: OaepAlgorithm): 'sha1' | 'sha256' {
  const hash = (HASHES as Partial<typeof HASHES>)[algorithm];
  if (KEY_SHAPES[type].kind === 'rsa' && hash !== undefined) return hash;
  throw new RangeError(`a key of type ${type} does not do ${algorithm}`);
}
