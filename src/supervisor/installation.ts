/** The data folder: where things lie in it, and the facts about it that are decided once, at its first start. */
import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultSubnets } from '../configuration/cloudhsm.ts';
import { replaceFile } from '../files/durable.ts';
import { requireRegion } from './regions.ts';

/** What lies where under `<data>`. `operator/` belongs to the operator: no serving process reads it. */
export interface DataFolder {
  root: string;
  lock: string;
  installation: string;
  clientConfig: string;
  server: string;
  crypto: string;
  cryptoSocket: string;
  hsms: string;
  /** Images of clusters, a folder for each Region. */
  backups: string;
  /** The keys that images are encrypted under, one for each backup history. */
  lineages: string;
  logs: string;
  /** Where a drill leads KMS to HSMs meanwhile (detours.ts). */
  detours: string;
  operator: string;
}

export function dataFolder(root: string): DataFolder {
  return {
    root,
    lock: join(root, '.lock'),
    installation: join(root, 'installation.json'),
    clientConfig: join(root, 'client.json'),
    server: join(root, 'server'),
    crypto: join(root, 'crypto'),
    cryptoSocket: join(root, 'crypto', 'socket'),
    hsms: join(root, 'hsm'),
    backups: join(root, 'backups'),
    lineages: join(root, 'lineages'),
    logs: join(root, 'logs'),
    detours: join(root, 'detours.json'),
    operator: join(root, 'operator'),
  };
}

export interface PlannedHsm {
  hsmId: string;
  availabilityZone: string;
  subnetId: string;
  /** Where it listens when the port is free. */
  host: string;
  port: number;
  /** Its cluster, when it is not the first one. */
  clusterId?: string;
  /** Which user id it runs as, counted from the first; its place in the list when undefined. */
  userNumber?: number;
}

export interface Installation {
  region: string;
  clusterId: string;
  hsms: PlannedHsm[];
  /** The cluster's first ceremony was held: KMS may have taken over the password of kmsuser. */
  ceremonyHeld?: boolean;
  /** The first key store was created and connected. */
  complete: boolean;
  /** This node joined others: what an operator owns is with the first one. */
  joined?: boolean;
}

const ID_CHARACTERS = 'abcdefghijklmnopqrstuvwxyz234567';
const HSM_PORT = 2223;
const ZONES = ['a', 'b'];

/** As CloudHSM's ids: 11 characters of base 32. */
function newId(prefix: string): string {
  return `${prefix}-${Array.from({ length: 11 }, () => ID_CHARACTERS[randomInt(32)]).join('')}`;
}

/**
 * Reads the installation's facts; decides them at the first start.
 * @throws Error when the Region to decide on is none, or the facts of an installation are gone or cannot be read
 */
export function readOrPlanInstallation(folder: DataFolder, region: string): Installation {
  const known = existsSync(folder.installation);
  if (!known) {
    requireRegion(region); // what is written down now is never asked for again
    if (existsSync(folder.crypto))
      throw new Error(
        `${folder.root} holds keys and no installation.json: restore that from the backup, ` +
          'or where a node was to join, repeat claviger node join',
      );
  }
  for (const path of [folder.root, folder.server, folder.hsms, folder.logs]) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  }
  if (known) return readInstallation(folder.installation);
  const installation: Installation = {
    region,
    clusterId: newId('cluster'),
    hsms: ZONES.map((zone, i) => ({
      hsmId: newId('hsm'),
      availabilityZone: `${region}${zone}`,
      subnetId:
        defaultSubnets(region).find((subnet) => subnet.availabilityZone === `${region}${zone}`)?.id ?? '',
      host: `127.0.${i + 1}.1`,
      port: HSM_PORT,
    })),
    complete: false,
  };
  writeInstallation(folder, installation);
  return installation;
}

/** @throws Error that names the file */
export function readInstallation(file: string): Installation {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Installation;
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

export function writeInstallation(folder: DataFolder, installation: Installation): void {
  replaceFile(folder.installation, `${JSON.stringify(installation, null, 2)}\n`);
}

/** Changes facts: in the file first, so that nothing goes on which a full disk would have the next start forget. */
export function amendInstallation(
  folder: DataFolder,
  installation: Installation,
  facts: Partial<Installation>,
): void {
  writeInstallation(folder, { ...installation, ...facts });
  Object.assign(installation, facts);
}
