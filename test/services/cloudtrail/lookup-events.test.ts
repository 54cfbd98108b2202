/** LookupEvents through the official SDK: every attribute, ranges of time, pages, limits, and who sees what. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CloudTrailClient,
  CloudTrailServiceException,
  LookupEventsCommand,
} from '@aws-sdk/client-cloudtrail';
import type { Event, LookupAttributeKey, LookupEventsCommandInput } from '@aws-sdk/client-cloudtrail';
import { CreateKeyCommand, DescribeKeyCommand, EncryptCommand, ListKeysCommand } from '@aws-sdk/client-kms';
import { eventually } from '../../stories/claviger.ts';
import { startClockedServer } from '../../stories/clocked-server.ts';
import type { ClockedServer } from '../../stories/clocked-server.ts';

describe('LookupEvents', () => {
  let server: ClockedServer;
  let trail: CloudTrailClient;
  let keyId = '';
  let keyArn = '';

  const lookup = async (input: LookupEventsCommandInput = {}): Promise<Event[]> =>
    (await trail.send(new LookupEventsCommand(input))).Events ?? [];
  const by = (AttributeKey: LookupAttributeKey, AttributeValue: string): LookupEventsCommandInput => ({
    LookupAttributes: [{ AttributeKey, AttributeValue }],
  });
  const refusal = async (input: LookupEventsCommandInput): Promise<string> => {
    try {
      await lookup(input);
    } catch (error) {
      if (error instanceof CloudTrailServiceException) return error.name;
      throw error;
    }
    return 'not refused';
  };

  before(async () => {
    server = await startClockedServer(undefined, 'audit: { lookupEventsPerSecond: 0 }');
    trail = new CloudTrailClient({ ...server.connection, region: 'us-east-1', maxAttempts: 1 });
    const kms = server.client('us-east-1');
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    keyId = KeyMetadata?.KeyId ?? '';
    keyArn = KeyMetadata?.Arn ?? '';
    for (let i = 0; i < 60; i += 1) {
      await kms.send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('x') }));
    }
    await kms.send(new DescribeKeyCommand({ KeyId: 'alias/nobody' })).catch(() => undefined);
    await server.client('eu-west-1').send(new ListKeysCommand({}));
    await eventually(15_000, 'the history has all', async () =>
      (await lookup(by('EventName', 'DescribeKey'))).length === 1 ? true : undefined,
    );
  });
  after(() => server.remove());

  it('shows an event with the members of the API, and the whole record as text', async () => {
    const [event] = await lookup(by('EventName', 'CreateKey'));
    assert.equal(event?.EventName, 'CreateKey');
    assert.equal(event.ReadOnly, 'false');
    assert.equal(event.Username, 'root');
    assert.equal(event.EventSource, 'kms.amazonaws.com');
    assert.equal(event.AccessKeyId, server.connection.credentials.accessKeyId);
    assert.deepEqual(event.Resources, [
      { ResourceType: 'AWS::KMS::Key', ResourceName: keyArn },
      { ResourceType: 'AWS::KMS::Key', ResourceName: keyId },
    ]);
    const record = JSON.parse(event.CloudTrailEvent ?? '') as Record<string, unknown>;
    assert.equal(record['eventID'], event.EventId);
    assert.equal(Date.parse(record['eventTime'] as string), event.EventTime?.getTime());
    const [recorded] = (await server.events()).filter(({ eventName }) => eventName === 'CreateKey');
    assert.deepEqual(record, recorded);
  });

  it('finds by each attribute, and by its exact value only', async () => {
    const [created] = await lookup(by('EventName', 'CreateKey'));
    const found: [LookupAttributeKey, string, number][] = [
      ['EventId', created?.EventId ?? '', 1],
      ['EventId', '00000000-0000-0000-0000-000000000000', 0],
      ['EventName', 'Encrypt', 50],
      ['EventName', 'encrypt', 0],
      ['ReadOnly', 'true', 50],
      ['ReadOnly', 'false', 1],
      ['Username', 'root', 50],
      ['Username', 'nobody', 0],
      ['ResourceType', 'AWS::KMS::Key', 50],
      ['ResourceName', keyArn, 50],
      ['ResourceName', keyId, 50],
      ['ResourceName', `${keyArn}0`, 0],
      ['EventSource', 'kms.amazonaws.com', 50],
      ['EventSource', 'iam.amazonaws.com', 0],
      ['AccessKeyId', server.connection.credentials.accessKeyId, 50],
    ];
    for (const [key, value, count] of found) {
      const events = await lookup(by(key, value));
      assert.equal(events.length, count, `${key} ${value}`);
    }
    assert.equal((await lookup(by('ReadOnly', 'false')))[0]?.EventName, 'CreateKey');
  });

  it('goes through all events page by page, the newest first, none twice', async () => {
    const seen: Event[] = [];
    const EndTime = new Date();
    let NextToken: string | undefined;
    do {
      const input = { ...by('EventSource', 'kms.amazonaws.com'), EndTime, MaxResults: 7, NextToken };
      const page = await trail.send(new LookupEventsCommand(input));
      seen.push(...(page.Events ?? []));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    assert.equal(seen.length, 62); // CreateKey, 60 of Encrypt, DescribeKey
    assert.equal(new Set(seen.map(({ EventId }) => EventId)).size, seen.length);
    const times = seen.map(({ EventTime }) => EventTime?.getTime() ?? 0);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => b - a),
    );
  });

  it('takes a token only with the parameters that it was given for', async () => {
    const input = { ...by('EventName', 'Encrypt'), MaxResults: 5 };
    const { NextToken } = await trail.send(new LookupEventsCommand(input));
    assert.equal((await lookup({ ...input, NextToken })).length, 5);
    assert.equal(await refusal({ ...input, MaxResults: 6, NextToken }), 'InvalidNextTokenException');
    assert.equal(
      await refusal({ ...by('EventName', 'CreateKey'), MaxResults: 5, NextToken }),
      'InvalidNextTokenException',
    );
    assert.equal(await refusal({ ...input, NextToken: 'made up' }), 'InvalidNextTokenException');
  });

  it('keeps to a range of time, both ends included', async () => {
    const [created] = await lookup(by('EventName', 'CreateKey'));
    const at = created?.EventTime as Date;
    const around = { ...by('EventName', 'CreateKey'), StartTime: at, EndTime: at };
    assert.equal((await lookup(around)).length, 1);
    assert.equal(
      (
        await lookup({
          ...around,
          StartTime: new Date(at.getTime() + 1000),
          EndTime: new Date(at.getTime() + 60_000),
        })
      ).length,
      0,
    );
    assert.equal(
      (await lookup({ ...around, StartTime: new Date(0), EndTime: new Date(at.getTime() - 1000) })).length,
      0,
    );
  });

  it('shows events of 90 days', async () => {
    server.pass(91 * 86_400_000);
    assert.deepEqual(await lookup({ ...by('EventName', 'CreateKey'), StartTime: new Date(0) }), []);
    server.pass(-91 * 86_400_000);
    assert.equal((await lookup({ ...by('EventName', 'CreateKey'), StartTime: new Date(0) })).length, 1);
  });

  it('shows only events of its own Region', async () => {
    const elsewhere = new CloudTrailClient({ ...server.connection, region: 'eu-west-1' });
    const { Events } = await elsewhere.send(new LookupEventsCommand(by('EventSource', 'kms.amazonaws.com')));
    assert.deepEqual(
      Events?.map(({ EventName }) => EventName),
      ['ListKeys'],
    );
    assert.deepEqual(await lookup(by('EventName', 'ListKeys')), []);
  });

  it('refuses what AWS refuses, by its errors', async () => {
    const two = by('EventName', 'Encrypt').LookupAttributes?.[0];
    const refused: [string, LookupEventsCommandInput][] = [
      ['InvalidMaxResultsException', { MaxResults: 0 }],
      ['InvalidMaxResultsException', { MaxResults: 51 }],
      ['InvalidLookupAttributesException', { LookupAttributes: [two, two] as never }],
      ['InvalidLookupAttributesException', by('KeyId' as never, 'x')],
      ['InvalidLookupAttributesException', by('EventName', 'x'.repeat(2001))],
      ['InvalidLookupAttributesException', by('EventName', '_'.repeat(1001))],
      ['InvalidTimeRangeException', { StartTime: new Date(2_000_000), EndTime: new Date(1_000_000) }],
      ['InvalidEventCategoryException', { EventCategory: 'management' as never }],
      ['InvalidNextTokenException', { NextToken: 'x' }],
    ];
    for (const [name, input] of refused) assert.equal(await refusal(input), name, JSON.stringify(input));
    assert.deepEqual(await lookup({ EventCategory: 'insight' }), []);
  });

  it('records its own calls, refused ones too', async () => {
    const calls = await eventually(15_000, 'events of CloudTrail', async () => {
      const events = await lookup(by('EventSource', 'cloudtrail.amazonaws.com'));
      const records = events.map(
        ({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent ?? '') as Record<string, unknown>,
      );
      return records.some(({ errorCode }) => errorCode === 'InvalidTimeRangeException') ? records : undefined;
    });
    const refused = calls.find(({ errorCode }) => errorCode === 'InvalidTimeRangeException');
    assert.deepEqual(refused?.['requestParameters'], {
      startTime: 'Jan 1, 1970, 12:33:20 AM',
      endTime: 'Jan 1, 1970, 12:16:40 AM',
    });
    assert.equal(refused?.['readOnly'], true);
    assert.equal(refused?.['resources'], undefined);
  });
});

describe('LookupEvents of a busy caller', () => {
  it('answers two calls a second for an account and Region', async (test) => {
    const server = await startClockedServer(() => 1_800_000_000_000);
    test.after(() => server.remove());
    const client = (region: string) => new CloudTrailClient({ ...server.connection, region, maxAttempts: 1 });
    const ask = (region: string): Promise<string> =>
      client(region)
        .send(new LookupEventsCommand({}))
        .then(
          () => 'answered',
          (error: Error) => error.name,
        );
    const answers = [
      await ask('us-east-1'),
      await ask('us-east-1'),
      await ask('us-east-1'),
      await ask('us-west-2'),
    ];
    assert.deepEqual(answers, ['answered', 'answered', 'ThrottlingException', 'answered']);
  });
});
