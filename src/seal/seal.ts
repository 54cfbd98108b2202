/**
 * Seals: what keeps the domain keys closed while they rest. There are always two (docs/decisions/0003-system-hsm-pin.md):
 * the token seal (system-hsm.ts) opens them every day, the recovery seal (recovery-seal.ts) when the token is lost. This room
 * knows how 32 bytes are wrapped and where the wrapping keys live; it knows neither the domain keys' file nor the process
 * that uses it.
 */

/** Bytes of a domain key, the only thing that seals wrap. */
export const DOMAIN_KEY_BYTES = 32;

/** Wraps domain keys. */
export interface Seal {
  /** @param version the domain key's number, bound to the result where the seal can */
  wrap(domainKey: Buffer, version: number): Buffer;
}

/** Wraps and opens domain keys. */
export interface OpeningSeal extends Seal {
  /**
   * @returns 32 bytes in memory of their own; the caller wipes them
   * @throws SealError
   */
  unwrap(wrapped: Buffer, version: number): Buffer;
}

export type SealErrorCode =
  /** The file with the host secret is not there, but something is sealed with it. */
  | 'HOST_SECRET_MISSING'
  /** The file with the host secret is readable for others, or is not 32 bytes. */
  | 'HOST_SECRET_UNSAFE'
  /** The host secret is not the one that the PIN was sealed with, or the sealed PIN was altered. */
  | 'HOST_SECRET_WRONG'
  /** The PIN is nowhere. */
  | 'PIN_MISSING'
  /** The module refuses the PIN. */
  | 'PIN_WRONG'
  /** The token or the module cannot be used. */
  | 'TOKEN_UNUSABLE'
  /** The token holds no root key, or more than one. */
  | 'ROOT_KEY_MISSING'
  /** A wrapped key does not open: it was altered, or belongs to another seal. */
  | 'WRAPPED_KEY_INVALID'
  /** A recovery kit is there already; it is never written over. */
  | 'RECOVERY_KIT_EXISTS'
  /** Fewer than two good shares of this kit, or shares of another one. */
  | 'RECOVERY_SHARES_INVALID'
  /** The file with the recovery key does not open with these shares. */
  | 'RECOVERY_KEY_INVALID'
  /** The domain keys' file is damaged, was altered, or is missing. */
  | 'DOMAIN_KEYS_INVALID'
  /** The first start needs the recovery public key; a later one was given another. */
  | 'RECOVERY_PUBLIC_KEY'
  /** Another process owns the folder. */
  | 'FOLDER_IN_USE';

/** Messages are for operators: they say what to do and never hold a secret. */
export class SealError extends Error {
  readonly code: SealErrorCode;

  constructor(code: SealErrorCode, message: string) {
    super(message);
    this.name = 'SealError';
    this.code = code;
  }
}
