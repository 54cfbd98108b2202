/**
 * Where KMS is to look for HSMs instead of where they listen: how a drill puts a proxy between the two. Written into the data
 * folder, where only the owner of the installation can write; KMS speaks TLS with the HSM through it as ever.
 */
import { readFileSync, rmSync } from 'node:fs';
import { replaceFile } from '../files/durable.ts';
import type { DataFolder } from './installation.ts';

export interface Detours {
  /** Milliseconds since 1970: a drill that died does not stay in the way. */
  until: number;
  hsms: Record<string, { host: string; port: number }>;
}

const NONE: Detours = { until: 0, hsms: {} };

/** Leads KMS there from now on; `undefined` ends it. @param supervisor process id @throws Error ESRCH */
export function setDetours(folder: DataFolder, supervisor: number, detours: Detours | undefined): void {
  if (detours === undefined) rmSync(folder.detours, { force: true });
  else replaceFile(folder.detours, `${JSON.stringify(detours)}\n`);
  process.kill(supervisor, 'SIGURG');
}

/** Those that are in force now. */
export function readDetours(folder: DataFolder): Detours {
  let detours: Detours;
  try {
    detours = JSON.parse(readFileSync(folder.detours, 'utf8')) as Detours;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NONE;
    throw error;
  }
  return detours.until > Date.now() ? detours : NONE;
}
