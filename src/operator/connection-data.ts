/**
 * Where a cluster's HSMs are and by which trust anchor they are recognised: from a client file that the operator wrote, or
 * from the data folder of an installation on this machine. Nothing in it is secret.
 *
 *     clusterId: cluster-1o36p5xeo5k
 *     trustAnchor: customerCA.crt        # PEM file, relative to this one
 *     hsms:
 *       - hsmId: hsm-lgavqitns2a
 *         address: 10.0.1.17:2223
 */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { splitAddress } from '../configuration/address.ts';
import { parse } from 'yaml';
import { readCertificate } from '../hsm-client/identity.ts';
import type { HsmAddress } from './ceremony.ts';
import { operatorFolder, readIfThere } from './folder.ts';

export interface ClusterConnection {
  clusterId: string;
  /** PEM of `customerCA.crt`. */
  trustAnchor: string;
  hsms: readonly HsmAddress[];
}

interface ClientFile {
  clusterId: string;
  trustAnchor: string;
  hsms: { hsmId: string; address: string }[];
}

/** Reads a client file, YAML or JSON. @throws Error that says what is wrong with it */
export async function readClientFile(path: string): Promise<ClusterConnection> {
  const file = checkClientFile(parse(await readFile(path, 'utf8')), path);
  const trustAnchor = await readFile(resolve(dirname(path), file.trustAnchor), 'utf8');
  readCertificate(trustAnchor);
  const { clusterId } = file;
  const hsms = file.hsms.map(({ hsmId, address }) => ({ hsmId, clusterId, ...splitAddress(address) }));
  return { clusterId, trustAnchor, hsms };
}

const MEMBERS: readonly string[] = ['clusterId', 'trustAnchor', 'hsms'];

function checkClientFile(value: unknown, path: string): ClientFile {
  const file = (value ?? {}) as Partial<ClientFile>;
  const wrong = (what: string): Error => new Error(`${path}: ${what}`);
  for (const member of Object.keys(file))
    if (!MEMBERS.includes(member)) throw wrong(`'${member}' is not known here`);
  if (typeof file.clusterId !== 'string') throw wrong('clusterId is missing');
  if (typeof file.trustAnchor !== 'string') throw wrong('trustAnchor is missing');
  if (!Array.isArray(file.hsms) || file.hsms.length === 0) throw wrong('hsms is missing or empty');
  for (const hsm of file.hsms)
    if (typeof hsm?.hsmId !== 'string' || typeof hsm.address !== 'string')
      throw wrong('each of hsms has an hsmId and an address');
  return file as ClientFile;
}

/**
 * The cluster of an installation on this machine: HSM folders in `<data>/hsm`, with the address where each process listens
 * since its last start, and the operator's trust anchor.
 * @param clusterId another one than that of the first start
 * @param operatorDir where the operator's folder is, when it was moved
 * @throws Error when the data folder has no such cluster
 */
export async function embeddedConnection(
  data: string,
  clusterId?: string,
  operatorDir: string = join(data, 'operator'),
): Promise<ClusterConnection> {
  const installation = await readIfThere(join(data, 'installation.json'));
  if (installation === undefined)
    throw new Error(`${data} is not the data folder of an installation: give --config or --data`);
  const wanted = clusterId ?? (JSON.parse(installation) as { clusterId: string }).clusterId;
  const trustAnchor = await readFile(operatorFolder(operatorDir).caCertificate, 'utf8');
  const hsms: HsmAddress[] = [];
  for (const name of (await readdir(join(data, 'hsm'))).sort()) {
    const dir = join(data, 'hsm', name);
    const config = await readIfThere(join(dir, 'hsm.json'));
    if (config === undefined) continue;
    const { hsmId, clusterId: of, listen } = JSON.parse(config) as HsmFolderConfig;
    if (of !== wanted || hsmId !== name) continue; // of a name that is not its own: put aside, or half made
    const now = await readIfThere(join(dir, 'listening.json'));
    const { host, port } = now === undefined ? listen : (JSON.parse(now) as HsmFolderConfig['listen']);
    hsms.push({ hsmId, clusterId: wanted, host, port });
  }
  if (hsms.length === 0) throw new Error(`${join(data, 'hsm')} has no HSM of ${wanted}`);
  return { clusterId: wanted, trustAnchor, hsms };
}

interface HsmFolderConfig {
  hsmId: string;
  clusterId: string;
  listen: { host: string; port: number };
}
