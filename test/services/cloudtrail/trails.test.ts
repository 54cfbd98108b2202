/** Trails through the official SDK and the AWS CLI: what they deliver, exactly once, and that tampering is found. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as sdk from '@aws-sdk/client-cloudtrail';
import { CreateKeyCommand, EncryptCommand, ListKeysCommand } from '@aws-sdk/client-kms';
import type { CloudTrailEvent } from '../../../src/audit/event.ts';
import type { Digest } from '../../../src/audit/digest.ts';
import { eventually } from '../../stories/claviger.ts';
import { startClockedServer } from '../../stories/clocked-server.ts';
import type { ClockedServer } from '../../stories/clocked-server.ts';
import { startS3 } from './s3-server.ts';
import type { S3Server } from './s3-server.ts';

const run = promisify(execFile);
const BUCKET = 'trail-bucket';
const HOUR = 3_600_000;

describe('trails', () => {
  let server: ClockedServer;
  let s3: S3Server;
  let client: sdk.CloudTrailClient;
  let folder: string;
  /** The service's time is this much ahead. */
  let ahead = 0;
  const arn = (name: string): string => `arn:aws:cloudtrail:us-east-1:${server.accountId}:trail/${name}`;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-trails-'));
    s3 = await startS3(BUCKET, 'S3ACCESSKEY');
    const credentials = join(folder, 's3.json');
    writeFileSync(credentials, JSON.stringify({ accessKeyId: 'S3ACCESSKEY', secretAccessKey: 'secret' }));
    const buckets = {
      [BUCKET]: { s3: { endpoint: s3.endpoint, credentials } },
      'folder-bucket': { directory: join(folder, 'bucket') },
    };
    server = await startClockedServer(
      undefined,
      JSON.stringify({ audit: { buckets, deliverySeconds: 60, trailsPerRegion: 3 } }),
    );
    s3.accessKeyIds.add(server.connection.credentials.accessKeyId); // the CLI has one pair for both endpoints
    client = new sdk.CloudTrailClient({ ...server.connection, region: 'us-east-1', maxAttempts: 1 });
  });
  after(async () => {
    await server.remove();
    await s3.close();
    rmSync(folder, { recursive: true });
  });

  const pass = (milliseconds: number): void => {
    ahead += milliseconds;
    server.pass(milliseconds);
  };
  const deliver = async (): Promise<void> => {
    const { duty } = server.assembly;
    await eventually(10_000, 'this process is on duty', () => duty.held || undefined);
    await server.assembly.trails.deliveries.run(duty);
    await server.assembly.trails.deliveries.settle();
  };
  const refusal = (command: unknown): Promise<string> =>
    client.send(command as sdk.ListTrailsCommand).then(
      () => 'not refused',
      (error: Error) => error.name,
    );
  const recordsOf = (key: string): CloudTrailEvent[] => {
    const { body } = s3.objects.get(key) ?? { body: Buffer.alloc(0) };
    return (JSON.parse(gunzipSync(body).toString()) as { Records: CloudTrailEvent[] }).Records;
  };
  const logFiles = (): string[] => [...s3.objects.keys()].filter((key) => key.includes('/CloudTrail/'));
  const digestFiles = (): string[] =>
    [...s3.objects.keys()].filter((key) => key.includes('/CloudTrail-Digest/'));
  const digestOf = (key: string): Digest =>
    JSON.parse(gunzipSync(s3.objects.get(key)?.body ?? Buffer.alloc(0)).toString()) as Digest;

  /** `aws cloudtrail validate-logs` of the trail, for all of the service's time. */
  const validate = async (): Promise<{ status: number; output: string }> => {
    const { endpoint, credentials } = server.connection;
    const time = (at: number): string => new Date(at).toISOString().slice(0, 19) + 'Z';
    const { AWS_PROFILE: _profile, ...env } = process.env;
    try {
      const { stdout } = await run(
        'aws',
        [
          ...[
            'cloudtrail',
            'validate-logs',
            '--verbose',
            '--region',
            'us-east-1',
            '--endpoint-url',
            endpoint,
          ],
          ...['--trail-arn', arn('main-trail'), '--start-time', time(Date.now() - HOUR)],
          ...['--end-time', time(Date.now() + ahead + HOUR)],
        ],
        {
          env: {
            ...env,
            AWS_CONFIG_FILE: join(folder, 'none'),
            AWS_ACCESS_KEY_ID: credentials.accessKeyId,
            AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
            AWS_ENDPOINT_URL_S3: s3.endpoint,
          },
        },
      );
      return { status: 0, output: stdout };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { status: code, output: stdout + stderr };
    }
  };
  it('are refused with AWS errors when name, bucket, prefix or settings will not do', async () => {
    const create = (input: Partial<sdk.CreateTrailCommandInput>): sdk.CreateTrailCommand =>
      new sdk.CreateTrailCommand({ Name: 'refused', S3BucketName: BUCKET, ...input });
    const refused: [string, sdk.CreateTrailCommand][] = [
      ['InvalidTrailNameException', create({ Name: 'ab' })],
      ['InvalidTrailNameException', create({ Name: '-abc' })],
      ['InvalidTrailNameException', create({ Name: 'a..b' })],
      ['InvalidTrailNameException', create({ Name: 'a b c' })],
      ['InvalidTrailNameException', create({ Name: '192.168.5.4' })],
      ['InvalidTrailNameException', create({ Name: 'x'.repeat(129) })],
      ['S3BucketDoesNotExistException', create({ S3BucketName: 'not-configured' })],
      ['S3BucketDoesNotExistException', create({ S3BucketName: 'constructor' })],
      ['InvalidS3BucketNameException', create({ S3BucketName: 'No_Bucket' })],
      ['InvalidS3PrefixException', create({ S3KeyPrefix: '../up' })],
      ['InvalidS3PrefixException', create({ S3KeyPrefix: 'x'.repeat(201) })],
      [
        'InvalidParameterCombinationException',
        create({ IsMultiRegionTrail: true, IncludeGlobalServiceEvents: false }),
      ],
      ['OrganizationsNotInUseException', create({ IsOrganizationTrail: true })],
      ['UnsupportedOperationException', create({ SnsTopicName: 'topic' })],
      ['UnsupportedOperationException', create({ KmsKeyId: 'alias/logs' })],
      ['InvalidTagParameterException', create({ TagsList: [{ Key: 'aws:x', Value: 'y' }] })],
    ];
    for (const [name, command] of refused) {
      assert.equal(await refusal(command), name, JSON.stringify(command.input));
    }
    assert.deepEqual((await client.send(new sdk.ListTrailsCommand({}))).Trails, []);
  });

  it('are made, described, tagged and listed, and do not log yet', async () => {
    const created = await client.send(
      new sdk.CreateTrailCommand({
        Name: 'main-trail',
        S3BucketName: BUCKET,
        S3KeyPrefix: 'audit/logs',
        EnableLogFileValidation: true,
        IsMultiRegionTrail: true,
        TagsList: [{ Key: 'team', Value: 'blue' }],
      }),
    );
    const { $metadata: _metadata, ...settings } = created;
    assert.deepEqual(settings, {
      Name: 'main-trail',
      S3BucketName: BUCKET,
      S3KeyPrefix: 'audit/logs',
      IncludeGlobalServiceEvents: true,
      IsMultiRegionTrail: true,
      TrailARN: arn('main-trail'),
      LogFileValidationEnabled: true,
      IsOrganizationTrail: false,
    });
    const described = {
      ...settings,
      HomeRegion: 'us-east-1',
      HasCustomEventSelectors: false,
      HasInsightSelectors: false,
    };
    const { trailList } = await client.send(new sdk.DescribeTrailsCommand({}));
    assert.deepEqual(trailList, [described]);
    const { Trail } = await client.send(new sdk.GetTrailCommand({ Name: arn('main-trail') }));
    assert.deepEqual(Trail, described);
    const status = await client.send(new sdk.GetTrailStatusCommand({ Name: 'main-trail' }));
    assert.equal(status.IsLogging, false);
    const again = new sdk.CreateTrailCommand({ Name: 'main-trail', S3BucketName: BUCKET });
    assert.equal(await refusal(again), 'TrailAlreadyExistsException');
    const ResourceId = arn('main-trail');
    await client.send(new sdk.AddTagsCommand({ ResourceId, TagsList: [{ Key: 'cost', Value: '7' }] }));
    await client.send(new sdk.RemoveTagsCommand({ ResourceId, TagsList: [{ Key: 'team' }] }));
    const { ResourceTagList } = await client.send(new sdk.ListTagsCommand({ ResourceIdList: [ResourceId] }));
    assert.deepEqual(ResourceTagList, [{ ResourceId, TagsList: [{ Key: 'cost', Value: '7' }] }]);
  });

  it('are seen from other Regions when they are multi-Region, and changed only at home', async () => {
    const elsewhere = new sdk.CloudTrailClient({ ...server.connection, region: 'eu-west-1', maxAttempts: 1 });
    const list = async (includeShadowTrails: boolean): Promise<number | undefined> =>
      (await elsewhere.send(new sdk.DescribeTrailsCommand({ includeShadowTrails }))).trailList?.length;
    assert.deepEqual([await list(true), await list(false)], [1, 0]);
    const stop = elsewhere.send(new sdk.StopLoggingCommand({ Name: 'main-trail' }));
    await assert.rejects(stop, { name: 'InvalidHomeRegionException' });
    assert.equal(await refusal(new sdk.GetTrailCommand({ Name: 'nobody' })), 'TrailNotFoundException');
    assert.equal(
      await refusal(new sdk.GetTrailCommand({ Name: 'arn:aws:x' })),
      'CloudTrailARNInvalidException',
    );
  });

  it('are limited in number', async () => {
    for (const Name of ['second', 'third']) {
      await client.send(new sdk.CreateTrailCommand({ Name, S3BucketName: 'folder-bucket' }));
    }
    const fourth = new sdk.CreateTrailCommand({ Name: 'fourth', S3BucketName: BUCKET });
    assert.equal(await refusal(fourth), 'MaximumNumberOfTrailsExceededException');
    for (const Name of ['second', 'third']) await client.send(new sdk.DeleteTrailCommand({ Name }));
  });

  it('deliver every event after the start of logging once, in files named and made as CloudTrail does', async () => {
    const kms = server.client('us-east-1');
    await kms.send(new ListKeysCommand({})); // before
    await client.send(new sdk.StartLoggingCommand({ Name: 'main-trail' }));
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const encrypt = { KeyId: KeyMetadata?.KeyId, Plaintext: Buffer.from('x') };
    for (let i = 0; i < 20; i += 1) await kms.send(new EncryptCommand(encrypt));
    await server.client('eu-west-1').send(new ListKeysCommand({}));
    await deliver();
    const files = logFiles();
    assert.equal(files.length, 2);
    const [day] = new Date(Date.now() + ahead).toISOString().split('T') as [string];
    for (const [region, key] of [
      ['eu-west-1', files[0]],
      ['us-east-1', files[1]],
    ] as const) {
      const account = server.accountId;
      const name = `${account}_CloudTrail_${region}_\\d{8}T\\d{4}Z_[A-Za-z0-9]{16}\\.json\\.gz`;
      const path = `audit/logs/AWSLogs/${account}/CloudTrail/${region}/${day.replaceAll('-', '/')}/`;
      assert.match(key as string, new RegExp(`^${path}${name}$`));
      assert.ok(recordsOf(key as string).every(({ awsRegion }) => awsRegion === region));
    }
    const names = recordsOf(files[1] as string).map(({ eventName }) => eventName);
    assert.deepEqual(names, ['StartLogging', 'CreateKey', ...Array<string>(20).fill('Encrypt')]);
    const status = await client.send(new sdk.GetTrailStatusCommand({ Name: 'main-trail' }));
    assert.ok(status.IsLogging === true && status.LatestDeliveryTime instanceof Date);
    assert.equal(status.LatestDeliveryError, undefined);
  });

  it('write the same object again, and no other, when a delivery was cut off', async () => {
    const kms = server.client('us-east-1');
    await kms.send(new ListKeysCommand({ Limit: 41 }));
    const before = new Set(logFiles());
    s3.accepts = () => 'lost';
    pass(61_000);
    await deliver();
    const [lost, ...others] = logFiles().filter((key) => !before.has(key));
    assert.deepEqual(others, []);
    const status = await client.send(new sdk.GetTrailStatusCommand({ Name: 'main-trail' }));
    assert.equal(status.LatestDeliveryError, 'InvalidRequest');
    await kms.send(new ListKeysCommand({ Limit: 42 }));
    s3.accepts = () => true;
    pass(61_000);
    const content = recordsOf(lost as string);
    await deliver();
    assert.deepEqual(s3.written.filter((key) => key === lost).length, 2);
    assert.deepEqual(recordsOf(lost as string), content);
  });

  it('have delivered each event of the journal exactly once', async () => {
    pass(61_000);
    await deliver();
    const delivered = logFiles().flatMap(recordsOf);
    const start = delivered.findIndex(({ eventName }) => eventName === 'StartLogging');
    assert.ok(start >= 0);
    const journal = await server.events();
    const from = journal.findIndex(({ eventName }) => eventName === 'StartLogging');
    const wanted = journal.slice(from).map(({ eventID }) => eventID);
    assert.deepEqual(delivered.map(({ eventID }) => eventID).sort(), wanted.toSorted());
    for (const event of journal.slice(from)) {
      assert.deepEqual(
        delivered.find(({ eventID }) => eventID === event.eventID),
        event,
      );
    }
  });

  it('write a signed digest every hour for each Region, empty hours too, each naming the one before', async () => {
    pass(HOUR);
    await deliver();
    pass(2 * HOUR);
    await deliver();
    for (const region of ['us-east-1', 'us-west-2', 'eu-west-1']) {
      const keys = digestFiles().filter((key) =>
        key.includes(`_CloudTrail-Digest_${region}_main-trail_us-east-1_`),
      );
      assert.equal(keys.length, 3, region);
      const digests = keys.sort().map(digestOf);
      assert.equal(digests[0]?.previousDigestSignature, null);
      for (const [index, digest] of digests.entries()) {
        const before = digests[index - 1];
        const key = keys[index] as string;
        assert.equal(digest.digestS3Object, key);
        assert.match(s3.objects.get(key)?.metadata['signature'] ?? '', /^[0-9a-f]{512}$/);
        assert.equal(s3.objects.get(key)?.metadata['signature-algorithm'], 'SHA256withRSA');
        assert.equal(Date.parse(digest.digestEndTime) - Date.parse(digest.digestStartTime), HOUR);
        if (before === undefined) continue;
        assert.equal(digest.digestStartTime, before.digestEndTime);
        assert.equal(digest.previousDigestS3Object, keys[index - 1]);
        assert.equal(
          digest.previousDigestSignature,
          s3.objects.get(keys[index - 1] as string)?.metadata['signature'],
        );
      }
    }
    const named = digestFiles().flatMap((key) => digestOf(key).logFiles.map(({ s3Object }) => s3Object));
    assert.deepEqual(named.sort(), logFiles().sort());
  });

  it('are found valid by aws cloudtrail validate-logs', async () => {
    const { status, output } = await validate();
    assert.equal(status, 0, output);
    assert.match(output, /3\/3 digest files valid/);
    assert.match(output, /(\d+)\/\1 log files valid/);
  });

  it('are found invalid by it when a log file was altered, or a digest was', async () => {
    const log = logFiles().find((key) => key.includes('us-east-1')) as string;
    const whole = s3.objects.get(log) as { body: Buffer; metadata: Record<string, string> };
    const altered = gunzipSync(whole.body).toString().replace('CreateKey', 'CreateNon');
    s3.objects.set(log, { ...whole, body: gzipSync(altered) });
    const first = await validate();
    assert.equal(first.status, 1, first.output);
    assert.match(first.output, /INVALID: hash value doesn't match/);
    s3.objects.set(log, whole);
    const key = digestFiles()
      .filter((name) => name.includes('Digest_us-east-1_'))
      .sort()[1] as string;
    const digest = s3.objects.get(key) as { body: Buffer; metadata: Record<string, string> };
    const other = gunzipSync(digest.body).toString().replace('"logFiles":[', '"logFiles": [');
    s3.objects.set(key, { ...digest, body: gzipSync(other) });
    const second = await validate();
    assert.equal(second.status, 1, second.output);
    assert.match(second.output, /INVALID: signature verification failed/);
    s3.objects.set(key, digest);
    assert.equal((await validate()).status, 0);
  });

  it('gives out the public keys of a time, and only those', async () => {
    const keysIn = async (StartTime?: Date, EndTime?: Date): Promise<number | undefined> =>
      (await client.send(new sdk.ListPublicKeysCommand({ StartTime, EndTime }))).PublicKeyList?.length;
    assert.equal(await keysIn(), 1);
    assert.equal(await keysIn(new Date(0), new Date(1_000_000)), 0);
    const backwards = new sdk.ListPublicKeysCommand({
      StartTime: new Date(2_000_000),
      EndTime: new Date(1_000),
    });
    assert.equal(await refusal(backwards), 'InvalidTimeRangeException');
  });

  it('end with what was recorded before the stop and a last digest, and begin a new chain at a start', async () => {
    await server.client('us-east-1').send(new ListKeysCommand({ Limit: 77 }));
    await client.send(new sdk.StopLoggingCommand({ Name: 'main-trail' }));
    await server.client('us-east-1').send(new ListKeysCommand({ Limit: 78 }));
    await deliver();
    pass(2_000);
    await deliver();
    const delivered = logFiles()
      .flatMap(recordsOf)
      .map(({ requestParameters }) => requestParameters?.['limit']);
    assert.ok(delivered.includes(77) && !delivered.includes(78));
    const named = digestFiles().flatMap((key) => digestOf(key).logFiles.map(({ s3Object }) => s3Object));
    assert.deepEqual(named.sort(), logFiles().sort());
    const count = digestFiles().length;
    pass(3 * HOUR);
    await deliver();
    assert.equal(digestFiles().length, count);

    await client.send(new sdk.StartLoggingCommand({ Name: 'main-trail' }));
    await deliver();
    pass(HOUR + 1_000);
    await deliver();
    const last = digestFiles()
      .filter((key) => key.includes('Digest_us-east-1_'))
      .sort()
      .at(-1) as string;
    assert.equal(digestOf(last).previousDigestSignature, null);
    const { status, output } = await validate();
    assert.equal(status, 0, output);
  });

  it('keep both of two changes that were made at once', async () => {
    const Name = 'changed-twice';
    await client.send(new sdk.CreateTrailCommand({ Name, S3BucketName: 'folder-bucket' }));
    for (let round = 0; round < 20; round += 1) {
      const S3KeyPrefix = `round-${round}`;
      const logging =
        round % 2 === 0 ? new sdk.StartLoggingCommand({ Name }) : new sdk.StopLoggingCommand({ Name });
      await Promise.all([
        client.send(logging),
        client.send(new sdk.UpdateTrailCommand({ Name, S3KeyPrefix })),
      ]);
      const { Trail } = await client.send(new sdk.GetTrailCommand({ Name }));
      const { IsLogging } = await client.send(new sdk.GetTrailStatusCommand({ Name }));
      assert.deepEqual([Trail?.S3KeyPrefix, IsLogging], [S3KeyPrefix, round % 2 === 0], `round ${round}`);
    }
    await client.send(new sdk.DeleteTrailCommand({ Name }));
  });

  it('say what kept their log files and digests from a folder that cannot be written', async () => {
    const Name = 'folder-trail';
    const S3BucketName = 'folder-bucket';
    await client.send(new sdk.CreateTrailCommand({ Name, S3BucketName, EnableLogFileValidation: true }));
    await client.send(new sdk.StartLoggingCommand({ Name }));
    await deliver();
    const status = () => client.send(new sdk.GetTrailStatusCommand({ Name }));
    const { LatestDeliveryTime: delivered, ...before } = await status();
    assert.ok(delivered instanceof Date);
    assert.equal(before.LatestDeliveryError, undefined);
    const bucket = join(folder, 'bucket');
    renameSync(bucket, `${bucket}.away`);
    writeFileSync(bucket, 'in its place'); // whoever tests may be root, to whom permissions are nothing
    await server.client('us-east-1').send(new ListKeysCommand({}));
    pass(61_000);
    await deliver();
    const late = await status();
    assert.match(late.LatestDeliveryError ?? '', /^(ENOTDIR|EEXIST)$/);
    assert.equal(late.LatestDigestDeliveryError, undefined); // none is due
    assert.deepEqual(late.LatestDeliveryTime, delivered);
    pass(HOUR);
    await deliver();
    const both = await status();
    assert.match(both.LatestDeliveryError ?? '', /^(ENOTDIR|EEXIST)$/);
    assert.equal(both.LatestDigestDeliveryError, both.LatestDeliveryError);
    assert.equal(both.LatestDigestDeliveryTime, undefined);
    rmSync(bucket);
    renameSync(`${bucket}.away`, bucket);
    pass(31_000);
    await deliver();
    const after = await status();
    assert.equal(after.LatestDeliveryError, undefined);
    assert.equal(after.LatestDigestDeliveryError, undefined);
    assert.ok(after.LatestDigestDeliveryTime instanceof Date);
    await client.send(new sdk.StopLoggingCommand({ Name }));
  });

  it('record their own calls with parameters and answers', async () => {
    const events = await server.events();
    const of = (name: string) =>
      events.find(({ eventName, errorCode }) => eventName === name && errorCode === undefined);
    assert.deepEqual(of('CreateTrail')?.responseElements, {
      name: 'main-trail',
      s3BucketName: BUCKET,
      s3KeyPrefix: 'audit/logs',
      includeGlobalServiceEvents: true,
      isMultiRegionTrail: true,
      trailARN: arn('main-trail'),
      logFileValidationEnabled: true,
      isOrganizationTrail: false,
    });
    assert.deepEqual(of('StartLogging')?.requestParameters, { name: 'main-trail' });
    assert.deepEqual([of('StartLogging')?.readOnly, of('GetTrailStatus')?.readOnly], [false, true]);
  });
});
