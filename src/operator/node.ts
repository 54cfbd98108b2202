/**
 * The keys of a node that joins: the domain keys that the others have, opened with the recovery kit and sealed under a root
 * key of the new node's own. What the new node is given (the others' file) opens with their root key or the kit alone.
 */
import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { domainKeysPath } from '../crypto-process/folder.ts';
import { recoverRootSeal } from '../crypto-process/recovery.ts';
import { makePrivateFolder, replaceFile } from '../files/durable.ts';
import type { RecoveryKitContents } from '../seal/recovery-kit.ts';

export interface NodeKeys {
  /** The new node's folder of the crypto process. */
  cryptoDir: string;
  /** Text of another node's file of domain keys. */
  domainKeys: string;
  kit: RecoveryKitContents;
  hostSecretFile: string;
  pinFile: string | undefined;
  modulePath: string | undefined;
}

/** @throws Error when the folder has keys; SealError of the kit or the file */
export async function makeNodeKeys({ cryptoDir, domainKeys, ...options }: NodeKeys): Promise<void> {
  if (existsSync(join(cryptoDir, 'in-use'))) throw new Error(`${cryptoDir} has keys of its own`);
  makePrivateFolder(cryptoDir);
  replaceFile(domainKeysPath(cryptoDir), domainKeys);
  await recoverRootSeal({ dir: cryptoDir, ...options });
}
