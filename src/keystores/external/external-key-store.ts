/**
 * The external key store: double encryption, first under material of the KMS key that never leaves the crypto process, then
 * under a key that never leaves its owner's key manager, behind an XKS proxy. Neither party can open a ciphertext alone.
 * Origin EXTERNAL_KEY_STORE.
 */
import { createHash, randomBytes } from 'node:crypto';
import { MAX_MESSAGE_BYTES } from '../../xks/protocol.ts';
import { CiphertextRejected } from '../key-store.ts';
import type { DataKey, KeyStore, KeyUseContext } from '../key-store.ts';
import type { ProxyClient } from './proxy-client.ts';
import { ProxyFailed } from './proxy-failures.ts';
import type { ExternalKeyUse } from './proxy-messages.ts';
import { decodeSealed, encodeSealed } from './sealed-message.ts';

/** Suite 3 of docs/formats.md: a suite 1 message encrypted once more by the proxy. */
const SUITE = 3;
const MESSAGE_ID_BYTES = 16;
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
    const message = newMessage(use);
    return this.#encryptOuter(message, await this.#inner.encrypt(message.use, plaintext));
  }

  async decrypt(use: KeyUseContext, sealed: Buffer): Promise<Buffer> {
    const message = messageOf(use, sealed.subarray(0, MESSAGE_ID_BYTES));
    const outer = decodeSealed(sealed.subarray(MESSAGE_ID_BYTES));
    const inner = await this.#proxy().decrypt(message.external, associatedData(message.use.aad), outer);
    try {
      return await this.#inner.decrypt(message.use, inner);
    } catch (error) {
      // the proxy vouched for the ciphertext, so what it made of it is wrong
      if (error instanceof CiphertextRejected) throw new ProxyFailed('bad-inner-ciphertext');
      throw error;
    }
  }

  async generateDataKey(use: KeyUseContext, bytes: number): Promise<DataKey> {
    const message = newMessage(use);
    const { plaintext, sealed } = await this.#inner.generateDataKey(message.use, bytes);
    try {
      return { plaintext, sealed: await this.#encryptOuter(message, sealed) };
    } catch (error) {
      plaintext.fill(0);
      throw error;
    }
  }

  async generateDataKeyWithoutPlaintext(use: KeyUseContext, bytes: number): Promise<Buffer> {
    const message = newMessage(use);
    return this.#encryptOuter(message, await this.#inner.generateDataKeyWithoutPlaintext(message.use, bytes));
  }

  random(requestId: Buffer, bytes: number): Promise<Buffer> {
    return this.#inner.random(requestId, bytes);
  }

  async #encryptOuter({ id, use, external }: Message, inner: Buffer): Promise<Buffer> {
    if (inner.length > MAX_MESSAGE_BYTES) throw new Error('longer than what a proxy must be able to encrypt');
    const outer = await this.#proxy().encrypt(external, associatedData(use.aad), inner);
    return Buffer.concat([id, encodeSealed(outer)]);
  }
}

interface Message {
  id: Buffer;
  /** As the inner encryption has it. */
  use: KeyUseContext;
  external: ExternalKeyUse;
}

function newMessage(use: KeyUseContext): Message {
  return messageOf(use, randomBytes(MESSAGE_ID_BYTES));
}

/**
 * The id is part of what both encryptions authenticate: else a proxy could give back, for one message, another one of the same key and
 * encryption context.
 */
function messageOf(use: KeyUseContext, id: Buffer): Message {
  const { external, keyArn, requestId } = use;
  if (external === undefined) throw new Error('a use of a key in an external key store says nothing of it');
  return {
    id,
    use: { ...use, aad: Buffer.concat([use.aad, id]) },
    external: { ...external, keyArn, requestId },
  };
}

/**
 * What the proxy authenticates with the message: a hash of what we authenticate ourselves. Header and encryption context
 * together may be longer than the 8192 bytes that a proxy must take, a hash always fits; and they tell of the caller's data,
 * which is none of the proxy's business. The label keeps this hash apart from any other over the same bytes.
 */
function associatedData(aad: Buffer): Buffer {
  return createHash('sha256').update(AAD_LABEL).update(aad).digest();
}
