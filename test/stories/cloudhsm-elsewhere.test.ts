/** HSMs that run elsewhere, backups in another Region, and a server that is killed while HSMs come and go. */
import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  CopyBackupToRegionCommand,
  CreateClusterCommand,
  CreateHsmCommand,
  DeleteHsmCommand,
  DescribeBackupsCommand,
} from '@aws-sdk/client-cloudhsm-v2';
import type { Cluster } from '@aws-sdk/client-cloudhsm-v2';
import { CreateKeyCommand, DecryptCommand, EncryptCommand } from '@aws-sdk/client-kms';
import { defaultSubnets } from '../../src/configuration/cloudhsm.ts';
import { createHsmFolder } from '../../src/hsm/folder.ts';
import { runHsm } from '../../src/operator/hsm-process.ts';
import type { RunningHsm } from '../../src/operator/hsm-process.ts';
import { eventually, startClaviger } from './claviger.ts';
import { WITHOUT_REQUEST_QUOTAS } from './without-quotas.ts';
import type { Claviger } from './claviger.ts';
import { cloudHsmClient, clusterBecomes, describeCluster } from './own-cluster.ts';

const REMOTE = 'hsm-remote22222';
const ELSEWHERE = 'us-west-2';

describe('HSM clusters beyond one process, one machine and one Region', () => {
  let claviger: Claviger;
  let dir: string;
  let remote: RunningHsm | undefined;
  let first: string;
  let blob: Uint8Array | undefined;

  const active = (cluster: Cluster): string[] =>
    (cluster.Hsms ?? []).filter(({ State }) => State === 'ACTIVE').map(({ HsmId }) => HsmId ?? '');

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'claviger-remote-'));
    claviger = await startClaviger();
    first = claviger.config().clusterId;
    const kms = claviger.client();
    const { customKeyStoreId: CustomKeyStoreId } = claviger.config();
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId }),
    );
    ({ CiphertextBlob: blob } = await kms.send(
      new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: Buffer.from('before') }),
    ));
  });
  after(async () => {
    await claviger?.remove();
    await remote?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it('goes on making and removing HSMs after the server was killed', async () => {
    const client = cloudHsmClient(claviger);
    const [one = '', two = ''] = active(await describeCluster(client, first));
    const { Hsm } = await client.send(
      new CreateHsmCommand({ ClusterId: first, AvailabilityZone: 'us-east-1a' }),
    );
    await client.send(new DeleteHsmCommand({ ClusterId: first, HsmId: one }));
    await claviger.kill();
    await claviger.resume();
    const cluster = await clusterBecomes(
      cloudHsmClient(claviger),
      first,
      'the new HSM in, the old one out',
      (now) => now.Hsms?.length === 2 && active(now).length === 2,
    );
    assert.deepEqual(active(cluster).sort(), [two, Hsm?.HsmId ?? ''].sort());
  });

  it('keeps the last holder of a key until it could be backed up, says so, and begins again from there', async () => {
    const client = cloudHsmClient(claviger);
    const images = join(claviger.dataDir, 'backups');
    renameSync(images, `${images}.away`);
    writeFileSync(images, ''); // no folder: nothing can be written into it
    for (const HsmId of active(await describeCluster(client, first)))
      await client.send(new DeleteHsmCommand({ ClusterId: first, HsmId }));
    const stuck = await clusterBecomes(client, first, 'waiting for a backup', ({ Hsms = [] }) =>
      Hsms.some(({ StateMessage }) => /only it holds 1 keys, and its backup failed/.test(StateMessage ?? '')),
    );
    assert.deepEqual(
      stuck.Hsms?.map(({ State }) => State),
      ['DELETE_IN_PROGRESS'],
    );
    assert.equal(stuck.StateMessage, 'The last HSM that holds the keys of this cluster is being deleted.');
    rmSync(images);
    renameSync(`${images}.away`, images);
    const empty = await clusterBecomes(client, first, 'without HSMs', ({ Hsms }) => Hsms?.length === 0);
    assert.match(empty.StateMessage ?? '', /in its backups only/);
    for (const AvailabilityZone of ['us-east-1a', 'us-east-1b']) {
      await client.send(new CreateHsmCommand({ ClusterId: first, AvailabilityZone }));
      await clusterBecomes(client, first, 'all HSMs in', (now) => active(now).length === now.Hsms?.length);
    }
    const kms = claviger.client();
    const { Plaintext } = await eventually(10_000, 'the key', () =>
      kms.send(new DecryptCommand({ CiphertextBlob: blob })).catch(() => undefined),
    );
    assert.equal(Buffer.from(Plaintext ?? []).toString(), 'before');
  });

  it('takes a configured remote HSM, which begins empty and has every key cloned to it', async () => {
    const folder = join(dir, REMOTE);
    await createHsmFolder(folder, {
      hsmId: REMOTE,
      clusterId: first,
      availabilityZone: 'us-east-1b',
      listen: { host: '127.0.0.1', port: 0 },
      module: { path: process.env['CLAVIGER_PKCS11_MODULE'] ?? '/usr/lib/softhsm/libsofthsm2.so' },
    });
    remote = await runHsm(folder);
    const { host, port } = remote;
    writeFileSync(
      join(claviger.dataDir, 'claviger.yaml'),
      `${WITHOUT_REQUEST_QUOTAS}cloudhsm: { localHsms: false, remoteHsms: [{ hsmId: ${REMOTE}, clusterId: ${first}, availabilityZone: us-east-1b, host: ${host}, port: ${port} }] }\n`,
    );
    await claviger.restart();
    const client = cloudHsmClient(claviger);
    const create = (AvailabilityZone: string): CreateHsmCommand =>
      new CreateHsmCommand({ ClusterId: first, AvailabilityZone });
    const { Hsm } = await client.send(create('us-east-1b'));
    assert.equal(Hsm?.HsmId, REMOTE);
    const nobody = { name: 'CloudHsmServiceException' };
    await assert.rejects(client.send(create('us-east-1b')), nobody); // it is taken
    await assert.rejects(client.send(create('us-east-1a')), nobody);
    const cluster = await clusterBecomes(client, first, 'the remote HSM in', (now) =>
      active(now).includes(REMOTE),
    );
    for (const hsmId of active(cluster).filter((id) => id !== REMOTE))
      await client.send(new DeleteHsmCommand({ ClusterId: first, HsmId: hsmId }));
    await clusterBecomes(client, first, 'the remote HSM alone', ({ Hsms }) => Hsms?.length === 1);
    const { Plaintext } = await claviger.client().send(new DecryptCommand({ CiphertextBlob: blob }));
    assert.equal(Buffer.from(Plaintext ?? []).toString(), 'before');
    await assert.rejects(client.send(new DeleteHsmCommand({ ClusterId: first, HsmId: REMOTE })), {
      name: 'CloudHsmInvalidRequestException',
      message: /the only one to hold 1 keys/,
    });
  });

  it('makes a cluster in another Region from a copied backup', async () => {
    writeFileSync(join(claviger.dataDir, 'claviger.yaml'), WITHOUT_REQUEST_QUOTAS);
    await claviger.restart();
    const { Backups } = await cloudHsmClient(claviger).send(
      new DescribeBackupsCommand({ Filters: { clusterIds: [first], states: ['READY'] } }),
    );
    const [newest] = Backups ?? [];
    const copy = new CopyBackupToRegionCommand({
      BackupId: newest?.BackupId,
      DestinationRegion: ELSEWHERE,
    });
    await cloudHsmClient(claviger).send(copy);
    const client = cloudHsmClient(claviger, ELSEWHERE);
    const copied = await eventually(30_000, 'the copy', async () => {
      const found = await client.send(new DescribeBackupsCommand({ Filters: { states: ['READY'] } }));
      return found.Backups?.[0];
    });
    const [subnet] = defaultSubnets(ELSEWHERE);
    const { Cluster } = await client.send(
      new CreateClusterCommand({
        HsmType: 'hsm2m.medium',
        SubnetIds: [subnet?.id ?? ''],
        SourceBackupId: copied.BackupId,
      }),
    );
    const ClusterId = Cluster?.ClusterId ?? '';
    await clusterBecomes(client, ClusterId, 'INITIALIZED', ({ State }) => State === 'INITIALIZED');
    const AvailabilityZone = subnet?.availabilityZone ?? '';
    await client.send(new CreateHsmCommand({ ClusterId, AvailabilityZone }));
    const cluster = await clusterBecomes(client, ClusterId, 'ACTIVE', ({ State }) => State === 'ACTIVE');
    const original = await describeCluster(cloudHsmClient(claviger), first);
    assert.deepEqual(cluster.Certificates, original.Certificates);
  });
});
