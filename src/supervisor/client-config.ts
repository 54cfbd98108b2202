/** `<data>/client.json`: what clients on this machine need to reach this Claviger, there while it serves. */
import { mkdirSync, rmSync } from 'node:fs';
import { replaceFile } from '../files/durable.ts';
import type { DataFolder } from './installation.ts';

export interface ClientConfig {
  endpoint: string;
  region: string;
  accountId: string;
  accessKeyId: string;
  secretAccessKey: string;
  customKeyStoreId: string;
  clusterId: string;
  pids: { server: number[]; crypto: number[]; agent: number[]; hsm: Record<string, number> };
}

/** Replaces it in one step: whoever reads sees the old one or the new one. @throws Error of the file system */
export function writeClientConfig(folder: DataFolder, config: ClientConfig): void {
  mkdirSync(folder.root, { recursive: true });
  replaceFile(folder.clientConfig, `${JSON.stringify(config, null, 2)}\n`);
}

export function removeClientConfig(folder: DataFolder): void {
  rmSync(folder.clientConfig, { force: true });
}
