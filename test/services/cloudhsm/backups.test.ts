/** How long backups are kept, by a clock that the test sets; with records and images as in production. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { parseConfiguration } from '../../../src/configuration/configuration.ts';
import { dropUnfinishedBackups, keepBackups } from '../../../src/services/cloudhsm/backups.ts';
import { Clusters } from '../../../src/services/cloudhsm/clusters.ts';
import type { HsmMaker } from '../../../src/services/cloudhsm/hsm-host.ts';
import { shares } from '../../../src/services/cloudhsm/resource-policy.ts';
import { listBackups, putBackup } from '../../../src/storage/backups.ts';
import { putCluster } from '../../../src/storage/clusters.ts';
import { createRowMac } from '../../../src/storage/row-mac.ts';
import type { ClusterBackupRow } from '../../../src/storage/schema.ts';
import { openSqlite } from '../../../src/storage/sqlite.ts';
import type { Database } from '../../../src/storage/store.ts';
import { performHsmWork } from '../../../src/supervisor/hsm-work.ts';
import { dataFolder } from '../../../src/supervisor/installation.ts';
import { ClusterOwner } from '../../stories/own-cluster.ts';

const DAY_MS = 86_400_000;
const CLUSTER = 'cluster-aaaaaaaaaaa';
const REGION = 'eu-west-1';

describe('backups as time goes by', () => {
  const owner = new ClusterOwner();
  const folder = dataFolder(join(owner.dir, 'data'));
  const mac = createRowMac(randomBytes(32));
  const image = randomBytes(100);
  let db: Database;
  let certificate: string;
  let now = Date.UTC(2026, 0, 1);
  let ports: Parameters<typeof keepBackups>[0];

  const unused = (): never => assert.fail('no HSM is run here');
  const runner = { folder, plan: unused, configOf: unused, run: unused, end: unused };
  const maker: HsmMaker = {
    createHsm: unused,
    removeHsm: unused,
    makeImage: unused,
    copyImage: async (from, to) => (await performHsmWork({ task: 'copyImage', from, to }, runner)) ?? '',
    removeImage: async (gone) => void (await performHsmWork({ task: 'removeImage', image: gone }, runner)),
    members: () => {},
  };
  const file = (backupId: string): string => join(folder.backups, REGION, `${backupId}.image`);
  const put = async (backupId: string, changes: Partial<ClusterBackupRow> = {}): Promise<void> => {
    mkdirSync(join(folder.backups, REGION), { recursive: true });
    writeFileSync(file(backupId), image);
    await putBackup(db, mac, {
      backup_id: backupId,
      ...{ account_id: '111122223333', region: REGION, cluster_id: CLUSTER, state: 'READY' as const },
      ...{ created_at: now, copied_at: null, never_expires: 0, delete_at: null },
      ...{ source_region: null, source_backup: null, source_cluster: null },
      ...{ hsm_type: 'hsm2m.medium', mode: 'FIPS' as const, recovery_hsm_id: null },
      ...{ trust_anchor: certificate, cluster_certificate: certificate },
      image_sha256: createHash('sha256').update(image).digest('hex'),
      ...changes,
    });
  };
  /** Ids on record; each of them has its image, and no other has. */
  const kept = async (): Promise<string[]> => {
    await keepBackups(ports);
    const ids = (await listBackups(db, mac)).map((row) => row.backup_id).sort();
    for (const id of ids) assert.ok(existsSync(file(id)), id);
    return ids;
  };

  before(async () => {
    certificate = owner.makeCa();
    mkdirSync(folder.root);
    db = await openSqlite(join(owner.dir, 'backups.db'));
    await putCluster(db, mac, {
      ...{ cluster_id: CLUSTER, account_id: '111122223333', region: REGION, state: 'DELETED' },
      ...{ hsm_type: 'hsm2m.medium', mode: 'FIPS' as const, subnet_mapping: '{}', created_at: now },
      ...{ trust_anchor: certificate, cluster_certificate: certificate, recovery_hsm_id: null },
      ...{ state_message: null, backup_retention_days: 7, source_backup_id: null, cluster_csr: null },
      ...{ type_rollback_until: null, deleted_at: null, backup_due: null },
    });
    const clock = (): number => now;
    const logger = pino({ level: 'silent' });
    const clusters = new Clusters(
      {
        db,
        mac,
        logger,
        clock,
        incarnation: 'test',
        escrowFile: join(owner.dir, 'escrow'),
        loginPausesFile: join(owner.dir, 'pauses'),
        rowsSealedMark: join(owner.dir, 'rows-sealed'),
        onDuty: () => true,
      },
      { maker, hangs: unused, resetUserPassword: unused },
    );
    await clusters.load();
    ports = { db, mac, clock, logger, clusters, settings: parseConfiguration('').cloudhsm };
  });
  after(async () => {
    await db.destroy();
    owner.remove();
  });

  it('go when the retention period is over, but for the newest, copies and those that never expire', async () => {
    await put('backup-one');
    await put('backup-forever', { never_expires: 1 });
    await put('backup-copy', { copied_at: now, source_backup: 'backup-one' });
    now += DAY_MS;
    await put('backup-two');
    now += 6 * DAY_MS - 1;
    assert.deepEqual(await kept(), ['backup-copy', 'backup-forever', 'backup-one', 'backup-two']);
    now += 1;
    assert.deepEqual(await kept(), ['backup-copy', 'backup-forever', 'backup-two']);
    assert.equal(existsSync(file('backup-one')), false);
    now += 365 * DAY_MS;
    assert.deepEqual(await kept(), ['backup-copy', 'backup-forever', 'backup-two']);
  });

  it('that are to be deleted go when their seven days are over', async () => {
    await put('backup-deleted', { state: 'PENDING_DELETION', delete_at: now + 7 * DAY_MS });
    now += 7 * DAY_MS - 1;
    assert.ok((await kept()).includes('backup-deleted'));
    now += 1;
    assert.equal((await kept()).includes('backup-deleted'), false);
  });

  it('that a crash cut off go; copies that it cut off are finished', async () => {
    await put('backup-half', { state: 'CREATE_IN_PROGRESS', image_sha256: null });
    await put('backup-half-copy', {
      ...{ state: 'CREATE_IN_PROGRESS', image_sha256: null, copied_at: now },
      source_backup: 'backup-two',
    });
    writeFileSync(file('backup-half-copy'), 'half');
    await dropUnfinishedBackups(ports);
    const ids = await kept();
    assert.equal(ids.includes('backup-half'), false);
    const copy = (await listBackups(db, mac)).find((row) => row.backup_id === 'backup-half-copy');
    assert.equal(copy?.state, 'READY');
    assert.ok(readFileSync(file('backup-half-copy')).equals(image));
  });
});

describe('a policy of a backup', () => {
  const policy = (...statements: object[]): string =>
    JSON.stringify({ Version: '2012-10-17', Statement: statements });
  const allow = {
    Effect: 'Allow',
    Principal: { AWS: ['111122223333', 'arn:aws:iam::444455556666:root'] },
    Action: ['cloudhsm:DescribeBackups', 'cloudhsm:CreateCluster'],
  };

  it('shares with the accounts that it names, and for the actions that it names', () => {
    assert.equal(shares(policy(allow), '111122223333', 'cloudhsm:DescribeBackups'), true);
    assert.equal(shares(policy(allow), '444455556666', 'cloudhsm:CreateCluster'), true);
    assert.equal(shares(policy(allow), '444455556666', 'cloudhsm:CopyBackupToRegion'), false);
    assert.equal(shares(policy(allow), '777788889999', 'cloudhsm:DescribeBackups'), false);
  });

  it('denies what any statement denies, and all when it cannot be read', () => {
    const deny = { ...allow, Effect: 'Deny', Action: 'cloudhsm:CreateCluster' };
    assert.equal(shares(policy(allow, deny), '111122223333', 'cloudhsm:CreateCluster'), false);
    assert.equal(shares(policy(allow, deny), '111122223333', 'cloudhsm:DescribeBackups'), true);
    assert.equal(shares('{', '111122223333', 'cloudhsm:DescribeBackups'), false);
    const unknown = policy({ ...allow, Condition: {} });
    assert.equal(shares(unknown, '111122223333', 'cloudhsm:DescribeBackups'), false);
  });
});
