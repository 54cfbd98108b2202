/**
 * The two ceremonies with the recovery kit: proving that it opens the key store, and bringing the key store back when the
 * system HSM or the host secret is lost. They run in the operator's own process, never in the crypto process.
 */
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder } from '../files/durable.ts';
import { openRecoveryKit } from '../seal/recovery-kit.ts';
import type { RecoveryKitContents } from '../seal/recovery-kit.ts';
import { recoveryOpener, recoveryPublicKey } from '../seal/recovery-seal.ts';
import { SealError } from '../seal/seal.ts';
import { createSystemHsm } from '../seal/system-hsm.ts';
import { openDomainKeys, readDomainKeyFile, writeDomainKeyFile } from './domain-key-file.ts';
import type { DomainKey, DomainKeyFile } from './domain-key-file.ts';
import { recoveryProof } from './domain-keys.ts';
import { domainKeysPath, lockFolder, systemHsmPath } from './folder.ts';

/**
 * Really opens all domain keys with two shares.
 * @param dir the crypto process's folder; the process may run
 * @returns the proof for CryptoProcessClient.confirmRecovery, which must come before the next rotation of domain keys
 * @throws SealError RECOVERY_SHARES_INVALID, RECOVERY_KEY_INVALID, WRAPPED_KEY_INVALID, DOMAIN_KEYS_INVALID
 */
export async function proveRecoverySeal(dir: string, kit: RecoveryKitContents): Promise<Buffer> {
  const { keys } = await openWithKit(dir, kit);
  const proof = recoveryProof(keys.at(-1) as DomainKey);
  wipe(keys);
  return proof;
}

export interface RecoverRootSealOptions {
  /** The crypto process's folder; the process must not run. */
  dir: string;
  kit: RecoveryKitContents;
  /** As in SystemHsmOptions: what the key store is sealed with from now on. */
  hostSecretFile: string;
  pinFile?: string | undefined;
  modulePath?: string | undefined;
  tokenLabel?: string | undefined;
}

export interface RecoveryReport {
  /** Domain keys that were sealed to the new root key. */
  domainKeys: number;
  rootKeyId: string;
  /** Where what was there of the old system HSM lies now, if there was any. */
  setAside: string | undefined;
}

/**
 * Makes a new system HSM with a new root key, and seals the domain keys to it. All that was sealed under the domain keys
 * stays as it is. Stopped at any point, it can be run again.
 * @throws SealError as proveRecoverySeal and createSystemHsm, and FOLDER_IN_USE
 */
export async function recoverRootSeal(options: RecoverRootSealOptions): Promise<RecoveryReport> {
  const unlock = lockFolder(options.dir);
  try {
    const { file, keys } = await openWithKit(options.dir, options.kit);
    try {
      const setAside = setSystemHsmAside(options.dir);
      const systemHsm = createSystemHsm({ ...options, folder: systemHsmPath(options.dir) });
      try {
        const entries = file.keys.map((entry, i) => {
          const { key, version } = keys[i] as DomainKey;
          return { ...entry, byRootKey: systemHsm.seal.wrap(key, version).toString('base64') };
        });
        const { rootKeyId } = systemHsm;
        const changed: DomainKeyFile = { ...file, rootKeyId, keys: entries };
        writeDomainKeyFile(domainKeysPath(options.dir), changed, (keys[0] as DomainKey).key);
        return { domainKeys: keys.length, rootKeyId, setAside };
      } finally {
        systemHsm.close();
      }
    } finally {
      wipe(keys);
    }
  } finally {
    unlock();
  }
}

async function openWithKit(
  dir: string,
  kit: RecoveryKitContents,
): Promise<{ file: DomainKeyFile; keys: DomainKey[] }> {
  const read = readDomainKeyFile(domainKeysPath(dir));
  if (read === undefined)
    throw new SealError('DOMAIN_KEYS_INVALID', `${dir} holds no domain keys: restore it first`);
  const opener = recoveryOpener(await openRecoveryKit(kit));
  recoveryPublicKey(Buffer.from(read.file.recoveryPublicKey, 'base64')); // later rotations need it to be good
  return { file: read.file, keys: openDomainKeys(read, opener, 'byRecoveryKey') };
}

/** Nothing of the old one is deleted: it may be looked into later. */
function setSystemHsmAside(dir: string): string | undefined {
  const folder = systemHsmPath(dir);
  if (!existsSync(folder)) return undefined;
  let number = 1;
  while (existsSync(`${folder}.lost-${number}`)) number += 1;
  const aside = join(`${folder}.lost-${number}`);
  renameSync(folder, aside);
  syncFolder(dir);
  return aside;
}

function wipe(keys: readonly DomainKey[]): void {
  for (const { key } of keys) key.fill(0);
}
