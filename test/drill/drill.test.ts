/** `claviger drill` on a whole Claviger: figures are the machine's affair, but nothing may be lost. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CreateClusterCommand, CreateHsmCommand } from '@aws-sdk/client-cloudhsm-v2';
import type { DrillReport } from '../../src/drill/drill.ts';
import { claviger as tool } from '../operator/tool.ts';
import { startClaviger } from '../stories/claviger.ts';
import type { Claviger } from '../stories/claviger.ts';
import { cloudHsmClient, clusterBecomes, describeCluster } from '../stories/own-cluster.ts';

describe('claviger drill', () => {
  let claviger: Claviger;
  before(async () => {
    claviger = await startClaviger();
  });
  after(() => claviger.remove());

  it('does nothing unless it is told that it may', async () => {
    const ran = await tool(['drill', '--data', claviger.dataDir]);
    assert.equal(ran.code, 1);
    assert.match(ran.err, /nothing was done/);
  });

  it('has a load, and an installation that serves', async () => {
    for (const rate of ['0', 'fast', '-5']) {
      const ran = await tool(['drill', '--data', claviger.dataDir, '--yes', '--rate', rate]);
      assert.equal(ran.code, 1);
      assert.match(ran.err, /--rate is 1 to 5000 calls a second/);
    }
    const nowhere = await tool(['drill', '--data', join(claviger.dataDir, 'logs'), '--yes']);
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.err, /no Claviger serves from /);
  });

  it('harms no HSM of another cluster', async () => {
    const client = cloudHsmClient(claviger);
    const { clusterId } = claviger.config();
    const { SubnetMapping = {}, Hsms = [] } = await describeCluster(client, clusterId);
    const made = await client.send(
      new CreateClusterCommand({ HsmType: 'hsm2m.medium', SubnetIds: Object.values(SubnetMapping) }),
    );
    const { ClusterId = '' } = made.Cluster ?? {};
    await clusterBecomes(client, ClusterId, 'UNINITIALIZED', ({ State }) => State === 'UNINITIALIZED');
    const [AvailabilityZone] = Object.keys(SubnetMapping);
    const { Hsm } = await client.send(new CreateHsmCommand({ ClusterId, AvailabilityZone }));
    await clusterBecomes(client, ClusterId, 'CSR', (cluster) => cluster.Hsms?.[0]?.State === 'ACTIVE');
    const before = claviger.config().pids.hsm[Hsm?.HsmId ?? ''];
    const ran = await tool(['drill', '--data', claviger.dataDir, '--yes', '--json', '--only', 'kill']);
    assert.deepEqual(
      ran.json<DrillReport>().rows.map(({ hsmId }) => hsmId),
      Hsms.map(({ HsmId }) => HsmId).sort(),
    );
    assert.ok(before !== undefined);
    assert.equal(claviger.config().pids.hsm[Hsm?.HsmId ?? ''], before);
  });

  it('ends when it cannot go on, its load with it', { timeout: 60_000 }, async () => {
    const file = join(claviger.dataDir, 'client.json');
    const whole = readFileSync(file, 'utf8');
    const { pids, ...config } = claviger.config();
    writeFileSync(file, JSON.stringify({ ...config, pids: { ...pids, server: [] } })); // nobody to lead to the proxy
    const ran = await tool(['drill', '--data', claviger.dataDir, '--yes', '--only', 'cut']);
    writeFileSync(file, whole);
    assert.equal(ran.code, 1);
    assert.equal(ran.out, '');
  });

  it('cuts off, corrupts and rolls back HSMs under load: no error, nothing lost, all in step again', async () => {
    const only = ['cut', 'corrupt', 'rollback'].flatMap((name) => ['--only', name]);
    const ran = await tool(['drill', '--data', claviger.dataDir, '--yes', '--json', '--rate', '20', ...only]);
    const { rows, blobs, lost } = JSON.parse(ran.out) as DrillReport;
    assert.deepEqual(
      rows.map(({ scenario }) => scenario),
      ['cut', 'corrupt', 'rollback'],
    );
    for (const { scenario, errors, wrongPlaintexts, broken, calls } of rows) {
      assert.deepEqual(errors, [], scenario);
      assert.equal(wrongPlaintexts, 0);
      assert.ok(calls > 0);
      // how long things took is judged by the drill itself, on a machine that does nothing else
      assert.deepEqual(
        broken.filter((words) => !/^(p99|longest gap|repair) /.test(words)),
        [],
      );
    }
    assert.equal(ran.code, rows.every(({ broken }) => broken.length === 0) ? 0 : 1);
    assert.equal(lost, 0);
    assert.ok(blobs > 0);
    const [corrupted] = rows.filter(({ scenario }) => scenario === 'corrupt');
    const damaged = readdirSync(join(claviger.dataDir, 'hsm', corrupted?.hsmId ?? '', 'damaged'));
    assert.equal(damaged.length, 2, 'both damaged objects were set aside');
    assert.equal(existsSync(join(claviger.dataDir, 'detours.json')), false);
  });
});
