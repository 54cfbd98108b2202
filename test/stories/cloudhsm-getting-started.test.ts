/**
 * "Getting started with AWS CloudHSM", as its user guide tells it, with the AWS CLI and openssl: from no cluster to a KMS key in
 * it. Only the crypto officer's steps (activation, users, enrolment) are done by the functions of the operator's tool.
 */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { Cluster } from '@aws-sdk/client-cloudhsm-v2';
import { eventually, startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';
import { ClusterOwner, hsmAddress } from './own-cluster.ts';

const version = spawnSync('aws', ['--version'], { encoding: 'utf8' });
const skip = version.status === 0 ? false : 'the command aws is not installed';
const PASSWORD = 'FirstPassword1';
const run = promisify(execFile);

describe("getting started with an HSM cluster of one's own, by AWS CLI and openssl", { skip }, () => {
  let claviger: Claviger;
  let owner: ClusterOwner;
  let clusterId: string;
  let zones: [string, string][];
  const hsmIds: string[] = [];
  let storeId: string;

  const aws = async <T>(...args: string[]): Promise<T> => {
    const { endpoint, region, accessKeyId, secretAccessKey } = claviger.config();
    const env = {
      PATH: process.env['PATH'],
      HOME: owner.dir,
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
  const addresses = () => Promise.all(hsmIds.map((hsmId) => hsmAddress(claviger, hsmId, clusterId)));

  before(async () => {
    owner = new ClusterOwner();
    claviger = await startClaviger();
  });
  after(async () => {
    await claviger?.remove();
    owner?.remove();
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
    owner.write('cluster.csr', Certificates?.ClusterCsr ?? '');
    owner.openssl('req', '-in', 'cluster.csr', '-noout', '-verify');
  });

  it("initialises the cluster with the certificate that the owner's CA signs", async () => {
    owner.makeCa();
    owner.sign(owner.file('cluster.csr'));
    const { State } = await aws<{ State: string }>(
      ...['cloudhsmv2', 'initialize-cluster', '--cluster-id', clusterId],
      ...['--signed-cert', `file://${owner.operatorDir}/customerHsmCertificate.crt`],
      ...['--trust-anchor', `file://${owner.operatorDir}/customerCA.crt`],
    );
    assert.equal(State, 'INITIALIZE_IN_PROGRESS');
    const now = await becomes('INITIALIZED', (seen) => seen.State === 'INITIALIZED');
    assert.equal(now.Certificates?.ClusterCsr, undefined);
    assert.equal(now.Certificates?.ClusterCertificate, owner.file('customerHsmCertificate.crt'));
    assert.match(now.StateMessage ?? '', /activat/);
  });

  it('is ACTIVE once the crypto officer has a password', async () => {
    await owner.asOfficer(await addresses(), async () => {});
    await becomes('ACTIVE', ({ State }) => State === 'ACTIVE');
    await owner.enrol(await addresses(), PASSWORD);
  });

  it('adds a second HSM, which waits for the crypto officer, and then has users and keys of the first', async () => {
    await createHsm(zones[1]?.[0] ?? '');
    await becomes('waiting to be enrolled', ({ Hsms }) =>
      /claviger hsm enrol/.test(Hsms?.find((hsm) => hsm.State !== 'ACTIVE')?.StateMessage ?? ''),
    );
    await owner.enrol(await addresses(), PASSWORD);
    await becomes('two active HSMs', ({ Hsms }) => Hsms?.filter((h) => h.State === 'ACTIVE').length === 2);
  });

  it('connects a custom key store to it', async () => {
    const created = await aws<{ CustomKeyStoreId: string }>(
      ...['kms', 'create-custom-key-store', '--custom-key-store-name', 'own'],
      ...['--cloud-hsm-cluster-id', clusterId, '--key-store-password', PASSWORD],
      ...['--trust-anchor-certificate', `file://${owner.operatorDir}/customerCA.crt`],
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
    const blob = owner.write('blob', '');
    (await import('node:fs')).writeFileSync(blob, Buffer.from(CiphertextBlob, 'base64'));
    const opened = await aws<{ Plaintext: string }>('kms', 'decrypt', '--ciphertext-blob', `fileb://${blob}`);
    assert.equal(opened.Plaintext, Plaintext);
  });
});
