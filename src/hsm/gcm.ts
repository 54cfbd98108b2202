/**
 * AES-256-GCM in the HSM under a key that encrypts messages. The nonce is a counter that starts at 0 with each new key, so
 * that it can never repeat under one (NIST SP 800-38D section 8.2.1), which random nonces could after 2^32 messages (section
 * 8.3). What a message becomes is
 *
 *     nonce (12) | ciphertext | tag (16)
 */
import { CryptoErrorCode } from '../rpc/crypto-messages.ts';
import { RpcError } from '../rpc/frames.ts';
import { HsmErrorCode } from '../rpc/hsm-messages.ts';
import { Pkcs11Failure, pkcs11Failure } from '../pkcs11/errors.ts';
import { GCM_NONCE_BYTES, GCM_TAG_BYTES, aesGcm } from '../pkcs11/mechanisms.ts';
import type { Handle } from '../pkcs11/module.ts';
import { replaceWorkSession } from './partition-session.ts';
import type { PartitionSession } from './partition-session.ts';

/** A key that encrypts new messages. */
export interface CountedKey {
  readonly handle: Handle;
  messages: number;
  /** Monotonic milliseconds after which it encrypts no more. */
  readonly retireAt: number;
}

/** When a key that encrypts messages is followed by another. */
export interface KeyLife {
  maxMessages: number;
  maxAgeMs: number;
}

export const KEY_LIFE: KeyLife = { maxMessages: 2 ** 20, maxAgeMs: 10 * 60 * 1000 };

/** What a message is longer by. */
export const GCM_BYTES = GCM_NONCE_BYTES + GCM_TAG_BYTES;

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

/** One buffer for all nonces: a call is synchronous from here to the end. */
const nonce = Buffer.alloc(GCM_NONCE_BYTES);

/**
 * Writes nonce, ciphertext and tag into `target` from `at` on.
 * @param plaintext at least 1 byte (SoftHSM refuses none and would leave the operation open)
 * @throws Error of the module: the caller replaces the session, in which an operation may be open
 */
export function sealGcm(
  session: PartitionSession,
  key: CountedKey,
  aad: Buffer,
  plaintext: Buffer,
  target: Buffer,
  at: number,
): void {
  const { calls } = session.module;
  nonce.writeUInt32BE(key.messages, GCM_NONCE_BYTES - 4);
  key.messages += 1; // before it is used: a failure wastes a nonce and never repeats one
  nonce.copy(target, at);
  calls.C_EncryptInit(session.work, aesGcm(nonce, aad), key.handle);
  const body = target.subarray(at + GCM_NONCE_BYTES, at + GCM_BYTES + plaintext.length);
  if (calls.C_Encrypt(session.work, plaintext, body).length !== body.length) {
    throw new Error('a ciphertext has a wrong length');
  }
}

/** @param sealed nonce, ciphertext, tag @throws Error of the module, as `sealGcm` */
export function openGcm(session: PartitionSession, key: Handle, aad: Buffer, sealed: Buffer): Buffer {
  const { calls } = session.module;
  const body = sealed.subarray(GCM_NONCE_BYTES);
  calls.C_DecryptInit(session.work, aesGcm(sealed.subarray(0, GCM_NONCE_BYTES), aad), key);
  return calls.C_Decrypt(session.work, body, Buffer.allocUnsafe(body.length));
}

/** After a failed encryption: a session without an open operation. @returns what crosses the process border */
export function sealFailed(session: PartitionSession, error: unknown): RpcError {
  replaceWorkSession(session);
  return moduleFailed(error);
}

/** The same after a failed decryption: INVALID_CIPHERTEXT, whatever is wrong with it, or MODULE_FAILED. */
export function openFailed(session: PartitionSession, error: unknown): RpcError {
  replaceWorkSession(session);
  return blamesInput(error) ? invalidCiphertext() : moduleFailed(error);
}

/** Whether the module could not do it because of what it was given, and not because of itself. */
export function blamesInput(error: unknown): boolean {
  const failure = pkcs11Failure(error);
  return failure instanceof Pkcs11Failure && !MODULE_FAILURES.has(failure.ckr);
}

export function invalidCiphertext(): RpcError {
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
