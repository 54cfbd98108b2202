/** Claviger's own API, signed by AWS's own signer, against a whole Claviger with a cluster of HSMs. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LookupEventsCommand, CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { IAMClient } from '@aws-sdk/client-iam';
import { CreateKeyCommand, EncryptCommand } from '@aws-sdk/client-kms';
import { createClavigerClient } from '../../console/src/aws/claviger-client.ts';
import type { Answered, ClavigerClient } from '../../console/src/aws/claviger-client.ts';
import { eventually, startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';
import { userWith } from './iam-clients.ts';

const COMMAND = fileURLToPath(new URL('../../bin/claviger', import.meta.url));
const WAIT_MS = 60_000;
const USES = 20;

interface AccessKey {
  accessKeyId: string;
  secretAccessKey: string;
}

describe("Claviger's own API", () => {
  let claviger: Claviger;
  let root: ClavigerClient;
  let stranger: ClavigerClient;
  let keyId = '';

  const clientOf = (credentials: AccessKey): ClavigerClient => {
    const { endpoint, region } = claviger.config();
    return createClavigerClient(endpoint, { region, credentials });
  };
  const settings = () => {
    const { endpoint, region, accessKeyId, secretAccessKey } = claviger.config();
    return { endpoint, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 3 };
  };
  /** A user of the first account with this policy. */
  const user = async (UserName: string, ...statements: object[]): Promise<ClavigerClient> => {
    const iam = new IAMClient(settings());
    const key = await userWith(iam, UserName, ...statements);
    iam.destroy();
    return clientOf(key);
  };

  before(async () => {
    claviger = await startClaviger();
    root = clientOf(claviger.config());
    const { stdout } = spawnSync(COMMAND, ['account', 'create', '--json', '--data', claviger.dataDir], {
      encoding: 'utf8',
    });
    stranger = clientOf(JSON.parse(stdout) as AccessKey);
    const client = claviger.client();
    const { KeyMetadata } = await client.send(
      new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: claviger.config().customKeyStoreId }),
    );
    keyId = KeyMetadata?.KeyId ?? '';
    for (let use = 0; use < USES; use += 1)
      await client.send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('x') }));
    client.destroy();
  });
  after(() => claviger?.remove());

  const figures = (): Promise<Answered<'DescribeHsmFigures'>> =>
    root.call('DescribeHsmFigures', { ClusterId: claviger.config().clusterId });

  it('tells what each HSM did, how fast, and what it holds', async () => {
    const told = await eventually(WAIT_MS, 'the interval is over', async () => {
      const now = await figures();
      const done = now.Hsms.reduce((sum, { LastMinute }) => sum + LastMinute.Operations, 0);
      return done >= USES ? now : undefined;
    });
    assert.deepEqual(
      told.Hsms.map(({ HsmId }) => HsmId).sort(),
      Object.keys(claviger.config().pids.hsm).sort(),
    );
    for (const { State, KeysHeld, UnknownKeys, Vitals, Intervals, LastMinute } of told.Hsms) {
      assert.equal(State, 'SERVING');
      assert.equal(KeysHeld, 1);
      assert.equal(UnknownKeys, 0);
      assert.equal(Vitals?.Users, 2); // the officer and kmsuser
      assert.equal(Intervals.length, 89);
      assert.equal((Intervals[1]?.StartTime ?? 0) - (Intervals[0]?.StartTime ?? 0), told.IntervalSeconds);
      if (LastMinute.Operations === 0) continue;
      const { P50Milliseconds = 0, P95Milliseconds = 0, P99Milliseconds = 0 } = LastMinute;
      assert.ok(P50Milliseconds > 0 && P50Milliseconds <= P95Milliseconds);
      assert.ok(P95Milliseconds <= P99Milliseconds && P99Milliseconds < 5_000);
    }
  });

  it('describes many keys in one call, each decided for itself', async () => {
    const missing = '00000000-0000-4000-8000-000000000000';
    const { Keys, Errors } = await root.call('DescribeKeys', { KeyIds: [keyId, missing, 'no key', keyId] });
    assert.deepEqual(
      Keys.map(({ KeyId, KeyState, Origin }) => [KeyId, KeyState, Origin]),
      [[keyId, 'Enabled', 'AWS_CLOUDHSM']],
    );
    assert.deepEqual(
      Errors.map(({ KeyId, Code }) => [KeyId, Code]),
      [
        [missing, 'NotFoundException'],
        ['no key', 'NotFoundException'],
      ],
    );
    const nobody = await user('describes-nothing', { Effect: 'Allow', Action: 'claviger:*', Resource: '*' });
    const refused = await nobody.call('DescribeKeys', { KeyIds: [keyId] });
    assert.deepEqual(refused.Keys, []);
    assert.equal(refused.Errors[0]?.Code, 'AccessDeniedException');
    assert.match(refused.Errors[0]?.Message ?? '', /not authorized to perform: kms:DescribeKey/);
  });

  it('tells of an account what it used, as claviger cost does', async () => {
    const { lines } = JSON.parse(
      spawnSync(COMMAND, ['cost', '--json', '--data', claviger.dataDir], { encoding: 'utf8' }).stdout,
    ) as { lines: { accountId: string; what: string; subject: string }[] };
    const { Lines, Month, Currency, Total } = await root.call('GetCost', {});
    assert.equal(Month, new Date().toISOString().slice(0, 7));
    assert.equal(Currency, 'USD');
    assert.equal(
      Total,
      Lines.reduce((sum, { Cost }) => sum + Cost, 0),
    );
    const { accountId } = claviger.config();
    const told = new Set(Lines.map(({ Item, Subject }) => `${Item} ${Subject}`));
    for (const { what, subject } of lines.filter((line) => line.accountId === accountId))
      assert.ok(told.has(`${what} ${subject}`));
    assert.deepEqual((await stranger.call('GetCost', {})).Lines, []);
  });

  it('tells how far the comparison of the trails is, and that it found nothing', async () => {
    const told = await eventually(WAIT_MS, 'a comparison', async () => {
      const now = await root.call('DescribeReconciliation', {});
      return now.ComparedUntil === undefined ? undefined : now;
    });
    assert.equal(told.Continuous, true);
    assert.deepEqual(told.Findings, []);
    assert.equal(told.HsmLogs.length, 2);
    assert.deepEqual((await stranger.call('DescribeReconciliation', {})).HsmLogs, []);
  });

  it('tells what was found, newest first, page by page, to whose HSM it is', async () => {
    const db = await claviger.openStore();
    const [hsmId = ''] = Object.keys(claviger.config().pids.hsm);
    for (const [id, foundAt, detail] of [
      ['first', 1_000, { what: 'The first.', hsmId }],
      ['second', 2_000, { what: 'The second.', hsmId }],
      ['also-second', 2_000, { what: 'The other second.', requestId: 'r' }],
    ] as const)
      await db
        .insertInto('trail_findings')
        .values({
          ...{ finding_id: id, kind: 'use-without-call' },
          ...{ detail: JSON.stringify(detail), found_at: foundAt },
        })
        .execute();
    await db.destroy();
    const page = await root.call('DescribeReconciliation', { MaxResults: 2 });
    const { NextToken = '' } = page;
    const rest = await root.call('DescribeReconciliation', { MaxResults: 2, NextToken });
    assert.deepEqual(
      [...page.Findings, ...rest.Findings].map(({ FindingId, FoundAt }) => [FindingId, FoundAt]),
      [
        ['also-second', 2],
        ['second', 2],
        ['first', 1],
      ],
    );
    assert.equal(rest.NextToken, undefined);
    assert.equal(rest.Findings[0]?.Description, 'The first.');
    assert.equal(rest.Findings[0]?.HsmId, hsmId);
    assert.deepEqual((await stranger.call('DescribeReconciliation', {})).Findings, []);
  });

  it('gathers the evidence about a key, for its account only', async () => {
    const { KeyArn, Outcome, Evidence, Report } = await root.call('ExportEvidence', { KeyId: keyId });
    assert.notEqual(Outcome, 'mismatch');
    assert.match(Report, /^<!doctype html>/);
    const evidence = JSON.parse(Evidence) as {
      keyArn: string;
      life: { eventName: string }[];
      usage: { eventName: string; succeeded: number }[];
      now: { cluster: { hsms: { key: unknown }[] } };
    };
    assert.equal(evidence.keyArn, KeyArn);
    assert.equal(evidence.life[0]?.eventName, 'CreateKey');
    assert.deepEqual(
      evidence.usage.map(({ eventName, succeeded }) => [eventName, succeeded]),
      [['Encrypt', USES]],
    );
    assert.ok(evidence.now.cluster.hsms.every(({ key }) => key !== null));
    await assert.rejects(stranger.call('ExportEvidence', { KeyId: KeyArn }), {
      name: 'ResourceNotFoundException',
    });
  });

  it('gathers one at a time', async () => {
    const outcomes = await Promise.allSettled([
      root.call('ExportEvidence', { KeyId: keyId }),
      root.call('ExportEvidence', { KeyId: keyId }),
    ]);
    // the second one waits for its turn: the client tries again when it is told to
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'fulfilled'],
    );
  });

  it('lets nobody see the policy of a key by its evidence who may not read it', async () => {
    const auditor = await user('evidence-only', {
      Effect: 'Allow',
      Action: ['claviger:ExportEvidence', 'kms:DescribeKey'],
      Resource: '*',
    });
    await assert.rejects(auditor.call('ExportEvidence', { KeyId: keyId }), {
      name: 'AccessDeniedException',
      message: /not authorized to perform: kms:GetKeyPolicy/,
    });
  });

  it('refuses who may not, names the action, and records that', async () => {
    const ada = await user('ada', { Effect: 'Allow', Action: 'kms:*', Resource: '*' });
    const { clusterId } = claviger.config();
    const refused = [
      [() => ada.call('DescribeHsmFigures', { ClusterId: clusterId }), 'DescribeHsmFigures'],
      [() => ada.call('GetCost', {}), 'GetCost'],
      [() => ada.call('DescribeReconciliation', {}), 'DescribeReconciliation'],
      [() => ada.call('ExportEvidence', { KeyId: keyId }), 'ExportEvidence'],
    ] as const;
    for (const [call, operation] of refused) {
      await assert.rejects(call(), {
        name: 'AccessDeniedException',
        message: new RegExp(`user/ada is not authorized to perform: claviger:${operation} on resource: `),
      });
    }
    const trail = new CloudTrailClient({ ...settings(), maxAttempts: 8 });
    await eventually(WAIT_MS, 'the refusal in the event history', async () => {
      const { Events } = await trail.send(
        new LookupEventsCommand({
          LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'GetCost' }],
        }),
      );
      const events = (Events ?? []).map(
        ({ CloudTrailEvent = '{}' }) => JSON.parse(CloudTrailEvent) as Record<string, unknown>,
      );
      return events.some(
        ({ eventSource, errorCode }) =>
          eventSource === 'claviger.amazonaws.com' && errorCode === 'AccessDenied',
      )
        ? true
        : undefined;
    });
    trail.destroy();
  });

  it('hides what is of another account', async () => {
    const { clusterId } = claviger.config();
    await assert.rejects(stranger.call('DescribeHsmFigures', { ClusterId: clusterId }), {
      name: 'ResourceNotFoundException',
    });
    const { Errors } = await stranger.call('DescribeKeys', { KeyIds: [keyId] });
    assert.equal(Errors[0]?.Code, 'NotFoundException');
  });

  it('answers bad input with the error of its kind', async () => {
    const bad: [() => Promise<unknown>, string][] = [
      [() => root.call('DescribeHsmFigures', {} as never), 'ValidationException'],
      [() => root.call('DescribeHsmFigures', { ClusterId: 'no cluster' }), 'ValidationException'],
      [
        () => root.call('DescribeHsmFigures', { ClusterId: 'cluster-aaaaaaaaaaa' }),
        'ResourceNotFoundException',
      ],
      [() => root.call('GetCost', { Month: '2026-13' }), 'ValidationException'],
      [() => root.call('GetCost', { Month: 2026 } as never), 'SerializationException'],
      [() => root.call('DescribeKeys', { KeyIds: [] }), 'ValidationException'],
      [() => root.call('DescribeKeys', { KeyIds: Array<string>(101).fill(keyId) }), 'ValidationException'],
      [() => root.call('DescribeReconciliation', { NextToken: 'WzEsMl0' }), 'ValidationException'],
      [() => root.call('DescribeReconciliation', { MaxResults: 0 }), 'ValidationException'],
      [() => root.call('ExportEvidence', { KeyId: 'alias/none' }), 'InvalidArnException'],
      [
        () => root.call('ExportEvidence', { KeyId: '00000000-0000-4000-8000-000000000000' }),
        'ResourceNotFoundException',
      ],
      [() => root.call('NoSuchOperation' as 'GetCost', {}), 'UnknownOperationException'],
    ];
    for (const [call, name] of bad) await assert.rejects(call(), { name });
    const forged = clientOf({ ...claviger.config(), secretAccessKey: 'wrong'.repeat(8) });
    await assert.rejects(forged.call('GetCost', {}), { name: 'InvalidSignatureException' });
  });
});
