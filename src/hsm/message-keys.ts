/**
 * Encryption and decryption in the HSM. A KMS key never encrypts data: it wraps message keys (AES-256 session objects),
 * and those encrypt with AES-256-GCM (gcm.ts). The store's part of a ciphertext is
 *
 *     message key wrapped under the KMS key (40) | nonce (12) | ciphertext | tag (16)
 */
import {
  AES_KEY_GENERATION,
  AES_KEY_WRAP,
  GCM_NONCE_BYTES,
  GCM_TAG_BYTES,
  WRAPPED_AES256_BYTES,
} from '../pkcs11/mechanisms.ts';
import type { Handle } from '../pkcs11/module.ts';
import { MESSAGE_KEY_CLOSED, MESSAGE_KEY_GENERATED, MESSAGE_KEY_UNWRAPPED } from '../pkcs11/templates.ts';
import { KEY_LIFE, invalidCiphertext, openFailed, openGcm, sealFailed, sealGcm } from './gcm.ts';
import type { CountedKey, KeyLife } from './gcm.ts';
import { KeyCache, destroyObject } from './key-cache.ts';
import type { KeyRecord } from './key-table.ts';
import type { PartitionSession } from './partition-session.ts';

/** A message key that encrypts new messages of one KMS key. */
export interface MessageKey extends CountedKey {
  /** 40 bytes. */
  readonly wrapped: Buffer;
}

const HEADER_BYTES = WRAPPED_AES256_BYTES + GCM_NONCE_BYTES;
/** Wrapped key, nonce, one byte (KMS encrypts no empty plaintexts), tag. */
const LEAST_SEALED_BYTES = HEADER_BYTES + 1 + GCM_TAG_BYTES;

/** How many unwrapped message keys stay in the module for decryption. */
const CACHE_SIZE = 4096;

export interface MessageCipherOptions extends Partial<KeyLife> {
  cacheSize?: number;
  /** Monotonic milliseconds. */
  now?: () => number;
}

export class MessageCipher {
  readonly #session: PartitionSession;
  readonly #life: KeyLife;
  readonly #now: () => number;
  /** Unwrapped message keys by key reference and wrapped bytes (latin1). */
  readonly #cache: KeyCache;

  constructor(session: PartitionSession, options: MessageCipherOptions = {}) {
    const { cacheSize = CACHE_SIZE, now = () => performance.now(), ...life } = options;
    this.#session = session;
    this.#life = { ...KEY_LIFE, ...life };
    this.#now = now;
    this.#cache = new KeyCache(session, cacheSize);
  }

  /**
   * Writes the store's part of a ciphertext into `target` at `at`, of sealedBytes(plaintext.length) bytes.
   * @param plaintext at least 1 byte
   * @throws RpcError MODULE_FAILED
   */
  seal(key: KeyRecord, aad: Buffer, plaintext: Buffer, target: Buffer, at: number): void {
    try {
      const messageKey = this.#messageKey(key);
      messageKey.wrapped.copy(target, at);
      sealGcm(this.#session, messageKey, aad, plaintext, target, at + WRAPPED_AES256_BYTES);
    } catch (error) {
      throw sealFailed(this.#session, error);
    }
  }

  /** @throws RpcError INVALID_CIPHERTEXT, whatever is wrong with it; MODULE_FAILED */
  open(key: KeyRecord, aad: Buffer, sealed: Buffer): Buffer {
    if (sealed.length < LEAST_SEALED_BYTES) throw invalidCiphertext();
    try {
      const handle = this.#unwrapped(key, sealed);
      return openGcm(this.#session, handle, aad, sealed.subarray(WRAPPED_AES256_BYTES));
    } catch (error) {
      throw openFailed(this.#session, error);
    }
  }

  /** Unwrapped message keys that are kept for decryption; those that encrypt now are with their KMS keys. */
  get cached(): number {
    return this.#cache.size;
  }

  /** Destroys the message keys of one KMS key. */
  forget(key: KeyRecord): void {
    if (key.messageKey !== undefined) destroyObject(this.#session, key.messageKey.handle);
    key.messageKey = undefined;
    this.#cache.forget(key.ref);
  }

  #messageKey(key: KeyRecord): MessageKey {
    const current = key.messageKey;
    if (current !== undefined) {
      if (current.messages < this.#life.maxMessages && this.#now() < current.retireAt) return current;
      key.messageKey = undefined;
      this.#cache.put(key.ref + current.wrapped.toString('latin1', 0, WRAPPED_AES256_BYTES), current.handle);
    }
    const { module, objects } = this.#session;
    const { calls } = module;
    const handle = calls.C_GenerateKey(objects, AES_KEY_GENERATION, MESSAGE_KEY_GENERATED);
    try {
      const wrapped = wrapUnder(this.#session, key, handle);
      calls.C_SetAttributeValue(objects, handle, MESSAGE_KEY_CLOSED);
      key.messageKey = { handle, wrapped, messages: 0, retireAt: this.#now() + this.#life.maxAgeMs };
      return key.messageKey;
    } catch (error) {
      destroyObject(this.#session, handle);
      throw error;
    }
  }

  #unwrapped(key: KeyRecord, sealed: Buffer): Handle {
    const current = key.messageKey;
    if (
      current !== undefined &&
      sealed.compare(current.wrapped, 0, WRAPPED_AES256_BYTES, 0, WRAPPED_AES256_BYTES) === 0
    ) {
      return current.handle;
    }
    const name = key.ref + sealed.toString('latin1', 0, WRAPPED_AES256_BYTES);
    const known = this.#cache.get(name);
    if (known !== undefined) return known;
    const { module, objects } = this.#session;
    const wrapped = sealed.subarray(0, WRAPPED_AES256_BYTES);
    const handle = module.calls.C_UnwrapKey(
      objects,
      AES_KEY_WRAP,
      key.handle,
      wrapped,
      MESSAGE_KEY_UNWRAPPED,
    );
    this.#cache.put(name, handle);
    return handle;
  }
}

/** Wraps a session key under a KMS key. @returns 40 bytes @throws Error of the module */
export function wrapUnder({ module, work }: PartitionSession, key: KeyRecord, wrapped: Handle): Buffer {
  const bytes = module.calls.C_WrapKey(
    work,
    AES_KEY_WRAP,
    key.handle,
    wrapped,
    Buffer.alloc(WRAPPED_AES256_BYTES),
  );
  if (bytes.length !== WRAPPED_AES256_BYTES) throw new Error('a wrapped key has a wrong length');
  return bytes;
}

/** Length of the store's part for a plaintext of this length. */
export function sealedBytes(plaintextBytes: number): number {
  return HEADER_BYTES + plaintextBytes + GCM_TAG_BYTES;
}
