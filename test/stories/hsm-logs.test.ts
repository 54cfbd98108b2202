/**
 * The HSMs' own trail: user and key management in CloudWatch Logs, read by AWS's SDK and CLI; and the comparison of uses inside the
 * HSMs with the journal of calls, into which this test plants both kinds of lies.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  CloudWatchLogsClient,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  ListTagsForResourceCommand,
  ListTagsLogGroupCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import * as kmsSdk from '@aws-sdk/client-kms';
import { connectHsm } from '../../src/hsm-client/connect.ts';
import type { HsmConnection } from '../../src/hsm-client/connection.ts';
import type { Evidence } from '../../src/evidence/pack.ts';
import { readCopyStates } from '../../src/hsm-trail/log-copy.ts';
import type { TrailReport } from '../../src/reconcile/print.ts';
import { eventually, startClaviger } from './claviger.ts';
import { WITHOUT_REQUEST_QUOTAS } from './without-quotas.ts';
import type { Claviger } from './claviger.ts';

const COMMAND = fileURLToPath(new URL('../../bin/claviger', import.meta.url));
/** Longer than the pauses between deliveries. */
const QUIET_MS = 2_000;
const WAIT_MS = 30_000;

const USER_EVENT =
  /^Time: \d\d\/\d\d\/\d\d \d\d:\d\d:\d\d\.\d{6}, usecs:\d{16}\nSequence No : 0x[0-9a-f]+\nReboot counter : 0x[0-9a-f]+\nCommand Type\(hex\) : CN_MGMT_CMD \(0x0\)\nOpcode : CN_LOGIN \(0xd\)\nSession Handle : 0x[0-9a-f]+\nResponse : 0:HSM Return: SUCCESS\nLog type : MGMT_USER_DETAILS_LOG \(2\)\nUser Name : kmsuser\nUser Type : CN_CRYPTO_USER \(1\)$/;
const KEY_EVENT =
  /Opcode : CN_GENERATE_KEY \(0x17\)\nSession Handle : 0x[0-9a-f]+\nResponse : 0:HSM Return: SUCCESS\nLog type : MGMT_KEY_DETAILS_LOG \(1\)\nPriv\/Secret Key Handle : (\d+)\nPublic Key Handle : 0$/;

describe("the HSMs' own trail", () => {
  let claviger: Claviger;
  let folder: string;
  let logs: CloudWatchLogsClient;
  let kms: kmsSdk.KMSClient;
  let group: string;
  let hsmIds: string[];
  let keyId: string;
  let cks: string;

  const aws = (...args: string[]): string => {
    const { endpoint, region, accessKeyId, secretAccessKey } = claviger.config();
    const { stdout, stderr, status } = spawnSync('aws', ['--endpoint-url', endpoint, ...args], {
      encoding: 'utf8',
      env: {
        ...process.env,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_DEFAULT_REGION: region,
      },
    });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  const reconcile = (): { report: TrailReport; status: number | null } => {
    const args = ['audit', 'reconcile', '--json', '--margin', '2', '--data', claviger.dataDir];
    const { stdout, stderr, status } = spawnSync(process.execPath, [COMMAND, ...args], { encoding: 'utf8' });
    assert.equal(stderr, '');
    return { report: JSON.parse(stdout) as TrailReport, status };
  };
  /** Waits until everything that was done before is judged. */
  const settled = (since = Date.now()): Promise<{ report: TrailReport; status: number | null }> =>
    eventually(WAIT_MS, 'both trails have settled', () => {
      const states = readCopyStates(join(claviger.dataDir, 'server', 'hsm-logs'));
      if (states.some(({ completeUntilMicros }) => completeUntilMicros / 1000 < since + 4_000))
        return undefined;
      const result = reconcile();
      return result.report.to >= since + 1_000 && result.report.undecided === 0 ? result : undefined;
    });
  const messagesOf = async (logStreamName: string): Promise<string[]> => {
    const { events = [] } = await logs.send(
      new GetLogEventsCommand({ logGroupName: group, logStreamName, startFromHead: true }),
    );
    return events.map(({ message = '' }) => message);
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-settings-'));
    const settings = join(folder, 'claviger.yaml');
    writeFileSync(
      settings,
      `${WITHOUT_REQUEST_QUOTAS}reconciliation: { marginSeconds: 4, everySeconds: 1 }\n`,
    );
    claviger = await startClaviger({ CLAVIGER_CONFIG: settings });
    const { endpoint, region, accessKeyId, secretAccessKey, clusterId, pids } = claviger.config();
    cks = claviger.config().customKeyStoreId;
    hsmIds = Object.keys(pids.hsm).sort();
    group = `/aws/cloudhsm/${clusterId}`;
    kms = claviger.client();
    logs = new CloudWatchLogsClient({
      endpoint,
      region,
      credentials: { accessKeyId, secretAccessKey },
      maxAttempts: 1,
    });
    const { KeyMetadata } = await kms.send(
      new kmsSdk.CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: cks }),
    );
    keyId = KeyMetadata?.KeyId ?? '';
    const { CiphertextBlob } = await kms.send(
      new kmsSdk.EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('trail') }),
    );
    await kms.send(new kmsSdk.DecryptCommand({ CiphertextBlob }));
    await kms.send(new kmsSdk.GenerateDataKeyCommand({ KeyId: keyId, KeySpec: 'AES_256' }));
    await kms.send(new kmsSdk.GenerateRandomCommand({ NumberOfBytes: 16, CustomKeyStoreId: cks }));
    await kms.send(new kmsSdk.ReEncryptCommand({ CiphertextBlob, DestinationKeyId: keyId }));
    await assert.rejects(
      kms.send(new kmsSdk.DecryptCommand({ CiphertextBlob, EncryptionContext: { wrong: 'context' } })),
    );
    let known = -1;
    let since = performance.now();
    await eventually(WAIT_MS, 'the new key is in the log group, and nothing comes any more', async () => {
      const all = (await Promise.all(hsmIds.map(messagesOf).map((one) => one.catch(() => [])))).flat();
      if (all.length !== known) [known, since] = [all.length, performance.now()];
      const isThere = all.some((message) => message.includes('CN_GENERATE_KEY'));
      return isThere && performance.now() - since > QUIET_MS ? true : undefined;
    });
  });
  after(async () => {
    await claviger.remove();
    rmSync(folder, { recursive: true });
  });

  it('is a log group of the cluster with one stream for each HSM', async () => {
    const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/aws/' }));
    const { region, accountId } = claviger.config();
    const arn = `arn:aws:logs:${region}:${accountId}:log-group:${group}`;
    assert.equal(logGroups.length, 1);
    assert.deepEqual([logGroups[0]?.logGroupName, logGroups[0]?.arn, logGroups[0]?.logGroupArn], [group, `${arn}:*`, arn]); // prettier-ignore
    assert.ok((logGroups[0]?.storedBytes ?? 0) > 0);
    const { logStreams = [] } = await logs.send(new DescribeLogStreamsCommand({ logGroupIdentifier: arn }));
    assert.deepEqual(logStreams.map(({ logStreamName }) => logStreamName), hsmIds); // prettier-ignore
    for (const stream of logStreams)
      assert.ok((stream.firstEventTimestamp ?? 0) <= (stream.lastEventTimestamp ?? -1));
    const first = await logs.send(new DescribeLogStreamsCommand({ logGroupName: group, limit: 1 }));
    const second = await logs.send(
      new DescribeLogStreamsCommand({ logGroupName: group, limit: 1, nextToken: first.nextToken }),
    );
    assert.deepEqual([second.logStreams?.[0]?.logStreamName, second.nextToken], [hsmIds[1], undefined]);
    const { endpoint, accessKeyId, secretAccessKey } = claviger.config();
    const credentials = { accessKeyId, secretAccessKey };
    const elsewhere = new CloudWatchLogsClient({ endpoint, credentials, region: 'us-west-2' });
    assert.deepEqual((await elsewhere.send(new DescribeLogGroupsCommand({}))).logGroups, []);
    const newest = { logGroupName: group, orderBy: 'LastEventTime', descending: true } as const;
    const ordered = (await logs.send(new DescribeLogStreamsCommand(newest))).logStreams ?? [];
    assert.ok((ordered[0]?.lastEventTimestamp ?? 0) >= (ordered[1]?.lastEventTimestamp ?? 0));
  });

  it("shows user and key management in CloudHSM's text, numbered without gaps, and no use of a key", async () => {
    const handles: string[] = [];
    for (const hsmId of hsmIds) {
      const messages = await messagesOf(hsmId);
      assert.ok(messages.some((message) => USER_EVENT.test(message)));
      for (const [at, message] of messages.entries())
        assert.ok(message.includes(`\nSequence No : 0x${at.toString(16)}\n`), message);
      assert.ok(!messages.some((message) => message.includes('USE_KEY')));
      const generated = messages
        .map((message) => KEY_EVENT.exec(message)?.[1])
        .filter((h) => h !== undefined);
      const opcode =
        generated.length > 0 ? 'CN_EXTRACT_MASKED_OBJECT_USER (0xf0)' : 'CN_INSERT_MASKED_OBJECT_USER (0xf1)';
      assert.ok(messages.some((message) => message.includes(`Opcode : ${opcode}`)));
      handles.push(...generated);
    }
    assert.ok(handles.length >= 1, 'exactly the HSM that made the key says so');
  });

  it('is read page by page to its end, where the forward token stays the same', async () => {
    const [logStreamName = ''] = hsmIds;
    const all = await messagesOf(logStreamName);
    const read: string[] = [];
    let nextToken: string | undefined;
    for (;;) {
      const page = await logs.send(
        new GetLogEventsCommand({
          logGroupName: group,
          logStreamName,
          startFromHead: true,
          limit: 3,
          nextToken,
        }),
      );
      read.push(...(page.events ?? []).map(({ message = '' }) => message));
      if (page.nextForwardToken === nextToken) break;
      nextToken = page.nextForwardToken;
    }
    assert.deepEqual(read, all);
    const latest = await logs.send(new GetLogEventsCommand({ logGroupName: group, logStreamName, limit: 2 }));
    assert.deepEqual(latest.events?.map(({ message }) => message), all.slice(-2)); // prettier-ignore
    const before = await logs.send(
      new GetLogEventsCommand({
        logGroupName: group,
        logStreamName,
        limit: 2,
        nextToken: latest.nextBackwardToken,
      }),
    );
    assert.deepEqual(before.events?.map(({ message }) => message), all.slice(-4, -2)); // prettier-ignore
    const wrong = { logGroupName: group, logStreamName, nextToken: 'x' };
    await assert.rejects(logs.send(new GetLogEventsCommand(wrong)), { name: 'InvalidParameterException' });
  });

  it('is filtered by terms over all streams, in the order of time', async () => {
    const filter = async (filterPattern: string): Promise<string[]> => {
      const { events = [] } = await logs.send(
        new FilterLogEventsCommand({ logGroupName: group, filterPattern }),
      );
      assert.ok(events.every((event, at) => (event.timestamp ?? 0) >= (events[at - 1]?.timestamp ?? 0)));
      assert.equal(new Set(events.map(({ eventId }) => eventId)).size, events.length);
      return events.map(({ message = '' }) => message);
    };
    const logins = await filter('CN_LOGIN kmsuser');
    assert.ok(logins.length >= 2 && logins.every((message) => USER_EVENT.test(message)));
    assert.ok((await filter('CN_LOGIN -kmsuser')).every((message) => !message.includes('kmsuser')));
    const either = await filter('?CN_GENERATE_KEY ?CN_INSERT_MASKED_OBJECT_USER');
    assert.ok(either.length >= 2);
    assert.deepEqual(await filter('"no such phrase"'), []);
    assert.deepEqual(await filter('{ $.opcode = "CN_LOGIN" }'), []);
    const all = await filter('');
    let nextToken: string | undefined;
    const paged: string[] = [];
    do {
      const page = await logs.send(new FilterLogEventsCommand({ logGroupName: group, limit: 4, nextToken }));
      paged.push(...(page.events ?? []).map(({ message = '' }) => message));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    assert.deepEqual(paged, all);
    await assert.rejects(filter('"open'), { name: 'InvalidParameterException' });
  });

  it('keeps events as long as its retention says, and answers wrong names as AWS does', async () => {
    await logs.send(new PutRetentionPolicyCommand({ logGroupName: group, retentionInDays: 30 }));
    const days = async (): Promise<number | undefined> =>
      (await logs.send(new DescribeLogGroupsCommand({}))).logGroups?.[0]?.retentionInDays;
    assert.equal(await days(), 30);
    const odd = new PutRetentionPolicyCommand({ logGroupName: group, retentionInDays: 31 });
    await assert.rejects(logs.send(odd), { name: 'InvalidParameterException' });
    await logs.send(new DeleteRetentionPolicyCommand({ logGroupName: group }));
    assert.equal(await days(), undefined);
    assert.deepEqual((await logs.send(new ListTagsLogGroupCommand({ logGroupName: group }))).tags, {});
    const { region, accountId } = claviger.config();
    const resourceArn = `arn:aws:logs:${region}:${accountId}:log-group:${group}`;
    assert.deepEqual((await logs.send(new ListTagsForResourceCommand({ resourceArn }))).tags, {});
    const nowhere = new DescribeLogStreamsCommand({ logGroupName: '/aws/cloudhsm/none' });
    await assert.rejects(logs.send(nowhere), {
      name: 'ResourceNotFoundException',
      message: 'The specified log group does not exist.',
    });
    const nobody = new GetLogEventsCommand({ logGroupName: group, logStreamName: 'hsm-none' });
    await assert.rejects(logs.send(nobody), {
      name: 'ResourceNotFoundException',
      message: 'The specified log stream does not exist.',
    });
  });

  it("is read by AWS's own command", () => {
    const events = [
      'logs',
      'get-log-events',
      '--log-group-name',
      group,
      '--log-stream-name',
      hsmIds[0] ?? '',
    ];
    assert.match(aws(...events, '--output', 'text'), /CN_LOGIN \(0xd\)/);
    const filter = [
      'logs',
      'filter-log-events',
      '--log-group-name',
      group,
      '--filter-pattern',
      'CN_GENERATE_KEY',
    ];
    const { events: found } = JSON.parse(aws(...filter)) as { events: { message: string }[] };
    assert.ok(found.length >= 1 && found.every(({ message }) => KEY_EVENT.test(message)));
  });

  it('agrees with the journal of calls: no use without a call, no call without a use', async () => {
    const { report, status } = await settled();
    assert.deepEqual(report.findings, []);
    assert.deepEqual([report.outcome, status], ['agree', 0]);
    assert.deepEqual([report.uses, report.calls, report.repeated], [7, 5, 0]);
    assert.ok(
      report.chains?.hsmLogs.every((log) => log.intact && log.checkpoints > 0),
      JSON.stringify(report.chains),
    );
  });

  it('goes on after restarts of everything, each entry once', async () => {
    const counts = async (): Promise<number[]> =>
      Promise.all(hsmIds.map(async (hsmId) => (await messagesOf(hsmId)).length));
    const earlier = await counts();
    await claviger.restart();
    const { endpoint, region, accessKeyId, secretAccessKey } = claviger.config();
    logs = new CloudWatchLogsClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
    kms = claviger.client();
    await eventually(WAIT_MS, 'new logins are delivered', async () =>
      (await counts()).every((count, at) => count > (earlier[at] ?? 0)) ? true : undefined,
    );
    for (const hsmId of hsmIds) {
      const messages = await messagesOf(hsmId);
      for (const [at, message] of messages.entries())
        assert.ok(message.includes(`\nSequence No : 0x${at.toString(16)}\n`));
    }
  });

  it('explains calls that were repeated because an HSM died under load', async () => {
    const patient = claviger.client({ maxAttempts: 4 });
    const before = reconcile().report;
    const command = (): Promise<unknown> =>
      patient.send(new kmsSdk.GenerateDataKeyCommand({ KeyId: keyId, KeySpec: 'AES_256' }));
    const calls: Promise<unknown>[] = [];
    for (let wave = 0; wave < 20; wave++) {
      for (let at = 0; at < 10; at++) calls.push(command());
      if (wave === 10) process.kill(claviger.config().pids.hsm[hsmIds[1] ?? ''] ?? 0, 'SIGKILL');
      await Promise.race(calls.slice(-10));
    }
    await Promise.all(calls);
    const { report, status } = await settled();
    assert.deepEqual([report.findings, report.outcome, status], [[], 'agree', 0]);
    assert.equal(report.calls - before.calls, 200);
  });

  it('betrays a stolen session of kmsuser that uses a key past KMS', async () => {
    const thief = await stolenSession(claviger, hsmIds[0] ?? '', kms, cks);
    const [{ materialId } = { materialId: '' }] = await thief.listKeys();
    const { check } = await thief.checkKey(materialId);
    const requestId = randomBytes(16);
    const since = Date.now();
    await thief.encrypt(
      {
        keyRef: Buffer.from(materialId, 'hex'),
        check: Buffer.from(check, 'hex'),
        requestId,
        aad: Buffer.alloc(0),
      },
      Buffer.from('past KMS'),
      5_000,
    );
    thief.close();
    await reconnect(kms, cks);
    const { report, status } = await settled(since);
    assert.deepEqual([report.outcome, status], ['mismatch', 1]);
    const [finding, ...more] = report.findings;
    assert.deepEqual(more, []);
    assert.equal(finding?.kind, 'use-without-call');
    assert.deepEqual(
      [finding.requestId, finding.use?.hsmId, finding.use?.verb, finding.use?.materialId],
      [requestId.toString('hex'), hsmIds[0], 'Encrypt', materialId],
    );
    await eventually(60_000, 'the server has found it too', () => {
      const { stdout } = spawnSync(
        process.execPath,
        [COMMAND, 'audit', 'list', '--json', '--name', 'AuditTrailMismatch', '--data', claviger.dataDir],
        { encoding: 'utf8' },
      );
      return stdout.includes(hsmIds[0] ?? '-') ? true : undefined;
    });
  });

  it('gives an auditor the whole of a key: life, policies, use, its attributes in each HSM, certificates, verdict', () => {
    const out = join(folder, 'evidence');
    const args = [
      'audit',
      'export',
      '--key',
      keyId,
      '--out',
      out,
      '--margin',
      '2',
      '--data',
      claviger.dataDir,
    ];
    const { stderr, status } = spawnSync(process.execPath, [COMMAND, ...args], { encoding: 'utf8' });
    assert.deepEqual([stderr, status], ['', 1]); // the stolen session is in it
    const evidence = JSON.parse(readFileSync(join(out, 'evidence.json'), 'utf8')) as Evidence;
    assert.equal(evidence.life[0]?.eventName, 'CreateKey');
    assert.equal(evidence.policies.length, 1);
    const encrypts = evidence.usage.find(({ eventName }) => eventName === 'Encrypt');
    assert.deepEqual([encrypts?.succeeded, encrypts?.failed], [1, 0]);
    assert.ok(
      (evidence.usage.find(({ eventName }) => eventName === 'GenerateDataKey')?.succeeded ?? 0) > 200,
    );
    const { cluster } = evidence.now ?? {};
    assert.deepEqual(cluster?.hsms.map(({ hsmId }) => hsmId).sort(), hsmIds);
    for (const { key, certificate } of cluster?.hsms ?? []) {
      assert.ok(certificate?.includes('BEGIN CERTIFICATE'));
      assert.equal(key?.check, cluster?.check);
      assert.deepEqual([key?.attributes['SENSITIVE'], key?.attributes['ENCRYPT']], [true, false]);
    }
    assert.equal(evidence.verification.outcome, 'mismatch');
    const page = readFileSync(join(out, 'report.html'), 'utf8');
    assert.ok(
      page.includes(keyId) && page.includes('WRAP_WITH_TRUSTED') && !/<script|https?:\/\//i.test(page),
    );
    assert.deepEqual(readdirSync(join(out, 'certificates')).length, 4);
  });

  it('betrays an event that was taken out of the journal, and one that was altered', async () => {
    const since = Date.now();
    const encrypted: string[] = [];
    for (const text of ['one', 'two', 'three']) {
      const command = new kmsSdk.EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from(text) });
      encrypted.push((await kms.send(command)).$metadata.requestId ?? '');
    }
    const before = (await settled(since)).report.findings.length;
    await claviger.stop();
    const [removed = '', , altered = ''] = encrypted;
    const journal = join(claviger.dataDir, 'server', 'audit', 'server-1');
    for (const name of readdirSync(journal).filter((file) => file.endsWith('.log'))) {
      const lines = readFileSync(join(journal, name), 'utf8').split('\n');
      const kept = lines
        .filter((line) => !line.includes(`"requestID":"${removed}"`))
        .map((line) =>
          line.includes(`"requestID":"${altered}"`)
            ? line.replace('"eventName":"Encrypt"', '"eventName":"Decrypt"')
            : line,
        );
      writeFileSync(join(journal, name), kept.join('\n'));
    }
    const { report, status } = reconcile();
    assert.equal(status, 1);
    assert.equal(report.findings.length, before + 3);
    const of = (id: string): string[] =>
      report.findings.filter(({ requestId }) => requestId === id.replaceAll('-', '')).map(({ kind }) => kind);
    assert.deepEqual(of(removed), ['use-without-call']);
    assert.deepEqual(of(altered).sort(), ['call-without-use', 'use-without-call']);
    const kinds = report.chains?.journal.problems.map(({ kind }) => kind).sort();
    assert.deepEqual(kinds, ['altered', 'removed']);
  });
});

/** Who has the operator's and kmsuser's secrets can log in beside KMS once the key store is disconnected. */
async function stolenSession(
  claviger: Claviger,
  hsmId: string,
  kms: kmsSdk.KMSClient,
  cks: string,
): Promise<HsmConnection> {
  await kms.send(new kmsSdk.DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: cks }));
  await storeIs(kms, cks, 'DISCONNECTED');
  const store = await kms.send(new kmsSdk.DescribeCustomKeyStoresCommand({ CustomKeyStoreId: cks }));
  const trustAnchor = store.CustomKeyStores?.[0]?.TrustAnchorCertificate ?? '';
  const officerFile = join(claviger.dataDir, 'operator', 'officer.json');
  const officer = JSON.parse(readFileSync(officerFile, 'utf8')) as { user: string; password: string };
  const password = `stolen${randomBytes(8).toString('hex')}`;
  const { clusterId, pids } = claviger.config();
  for (const id of Object.keys(pids.hsm)) {
    const connection = await connectHsm({
      hsmId: id,
      clusterId,
      trustAnchor,
      ...endpointOf(claviger, id),
      timeoutMs: 5_000,
    });
    await connection.loginOfficer(officer.user, officer.password);
    await connection.setUserPassword('kmsuser', password);
    connection.close();
  }
  await kms.send(
    new kmsSdk.UpdateCustomKeyStoreCommand({ CustomKeyStoreId: cks, KeyStorePassword: password }),
  );
  const thief = await connectHsm({
    hsmId,
    clusterId,
    trustAnchor,
    ...endpointOf(claviger, hsmId),
    timeoutMs: 5_000,
  });
  await thief.loginUser({ name: 'kmsuser', password, owner: 'a thief' });
  return thief;
}

async function reconnect(kms: kmsSdk.KMSClient, cks: string): Promise<void> {
  await kms.send(new kmsSdk.ConnectCustomKeyStoreCommand({ CustomKeyStoreId: cks }));
  await storeIs(kms, cks, 'CONNECTED');
}

async function storeIs(kms: kmsSdk.KMSClient, cks: string, wanted: string): Promise<void> {
  await eventually(WAIT_MS, `the key store is ${wanted}`, async () => {
    const { CustomKeyStores } = await kms.send(
      new kmsSdk.DescribeCustomKeyStoresCommand({ CustomKeyStoreId: cks }),
    );
    return CustomKeyStores?.[0]?.ConnectionState === wanted ? true : undefined;
  });
}

/** Where an HSM listens, by what its process said last. */
function endpointOf(claviger: Claviger, hsmId: string): { host: string; port: number } {
  const lines = readFileSync(join(claviger.dataDir, 'logs', `${hsmId}.log`), 'utf8')
    .trim()
    .split('\n');
  const entries = lines.map((line) => JSON.parse(line) as { msg: string; host: string; port: number });
  const { host, port } = entries.filter(({ msg }) => msg === 'ready').at(-1) as (typeof entries)[number];
  return { host, port };
}
