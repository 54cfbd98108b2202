/** Every operation of the CloudHSM v2 API through the AWS SDK, rightly and wrongly, and the audit event of each call. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  CloudHSMV2ServiceException,
  CopyBackupToRegionCommand,
  CreateClusterCommand,
  CreateHsmCommand,
  DeleteBackupCommand,
  DeleteClusterCommand,
  DeleteHsmCommand,
  DescribeBackupsCommand,
  DescribeClustersCommand,
  InitializeClusterCommand,
  ListTagsCommand,
  ModifyBackupAttributesCommand,
  ModifyClusterCommand,
  RestoreBackupCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudhsm-v2';
import type { CloudHSMV2Client, CreateClusterCommandInput } from '@aws-sdk/client-cloudhsm-v2';
import type { CloudTrailEvent } from '../../src/audit/event.ts';
import { readJournal } from '../../src/audit/reading.ts';
import { cloudhsmv2 } from '../../src/aws/generated/cloudhsmv2.ts';
import type { Cluster } from '../../src/aws/generated/cloudhsmv2.ts';
import { eventually, startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';
import { COMPARED_IN, eventDifferences } from './event-shape.ts';
import { ClusterOwner, callRaw, cloudHsmClient, clusterBecomes, describeCluster } from './own-cluster.ts';

const INVALID = 'CloudHsmInvalidRequestException';
const NOT_FOUND = 'CloudHsmResourceNotFoundException';
const TAG = 'CloudHsmTagException';
const NOBODY = 'cluster-aaaaaaaaaaa';
const NOTHING = 'backup-aaaaaaaaaaa';

interface Called {
  name: string;
  requestId: string | undefined;
  error: string | undefined;
  input: object;
}

/** What the events of operations that need HSMs show of their answers. */
const ANSWERS = {
  CreateHsm: ['hsm'],
  DeleteHsm: ['hsmId'],
  InitializeCluster: ['state', 'stateMessage'],
} as const satisfies Record<(typeof COMPARED_IN)['cloudhsm-api.test.ts'][number], readonly string[]>;

describe('the CloudHSM v2 API', () => {
  let claviger: Claviger;
  let client: CloudHSMV2Client;
  let elsewhere: CloudHSMV2Client;
  let owner: ClusterOwner;
  let first: string;
  let subnets: string[];
  let zones: string[];
  /** Made by the tests: the first gets an HSM. */
  const clusters: string[] = [];
  let hsmId: string;
  let backupId: string;
  let backupArn: string;
  const calls: Called[] = [];

  const note = (command: object, requestId: string | undefined, error?: string): void => {
    const { input } = command as { input: object };
    calls.push({ name: command.constructor.name.replace(/Command$/, ''), requestId, error, input });
  };
  /** Sends a command that is to succeed. */
  const send = (async (command: DescribeClustersCommand) => {
    const answer = await client.send(command);
    note(command, answer.$metadata.requestId);
    return answer;
  }) as unknown as CloudHSMV2Client['send'];
  /** A call of what the SDK's version does not know: it is to succeed, or to be refused with this. */
  const raw = async (operation: string, input: object): Promise<Record<string, never>> => {
    const { requestId, error, message, answer } = await callRaw(claviger, operation, input);
    calls.push({ name: operation, requestId, error: undefined, input });
    assert.equal(error, undefined, message);
    return answer;
  };
  const refusesRaw = async (code: string, text: RegExp, operation: string, input: object): Promise<void> => {
    const { requestId, error, message } = await callRaw(claviger, operation, input);
    calls.push({ name: operation, requestId, error, input });
    assert.equal(error, code, message);
    assert.match(message, text);
  };
  /** Sends a command that is to be refused. */
  const refuses = async (code: string, text: RegExp, command: object): Promise<void> => {
    try {
      await client.send(command as DescribeClustersCommand);
    } catch (error) {
      if (!(error instanceof CloudHSMV2ServiceException)) throw error;
      note(command, error.$metadata.requestId, error.name);
      assert.equal(error.name, code, error.message);
      assert.match(error.message, text);
      return;
    }
    assert.fail(`${command.constructor.name} was expected to be refused`);
  };
  const newCluster = (changes: Partial<CreateClusterCommandInput> = {}): CreateClusterCommand =>
    new CreateClusterCommand({ HsmType: 'hsm2m.medium', SubnetIds: subnets, ...changes });

  before(async () => {
    owner = new ClusterOwner();
    claviger = await startClaviger();
    client = cloudHsmClient(claviger);
    elsewhere = cloudHsmClient(claviger, 'us-west-2');
    first = claviger.config().clusterId;
    const { SubnetMapping } = await describeCluster(client, first);
    zones = Object.keys(SubnetMapping ?? {});
    subnets = Object.values(SubnetMapping ?? {});
  });
  after(async () => {
    await claviger?.remove();
    owner?.remove();
  });

  it('DescribeClusters shows the cluster of the first start with its HSMs', async () => {
    const { Clusters } = await send(new DescribeClustersCommand({}));
    const [cluster] = Clusters ?? [];
    assert.equal(cluster?.State, 'ACTIVE');
    assert.equal(cluster.BackupPolicy, 'DEFAULT');
    assert.deepEqual(cluster.BackupRetentionPolicy, { Type: 'DAYS', Value: '90' });
    assert.match(cluster.Certificates?.ClusterCertificate ?? '', /BEGIN CERTIFICATE/);
    assert.match(cluster.VpcId ?? '', /^vpc-[0-9a-f]{17}$/);
    assert.match(cluster.SecurityGroup ?? '', /^sg-[0-9a-f]{17}$/);
    assert.equal(cluster.Hsms?.length, 2);
    for (const hsm of cluster.Hsms) {
      assert.equal(hsm.State, 'ACTIVE');
      assert.match(hsm.EniIp ?? '', /^127\.0\.[12]\.1$/);
      assert.match(hsm.EniId ?? '', /^eni-[0-9a-f]{17}$/);
    }
    await refuses(INVALID, /Unknown filter/, new DescribeClustersCommand({ Filters: { names: ['x'] } }));
    await refuses(INVALID, /NextToken/, new DescribeClustersCommand({ NextToken: 'made-up' }));
    const { Clusters: other } = await elsewhere.send(new DescribeClustersCommand({}));
    assert.deepEqual(other, []);
  });

  it('CreateCluster refuses what cannot be', async () => {
    await refuses(INVALID, /none of/, newCluster({ HsmType: 'hsm9.large' }));
    const wanted = { HsmType: 'hsm1.medium', SubnetIds: subnets };
    await refusesRaw(INVALID, /mode NON_FIPS/, 'CreateCluster', { ...wanted, Mode: 'NON_FIPS' });
    await refusesRaw(INVALID, /DUALSTACK/, 'CreateCluster', { ...wanted, NetworkType: 'DUALSTACK' });
    await refuses(INVALID, /does not exist/, newCluster({ SubnetIds: ['subnet-00000000'] }));
    const [subnet = ''] = subnets;
    await refuses(INVALID, /more than one subnet/, newCluster({ SubnetIds: [subnet, subnet] }));
    for (const Value of ['6', '380', '1x']) {
      const policy = newCluster({ BackupRetentionPolicy: { Type: 'DAYS', Value } });
      if (Value === '1x') await refuses('ValidationException', /./, policy);
      else await refuses(INVALID, /from 7 to 379/, policy);
    }
    const twice = { Key: 'a', Value: '1' };
    await refuses(TAG, /more than once/, newCluster({ TagList: [twice, twice] }));
    await refuses(TAG, /reserved/, newCluster({ TagList: [{ Key: 'aws:x', Value: '' }] }));
    await refuses(NOT_FOUND, /backup-/, newCluster({ SourceBackupId: NOTHING }));
  });

  it('CreateCluster makes a cluster without HSMs, as many as the quota allows', async () => {
    for (const name of ['a', 'b', 'c']) {
      const { Cluster } = await send(
        newCluster({
          BackupRetentionPolicy: { Type: 'DAYS', Value: '30' },
          TagList: [{ Key: 'name', Value: name }],
          ...(name === 'b' ? { HsmType: 'hsm1.medium' } : {}),
        }),
      );
      assert.equal(Cluster?.State, 'CREATE_IN_PROGRESS');
      assert.deepEqual(Cluster.Hsms, []);
      assert.deepEqual(Cluster.Certificates, {});
      assert.deepEqual(Cluster.TagList, [{ Key: 'name', Value: name }]);
      assert.deepEqual(Cluster.BackupRetentionPolicy, { Type: 'DAYS', Value: '30' });
      clusters.push(Cluster.ClusterId ?? '');
    }
    await refuses(INVALID, /4 clusters/, newCluster());
    for (const id of clusters)
      await clusterBecomes(client, id, 'UNINITIALIZED', ({ State }) => State === 'UNINITIALIZED');
  });

  it('DescribeClusters gives pages and filters', async () => {
    const seen: (string | undefined)[] = [];
    let token: string | undefined;
    do {
      const page = await send(new DescribeClustersCommand({ MaxResults: 3, NextToken: token }));
      seen.push(...(page.Clusters ?? []).map(({ ClusterId }) => ClusterId));
      token = page.NextToken;
    } while (token !== undefined);
    assert.deepEqual(seen, [first, ...clusters]);
    const { Clusters } = await send(new DescribeClustersCommand({ Filters: { states: ['ACTIVE'] } }));
    assert.deepEqual(
      Clusters?.map(({ ClusterId }) => ClusterId),
      [first],
    );
  });

  it('CreateHsm makes a real HSM process in a zone of the cluster', async () => {
    const [ClusterId = ''] = clusters;
    const [AvailabilityZone = ''] = zones;
    await refuses(NOT_FOUND, /cluster-/, new CreateHsmCommand({ ClusterId: NOBODY, AvailabilityZone }));
    const nowhere = new CreateHsmCommand({ ClusterId, AvailabilityZone: 'us-east-1f' });
    await refuses(INVALID, /no subnet in us-east-1f/, nowhere);
    for (const IpAddress of ['127.0.1.1', '10.0.0.1'])
      await refuses(
        INVALID,
        /not a free address/,
        new CreateHsmCommand({ ClusterId, AvailabilityZone, IpAddress }),
      );
    const { Hsm } = await send(
      new CreateHsmCommand({ ClusterId, AvailabilityZone, IpAddress: '127.0.1.77' }),
    );
    assert.equal(Hsm?.State, 'CREATE_IN_PROGRESS');
    assert.equal(Hsm.EniIp, '127.0.1.77');
    hsmId = Hsm.HsmId ?? '';
    await refuses(INVALID, /once it is ACTIVE/, new CreateHsmCommand({ ClusterId, AvailabilityZone }));
    const cluster = await clusterBecomes(
      client,
      ClusterId,
      'a CSR',
      ({ Certificates }) => Certificates?.ClusterCsr !== undefined,
    );
    assert.equal(cluster.Hsms?.[0]?.State, 'ACTIVE');
    const pid = claviger.config().pids.hsm[hsmId];
    assert.ok(pid !== undefined && process.kill(pid, 0));
  });

  it('InitializeCluster checks the chain before anything changes', async () => {
    const [ClusterId = '', empty = ''] = clusters;
    const { Certificates } = await describeCluster(client, ClusterId);
    const csr = Certificates?.ClusterCsr ?? '';
    const TrustAnchor = owner.makeCa();
    const other = owner.makeCa('other');
    const SignedCert = owner.sign(csr);
    const initialize = (changes: object): InitializeClusterCommand =>
      new InitializeClusterCommand({ ClusterId, SignedCert, TrustAnchor, ...changes });
    owner.openssl(
      'req',
      '-new',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'x.key',
      '-out',
      'x.csr',
      '-subj',
      '/CN=x',
    );
    await refuses(NOT_FOUND, /cluster-/, initialize({ ClusterId: NOBODY }));
    await refuses(INVALID, /has no CSR/, initialize({ ClusterId: empty }));
    await refuses(INVALID, /SignedCert is not a PEM/, initialize({ SignedCert: 'AAAA' }));
    await refuses(INVALID, /more than 5000/, initialize({ SignedCert: 'A'.repeat(5001) }));
    await refuses(INVALID, /not signed by TrustAnchor/, initialize({ TrustAnchor: other }));
    await refuses(INVALID, /not self-signed/, initialize({ TrustAnchor: SignedCert }));
    await refuses(INVALID, /not for the key/, initialize({ SignedCert: owner.sign(owner.file('x.csr')) }));
    owner.write('cluster.csr', csr);
    owner.openssl(
      ...['x509', '-req', '-days', '30', '-in', 'cluster.csr', '-CA', 'customerCA.crt'],
      ...['-CAkey', 'customerCA.key', '-CAcreateserial', '-out', 'y.crt', '-subj', '/CN=hsm-other'],
    );
    await refuses(INVALID, /subject/, initialize({ SignedCert: owner.file('y.crt') }));
    assert.equal((await describeCluster(client, ClusterId)).State, 'UNINITIALIZED');

    const { State, StateMessage } = await send(initialize({}));
    assert.equal(State, 'INITIALIZE_IN_PROGRESS');
    assert.match(StateMessage ?? '', /State will change to INITIALIZED upon completion/);
    const done = await clusterBecomes(client, ClusterId, 'INITIALIZED', (now) => now.State === 'INITIALIZED');
    assert.deepEqual(done.Certificates, { ClusterCertificate: SignedCert });
    await refuses(INVALID, /is in state INITIALIZED/, initialize({}));
  });

  it('ModifyCluster changes the retention of backups and the HSM type, forward and for a day back', async () => {
    const [ClusterId = '', older = ''] = clusters;
    const keep = (Value: string): ModifyClusterCommand =>
      new ModifyClusterCommand({ ClusterId, BackupRetentionPolicy: { Type: 'DAYS', Value } });
    const { Cluster } = await send(keep('379'));
    assert.equal(Cluster?.BackupRetentionPolicy?.Value, '379');
    const change = 'ModifyCluster';
    const forward = await raw(change, { ClusterId: older, HsmType: 'hsm2m.medium' });
    assert.ok((forward['Cluster'] as unknown as Cluster).HsmTypeRollbackExpiration);
    const back = (await raw(change, { ClusterId: older, HsmType: 'hsm1.medium' }))[
      'Cluster'
    ] as unknown as Cluster;
    assert.equal(back.HsmType, 'hsm1.medium');
    assert.equal(back.HsmTypeRollbackExpiration, undefined);
    await refusesRaw(INVALID, /must be given/, change, { ClusterId });
    await refusesRaw(INVALID, /cannot be changed to hsm1/, change, { ClusterId, HsmType: 'hsm1.medium' });
    await refuses(INVALID, /from 7/, keep('1'));
    await refusesRaw(NOT_FOUND, /cluster-/, change, { ClusterId: NOBODY, HsmType: 'hsm2m.medium' });
  });

  it('DescribeBackups shows the backup that activation makes', async () => {
    const [backup] = await eventually(30_000, 'a backup', async () => {
      const { Backups } = await client.send(
        new DescribeBackupsCommand({ Filters: { clusterIds: [first], states: ['READY'] } }),
      );
      return Backups?.length === 0 ? undefined : Backups;
    });
    backupId = backup?.BackupId ?? '';
    backupArn = `arn:aws:cloudhsm:us-east-1:${claviger.config().accountId}:backup/${backupId}`;
    assert.equal(backup?.NeverExpires, false);
    const { Backups } = await send(
      new DescribeBackupsCommand({ Filters: { backupIds: [backupId], neverExpires: ['false'] } }),
    );
    assert.equal(Backups?.length, 1);
    assert.deepEqual(await raw('DescribeBackups', { Shared: true }), { Backups: [] });
    await refuses(INVALID, /Unknown filter/, new DescribeBackupsCommand({ Filters: { vpcIds: ['x'] } }));
  });

  it('ModifyBackupAttributes exempts a backup from the retention policy', async () => {
    const modify = (BackupId: string, NeverExpires: boolean): ModifyBackupAttributesCommand =>
      new ModifyBackupAttributesCommand({ BackupId, NeverExpires });
    assert.equal((await send(modify(backupId, true))).Backup?.NeverExpires, true);
    assert.equal((await send(modify(backupId, false))).Backup?.NeverExpires, false);
    await refuses(NOT_FOUND, /backup-/, modify(NOTHING, true));
  });

  it('TagResource, ListTags and UntagResource work on clusters and backups', async () => {
    for (const ResourceId of [clusters[0] ?? '', backupId]) {
      await send(new TagResourceCommand({ ResourceId, TagList: [{ Key: 'stage', Value: 'one' }] }));
      await send(
        new TagResourceCommand({
          ResourceId,
          TagList: [
            { Key: 'stage', Value: 'two' },
            { Key: 'left', Value: '' },
          ],
        }),
      );
      await send(new UntagResourceCommand({ ResourceId, TagKeyList: ['left', 'never there'] }));
      const { TagList } = await send(new ListTagsCommand({ ResourceId, MaxResults: 50 }));
      assert.deepEqual(
        TagList?.filter(({ Key }) => Key !== 'name'),
        [{ Key: 'stage', Value: 'two' }],
      );
    }
    const many = Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: '' }));
    await refuses(
      'CloudHsmResourceLimitExceededException',
      /50 tags/,
      new TagResourceCommand({ ResourceId: backupId, TagList: many }),
    );
    await refuses(
      NOT_FOUND,
      /backup-/,
      new TagResourceCommand({ ResourceId: NOTHING, TagList: [{ Key: 'a', Value: 'b' }] }),
    );
    await refuses(NOT_FOUND, /cluster-/, new ListTagsCommand({ ResourceId: NOBODY }));
    await refuses(NOT_FOUND, /cluster-/, new UntagResourceCommand({ ResourceId: NOBODY, TagKeyList: ['a'] }));
  });

  it('CopyBackupToRegion makes a copy in another Region', async () => {
    const copy = (BackupId: string, DestinationRegion: string): CopyBackupToRegionCommand =>
      new CopyBackupToRegionCommand({ BackupId, DestinationRegion });
    await refuses(INVALID, /another Region/, copy(backupId, 'us-east-1'));
    await refuses(INVALID, /not served/, copy(backupId, 'us-east-2'));
    await refuses(NOT_FOUND, /backup-/, copy(NOTHING, 'us-west-2'));
    const { DestinationBackup } = await send(copy(backupId, 'us-west-2'));
    assert.equal(DestinationBackup?.SourceBackup, backupId);
    assert.equal(DestinationBackup.SourceCluster, first);
    assert.equal(DestinationBackup.SourceRegion, 'us-east-1');
    const made = await eventually(30_000, 'the copy', async () => {
      const { Backups } = await elsewhere.send(
        new DescribeBackupsCommand({ Filters: { sourceBackupIds: [backupId], states: ['READY'] } }),
      );
      return Backups?.[0];
    });
    assert.ok(made.CopyTimestamp);
    assert.notEqual(made.BackupId, backupId);
  });

  it('PutResourcePolicy, GetResourcePolicy and DeleteResourcePolicy share a backup', async () => {
    const statement = {
      Effect: 'Allow',
      Principal: { AWS: '123456789012' },
      Action: 'cloudhsm:DescribeBackups',
    };
    const policy = (changes: object = {}): string =>
      JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, ...changes }] });
    const of = { ResourceArn: backupArn };
    assert.deepEqual(await raw('GetResourcePolicy', of), {});
    assert.deepEqual(await raw('PutResourcePolicy', { ...of, Policy: policy() }), {
      ...of,
      Policy: policy(),
    });
    assert.deepEqual(await raw('GetResourcePolicy', of), { Policy: policy() });
    for (const Policy of [
      '{',
      policy({ Effect: 'Maybe' }),
      policy({ Principal: '*' }),
      policy({ Action: 'cloudhsm:*' }),
      policy({ Condition: {} }),
      policy({ Resource: backupArn.replace(backupId, NOTHING) }),
    ])
      await refusesRaw(INVALID, /not valid/, 'PutResourcePolicy', { ...of, Policy });
    await refusesRaw(INVALID, /Policy must be given/, 'PutResourcePolicy', of);
    const clusterArn = backupArn.replace(/backup\/.*/, `cluster/${first}`);
    await refusesRaw(INVALID, /Only backups/, 'PutResourcePolicy', {
      ResourceArn: clusterArn,
      Policy: policy(),
    });
    const unknown = { ResourceArn: backupArn.replace(backupId, NOTHING) };
    await refusesRaw(NOT_FOUND, /backup-/, 'GetResourcePolicy', unknown);
    assert.deepEqual(await raw('DeleteResourcePolicy', of), { ...of, Policy: policy() });
    await refusesRaw(INVALID, /no policy/, 'DeleteResourcePolicy', of);
  });

  it('CreateCluster restores a backup in its own mode only, and not to an older type', async () => {
    const from = { HsmType: 'hsm2m.medium', SubnetIds: subnets, SourceBackupId: backupId };
    await refusesRaw(INVALID, /cannot be restored/, 'CreateCluster', { ...from, Mode: 'NON_FIPS' });
    await refusesRaw(INVALID, /cannot be restored/, 'CreateCluster', { ...from, HsmType: 'hsm1.medium' });
  });

  it('DeleteBackup waits seven days, and RestoreBackup takes it back', async () => {
    const { Backup } = await send(new DeleteBackupCommand({ BackupId: backupId }));
    assert.equal(Backup?.BackupState, 'PENDING_DELETION');
    const week = (Backup.DeleteTimestamp?.getTime() ?? 0) - Date.now();
    assert.ok(week > 6.9 * 86_400_000 && week <= 7 * 86_400_000);
    await refuses(INVALID, /PENDING_DELETION/, new DeleteBackupCommand({ BackupId: backupId }));
    await refuses(INVALID, /PENDING_DELETION/, newCluster({ SourceBackupId: backupId }));
    const restored = await send(new RestoreBackupCommand({ BackupId: backupId }));
    assert.equal(restored.Backup?.BackupState, 'READY');
    assert.equal(restored.Backup.DeleteTimestamp, undefined);
    await refuses(INVALID, /READY/, new RestoreBackupCommand({ BackupId: backupId }));
    await refuses(NOT_FOUND, /backup-/, new DeleteBackupCommand({ BackupId: NOTHING }));
  });

  it('DeleteHsm ends the process and leaves nothing of it', async () => {
    const [ClusterId = ''] = clusters;
    const remove = (names: object): DeleteHsmCommand => new DeleteHsmCommand({ ClusterId, ...names });
    await refuses(INVALID, /Exactly one/, remove({}));
    await refuses(INVALID, /Exactly one/, remove({ HsmId: hsmId, EniIp: '127.0.1.77' }));
    await refuses(NOT_FOUND, /hsm-/, remove({ HsmId: 'hsm-aaaaaaaaaaa' }));
    await refuses(INVALID, /has 1 HSMs/, new DeleteClusterCommand({ ClusterId }));
    const pid = claviger.config().pids.hsm[hsmId] ?? 0;
    assert.equal((await send(remove({ EniIp: '127.0.1.77' }))).HsmId, hsmId);
    await clusterBecomes(client, ClusterId, 'no HSMs', ({ Hsms }) => Hsms?.length === 0);
    assert.throws(() => process.kill(pid, 0), /ESRCH/);
    const again = new CreateHsmCommand({ ClusterId, AvailabilityZone: zones[0] ?? '' });
    await refuses(INVALID, /initialised with is gone/, again);
  });

  it('DeleteCluster ends a cluster without HSMs, which is listed as DELETED for a while', async () => {
    await refuses(NOT_FOUND, /cluster-/, new DeleteClusterCommand({ ClusterId: NOBODY }));
    for (const ClusterId of clusters) {
      const { Cluster } = await send(new DeleteClusterCommand({ ClusterId }));
      assert.equal(Cluster?.State, 'DELETE_IN_PROGRESS');
      assert.equal(Cluster.StateMessage, 'The cluster is being deleted.');
    }
    await eventually(10_000, 'deleted', async () => {
      const { Clusters } = await client.send(
        new DescribeClustersCommand({ Filters: { states: ['DELETED'] } }),
      );
      return Clusters?.length === clusters.length ? true : undefined;
    });
    const { Clusters } = await send(new DescribeClustersCommand({}));
    assert.deepEqual(
      Clusters?.map(({ ClusterId }) => ClusterId),
      [first],
    );
    await refuses(NOT_FOUND, /cluster-/, new DeleteClusterCommand({ ClusterId: clusters[0] ?? '' }));
  });

  it('records every call, right or wrong, as one event of cloudhsm.amazonaws.com', async () => {
    const events = new Map<string, CloudTrailEvent[]>();
    for await (const { event } of readJournal(join(claviger.dataDir, 'server', 'audit'))) {
      if (event.eventSource !== 'cloudhsm.amazonaws.com') continue;
      const id = event.requestID ?? '';
      events.set(id, [...(events.get(id) ?? []), event]);
    }
    for (const { name, requestId, error } of calls) {
      const [event, ...more] = events.get(requestId ?? '') ?? [];
      assert.equal(event?.eventName, name);
      assert.equal(event.errorCode, error);
      assert.equal(more.length, 0);
    }
    const every = Object.keys(cloudhsmv2.operations).sort();
    const names = (wrong: boolean): string[] =>
      [
        ...new Set(calls.filter(({ error }) => (error !== undefined) === wrong).map(({ name }) => name)),
      ].sort();
    assert.deepEqual(names(false), every);
    assert.deepEqual(names(true), every);
    const { accountId, region, accessKeyId } = claviger.config();
    const arn = `arn:aws:iam::${accountId}:root`;
    const who = { type: 'Root', principalId: accountId, arn, accountId, accessKeyId };
    for (const name of COMPARED_IN['cloudhsm-api.test.ts']) {
      const succeeded = calls.filter((call) => call.name === name && call.error === undefined);
      assert.ok(succeeded.length > 0, name);
      for (const { requestId = '', input } of succeeded) {
        const shaped = { eventSource: 'cloudhsm.amazonaws.com', name, region, accountId, input, who };
        const answer = ANSWERS[name];
        assert.deepEqual(eventDifferences(events.get(requestId)?.[0], { ...shaped, answer }), []);
      }
    }
  });
});
