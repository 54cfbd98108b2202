/**
 * Encryption and decryption in the HSM. A KMS key never encrypts data: it wraps message keys (AES-256 session objects),
 * and those encrypt with AES-256-GCM. The store's part of a ciphertext is
 *
 *     message key wrapped under the KMS key (40) | nonce (12) | ciphertext | tag (16)
 *
 * The nonce is a counter that starts at 0 with each new message key, so that it can never repeat under one key
 * (NIST SP 800-38D section 8.2.1), which random nonces could after 2^32 messages (section 8.3).
 */
import { CryptoErrorCode } from '../rpc/crypto-messages.ts';
import { RpcError } from '../rpc/frames.ts';
import { HsmErrorCode } from '../rpc/hsm-messages.ts';
import { Pkcs11Failure, attempt, pkcs11Failure } from '../pkcs11/errors.ts';
import {
  AES_KEY_GENERATION,
  AES_KEY_WRAP,
  GCM_NONCE_BYTES,
  GCM_TAG_BYTES,
  WRAPPED_AES256_BYTES,
  aesGcm,
} from '../pkcs11/mechanisms.ts';
import type { Handle } from '../pkcs11/module.ts';
import { MESSAGE_KEY_CLOSED, MESSAGE_KEY_GENERATED, MESSAGE_KEY_UNWRAPPED } from '../pkcs11/templates.ts';
import type { KeyRecord } from './key-table.ts';
import { replaceWorkSession } from './partition-session.ts';
import type { PartitionSession } from './partition-session.ts';

/** A message key that encrypts new messages of one KMS key. */
export interface MessageKey {
  readonly handle: Handle;
  /** 40 bytes. */
  readonly wrapped: Buffer;
  messages: number;
  /** Monotonic milliseconds after which it encrypts no more. */
  readonly retireAt: number;
}

const MAX_MESSAGES = 2 ** 20;
const MAX_AGE_MS = 10 * 60 * 1000;
const HEADER_BYTES = WRAPPED_AES256_BYTES + GCM_NONCE_BYTES;
/** Wrapped key, nonce, one byte (KMS encrypts no empty plaintexts), tag. */
const LEAST_SEALED_BYTES = HEADER_BYTES + 1 + GCM_TAG_BYTES;

/** How many unwrapped message keys stay in the module for decryption. */
const CACHE_SIZE = 4096;

export interface MessageCipherOptions {
  cacheSize?: number;
  maxMessages?: number;
  /** Monotonic milliseconds. */
  now?: () => number;
}

/** The module's return values that speak of the HSM and not of the ciphertext. SoftHSM calls a bad tag CKR_GENERAL_ERROR. */
const MODULE_FAILURES: ReadonlySet<string> = new Set([
  'CKR_CRYPTOKI_NOT_INITIALIZED',
  'CKR_DEVICE_ERROR',
  'CKR_DEVICE_MEMORY',
  'CKR_DEVICE_REMOVED',
  'CKR_HOST_MEMORY',
  'CKR_KEY_HANDLE_INVALID',
  'CKR_OBJECT_HANDLE_INVALID',
  'CKR_OPERATION_ACTIVE',
  'CKR_OPERATION_NOT_INITIALIZED',
  'CKR_SESSION_CLOSED',
  'CKR_SESSION_COUNT',
  'CKR_SESSION_HANDLE_INVALID',
  'CKR_TOKEN_NOT_PRESENT',
  'CKR_UNWRAPPING_KEY_HANDLE_INVALID',
  'CKR_USER_NOT_LOGGED_IN',
]);

export class MessageCipher {
  readonly #session: PartitionSession;
  readonly #cacheSize: number;
  readonly #maxMessages: number;
  readonly #now: () => number;
  /** Unwrapped message keys by key reference and wrapped bytes (latin1), least recently used first. */
  readonly #cache = new Map<string, Handle>();
  readonly #nonce = Buffer.alloc(GCM_NONCE_BYTES);

  constructor(session: PartitionSession, options: MessageCipherOptions = {}) {
    this.#session = session;
    this.#cacheSize = options.cacheSize ?? CACHE_SIZE;
    this.#maxMessages = options.maxMessages ?? MAX_MESSAGES;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * Writes the store's part of a ciphertext into `target` at `at`, of sealedBytes(plaintext.length) bytes.
   * @param plaintext at least 1 byte (SoftHSM refuses none and would leave the operation open)
   * @throws RpcError MODULE_FAILED
   */
  seal(key: KeyRecord, aad: Buffer, plaintext: Buffer, target: Buffer, at: number): void {
    const session = this.#session;
    const { calls } = session.module;
    try {
      const messageKey = this.#messageKey(key);
      const nonce = this.#nonce;
      nonce.writeUInt32BE(messageKey.messages, GCM_NONCE_BYTES - 4);
      messageKey.messages += 1; // before it is used: a failure wastes a nonce and never repeats one
      messageKey.wrapped.copy(target, at);
      nonce.copy(target, at + WRAPPED_AES256_BYTES);
      calls.C_EncryptInit(session.work, aesGcm(nonce, aad), messageKey.handle);
      const body = target.subarray(at + HEADER_BYTES, at + sealedBytes(plaintext.length));
      if (calls.C_Encrypt(session.work, plaintext, body).length !== body.length) {
        throw new Error('a ciphertext has a wrong length');
      }
    } catch (error) {
      replaceWorkSession(session);
      throw moduleFailed(error);
    }
  }

  /** @throws RpcError INVALID_CIPHERTEXT, whatever is wrong with it; MODULE_FAILED */
  open(key: KeyRecord, aad: Buffer, sealed: Buffer): Buffer {
    if (sealed.length < LEAST_SEALED_BYTES) throw invalidCiphertext();
    const session = this.#session;
    const { calls } = session.module;
    const body = sealed.subarray(HEADER_BYTES);
    try {
      const handle = this.#unwrapped(key, sealed);
      const nonce = sealed.subarray(WRAPPED_AES256_BYTES, HEADER_BYTES);
      calls.C_DecryptInit(session.work, aesGcm(nonce, aad), handle);
      return calls.C_Decrypt(session.work, body, Buffer.allocUnsafe(body.length));
    } catch (error) {
      replaceWorkSession(session);
      const failure = pkcs11Failure(error);
      if (failure instanceof Pkcs11Failure && !MODULE_FAILURES.has(failure.ckr)) throw invalidCiphertext();
      throw moduleFailed(error);
    }
  }

  /** Unwrapped message keys that are kept for decryption; those that encrypt now are with their KMS keys. */
  get cached(): number {
    return this.#cache.size;
  }

  /** Destroys the message keys of one KMS key. */
  forget(key: KeyRecord): void {
    if (key.messageKey !== undefined) this.#destroy(key.messageKey.handle);
    key.messageKey = undefined;
    for (const [name, handle] of this.#cache) {
      if (!name.startsWith(key.ref)) continue;
      this.#cache.delete(name);
      this.#destroy(handle);
    }
  }

  #messageKey(key: KeyRecord): MessageKey {
    const current = key.messageKey;
    if (current !== undefined) {
      if (current.messages < this.#maxMessages && this.#now() < current.retireAt) return current;
      key.messageKey = undefined;
      this.#remember(key.ref + current.wrapped.toString('latin1', 0, WRAPPED_AES256_BYTES), current.handle);
    }
    const { module, objects, work } = this.#session;
    const { calls } = module;
    const handle = calls.C_GenerateKey(objects, AES_KEY_GENERATION, MESSAGE_KEY_GENERATED);
    try {
      const wrapped = calls.C_WrapKey(
        work,
        AES_KEY_WRAP,
        key.handle,
        handle,
        Buffer.alloc(WRAPPED_AES256_BYTES),
      );
      if (wrapped.length !== WRAPPED_AES256_BYTES)
        throw new Error('a wrapped message key has a wrong length');
      calls.C_SetAttributeValue(objects, handle, MESSAGE_KEY_CLOSED);
      key.messageKey = { handle, wrapped, messages: 0, retireAt: this.#now() + MAX_AGE_MS };
      return key.messageKey;
    } catch (error) {
      this.#destroy(handle);
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
    if (known !== undefined) {
      this.#cache.delete(name); // and to the end: it was used last
      this.#cache.set(name, known);
      return known;
    }
    const { module, objects } = this.#session;
    const wrapped = sealed.subarray(0, WRAPPED_AES256_BYTES);
    const handle = module.calls.C_UnwrapKey(
      objects,
      AES_KEY_WRAP,
      key.handle,
      wrapped,
      MESSAGE_KEY_UNWRAPPED,
    );
    this.#remember(name, handle);
    return handle;
  }

  #remember(name: string, handle: Handle): void {
    this.#cache.set(name, handle);
    if (this.#cache.size <= this.#cacheSize) return;
    for (const [oldest, evicted] of this.#cache) {
      this.#cache.delete(oldest);
      this.#destroy(evicted);
      return;
    }
  }

  #destroy(handle: Handle): void {
    attempt(() => this.#session.module.calls.C_DestroyObject(this.#session.objects, handle));
  }
}

/** Length of the store's part for a plaintext of this length. */
export function sealedBytes(plaintextBytes: number): number {
  return HEADER_BYTES + plaintextBytes + GCM_TAG_BYTES;
}

function invalidCiphertext(): RpcError {
  return new RpcError(CryptoErrorCode.invalidCiphertext, 'the ciphertext is not valid');
}

/** A failure of the module as what crosses the process border: its name, never what it worked on. */
export function moduleFailed(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  const failure = pkcs11Failure(error);
  return new RpcError(
    HsmErrorCode.moduleFailed,
    failure instanceof Pkcs11Failure ? failure.ckr : 'the module failed',
  );
}
