/**
 * Another node for an installation. A node that runs writes an invitation, which holds no key in the clear; with it and two
 * shares of the recovery kit the folder of the new node is made. Both then use one database.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePrivateFolder, replaceFile } from '../files/durable.ts';
import { dataFolder, readInstallation, writeInstallation } from './installation.ts';
import { runSetupStep } from './setup-step.ts';

const FORMAT = 'claviger-node/1';
const NODE_ID_BYTES = 4;

export interface Invitation {
  format: typeof FORMAT;
  region: string;
  clusterId: string;
  /** The other node's file of domain keys (docs/formats.md). */
  domainKeys: string;
}

/** @param data an installation's data folder @throws Error when it is none */
export function inviteNode(data: string): Invitation {
  const folder = dataFolder(data);
  if (!existsSync(folder.installation)) throw new Error(`${data} holds no installation`);
  const { region, clusterId } = readInstallation(folder.installation);
  const domainKeys = readFileSync(join(folder.crypto, 'domain-keys'), 'utf8');
  return { format: FORMAT, region, clusterId, domainKeys };
}

/** Files of the recovery kit, wherever they are kept. */
export interface KitFiles {
  /** recovery-key.enc */
  encryptedKey: string;
  /** Two share files. */
  shares: readonly string[];
}

/**
 * Makes the data folder of a node that joins.
 * @returns the node's name
 * @throws Error when the folder is in use, the invitation is none, or the kit does not open it
 */
export async function joinNode(data: string, text: string, kit: KitFiles): Promise<string> {
  const { format, region, clusterId, domainKeys } = JSON.parse(text) as Partial<Invitation>;
  if (format !== FORMAT || region === undefined || clusterId === undefined || domainKeys === undefined)
    throw new Error('this is no invitation of a node');
  const folder = dataFolder(data);
  if (existsSync(folder.installation)) throw new Error(`${data} holds an installation already`);
  for (const path of [folder.root, folder.server]) makePrivateFolder(path);
  await runSetupStep({ step: 'node-keys', cryptoDir: folder.crypto, domainKeys, ...kit });
  const node = `node-${randomBytes(NODE_ID_BYTES).toString('hex')}`;
  replaceFile(join(folder.server, 'node'), `${node}\n`);
  writeInstallation(folder, { region, clusterId, hsms: [], complete: true, joined: true });
  return node;
}
