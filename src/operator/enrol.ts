/**
 * Taking a new or replaced HSM into a cluster by the crypto officer's hand, and taking one out: what the operator agent does
 * by itself, here with a person who compares fingerprints. Every step looks first and does only what is missing, so a
 * ceremony that stopped is begun again.
 */
import { createHash } from 'node:crypto';
import { connectHsm } from '../hsm-client/connect.ts';
import type { HsmConnection } from '../hsm-client/connection.ts';
import type { Approval } from '../rpc/quorum.ts';
import { loadOperatorCa } from './ca.ts';
import {
  KMS_USER,
  OFFICER,
  activateHsm,
  createCryptoUser,
  initialiseHsm,
  transportFingerprint,
  transportKeyOf,
} from './ceremony.ts';
import type { HsmAddress, Note } from './ceremony.ts';
import type { ClusterConnection } from './connection-data.ts';
import { asOfficer, done, isCode, onEveryHsm, openMember, unchanged, withApprovals } from './every-hsm.ts';
import type { HsmReport } from './every-hsm.ts';
import { randomPassword } from './folder.ts';
import { recoveryHsmIsHere } from './recovery-hsm.ts';
import { enrolPeersOfUser } from './users.ts';

export interface EnrolOptions {
  hsmId: string;
  officerPassword: string;
  /** The operator's folder, with the CA and where possible the recovery HSM. */
  operatorDir: string | undefined;
  /** PEM, by the operator's CA, for an HSM that is not initialised where the CA is elsewhere. */
  certificate: string | undefined;
  /** Password of `kmsuser` on the new HSM; random when unknown. */
  userPassword: string | undefined;
  approvals: readonly Approval[];
  /** Shows a fingerprint to compare with the HSM's own console. @returns false to stop */
  confirm(what: string, fingerprint: string): Promise<boolean>;
  note: Note;
}

/** The ceremony stopped where a person must do something first; the message says what. */
export class CeremonyStopped extends Error {
  /** PEM of the certificate request to sign, where that is what must be done. */
  readonly request: string | undefined;

  constructor(message: string, request?: string) {
    super(message);
    this.name = 'CeremonyStopped';
    this.request = request;
  }
}

/** @throws CeremonyStopped, RpcError. @returns what was done about peers, on every HSM */
export async function enrolHsm(cluster: ClusterConnection, options: EnrolOptions): Promise<HsmReport[]> {
  const { hsmId, officerPassword, operatorDir, note } = options;
  const hsm = cluster.hsms.find((one) => one.hsmId === hsmId);
  if (hsm === undefined) throw new Error(`the connection data have no HSM ${hsmId}`);
  const connection = await openNew(cluster, hsm, options);
  try {
    await activateHsm(connection, hsmId, { user: OFFICER, password: officerPassword }, note);
    const user = { user: KMS_USER, password: options.userPassword ?? randomPassword() };
    const officer = { hsmId, connection };
    if ((await createCryptoUser([officer], user, note)).length > 0 && options.userPassword === undefined)
      note(`${hsmId}: the password of ${KMS_USER} is random: set one on all HSMs, or let KMS's agent do it`);
    const transportKey = await transportKeyOf(officer, KMS_USER);
    const fingerprint = transportFingerprint(transportKey);
    note(`${hsmId}: transport key of ${KMS_USER} ${fingerprint}`);
    if (!(await options.confirm(`the transport key of ${KMS_USER} on ${hsmId}`, fingerprint)))
      throw new CeremonyStopped(`${hsmId} was not enrolled: the fingerprint was not confirmed`);
    if (operatorDir === undefined || !(await recoveryHsmIsHere(operatorDir)))
      note(`the recovery HSM is not here: it cannot give keys to ${hsmId} until it has enrolled it`);
  } finally {
    connection.close();
  }
  const reports = await enrolPeersOfUser(cluster, officerPassword, KMS_USER, options);
  await shareQuorum(cluster, hsm, officerPassword, note);
  return reports;
}

/** A connection under the trust anchor; an HSM without a certificate gets one first, once its fingerprint was compared. */
async function openNew(
  cluster: ClusterConnection,
  hsm: HsmAddress,
  options: EnrolOptions,
): Promise<HsmConnection> {
  try {
    return await openMember(cluster, hsm, async () => {});
  } catch (error) {
    if (!isCode(error, 'UNTRUSTED_HSM')) throw error;
  }
  const fresh = await connectHsm({ ...hsm, timeoutMs: 5_000 });
  try {
    const fingerprint = keyFingerprint(fresh);
    options.note(`${hsm.hsmId}: answers with the key ${fingerprint}`);
    if (!(await options.confirm(`the key of ${hsm.hsmId}`, fingerprint)))
      throw new CeremonyStopped(`${hsm.hsmId} was not initialised: the fingerprint was not confirmed`);
    if (options.certificate !== undefined) {
      await fresh.initialize(options.certificate, cluster.trustAnchor);
      options.note(`${hsm.hsmId}: initialised with the given certificate`);
    } else if (options.operatorDir !== undefined) {
      await initialiseHsm(fresh, hsm, await loadOperatorCa(options.operatorDir), options.note);
    } else {
      throw new CeremonyStopped(
        `sign the certificate request of ${hsm.hsmId} with the operator's CA, then give --certificate`,
        await fresh.getCertificateRequest(),
      );
    }
  } finally {
    fresh.close();
  }
  return openMember(cluster, hsm, async () => {});
}

/** SHA-256 of the peer's public key (SubjectPublicKeyInfo), hex: the HSM's process writes the same into its log. */
function keyFingerprint(connection: HsmConnection): string {
  const key = connection.peerCertificate?.publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256')
    .update(key ?? Buffer.alloc(0))
    .digest('hex');
}

/** The new HSM gets the quorum of the others; until then its officer decides alone. */
async function shareQuorum(
  cluster: ClusterConnection,
  hsm: HsmAddress,
  officerPassword: string,
  note: Note,
): Promise<void> {
  const login = asOfficer(officerPassword);
  const policies = await onEveryHsm(cluster, login, async (connection) => ({
    ...unchanged(''),
    value: await connection.getQuorum(),
  }));
  const policy = policies.find(({ hsmId, value }) => hsmId !== hsm.hsmId && value !== undefined)?.value;
  if (policy === undefined || policies.find(({ hsmId }) => hsmId === hsm.hsmId)?.value !== undefined) return;
  const connection = await openMember(cluster, hsm, login);
  await connection.setQuorum(policy).finally(() => connection.close());
  note(`${hsm.hsmId}: has the quorum of the others, ${policy.threshold} approvers`);
}

/** Keys go to `hsmId` no more: every other HSM forgets its transport key. It may be gone already. */
export async function removeHsm(
  cluster: ClusterConnection,
  officerPassword: string,
  hsmId: string,
  approvals: readonly Approval[],
): Promise<HsmReport[]> {
  const others = { ...cluster, hsms: cluster.hsms.filter((hsm) => hsm.hsmId !== hsmId) };
  return onEveryHsm(others, asOfficer(officerPassword), async (connection) => {
    const peers = await connection.listPeers(KMS_USER);
    if (!peers.some((peer) => peer.hsmId === hsmId)) return unchanged(`${hsmId} is not enrolled`);
    await withApprovals(connection, 'remove-peer', approvals, () => connection.removePeer(KMS_USER, hsmId));
    return done(`${hsmId} removed`);
  });
}

/**
 * Takes an HSM out of service for maintenance, or back in. Refused when no other HSM serves the same users with all keys.
 * @throws Error that says what would be missing
 */
export async function drainHsm(
  cluster: ClusterConnection,
  officerPassword: string,
  hsmId: string,
  options: { back: boolean; force: boolean },
): Promise<HsmReport[]> {
  const login = asOfficer(officerPassword);
  const one = { ...cluster, hsms: cluster.hsms.filter((hsm) => hsm.hsmId === hsmId) };
  if (one.hsms.length === 0) throw new Error(`the connection data have no HSM ${hsmId}`);
  if (!options.back && !options.force) await requireOthersToServe(cluster, officerPassword, hsmId);
  return onEveryHsm(one, login, async (connection) => {
    const { draining } = await connection.describe();
    if ((draining === true) !== options.back)
      return unchanged(options.back ? 'is in service' : 'is drained already');
    await (options.back ? connection.undrain() : connection.drain());
    return done(options.back ? 'back in service' : 'drained, until --back or its next start');
  });
}

async function requireOthersToServe(
  cluster: ClusterConnection,
  officerPassword: string,
  hsmId: string,
): Promise<void> {
  const seen = await onEveryHsm(cluster, asOfficer(officerPassword), async (connection) => {
    const { draining } = await connection.describe();
    const users = (await connection.listUsers()).filter(({ type }) => type === 'CRYPTO_USER');
    const value: Record<string, string[] | undefined> = {};
    for (const { name } of users)
      value[name] = (await connection.inventory(name)).keys?.map(({ materialId }) => materialId);
    return { ...unchanged(''), value: draining === true ? {} : value };
  });
  const here = seen.find((report) => report.hsmId === hsmId)?.value ?? {};
  for (const [user, keys] of Object.entries(here)) {
    if (keys === undefined) continue; // nobody uses it
    const covered = seen.some(
      ({ hsmId: other, value }) =>
        other !== hsmId && keys.every((materialId) => value?.[user]?.includes(materialId)),
    );
    if (!covered)
      throw new Error(
        `no other HSM serves ${user} with all ${keys.length} keys of ${hsmId}: nothing was done`,
      );
  }
}
