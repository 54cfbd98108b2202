/** The owner of an HSM cluster in tests: a CA made with openssl, and the steps of the crypto officer. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudHSMV2Client, DescribeClustersCommand } from '@aws-sdk/client-cloudhsm-v2';
import type { Cluster } from '@aws-sdk/client-cloudhsm-v2';
import { signRequest } from '../../src/aws/sigv4/sign.ts';
import { connectHsm } from '../../src/hsm-client/connect.ts';
import type { HsmConnection } from '../../src/hsm-client/connection.ts';
import { loadOperatorCa } from '../../src/operator/ca.ts';
import {
  KMS_USER,
  OFFICER,
  activateHsm,
  createCryptoUser,
  enrolPeers,
  openHsm,
  transportKeyOf,
} from '../../src/operator/ceremony.ts';
import type { HsmAddress, OfficerConnection } from '../../src/operator/ceremony.ts';
import { createOperatorFolder, loadOrCreateCredentials } from '../../src/operator/folder.ts';
import { createRecoveryHsm, enrolInRecovery } from '../../src/operator/recovery-hsm.ts';
import { eventually } from './claviger.ts';
import type { Claviger } from './claviger.ts';

export function cloudHsmClient(claviger: Claviger, region?: string): CloudHSMV2Client {
  const config = claviger.config();
  return new CloudHSMV2Client({
    endpoint: config.endpoint,
    region: region ?? config.region,
    credentials: { accessKeyId: config.accessKeyId, secretAccessKey: config.secretAccessKey },
    maxAttempts: 1,
  });
}

/** How a call that the SDK's version does not know ended. */
export interface RawAnswer {
  requestId: string;
  /** Of a refused call. */
  error: string | undefined;
  message: string;
  answer: Record<string, never>;
}

/** A call with members or operations that are newer than the SDK's version, signed like any other. */
export async function callRaw(claviger: Claviger, operation: string, input: object): Promise<RawAnswer> {
  const config = claviger.config();
  const url = new URL(config.endpoint);
  const body = Buffer.from(JSON.stringify(input));
  const headers = signRequest({
    method: 'POST',
    host: url.host,
    path: '/',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `BaldrApiService.${operation}` },
    body,
    credentials: config,
    region: config.region,
    service: 'cloudhsm',
    now: new Date(),
  });
  const { host: _host, ...others } = headers;
  const response = await fetch(url, { method: 'POST', headers: others, body });
  const answer = JSON.parse(await response.text()) as Record<string, never>;
  return {
    requestId: response.headers.get('x-amzn-requestid') ?? '',
    error: answer['__type'],
    message: answer['Message'] ?? answer['message'] ?? '',
    answer,
  };
}

/** @throws Error when the cluster is not listed */
export async function describeCluster(client: CloudHSMV2Client, clusterId: string): Promise<Cluster> {
  const { Clusters } = await client.send(
    new DescribeClustersCommand({ Filters: { clusterIds: [clusterId] } }),
  );
  const [cluster] = Clusters ?? [];
  if (cluster === undefined) throw new Error(`${clusterId} is not listed`);
  return cluster;
}

/** Waits until the cluster is as `holds` says. */
export function clusterBecomes(
  client: CloudHSMV2Client,
  clusterId: string,
  what: string,
  holds: (cluster: Cluster) => boolean,
): Promise<Cluster> {
  let last: Cluster | undefined;
  return eventually(60_000, `${clusterId}: ${what}`, async () => {
    last = await describeCluster(client, clusterId);
    return holds(last) ? last : undefined;
  }).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}\n${JSON.stringify(last)}`);
  });
}

/** Where an HSM process of a Claviger listens now. */
export async function hsmAddress(claviger: Claviger, hsmId: string, clusterId: string): Promise<HsmAddress> {
  const { host, port } = await eventually(30_000, `${hsmId} listening`, () => {
    let lines: string[];
    try {
      lines = readFileSync(join(claviger.dataDir, 'logs', `${hsmId}.log`), 'utf8')
        .trim()
        .split('\n');
    } catch {
      return undefined;
    }
    return lines
      .map((line) => JSON.parse(line) as { msg: string; host: string; port: number })
      .filter((line) => line.msg === 'ready')
      .at(-1);
  });
  return { hsmId, clusterId, host, port };
}

export class ClusterOwner {
  readonly dir = mkdtempSync(join(tmpdir(), 'claviger-owner-'));
  readonly operatorDir = join(this.dir, 'operator');

  constructor() {
    mkdirSync(this.operatorDir, { recursive: true });
  }

  openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.operatorDir, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  file(name: string): string {
    return readFileSync(join(this.operatorDir, name), 'utf8');
  }

  write(name: string, content: string): string {
    writeFileSync(join(this.operatorDir, name), content);
    return join(this.operatorDir, name);
  }

  /** As in "Initialize the cluster" of the CloudHSM user guide. */
  makeCa(name = 'customerCA'): string {
    this.openssl('genrsa', '-out', `${name}.key`, '2048');
    this.openssl(
      ...['req', '-new', '-x509', '-days', '3652', '-key', `${name}.key`, '-out', `${name}.crt`],
      ...['-subj', '/C=AT/O=Owner/CN=Cluster CA'],
    );
    return this.file(`${name}.crt`);
  }

  /** @returns PEM of the certificate */
  sign(csr: string, name = 'customerCA'): string {
    this.write('cluster.csr', csr);
    this.openssl(
      ...[
        'x509',
        '-req',
        '-days',
        '3652',
        '-in',
        'cluster.csr',
        '-CA',
        `${name}.crt`,
        '-CAkey',
        `${name}.key`,
      ],
      ...['-CAcreateserial', '-out', 'customerHsmCertificate.crt'],
    );
    return this.file('customerHsmCertificate.crt');
  }

  /** Officers on all these HSMs, which get certificate and first password where they have none. */
  async asOfficer<T>(
    hsms: readonly HsmAddress[],
    work: (officers: OfficerConnection[]) => Promise<T>,
  ): Promise<T> {
    const folder = await createOperatorFolder(this.operatorDir);
    const credentials = await loadOrCreateCredentials(folder.officer, OFFICER);
    const ca = await loadOperatorCa(this.operatorDir);
    const officers: OfficerConnection[] = [];
    try {
      for (const hsm of hsms) {
        const connection = await openHsm(hsm, ca, () => {});
        officers.push({ hsmId: hsm.hsmId, connection });
        await activateHsm(connection, hsm.hsmId, credentials, () => {});
      }
      return await work(officers);
    } finally {
      for (const { connection } of officers) connection.close();
    }
  }

  /** `kmsuser` where it is missing, and all HSMs and the recovery HSM enrolled with each other. */
  async enrol(hsms: readonly HsmAddress[], password: string): Promise<void> {
    await this.asOfficer(hsms, async (officers) => {
      await createCryptoUser(officers, { user: KMS_USER, password }, () => {});
      await createRecoveryHsm(this.operatorDir);
      const keys = [];
      for (const officer of officers) keys.push(await transportKeyOf(officer, KMS_USER));
      const recovery = await enrolInRecovery(this.operatorDir, keys, () => {});
      await enrolPeers(officers, KMS_USER, [recovery], () => {});
    });
  }

  /** A connection on which a crypto user is logged in, beside KMS. */
  async asUser(hsm: HsmAddress, name: string, password: string): Promise<HsmConnection> {
    const trustAnchor = this.file('customerCA.crt');
    const connection = await connectHsm({ ...hsm, trustAnchor, timeoutMs: 5_000 });
    await connection.loginUser({ name, password, owner: 'operator' });
    return connection;
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
