/**
 * The steps of a ceremony: what the operator does to HSMs so that they become one cluster. Every step looks first and does
 * only what is missing, so that a ceremony that was stopped anywhere is repeated from the start. A step speaks to HSMs
 * and to `note`, which receives lines for the transcript: with fingerprints, never with a secret.
 */
import { createHash } from 'node:crypto';
import { connectHsm } from '../hsm-client/connect.ts';
import type { HsmConnection } from '../hsm-client/connection.ts';
import { certificateFingerprint, readCertificate } from '../hsm-client/identity.ts';
import type { HsmIdentity } from '../hsm-client/identity.ts';
import { RpcError } from '../rpc/frames.ts';
import type { TransportKey } from '../rpc/hsm-messages.ts';
import { transportKeyFingerprint } from '../rpc/quorum.ts';
import { RequestRefused, readHsmRequest, signHsmRequest } from './ca.ts';
import type { OperatorCa } from './ca.ts';
import type { Credentials } from './folder.ts';

/** The crypto user that KMS logs in as (AWS KMS developer guide, "kmsuser crypto user"). */
export const KMS_USER = 'kmsuser';
/** The crypto officer's name. */
export const OFFICER = 'admin';

export interface HsmAddress extends HsmIdentity {
  host: string;
  port: number;
}

/** A verified connection on which the crypto officer is logged in. */
export interface OfficerConnection {
  hsmId: string;
  connection: HsmConnection;
}

/** Takes a line of the transcript. */
export type Note = (line: string) => void;

/** For TCP and TLS with an HSM. */
const CONNECT_MS = 5_000;

/**
 * Connects to an HSM under the operator's CA; initialises it first when it has no certificate yet.
 * @throws RpcError UNTRUSTED_HSM when the HSM is initialised, but not under this CA or not as this HSM
 */
export async function openHsm(hsm: HsmAddress, ca: OperatorCa, note: Note): Promise<HsmConnection> {
  const trusted = { ...hsm, trustAnchor: ca.certificatePem, timeoutMs: CONNECT_MS };
  try {
    return await connectHsm(trusted);
  } catch (error) {
    if (!(error instanceof RpcError) || error.code !== 'UNTRUSTED_HSM') throw error;
  }
  const fresh = await connectHsm({ ...hsm, timeoutMs: CONNECT_MS });
  try {
    await initialiseHsm(fresh, hsm, ca, note);
  } finally {
    fresh.close();
  }
  return connectHsm(trusted);
}

/**
 * Signs the request of an HSM that has no certificate yet, and installs certificate and trust anchor. The request must
 * name this HSM, and must be by the key that the peer showed in TLS: the one who answers is the one who gets certified.
 * Whether the peer at this address is the machine that was bought is what the operator compares fingerprints for.
 * @throws RequestRefused
 */
export async function initialiseHsm(
  connection: HsmConnection,
  hsm: HsmIdentity,
  ca: OperatorCa,
  note: Note,
): Promise<void> {
  const { state } = await connection.describe();
  if (state !== 'UNINITIALIZED') return;
  const csrPem = await connection.getCertificateRequest();
  const { request, hsmId, clusterId } = await readHsmRequest(csrPem);
  if (hsmId !== hsm.hsmId || clusterId !== hsm.clusterId) {
    throw new RequestRefused(`it is for ${hsmId} of ${clusterId}, not for ${hsm.hsmId} of ${hsm.clusterId}`);
  }
  const requestKey = Buffer.from(request.publicKey.rawData);
  const peerKey = connection.peerCertificate?.publicKey.export({ type: 'spki', format: 'der' });
  if (peerKey === undefined || !requestKey.equals(peerKey)) {
    throw new RequestRefused('its key is not the one that the HSM shows in TLS');
  }
  const certificate = await signHsmRequest(ca, csrPem);
  await connection.initialize(certificate, ca.certificatePem);
  note(
    `${hsmId}: initialised in ${clusterId}; key ${fingerprint(requestKey)}, ` +
      `certificate ${certificateFingerprint(readCertificate(certificate))}`,
  );
}

/**
 * Sets the crypto officer's first password where there is none, and logs the officer in.
 * The password must be on disk before: an HSM that has it and an operator who lost it never meet again.
 * @throws RpcError LOGIN_FAILED when the HSM has another officer password
 */
export async function activateHsm(
  connection: HsmConnection,
  hsmId: string,
  officer: Credentials,
  note: Note,
): Promise<OfficerConnection> {
  const { state } = await connection.describe();
  if (state === 'INITIALIZED') {
    await connection.activate(officer.password);
    note(`${hsmId}: activated; crypto officer ${officer.user} has a password`);
  }
  await connection.loginOfficer(officer.user, officer.password);
  return { hsmId, connection };
}

/**
 * Creates a crypto user where it is missing. Leaves it, and its password, alone where it exists.
 * @returns the ids of the HSMs on which it was created
 */
export async function createCryptoUser(
  hsms: readonly OfficerConnection[],
  user: Credentials,
  note: Note,
): Promise<string[]> {
  const created: string[] = [];
  for (const { hsmId, connection } of hsms) {
    const users = await connection.listUsers();
    if (users.some(({ name }) => name === user.user)) continue;
    await connection.createUser(user.user, user.password);
    created.push(hsmId);
    note(`${hsmId}: created crypto user ${user.user}`);
  }
  return created;
}

/** That `hsmId` wraps keys for `peerHsmId`, whose transport key has this fingerprint. */
export interface PeerReport {
  hsmId: string;
  peerHsmId: string;
  /** SHA-256 of the modulus, hex. */
  fingerprint: string;
  change: 'enrolled' | 'replaced' | 'none';
}

/**
 * Makes every HSM a trusted destination of every other's keys: the transport key of the user's token on each becomes a
 * trusted peer on all others, and so do `offlinePeers` (the recovery HSM, when it does not run).
 * @throws Error when an HSM afterwards lists another key for a peer than that peer itself has
 */
export async function enrolPeers(
  hsms: readonly OfficerConnection[],
  user: string,
  offlinePeers: readonly TransportKey[],
  note: Note,
): Promise<PeerReport[]> {
  const peers = [...offlinePeers];
  for (const hsm of hsms) peers.push(await transportKeyOf(hsm, user));
  const reports: PeerReport[] = [];
  for (const hsm of hsms) reports.push(...(await enrolPeersOn(hsm, user, peers, note)));
  return reports;
}

/**
 * The transport key of the user's token on an HSM.
 * @throws Error when the HSM gives that of another
 */
export async function transportKeyOf(hsm: OfficerConnection, user: string): Promise<TransportKey> {
  const key = await hsm.connection.getTransportKey(user);
  if (key.hsmId !== hsm.hsmId) throw new Error(`${hsm.hsmId} gave a transport key of ${key.hsmId}`);
  return key;
}

/** Enrols `peers` (the HSM itself left out) on one HSM; each that changed is read back and compared. */
export async function enrolPeersOn(
  { hsmId, connection }: OfficerConnection,
  user: string,
  peers: readonly TransportKey[],
  note: Note,
): Promise<PeerReport[]> {
  const before = await fingerprintsOn(connection, user);
  const reports: PeerReport[] = [];
  for (const peer of peers) {
    if (peer.hsmId === hsmId) continue;
    const wanted = transportFingerprint(peer);
    const present = before.get(peer.hsmId);
    const change = present === wanted ? 'none' : present === undefined ? 'enrolled' : 'replaced';
    reports.push({ hsmId, peerHsmId: peer.hsmId, fingerprint: wanted, change });
    if (change === 'none') continue;
    await connection.enrolPeer(user, peer);
    if ((await fingerprintsOn(connection, user)).get(peer.hsmId) !== wanted) {
      throw new Error(`${hsmId} lists another transport key for ${peer.hsmId} than ${peer.hsmId} has`);
    }
    note(`${hsmId}: ${change} peer ${peer.hsmId} for ${user}, transport key ${wanted}`);
  }
  return reports;
}

/** SHA-256 of a transport key's modulus, hex: what two persons compare on both consoles. */
export function transportFingerprint(key: TransportKey): string {
  return transportKeyFingerprint(Buffer.from(key.modulus, 'base64'));
}

async function fingerprintsOn(connection: HsmConnection, user: string): Promise<Map<string, string>> {
  const peers = await connection.listPeers(user);
  return new Map(peers.map((peer) => [peer.hsmId, transportFingerprint(peer)]));
}

function fingerprint(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
