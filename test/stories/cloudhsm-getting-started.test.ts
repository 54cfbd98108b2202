/**
 * "Getting started with AWS CloudHSM", as its user guide tells it: from no cluster to a KMS key in it, with nothing but the
 * commands `aws`, `openssl` and `claviger hsm`. docs/clusters.md shows the same commands in the same order.
 */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Cluster } from '@aws-sdk/client-cloudhsm-v2';
import { claviger as tool } from '../operator/tool.ts';
import type { Ran } from '../operator/tool.ts';
import { eventually, startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';

const version = spawnSync('aws', ['--version'], { encoding: 'utf8' });
const skip = version.status === 0 ? false : 'the command aws is not installed';
const OFFICER_PASSWORD = 'OfficersFirst1';
const PASSWORD = 'FirstPassword1';
const run = promisify(execFile);

describe(
  "getting started with an HSM cluster of one's own, by AWS CLI, openssl and claviger hsm",
  { skip },
  () => {
    const dir = mkdtempSync(join(tmpdir(), 'claviger-owner-'));
    const at = (name: string): string => join(dir, name);
    let claviger: Claviger;
    let clusterId: string;
    let zones: [string, string][];
    const hsmIds: string[] = [];
    let storeId: string;

    const aws = async <T>(...args: string[]): Promise<T> => {
      const { endpoint, region, accessKeyId, secretAccessKey } = claviger.config();
      const env = {
        PATH: process.env['PATH'],
        HOME: dir,
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_PAGER: '',
        AWS_MAX_ATTEMPTS: '1',
        AWS_DEFAULT_REGION: region,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      };
      const { stdout } = await run('aws', ['--endpoint-url', endpoint, '--output', 'json', ...args], { env });
      return (stdout.trim() === '' ? {} : JSON.parse(stdout)) as T;
    };
    const cluster = async (): Promise<Cluster> => {
      const { Clusters } = await aws<{ Clusters: Cluster[] }>(
        ...['cloudhsmv2', 'describe-clusters', '--filters', `clusterIds=${clusterId}`],
      );
      return Clusters[0] as Cluster;
    };
    const becomes = (what: string, holds: (cluster: Cluster) => boolean): Promise<Cluster> =>
      eventually(60_000, what, async () => {
        const now = await cluster();
        return holds(now) ? now : undefined;
      });
    const createHsm = async (zone: string): Promise<string> => {
      const { Hsm } = await aws<{ Hsm: { HsmId: string; State: string } }>(
        ...['cloudhsmv2', 'create-hsm', '--cluster-id', clusterId, '--availability-zone', zone],
      );
      assert.equal(Hsm.State, 'CREATE_IN_PROGRESS');
      hsmIds.push(Hsm.HsmId);
      return Hsm.HsmId;
    };
    const openssl = (...args: string[]) => run('openssl', args, { cwd: dir });
    /** A line of JSON that an HSM's process wrote: what its host's console shows. */
    const console = <Line>(hsmId: string, message: string): Promise<Line> =>
      eventually(60_000, `${hsmId}: ${message}`, () => {
        const file = join(claviger.dataDir, 'logs', `${hsmId}.log`);
        const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
        return lines
          .map((line) => JSON.parse(line) as Line & { msg: string })
          .findLast((l) => l.msg === message);
      });
    /** The client file, with every HSM at the address where it listens. */
    const writeClientFile = async (): Promise<void> => {
      const hsms = await Promise.all(
        hsmIds.map(async (hsmId) => {
          const { host, port } = await console<{ host: string; port: number }>(hsmId, 'ready');
          return `  - { hsmId: ${hsmId}, address: '${host}:${port}' }\n`;
        }),
      );
      const head = `clusterId: ${clusterId}\ntrustAnchor: operator/customerCA.crt\nhsms:\n`;
      writeFileSync(at('cluster.yaml'), head + hsms.join(''));
    };
    const hsm = (command: string): Promise<Ran> => {
      const env = { CLAVIGER_HSM_PASSWORD: '', CLAVIGER_HSM_NEW_PASSWORD: '' };
      return tool(
        ['hsm', ...command.split(' '), '--config', at('cluster.yaml'), '--operator', at('operator')],
        env,
      );
    };
    const succeeds = async (command: string): Promise<Ran> => {
      const ran = await hsm(command);
      assert.equal(ran.code, 0, `claviger hsm ${command}\n${ran.out}${ran.err}`);
      return ran;
    };

    before(async () => {
      writeFileSync(at('officer.txt'), `${OFFICER_PASSWORD}\n`, { mode: 0o600 });
      writeFileSync(at('kmsuser.txt'), `${PASSWORD}\n`, { mode: 0o600 });
      claviger = await startClaviger();
    });
    after(async () => {
      await claviger?.remove();
      rmSync(dir, { recursive: true, force: true });
    });

    it('creates a cluster in the subnets that the cluster of the first start shows', async () => {
      const { Clusters } = await aws<{ Clusters: Cluster[] }>('cloudhsmv2', 'describe-clusters');
      zones = Object.entries(Clusters[0]?.SubnetMapping ?? {});
      assert.equal(zones.length, 2);
      const { Cluster } = await aws<{ Cluster: Cluster }>(
        ...['cloudhsmv2', 'create-cluster', '--hsm-type', 'hsm2m.medium', '--mode', 'FIPS', '--subnet-ids'],
        ...zones.map(([, subnet]) => subnet),
      );
      clusterId = Cluster.ClusterId ?? '';
      assert.equal(Cluster.State, 'CREATE_IN_PROGRESS');
      await becomes('UNINITIALIZED', ({ State }) => State === 'UNINITIALIZED');
    });

    it('creates the first HSM, whose certificate request becomes that of the cluster', async () => {
      await createHsm(zones[0]?.[0] ?? '');
      const { Certificates } = await becomes('a CSR', (now) => now.Certificates?.ClusterCsr !== undefined);
      writeFileSync(at('cluster.csr'), Certificates?.ClusterCsr ?? '');
      await openssl('req', '-in', 'cluster.csr', '-noout', '-verify');
    });

    it("initialises the cluster with the certificate that the owner's CA signs", async () => {
      mkdirSync(at('operator'), { mode: 0o700 });
      await openssl('genrsa', '-out', 'operator/customerCA.key', '2048');
      await openssl(
        ...['req', '-new', '-x509', '-days', '3652', '-subj', '/O=Owner/CN=Cluster CA'],
        ...['-key', 'operator/customerCA.key', '-out', 'operator/customerCA.crt'],
      );
      await openssl(
        ...['x509', '-req', '-days', '3652', '-in', 'cluster.csr', '-out', 'customerHsmCertificate.crt'],
        ...['-CA', 'operator/customerCA.crt', '-CAkey', 'operator/customerCA.key', '-CAcreateserial'],
      );
      const { State } = await aws<{ State: string }>(
        ...['cloudhsmv2', 'initialize-cluster', '--cluster-id', clusterId],
        ...['--signed-cert', `file://${at('customerHsmCertificate.crt')}`],
        ...['--trust-anchor', `file://${at('operator/customerCA.crt')}`],
      );
      assert.equal(State, 'INITIALIZE_IN_PROGRESS');
      const now = await becomes('INITIALIZED', (seen) => seen.State === 'INITIALIZED');
      assert.equal(now.Certificates?.ClusterCsr, undefined);
      assert.equal(
        now.Certificates?.ClusterCertificate,
        readFileSync(at('customerHsmCertificate.crt'), 'utf8'),
      );
      assert.match(now.StateMessage ?? '', /activat/);
    });

    it('is ACTIVE once the crypto officer has a password, and then has kmsuser', async () => {
      const made = await tool(['hsm', 'init-operator', '--operator', at('operator')]); // the CA is there already
      assert.equal(made.code, 0, made.err);
      await writeClientFile();
      await succeeds(`activate --new-password-file ${at('officer.txt')}`);
      await becomes('ACTIVE', ({ State }) => State === 'ACTIVE');
      const { out } = await succeeds(`user create kmsuser --new-password-file ${at('kmsuser.txt')}`);
      assert.match(out, /created; 1 peers enrolled: hsm-recovery/);
    });

    it('adds a second HSM, which waits for the crypto officer, and then has users and keys of the first', async () => {
      const added = await createHsm(zones[1]?.[0] ?? '');
      await becomes('waiting to be enrolled', ({ Hsms }) =>
        /claviger hsm enrol/.test(Hsms?.find(({ State }) => State !== 'ACTIVE')?.StateMessage ?? ''),
      );
      await writeClientFile();
      const { keyFingerprint } = await console<{ keyFingerprint: string }>(added, 'ready');
      const enrol = `enrol ${added} --fingerprint ${keyFingerprint}`;
      const half = await hsm(enrol); // shows the transport key over the connection that the first fingerprint vouches for
      assert.equal(half.code, 1);
      const [, transport = ''] = /transport key of kmsuser ([0-9a-f]{64})/.exec(half.err) ?? [];
      assert.notEqual(transport, '', half.err);
      await succeeds(`${enrol} --fingerprint ${transport}`);
      await becomes('two active HSMs', ({ Hsms }) => Hsms?.filter((h) => h.State === 'ACTIVE').length === 2);
      const users = await succeeds(`user list`);
      assert.match(users.out, /kmsuser +CRYPTO_USER +there +there/);
    });

    it('connects a custom key store to it', async () => {
      const created = await aws<{ CustomKeyStoreId: string }>(
        ...['kms', 'create-custom-key-store', '--custom-key-store-name', 'own'],
        ...['--cloud-hsm-cluster-id', clusterId, '--key-store-password', PASSWORD],
        ...['--trust-anchor-certificate', `file://${at('operator/customerCA.crt')}`],
      );
      storeId = created.CustomKeyStoreId;
      await aws('kms', 'connect-custom-key-store', '--custom-key-store-id', storeId);
      const state = await eventually(30_000, 'an outcome', async () => {
        const { CustomKeyStores } = await aws<{ CustomKeyStores: { ConnectionState: string }[] }>(
          ...['kms', 'describe-custom-key-stores', '--custom-key-store-id', storeId],
        );
        const { ConnectionState = '' } = CustomKeyStores[0] ?? {};
        return ConnectionState === 'CONNECTING' ? undefined : ConnectionState;
      });
      assert.equal(state, 'CONNECTED');
    });

    it('makes a key in it and uses it', async () => {
      const { KeyMetadata } = await aws<{ KeyMetadata: { KeyId: string; CloudHsmClusterId: string } }>(
        ...['kms', 'create-key', '--origin', 'AWS_CLOUDHSM', '--custom-key-store-id', storeId],
      );
      assert.equal(KeyMetadata.CloudHsmClusterId, clusterId);
      const { CiphertextBlob, Plaintext } = await aws<{ CiphertextBlob: string; Plaintext: string }>(
        ...['kms', 'generate-data-key', '--key-id', KeyMetadata.KeyId, '--key-spec', 'AES_256'],
      );
      writeFileSync(at('blob'), Buffer.from(CiphertextBlob, 'base64'));
      const opened = await aws<{ Plaintext: string }>(
        ...['kms', 'decrypt', '--ciphertext-blob', `fileb://${at('blob')}`],
      );
      assert.equal(opened.Plaintext, Plaintext);
      const { out } = await succeeds(`check`);
      assert.match(out, /All in step/);
    });
  },
);
