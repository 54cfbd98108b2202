/**
 * The domain keys of a running process: opened once at start by the root key, a new one each week (as AWS KMS rotates its
 * domain keys), old ones kept for what was sealed under them. A new one is on disk, under both seals, before it is used.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { RpcError } from '../rpc/frames.ts';
import { KEY_BYTES, deriveKey } from '../seal/primitives.ts';
import { recoveryPublicKey, recoverySeal } from '../seal/recovery-seal.ts';
import type { RecoveryPublicKey } from '../seal/recovery-seal.ts';
import { SealError } from '../seal/seal.ts';
import type { OpeningSeal } from '../seal/seal.ts';
import {
  domainKeyCheck,
  newDomainKeyFile,
  openDomainKeys,
  readDomainKeyFile,
  writeDomainKeyFile,
} from './domain-key-file.ts';
import type { DomainKey, DomainKeyFile } from './domain-key-file.ts';
import { CryptoProcessErrorCode } from './messages.ts';

const DAY_MS = 24 * 3600 * 1000;
export const DOMAIN_KEY_LIFE_MS = 7 * DAY_MS;

const PROOF_LABEL = 'claviger/recovery-proof/1';

export interface DomainKeys {
  /** What is sealed now is sealed under this one. */
  newest(): DomainKey;
  /** Domain key 1: what must not change by rotation hangs on it. */
  first(): DomainKey;
  /** @throws RpcError DOMAIN_KEY_UNKNOWN */
  byVersion(version: number): DomainKey;
  /** Makes a new one and has it on disk before it returns. @returns its version */
  rotate(): number;
  /** Rotates when the newest is a week old. @returns whether it did */
  rotateWhenDue(): boolean;
  readonly recovery: RecoveryPublicKey;
  readonly recoveryProvenAt: string | null;
  /** Records a proof (`recoveryProof`) durably. @throws RpcError RECOVERY_PROOF_WRONG */
  confirmRecovery(proof: Buffer): void;
  /** Wipes all keys. */
  close(): void;
}

export interface DomainKeysOptions {
  /** The file (domain-key-file.ts). */
  path: string;
  seal: OpeningSeal;
  /** Hex id of the root key behind `seal`. */
  rootKeyId: string;
  /** PEM or DER; needed when the file is made, compared with the file's when given later. */
  operatorPublicKey?: Buffer | undefined;
  /** Milliseconds since 1970. */
  now: () => number;
}

/**
 * What proves that the recovery kit opens the domain keys: derived from the newest one, so it can be told only by who has it.
 * 32 bytes.
 */
export function recoveryProof(newest: DomainKey): Buffer {
  return deriveKey(newest.key, PROOF_LABEL, Buffer.from(String(newest.version)), KEY_BYTES);
}

/**
 * What is made or imported must outlive the system HSM.
 * @param required production (`--require-recovery-proof`)
 * @throws RpcError RECOVERY_NOT_PROVEN
 */
export function requireProvenRecovery(domainKeys: DomainKeys, required: boolean): void {
  if (!required || domainKeys.recoveryProvenAt !== null) return;
  const message = 'no key is made before the recovery kit was proven to open this key store';
  throw new RpcError(CryptoProcessErrorCode.recoveryNotProven, message);
}

/**
 * Opens the domain keys, or makes the first.
 * @throws SealError DOMAIN_KEYS_INVALID, WRAPPED_KEY_INVALID, RECOVERY_PUBLIC_KEY
 */
export function openOrCreateDomainKeys(options: DomainKeysOptions): DomainKeys {
  const given =
    options.operatorPublicKey === undefined ? undefined : recoveryPublicKey(options.operatorPublicKey);
  const read = readDomainKeyFile(options.path);
  if (read === undefined) return createDomainKeys(options, given);
  if (read.file.rootKeyId !== options.rootKeyId) {
    throw new SealError(
      'DOMAIN_KEYS_INVALID',
      'the domain keys are sealed by another root key than the one in the system HSM: restore the folder that belongs ' +
        'to them, or recover the key store with two shares of the recovery kit',
    );
  }
  const keys = openDomainKeys(read, options.seal, 'byRootKey');
  const recorded = recoveryPublicKey(Buffer.from(read.file.recoveryPublicKey, 'base64'));
  if (given !== undefined && given.fingerprint !== recorded.fingerprint) {
    throw new SealError(
      'RECOVERY_PUBLIC_KEY',
      `this key store is sealed for the recovery kit with the key ${recorded.fingerprint}, not for ${given.fingerprint}`,
    );
  }
  return keep(options, read.file, keys, recorded);
}

function createDomainKeys(options: DomainKeysOptions, recovery: RecoveryPublicKey | undefined): DomainKeys {
  if (recovery === undefined) {
    throw new SealError(
      'RECOVERY_PUBLIC_KEY',
      'the first start needs the public key of a recovery kit (--operator-public): keys that only one token opens are ' +
        'lost with it',
    );
  }
  const file = newDomainKeyFile(options.rootKeyId, recovery.spki);
  const domainKeys = keep(options, file, [], recovery);
  domainKeys.rotate();
  return domainKeys;
}

function keep(
  options: DomainKeysOptions,
  opened: DomainKeyFile,
  keys: DomainKey[],
  recovery: RecoveryPublicKey,
): DomainKeys {
  let file = opened;
  const write = (changed: DomainKeyFile, firstKey: Buffer): void => {
    writeDomainKeyFile(options.path, changed, firstKey);
    file = changed;
  };
  const at = (index: number): DomainKey => keys.at(index) as DomainKey; // there is always one

  const rotate = (): number => {
    const version = keys.length + 1;
    const domainKey = { version, createdAt: new Date(options.now()).toISOString(), key: randomKey() };
    const entry = {
      version,
      createdAt: domainKey.createdAt,
      check: domainKeyCheck(domainKey),
      byRootKey: wrapProven(options.seal, domainKey).toString('base64'),
      byRecoveryKey: recoverySeal(recovery).wrap(domainKey.key, version).toString('base64'),
    };
    write({ ...file, keys: [...file.keys, entry] }, keys[0]?.key ?? domainKey.key);
    keys.push(domainKey);
    return version;
  };

  return {
    newest: () => at(-1),
    first: () => at(0),
    byVersion(version) {
      const domainKey = keys[version - 1];
      if (domainKey !== undefined) return domainKey;
      throw new RpcError(CryptoProcessErrorCode.domainKeyUnknown, `domain key ${version} is not here`);
    },
    rotate,
    rotateWhenDue() {
      const age = options.now() - Date.parse(at(-1).createdAt);
      // A key from the future was made while the clock was wrong; it must not stop rotation until then.
      const due = age >= DOMAIN_KEY_LIFE_MS || age < -DAY_MS;
      if (due) rotate();
      return due;
    },
    recovery,
    get recoveryProvenAt() {
      return file.recoveryProvenAt;
    },
    confirmRecovery(proof) {
      const wanted = recoveryProof(at(-1));
      if (proof.length !== wanted.length || !timingSafeEqual(proof, wanted)) {
        throw new RpcError(
          CryptoProcessErrorCode.recoveryProofWrong,
          'the recovery kit did not open these domain keys',
        );
      }
      write({ ...file, recoveryProvenAt: new Date(options.now()).toISOString() }, at(0).key);
    },
    close() {
      for (const { key } of keys) key.fill(0);
    },
  };
}

function randomKey(): Buffer {
  const key = Buffer.allocUnsafeSlow(KEY_BYTES);
  const random = randomBytes(KEY_BYTES);
  random.copy(key);
  random.fill(0);
  return key;
}

/** Wraps, and opens once: a token that wraps wrongly is found out before anything depends on it. */
function wrapProven(seal: OpeningSeal, { key, version }: DomainKey): Buffer {
  const wrapped = seal.wrap(key, version);
  const opened = seal.unwrap(wrapped, version);
  const same = timingSafeEqual(opened, key);
  opened.fill(0);
  if (same) return wrapped;
  throw new SealError('WRAPPED_KEY_INVALID', `the root key does not give back domain key ${version}`);
}
