/** What asymmetric, HMAC and KEM keys of the built-in store do, each in one call of the crypto process. */
import type {
  CryptoProcessClient,
  OaepAlgorithm,
  PublicKey,
  SigningInput,
} from '../../crypto-process/client.ts';
import type { KeyType } from '../../crypto-process/messages.ts';
import type { KeyUse } from '../../rpc/crypto-messages.ts';
import type { KeyUseContext } from '../key-store.ts';

export type { OaepAlgorithm };

/** A key in use; nothing is authenticated beside the message. */
export type AsymmetricUse = Omit<KeyUseContext, 'aad'>;

export interface DataKeyPair {
  /** DER SubjectPublicKeyInfo. */
  publicKey: Buffer;
  /** DER PKCS#8; empty when no plaintext was asked for. */
  privateKey: Buffer;
  /** The store's part of the private key's ciphertext. */
  sealed: Buffer;
}

/** @throws KeyStoreUnavailable from every method */
export interface AsymmetricKeys {
  sign(use: AsymmetricUse, input: SigningInput): Promise<Buffer>;
  verify(key: PublicKey, signature: Buffer, input: SigningInput): Promise<boolean>;
  encrypt(key: PublicKey, algorithm: OaepAlgorithm, plaintext: Buffer): Promise<Buffer>;
  /** @throws CiphertextRejected */
  decrypt(use: AsymmetricUse, algorithm: OaepAlgorithm, ciphertext: Buffer): Promise<Buffer>;
  generateMac(use: AsymmetricUse, message: Buffer): Promise<Buffer>;
  verifyMac(use: AsymmetricUse, message: Buffer, mac: Buffer): Promise<boolean>;
  /** @param peer DER SubjectPublicKeyInfo. @throws PublicKeyRejected */
  deriveSharedSecret(use: AsymmetricUse, peer: Buffer): Promise<Buffer>;
  encapsulate(key: PublicKey): Promise<{ sharedSecret: Buffer; ciphertext: Buffer }>;
  /** @throws CiphertextRejected for a wrong length */
  decapsulate(use: AsymmetricUse, ciphertext: Buffer): Promise<Buffer>;
  /** @param use the symmetric key that the private key is sealed by */
  generateDataKeyPair(use: KeyUseContext, type: KeyType, withPlaintext: boolean): Promise<DataKeyPair>;
}

/** How a call reaches the crypto process. */
interface Access {
  withKey: <T>(
    use: KeyUseContext,
    run: (client: CryptoProcessClient, keyUse: KeyUse) => Promise<T>,
  ) => Promise<T>;
  withoutKey: <T>(run: (client: CryptoProcessClient) => Promise<T>) => Promise<T>;
}

const NO_AAD = Buffer.alloc(0);

export function asymmetricKeys({ withKey, withoutKey }: Access): AsymmetricKeys {
  const plain = (use: AsymmetricUse): KeyUseContext => ({ ...use, aad: NO_AAD });
  return {
    sign: (use, input) => withKey(plain(use), (client, key) => client.sign(key, input)),
    verify: (key, signature, input) => withoutKey((client) => client.verify(key, signature, input)),
    encrypt: (key, algorithm, plaintext) =>
      withoutKey((client) => client.asymmetricEncrypt(key, algorithm, plaintext)),
    decrypt: (use, algorithm, ciphertext) =>
      withKey(plain(use), (client, key) => client.asymmetricDecrypt(key, algorithm, ciphertext)),
    generateMac: (use, message) => withKey(plain(use), (client, key) => client.generateMac(key, message)),
    verifyMac: (use, message, mac) =>
      withKey(plain(use), (client, key) => client.verifyMac(key, message, mac)),
    deriveSharedSecret: (use, peer) =>
      withKey(plain(use), (client, key) => client.deriveSharedSecret(key, peer)),
    encapsulate: (key) => withoutKey((client) => client.encapsulate(key)),
    decapsulate: (use, ciphertext) =>
      withKey(plain(use), (client, key) => client.decapsulate(key, ciphertext)),
    generateDataKeyPair: (use, type, withPlaintext) =>
      withKey(use, (client, key) => client.generateDataKeyPair(key, type, withPlaintext)),
  };
}
