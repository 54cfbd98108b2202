/** Keys that are loaded, least recently used first out. Key bytes are wiped the moment a key leaves. */
import { CryptoErrorCode } from '../rpc/crypto-messages.ts';
import { RpcError } from '../rpc/frames.ts';

export interface LoadedKey {
  /** 16 bytes: names the EKT that this key came from. */
  check: Buffer;
  typeCode: number;
  /** In memory of its own (not pooled). */
  bytes: Buffer;
}

export interface KeyCache {
  readonly size: number;
  /** @param keyRef 16 bytes */
  get(keyRef: Buffer): LoadedKey | undefined;
  set(keyRef: Buffer, key: LoadedKey): void;
  forget(keyRef: Buffer): void;
  clear(): void;
}

/** A full cache lets go of 1/128 of its keys at once: the first key of a Map is slow to find after many deletions. */
const EVICTED_PART = 128;

/** @param capacity most keys at a time */
export function createKeyCache(capacity: number): KeyCache {
  // A Map keeps the order of insertion: taking a key out and putting it back makes it the youngest.
  const keys = new Map<string, LoadedKey>();
  let youngest: LoadedKey | undefined;
  const nameOf = (keyRef: Buffer): string => keyRef.toString('latin1');
  const forget = (name: string): void => {
    keys.get(name)?.bytes.fill(0);
    keys.delete(name);
    youngest = undefined;
  };
  const evict = (): void => {
    let left = Math.ceil(capacity / EVICTED_PART);
    for (const name of keys.keys()) {
      if (left === 0) return;
      forget(name);
      left -= 1;
    }
  };
  return {
    get size() {
      return keys.size;
    },
    get(keyRef) {
      const name = nameOf(keyRef);
      const key = keys.get(name);
      if (key === undefined || key === youngest) return key;
      keys.delete(name);
      keys.set(name, key);
      youngest = key;
      return key;
    },
    set(keyRef, key) {
      const name = nameOf(keyRef);
      forget(name);
      keys.set(name, key);
      youngest = key;
      if (keys.size > capacity) evict();
    },
    forget: (keyRef) => forget(nameOf(keyRef)),
    clear() {
      for (const name of [...keys.keys()]) forget(name);
    },
  };
}

/**
 * The key of a call, if it is the one that the caller means.
 * @throws RpcError KEY_NOT_FOUND, KEY_CHECK_FAILED
 */
export function loadedKey(keys: KeyCache, use: { keyRef: Buffer; check: Buffer }): LoadedKey {
  const key = keys.get(use.keyRef);
  if (key === undefined) throw new RpcError(CryptoErrorCode.keyNotFound, 'the key is not loaded');
  if (!key.check.equals(use.check))
    throw new RpcError(CryptoErrorCode.keyCheckFailed, 'another key is loaded');
  return key;
}
