/**
 * The server killed under load: no answered call is without its event, the journal is whole, and what is made of it (event
 * history, delivered log files) has each event exactly once.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import {
  CloudTrailClient,
  CreateTrailCommand,
  LookupEventsCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import type { LookupAttribute } from '@aws-sdk/client-cloudtrail';
import { CreateKeyCommand, EncryptCommand, ListKeysCommand } from '@aws-sdk/client-kms';
import type { KMSClient } from '@aws-sdk/client-kms';
import { eventually, startClaviger } from '../stories/claviger.ts';
import type { Claviger } from '../stories/claviger.ts';

const COMMAND = fileURLToPath(new URL('../../bin/claviger', import.meta.url));
/** More of them on demand: CLAVIGER_KILLS=100 npm test -- test/faults/audit.test.ts */
const KILLS = Number(process.env['CLAVIGER_KILLS'] ?? 4);
const WORKERS = 6;

interface Recorded {
  eventID: string;
  eventName: string;
  requestID?: string;
}

describe('the audit trail of a server that is killed', () => {
  let claviger: Claviger;
  let folder: string;
  let bucket: string;
  const answered: string[] = [];
  let journal: Recorded[] = [];

  const trail = (): CloudTrailClient => {
    const { endpoint, region, accessKeyId, secretAccessKey } = claviger.config();
    return new CloudTrailClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
  };
  const command = (...args: string[]): { status: number | null; output: string } => {
    const line = [COMMAND, 'audit', ...args, '--data', claviger.dataDir];
    const { status, stdout, stderr } = spawnSync(process.execPath, line, {
      encoding: 'utf8',
      maxBuffer: 1024 * 1024 * 1024,
    });
    return { status, output: stdout + stderr };
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-audit-faults-'));
    bucket = join(folder, 'bucket');
    const file = join(folder, 'claviger.yaml');
    const audit = {
      buckets: { 'fault-bucket': { directory: bucket } },
      ...{ deliverySeconds: 1, digestSeconds: 2, checkpointSeconds: 1, lookupEventsPerSecond: 0 },
    };
    writeFileSync(file, JSON.stringify({ audit, requestQuotas: { enforced: false } }));
    claviger = await startClaviger({ CLAVIGER_CONFIG: file });
    const create = { Name: 'fault-trail', S3BucketName: 'fault-bucket', EnableLogFileValidation: true };
    await trail().send(new CreateTrailCommand(create));
    await trail().send(new StartLoggingCommand({ Name: 'fault-trail' }));
  });
  after(async () => {
    await claviger.remove();
    rmSync(folder, { recursive: true });
  });

  /** Encrypts until the connection breaks or the server was killed, and notes every answer. */
  const work = async (client: KMSClient, KeyId: string, killed: AbortSignal): Promise<void> => {
    while (!killed.aborted) {
      try {
        const { $metadata } = await client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
        answered.push($metadata.requestId ?? '');
      } catch {
        return;
      }
    }
  };

  it(`has the event of every answered call after ${KILLS} kills under load`, async () => {
    const { KeyMetadata } = await claviger.client().send(new CreateKeyCommand({}));
    const keyId = KeyMetadata?.KeyId ?? '';
    for (let kill = 0; kill < KILLS; kill += 1) {
      const killed = new AbortController();
      const working = Array.from({ length: WORKERS }, () => work(claviger.client(), keyId, killed.signal));
      const before = answered.length;
      await eventually(20_000, 'calls are answered', () =>
        answered.length > before + 20 ? true : undefined,
      );
      await sleep(Math.random() * 150);
      const pid = claviger.config().pids.server[1] as number;
      process.kill(pid, 'SIGKILL');
      killed.abort();
      await Promise.all(working);
      await eventually(20_000, 'a new server', () =>
        claviger.config().pids.server[1] === pid ? undefined : true,
      );
      await eventually(20_000, 'the server answers', () =>
        claviger
          .client()
          .send(new ListKeysCommand({}))
          .then(
            () => true,
            () => undefined,
          ),
      );
    }
    const { status, output } = command('list', '--json');
    assert.equal(status, 0, output);
    journal = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Recorded);
    const count = new Map<string, number>();
    for (const { requestID = '' } of journal) count.set(requestID, (count.get(requestID) ?? 0) + 1);
    assert.ok(answered.length >= KILLS * 20);
    for (const requestId of answered) assert.equal(count.get(requestId), 1, requestId);
  });

  it('has each of them once in the event history', async () => {
    const client = trail();
    const wanted = journal.filter(({ eventName }) => eventName === 'Encrypt').map(({ eventID }) => eventID);
    const newest = wanted.at(-1) ?? '';
    const LookupAttributes: LookupAttribute[] = [{ AttributeKey: 'EventName', AttributeValue: 'Encrypt' }];
    await eventually(20_000, 'the newest event', async () => {
      const input = { LookupAttributes: [{ AttributeKey: 'EventId' as const, AttributeValue: newest }] };
      return (await client.send(new LookupEventsCommand(input))).Events?.length === 1 ? true : undefined;
    });
    const found: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(new LookupEventsCommand({ LookupAttributes, NextToken }));
      found.push(...(page.Events ?? []).map(({ EventId }) => EventId ?? ''));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    assert.deepEqual(found.sort(), wanted.sort());
  });

  it('and once in the files that the trail delivered', async () => {
    const from = journal.findIndex(({ eventName }) => eventName === 'StartLogging');
    const wanted = journal.slice(from).map(({ eventID }) => eventID);
    const delivered = (): string[] =>
      (existsSync(bucket) ? readdirSync(bucket, { recursive: true }) : [])
        .map(String)
        .filter((name) => /_CloudTrail_.*\.json\.gz$/.test(name))
        .flatMap((name) => {
          const text = gunzipSync(readFileSync(join(bucket, name))).toString();
          return (JSON.parse(text) as { Records: Recorded[] }).Records.map(({ eventID }) => eventID);
        });
    await eventually(30_000, 'all events are delivered', () => {
      const there = new Set(delivered());
      return wanted.every((eventId) => there.has(eventId)) ? true : undefined;
    });
    const all = delivered();
    assert.equal(new Set(all).size, all.length);
  });

  it('is whole, and so are its digests', async () => {
    await eventually(20_000, 'digests', () =>
      /^([2-9]|\d\d+) digest file\(s\), [1-9]/m.test(command('verify', '--logs', bucket).output)
        ? true
        : undefined,
    );
    const { status, output } = command('verify', '--logs', bucket);
    assert.equal(status, 0, output);
    assert.match(output, /Signed checkpoints reach to record [1-9]/);
    const [digest] = readdirSync(bucket, { recursive: true })
      .map(String)
      .filter((name) => /_CloudTrail-Digest_.*\.json\.gz$/.test(name))
      .sort() as [string];
    const path = join(bucket, digest);
    const before = readFileSync(path);
    rmSync(path);
    const removed = command('verify', '--logs', bucket);
    assert.deepEqual([removed.status, /^removed: AWSLogs/m.test(removed.output)], [1, true], removed.output);
    writeFileSync(path, before);
  });

  it('gives the event history anew from the journal', async () => {
    assert.match(command('reindex').output, /runs for this data folder/);
    await claviger.stop();
    const rebuilt = command('reindex');
    const events = command('list', '--json').output.trim().split('\n').length;
    assert.match(rebuilt.output, new RegExp(`^${events} events in`));
    await claviger.resume();
    const { Events } = await trail().send(new LookupEventsCommand({ MaxResults: 50 }));
    assert.equal(Events?.length, 50);
  });

  it('is shown by aws cloudtrail lookup-events', (test) => {
    if (spawnSync('aws', ['--version']).status !== 0) return test.skip('the command aws is not installed');
    const { endpoint, region, accessKeyId, secretAccessKey } = claviger.config();
    const attribute = 'AttributeKey=EventName,AttributeValue=CreateKey';
    const args = ['cloudtrail', 'lookup-events', '--lookup-attributes', attribute, '--output', 'json'];
    const { stdout, stderr } = spawnSync('aws', ['--endpoint-url', endpoint, '--region', region, ...args], {
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      },
    });
    const { Events } = JSON.parse(stdout || stderr) as { Events: { EventName: string }[] };
    assert.deepEqual(new Set(Events.map(({ EventName }) => EventName)), new Set(['CreateKey']));
  });
});
