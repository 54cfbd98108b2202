/**
 * The external key store: double encryption, first under material of the KMS key that never leaves the crypto process, then
 * under a key that never leaves its owner's key manager, behind an XKS proxy. Neither party can open a ciphertext alone.
 * Origin EXTERNAL_KEY_STORE.
 */
import { createHash } from 'node:crypto';
import { CiphertextRejected } from '../key-store.ts';
import type { DataKey, KeyStore, KeyUseContext } from '../key-store.ts';
import type { ProxyClient } from './proxy-client.ts';
import { ProxyFailed } from './proxy-failures.ts';
import { MAX_MESSAGE_BYTES } from './proxy-messages.ts';
import type { ExternalKeyUse } from './proxy-messages.ts';
import { decodeSealed, encodeSealed } from './sealed-message.ts';

/** Suite 3 of docs/formats.md: a suite 1 message encrypted once more by the proxy. */
const SUITE = 3;
const AAD_LABEL = 'claviger xks associated data v1\0';

/** @throws ProxyFailed from every method but `random`, which asks no proxy */
export class ExternalKeyStore implements KeyStore {
  readonly suite = SUITE;
  readonly #proxy: () => ProxyClient;
  readonly #inner: KeyStore;

  /**
   * @param proxy the client as it is now: an update of the key store makes another
   * @param inner the built-in key store, which has the KMS key's own material
   */
  constructor({ proxy, inner }: { proxy: () => ProxyClient; inner: KeyStore }) {
    this.#proxy = proxy;
    this.#inner = inner;
  }

  async encrypt(use: KeyUseContext, plaintext: Buffer): Promise<Buffer> {
    const external = externalUse(use);
    return this.#encryptOuter(external, use.aad, await this.#inner.encrypt(use, plaintext));
  }

  async decrypt(use: KeyUseContext, sealed: Buffer): Promise<Buffer> {
    const external = externalUse(use);
    const message = decodeSealed(sealed);
    const inner = await this.#proxy().decrypt(external, associatedData(use.aad), message);
    try {
      return await this.#inner.decrypt(use, inner);
    } catch (error) {
      // the proxy vouched for the ciphertext, so what it made of it is wrong
      if (error instanceof CiphertextRejected) throw new ProxyFailed('bad-inner-ciphertext');
      throw error;
    }
  }

  async generateDataKey(use: KeyUseContext, bytes: number): Promise<DataKey> {
    const external = externalUse(use);
    const { plaintext, sealed } = await this.#inner.generateDataKey(use, bytes);
    try {
      return { plaintext, sealed: await this.#encryptOuter(external, use.aad, sealed) };
    } catch (error) {
      plaintext.fill(0);
      throw error;
    }
  }

  async generateDataKeyWithoutPlaintext(use: KeyUseContext, bytes: number): Promise<Buffer> {
    const external = externalUse(use);
    const inner = await this.#inner.generateDataKeyWithoutPlaintext(use, bytes);
    return this.#encryptOuter(external, use.aad, inner);
  }

  random(requestId: Buffer, bytes: number): Promise<Buffer> {
    return this.#inner.random(requestId, bytes);
  }

  async #encryptOuter(external: ExternalKeyUse, aad: Buffer, inner: Buffer): Promise<Buffer> {
    if (inner.length > MAX_MESSAGE_BYTES) throw new Error('longer than what a proxy must be able to encrypt');
    return encodeSealed(await this.#proxy().encrypt(external, associatedData(aad), inner));
  }
}

function externalUse({ external, keyArn, requestId }: KeyUseContext): ExternalKeyUse {
  if (external === undefined) throw new Error('a use of a key in an external key store says nothing of it');
  return { ...external, keyArn, requestId };
}

/**
 * What the proxy authenticates with the message: a hash of what we authenticate ourselves. Header and encryption context
 * together may be longer than the 8192 bytes that a proxy must take, a hash always fits; and they tell of the caller's data,
 * which is none of the proxy's business. The label keeps this hash apart from any other over the same bytes.
 */
function associatedData(aad: Buffer): Buffer {
  return createHash('sha256').update(AAD_LABEL).update(aad).digest();
}
