/** The data folder: where things lie in it, and the facts about it that are decided once, at its first start. */
import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../seal/durable-file.ts';

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
  logs: string;
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
    logs: join(root, 'logs'),
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
}

export interface Installation {
  region: string;
  clusterId: string;
  hsms: PlannedHsm[];
  /** The cluster's first ceremony was held: KMS may have taken over the password of kmsuser. */
  ceremonyHeld?: boolean;
  /** The first key store was created and connected. */
  complete: boolean;
}

const ID_CHARACTERS = 'abcdefghijklmnopqrstuvwxyz234567';
const HSM_PORT = 2223;
const ZONES = ['a', 'b'];

/** As CloudHSM's ids: 11 characters of base 32. */
function newId(prefix: string): string {
  return `${prefix}-${Array.from({ length: 11 }, () => ID_CHARACTERS[randomInt(32)]).join('')}`;
}

/** Reads the installation's facts; decides them at the first start. */
export function readOrPlanInstallation(folder: DataFolder, region: string): Installation {
  for (const path of [folder.root, folder.server, folder.hsms, folder.logs]) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  }
  if (existsSync(folder.installation)) {
    return JSON.parse(readFileSync(folder.installation, 'utf8')) as Installation;
  }
  const installation: Installation = {
    region,
    clusterId: newId('cluster'),
    hsms: ZONES.map((zone, i) => ({
      hsmId: newId('hsm'),
      availabilityZone: `${region}${zone}`,
      subnetId: `subnet-${randomBytes(9).toString('hex').slice(0, 17)}`,
      host: `127.0.${i + 1}.1`,
      port: HSM_PORT,
    })),
    complete: false,
  };
  writeInstallation(folder, installation);
  return installation;
}

export function writeInstallation(folder: DataFolder, installation: Installation): void {
  replaceFile(folder.installation, `${JSON.stringify(installation, null, 2)}\n`);
}
