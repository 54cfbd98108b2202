/** The whole first ceremony of a cluster: from HSMs that have no owner to a cluster that KMS can connect to. */
import { createOperatorCa } from './ca.ts';
import type { CaOptions } from './ca.ts';
import {
  KMS_USER,
  OFFICER,
  activateHsm,
  createCryptoUser,
  enrolPeers,
  openHsm,
  transportKeyOf,
} from './ceremony.ts';
import type { HsmAddress, OfficerConnection, PeerReport } from './ceremony.ts';
import { appendDurably, createOperatorFolder, loadOrCreateCredentials, randomPassword } from './folder.ts';
import { createRecoveryHsm, enrolInRecovery } from './recovery-hsm.ts';

export interface CreateClusterOptions {
  /** Made when missing; see README.txt in it. */
  operatorDir: string;
  clusterId: string;
  /** Running HSMs, all of this cluster. */
  hsms: readonly Omit<HsmAddress, 'clusterId'>[];
  /** First password of `kmsuser`, 7 to 32 letters and digits; random by default. KMS replaces it when it connects. */
  kmsuserPassword?: string;
  ca?: CaOptions;
  /** PKCS#11 module of the recovery HSM; Debian's SoftHSM by default. */
  recoveryModule?: string;
  /** Receives each line of the transcript as it is written. */
  onNote?: (line: string) => void;
}

export interface CreatedCluster {
  /** `customerCA.crt`. */
  trustAnchorPem: string;
  /** Give it to CreateCustomKeyStore as KeyStorePassword. */
  kmsuserPassword: string;
  /** What was done, with fingerprints and without secrets; also added to `ceremonies.txt`. */
  transcript: string[];
  /** PEM by HSM id. */
  certificates: Record<string, string>;
  peers: PeerReport[];
}

/**
 * Initialises and activates all HSMs, creates `kmsuser` on each, creates the recovery HSM, and enrols all with each other.
 * When it was stopped anywhere it is simply called again. It then sets the password of a `kmsuser` that exists to the one
 * it returns; therefore it refuses while somebody is logged in as `kmsuser`, and must not be called for a cluster that a
 * key store has been connected to.
 * @throws Error when `kmsuser` is logged in; RpcError of the HSM that failed
 */
export async function createCluster(options: CreateClusterOptions): Promise<CreatedCluster> {
  const { operatorDir, clusterId } = options;
  const transcript: string[] = [];
  const note = (line: string): void => {
    transcript.push(line);
    options.onNote?.(line);
  };
  const folder = await createOperatorFolder(operatorDir);
  const officer = await loadOrCreateCredentials(folder.officer, OFFICER);
  const ca = await createOperatorCa(operatorDir, options.ca);
  const officers: OfficerConnection[] = [];
  try {
    const certificates: Record<string, string> = {};
    for (const hsm of options.hsms) {
      const connection = await openHsm({ ...hsm, clusterId }, ca, note);
      officers.push({ hsmId: hsm.hsmId, connection });
      await activateHsm(connection, hsm.hsmId, officer, note);
      certificates[hsm.hsmId] = connection.peerCertificate?.toString() ?? '';
    }
    const user = { user: KMS_USER, password: options.kmsuserPassword ?? randomPassword() };
    await requireNobodyIsLoggedIn(officers);
    const created = await createCryptoUser(officers, user, note);
    for (const { hsmId, connection } of officers) {
      if (created.includes(hsmId)) continue;
      await connection.setUserPassword(user.user, user.password);
      note(`${hsmId}: set the password of ${user.user}`);
    }
    await createRecoveryHsm(operatorDir, options.recoveryModule);
    const transportKeys = [];
    for (const hsm of officers) transportKeys.push(await transportKeyOf(hsm, KMS_USER));
    const recoveryKey = await enrolInRecovery(operatorDir, transportKeys, note);
    const peers = await enrolPeers(officers, KMS_USER, [recoveryKey], note);
    note(`${clusterId}: complete with ${officers.map(({ hsmId }) => hsmId).join(', ')}`);
    return {
      trustAnchorPem: ca.certificatePem,
      kmsuserPassword: user.password,
      transcript,
      certificates,
      peers,
    };
  } finally {
    for (const { connection } of officers) connection.close();
    const time = new Date().toISOString();
    if (transcript.length > 0)
      await appendDurably(
        folder.transcript,
        transcript.map((line) => `${time} ${line}`),
      );
  }
}

async function requireNobodyIsLoggedIn(officers: readonly OfficerConnection[]): Promise<void> {
  for (const { hsmId, connection } of officers) {
    const user = (await connection.listUsers()).find(({ name }) => name === KMS_USER);
    if (user?.loggedIn === true)
      throw new Error(`${KMS_USER} is logged in on ${hsmId}: the cluster is in use`);
  }
}
