/**
 * The folder of one HSM: its configuration and the names of what lies in it. The process changes into the folder and uses
 * these relative names only, because it may give up the right to reach the folder from outside.
 *
 *     hsm.json            configuration, written once
 *     softhsm2.conf       of SoftHSM, with the token directory ./tokens
 *     tokens/             SoftHSM's tokens (partitions of crypto users)
 *     committed.json      users, and a copy of each token.object (committed.ts)
 *     changing            there while a token.object is being rewritten
 *     sums/               SHA-256 of each object file (token-files.ts)
 *     key-owners/         a mark for each token that has keys
 *     failures.json       wrong passwords in a row
 *     identity/           key, certificate request and certificates
 *     log/                the HSM's own log
 *     damaged/            what was set aside
 *     listening.json      where the process listens since its last start, for tools on the same host
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { isIP } from 'node:net';
import { isAbsolute, join } from 'node:path';
import { replaceFile, syncFolder } from '../files/durable.ts';

export interface HsmConfig {
  /** Such as `hsm-lgavqitns2a`. */
  hsmId: string;
  /** Such as `cluster-1o36p5xeo5k`. */
  clusterId: string;
  availabilityZone: string;
  /** Port 0, or one that is in use: any free port of the host. */
  listen: { host: string; port: number };
  /** Absolute path of the PKCS#11 module; slot or label where only some of its tokens are this HSM's. */
  module: { path: string; slot?: number; tokenLabel?: string };
  /** Whom the process becomes when it was started as root. */
  runAs?: { uid: number; gid: number };
}

/** Names in the folder, relative to it. */
export const HSM_FILES = {
  config: 'hsm.json',
  lock: 'lock',
  softHsmConfig: './softhsm2.conf',
  tokens: './tokens',
  committed: './committed.json',
  changing: './changing',
  sums: './sums',
  keyOwners: './key-owners',
  failures: './failures.json',
  identity: './identity',
  log: './log',
  listening: './listening.json',
  damaged: './damaged',
} as const;

const FOLDERS = [
  HSM_FILES.tokens,
  HSM_FILES.sums,
  HSM_FILES.keyOwners,
  HSM_FILES.identity,
  HSM_FILES.log,
  HSM_FILES.damaged,
];

const SOFTHSM_CONFIG = `directories.tokendir = ${HSM_FILES.tokens}
objectstore.backend = file
log.level = ERROR
slots.removable = false
slots.mechanisms = ALL
`;

/**
 * Makes the folder of a new HSM: only the configuration; keys and tokens are made by the process itself. After a crash
 * there is the whole folder or none.
 * @throws Error when the configuration is wrong; EEXIST or ENOTEMPTY when the folder exists
 */
export async function createHsmFolder(dir: string, config: HsmConfig): Promise<void> {
  const checked = checkConfig(config);
  const draft = `${dir}.draft-${process.pid}`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true, mode: 0o700 });
  for (const folder of FOLDERS) await mkdir(join(draft, folder), { mode: 0o700 });
  replaceFile(join(draft, HSM_FILES.softHsmConfig), SOFTHSM_CONFIG);
  replaceFile(join(draft, HSM_FILES.config), `${JSON.stringify(checked, null, 2)}\n`);
  await rename(draft, dir);
  syncFolder(join(dir, '..'));
}

/** Reads the configuration and makes folders that are missing. @throws Error when it is wrong */
export function readHsmFolder(dir: string): HsmConfig {
  const config = checkConfig(JSON.parse(readFileSync(join(dir, HSM_FILES.config), 'utf8')));
  for (const folder of FOLDERS) mkdirSync(join(dir, folder), { recursive: true, mode: 0o700 });
  return config;
}

const ID = /^[A-Za-z0-9-]{1,63}$/;

function checkConfig(value: unknown): HsmConfig {
  const { hsmId, clusterId, availabilityZone, listen, module, runAs } = value as Partial<HsmConfig>;
  const wrong = (member: string): never => {
    throw new Error(`the HSM's configuration has a wrong ${member}`);
  };
  if (typeof hsmId !== 'string' || !ID.test(hsmId)) return wrong('hsmId');
  if (typeof clusterId !== 'string' || !ID.test(clusterId)) return wrong('clusterId');
  if (typeof availabilityZone !== 'string' || !ID.test(availabilityZone)) return wrong('availabilityZone');
  if (listen === undefined || isIP(listen.host) === 0 || !isBetween(listen.port, 0, 65535))
    return wrong('listen');
  if (typeof module?.path !== 'string' || !isAbsolute(module.path)) return wrong('module.path');
  const { path, slot, tokenLabel } = module;
  if (slot !== undefined && !isBetween(slot, 0, Number.MAX_SAFE_INTEGER)) return wrong('module.slot');
  if (tokenLabel !== undefined && (typeof tokenLabel !== 'string' || !/^[ -~]{1,32}$/.test(tokenLabel)))
    return wrong('module.tokenLabel');
  if (runAs !== undefined && !(isBetween(runAs.uid, 1, 2 ** 31) && isBetween(runAs.gid, 1, 2 ** 31))) {
    return wrong('runAs');
  }
  const { host, port } = listen;
  const config: HsmConfig = {
    hsmId,
    clusterId,
    availabilityZone,
    listen: { host, port },
    module: { path, ...(slot !== undefined && { slot }), ...(tokenLabel !== undefined && { tokenLabel }) },
  };
  return runAs === undefined ? config : { ...config, runAs: { uid: runAs.uid, gid: runAs.gid } };
}

function isBetween(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}
