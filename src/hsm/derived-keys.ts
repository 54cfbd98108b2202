/**
 * Encryption for external key stores, whose protocol has no room for a wrapped message key in a ciphertext. A derivation key
 * (AES-256 session object, made here once and kept by the caller, wrapped under the KMS key) gives a message key for each
 * salt, inside the HSM: the AES-CBC encryption of salt and constant under the derivation key (PKCS#11 2.40
 * CKM_AES_CBC_ENCRYPT_DATA). What a message becomes is
 *
 *     salt (16) | nonce (12) | ciphertext | tag (16)
 *
 * The salt is random and new with each message key, which encrypts as long as any other (gcm.ts). It is not in the associated data:
 * with another salt the key is another one.
 */
import { CryptoErrorCode } from '../rpc/crypto-messages.ts';
import { RpcError } from '../rpc/frames.ts';
import {
  AES_KEY_GENERATION,
  AES_KEY_WRAP,
  DERIVATION_SALT_BYTES,
  WRAPPED_AES256_BYTES,
  aesDerivation,
} from '../pkcs11/mechanisms.ts';
import type { Handle } from '../pkcs11/module.ts';
import {
  DERIVATION_KEY_GENERATED,
  DERIVATION_KEY_UNWRAPPED,
  MESSAGE_KEY_DERIVED,
} from '../pkcs11/templates.ts';
import {
  GCM_BYTES,
  KEY_LIFE,
  blamesInput,
  invalidCiphertext,
  moduleFailed,
  openFailed,
  openGcm,
  sealFailed,
  sealGcm,
} from './gcm.ts';
import type { CountedKey, KeyLife } from './gcm.ts';
import { KeyCache, destroyObject } from './key-cache.ts';
import type { KeyRecord } from './key-table.ts';
import { wrapUnder } from './message-keys.ts';
import type { PartitionSession } from './partition-session.ts';
import type { RandomPool } from './randomness.ts';

/** A message key that encrypts new messages under one derivation key. */
interface DerivedKey extends CountedKey {
  readonly salt: Buffer;
}

const LEAST_SEALED_BYTES = DERIVATION_SALT_BYTES + GCM_BYTES + 1;

/** Derivation keys that stay in the module, message keys that encrypt, and those that are kept for decryption. */
const DERIVATION_KEYS = 1024;
const ENCRYPTING = 1024;
const DERIVED = 4096;

export interface DerivedCipherOptions extends Partial<KeyLife> {
  /** How many message keys encrypt at most. */
  encrypting?: number;
  /** Monotonic milliseconds. */
  now?: () => number;
}

export class DerivedCipher {
  readonly #session: PartitionSession;
  readonly #random: RandomPool;
  readonly #life: KeyLife;
  readonly #most: number;
  readonly #now: () => number;
  /** By key reference and wrapped derivation key (latin1). */
  readonly #derivationKeys: KeyCache;
  /** By the same. */
  readonly #encrypting = new Map<string, DerivedKey>();
  /** By the same and the salt. */
  readonly #derived: KeyCache;

  constructor(session: PartitionSession, random: RandomPool, options: DerivedCipherOptions = {}) {
    const { encrypting = ENCRYPTING, now = () => performance.now(), ...life } = options;
    this.#session = session;
    this.#random = random;
    this.#life = { ...KEY_LIFE, ...life };
    this.#most = encrypting;
    this.#now = now;
    this.#derivationKeys = new KeyCache(session, DERIVATION_KEYS);
    this.#derived = new KeyCache(session, DERIVED);
  }

  /** Session objects that are kept. */
  get cached(): number {
    return this.#derivationKeys.size + this.#encrypting.size + this.#derived.size;
  }

  /** A new derivation key, wrapped under the KMS key (40 bytes): all that is left of it. @throws RpcError MODULE_FAILED */
  generate(key: KeyRecord): Buffer {
    const { module, objects } = this.#session;
    try {
      const handle = module.calls.C_GenerateKey(objects, AES_KEY_GENERATION, DERIVATION_KEY_GENERATED);
      try {
        return wrapUnder(this.#session, key, handle);
      } finally {
        destroyObject(this.#session, handle);
      }
    } catch (error) {
      throw moduleFailed(error);
    }
  }

  /**
   * @param wrapped the derivation key, 40 bytes
   * @param plaintext at least 1 byte
   * @throws RpcError DERIVATION_KEY_INVALID, MODULE_FAILED
   */
  seal(key: KeyRecord, wrapped: Buffer, aad: Buffer, plaintext: Buffer): Buffer {
    const sealed = Buffer.allocUnsafe(DERIVATION_SALT_BYTES + GCM_BYTES + plaintext.length);
    try {
      const messageKey = this.#encryptingKey(key, wrapped);
      messageKey.salt.copy(sealed);
      sealGcm(this.#session, messageKey, aad, plaintext, sealed, DERIVATION_SALT_BYTES);
      return sealed;
    } catch (error) {
      throw sealFailed(this.#session, error);
    }
  }

  /** @throws RpcError INVALID_CIPHERTEXT, whatever is wrong with it; DERIVATION_KEY_INVALID, MODULE_FAILED */
  open(key: KeyRecord, wrapped: Buffer, aad: Buffer, sealed: Buffer): Buffer {
    if (sealed.length < LEAST_SEALED_BYTES) throw invalidCiphertext();
    try {
      const handle = this.#derivedKey(key, wrapped, sealed.subarray(0, DERIVATION_SALT_BYTES));
      return openGcm(this.#session, handle, aad, sealed.subarray(DERIVATION_SALT_BYTES));
    } catch (error) {
      throw openFailed(this.#session, error);
    }
  }

  /** Destroys what was derived from one KMS key. */
  forget({ ref }: KeyRecord): void {
    for (const [name, { handle }] of this.#encrypting) {
      if (!name.startsWith(ref)) continue;
      this.#encrypting.delete(name);
      destroyObject(this.#session, handle);
    }
    this.#derived.forget(ref);
    this.#derivationKeys.forget(ref);
  }

  #encryptingKey(key: KeyRecord, wrapped: Buffer): DerivedKey {
    const name = nameOf(key, wrapped);
    const current = this.#encrypting.get(name);
    if (current !== undefined) {
      if (current.messages < this.#life.maxMessages && this.#now() < current.retireAt) return current;
      this.#retire(name, current);
    }
    const salt = Buffer.allocUnsafeSlow(DERIVATION_SALT_BYTES);
    this.#random.fill(salt);
    const handle = this.#derive(key, wrapped, salt);
    const made = { handle, salt, messages: 0, retireAt: this.#now() + this.#life.maxAgeMs };
    this.#encrypting.set(name, made);
    if (this.#encrypting.size > this.#most) {
      for (const [oldest, evicted] of this.#encrypting) {
        this.#retire(oldest, evicted);
        break;
      }
    }
    return made;
  }

  /** It encrypts no more, and goes on decrypting. */
  #retire(name: string, { salt, handle }: DerivedKey): void {
    this.#encrypting.delete(name);
    this.#derived.put(name + salt.toString('latin1'), handle);
  }

  #derivedKey(key: KeyRecord, wrapped: Buffer, salt: Buffer): Handle {
    const name = nameOf(key, wrapped);
    const current = this.#encrypting.get(name);
    if (current?.salt.equals(salt) === true) return current.handle;
    const derivedName = name + salt.toString('latin1');
    const known = this.#derived.get(derivedName);
    if (known !== undefined) return known;
    const handle = this.#derive(key, wrapped, salt);
    this.#derived.put(derivedName, handle);
    return handle;
  }

  #derive(key: KeyRecord, wrapped: Buffer, salt: Buffer): Handle {
    const { module, objects } = this.#session;
    const base = this.#derivationKey(key, wrapped);
    try {
      return module.calls.C_DeriveKey(objects, aesDerivation(salt), base, MESSAGE_KEY_DERIVED);
    } catch (error) {
      throw moduleFailed(error); // whatever its name: there is no salt from which nothing can be derived
    }
  }

  #derivationKey(key: KeyRecord, wrapped: Buffer): Handle {
    const name = nameOf(key, wrapped);
    const known = this.#derivationKeys.get(name);
    if (known !== undefined) return known;
    const handle = this.#unwrap(key, wrapped);
    this.#derivationKeys.put(name, handle);
    return handle;
  }

  #unwrap(key: KeyRecord, wrapped: Buffer): Handle {
    const { module, objects } = this.#session;
    try {
      return module.calls.C_UnwrapKey(objects, AES_KEY_WRAP, key.handle, wrapped, DERIVATION_KEY_UNWRAPPED);
    } catch (error) {
      if (!blamesInput(error)) throw error;
      throw new RpcError(CryptoErrorCode.derivationKeyInvalid, 'the key has wrapped no such derivation key');
    }
  }
}

function nameOf(key: KeyRecord, wrapped: Buffer): string {
  return key.ref + wrapped.toString('latin1', 0, WRAPPED_AES256_BYTES);
}
