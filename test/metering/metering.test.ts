import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parseConfiguration } from '../../src/configuration/configuration.ts';
import { addUsage } from '../../src/jobs/metering.ts';
import { billOf } from '../../src/metering/bill.ts';
import { RequestMeter } from '../../src/metering/meter.ts';
import { putCluster, putHsm } from '../../src/storage/clusters.ts';
import { readMeters } from '../../src/storage/meters.ts';
import { createRowMac } from '../../src/storage/row-mac.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import { DatabaseUnavailable } from '../../src/storage/store.ts';
import type { Database } from '../../src/storage/store.ts';
import { unheard } from '../storage/unheard.ts';

const ACCOUNT = '111122223333';
const REGION = 'eu-west-1';
const WRITER = 'server-1';
const START = Date.UTC(2026, 10, 3);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe('metering', () => {
  const dir = mkdtempSync(join(tmpdir(), 'claviger-'));
  const mac = createRowMac(Buffer.alloc(32));
  let db: Database;
  before(async () => {
    db = await openSqlite(join(dir, 'meters.db'));
    await putCluster(db, mac, {
      cluster_id: 'cluster-1',
      account_id: ACCOUNT,
      region: REGION,
      state: 'ACTIVE',
      hsm_type: 'hsm2m.medium',
      trust_anchor: null,
      cluster_certificate: null,
      subnet_mapping: '{}',
      recovery_hsm_id: null,
      created_at: START,
      ...{ state_message: null, mode: null, backup_retention_days: null, source_backup_id: null },
      ...{ cluster_csr: null, type_rollback_until: null, deleted_at: null, backup_due: null },
    });
    for (const hsm_id of ['hsm-a', 'hsm-b']) {
      await putHsm(db, mac, {
        ...{ hsm_id, cluster_id: 'cluster-1', availability_zone: 'eu-west-1a', subnet_id: 'subnet-1' },
        ...{ state: 'ACTIVE', epoch_counter: 0, created_at: START },
        ...{ state_message: null, eni_ip: null, host_kind: null, image_backup_id: null },
      });
    }
  });
  after(async () => {
    await db.destroy();
    rmSync(dir, { recursive: true });
  });

  const amounts = async (): Promise<Record<string, number>> =>
    Object.fromEntries(
      (await readMeters(db, '2026-11')).map(({ meter, subject, amount }) => [`${meter} ${subject}`, amount]),
    );
  const hsmSeconds = async (): Promise<number> => (await amounts())['hsm-seconds hsm-a'] ?? 0;

  /** By how much the requests to the built-in store grew. */
  const added = async (work: () => Promise<void>): Promise<number> => {
    const before = (await amounts())['requests built-in'] ?? 0;
    await work();
    return ((await amounts())['requests built-in'] ?? 0) - before;
  };

  it('counts HSM time from the first run on, stops included, and requests once', async () => {
    const requests = new RequestMeter();
    await addUsage(db, requests, WRITER, START, true);
    requests.count(ACCOUNT, REGION, null);
    requests.count(ACCOUNT, REGION, 'cks-1');
    requests.count(ACCOUNT, REGION, 'cks-1');
    await addUsage(db, requests, WRITER, START + HOUR_MS + 400, true);
    await addUsage(db, requests, WRITER, START + 3 * HOUR_MS, true);
    assert.deepEqual(await amounts(), {
      'hsm-seconds hsm-a': 3 * 3600,
      'hsm-seconds hsm-b': 3 * 3600,
      'requests built-in': 1,
      'requests cks-1': 2,
    });
  });

  it('charges nothing twice when the clock goes back', async () => {
    const secondsAt = async (now: number): Promise<number> => {
      await addUsage(db, new RequestMeter(), WRITER, now, true);
      return hsmSeconds();
    };
    assert.equal(await secondsAt(START + 2 * HOUR_MS), 3 * 3600);
    assert.equal(await secondsAt(START + 3 * HOUR_MS), 3 * 3600);
    assert.equal(await secondsAt(START + 4 * HOUR_MS), 4 * 3600);
  });

  it('charges no second twice while the duty goes to and fro between nodes whose clocks differ', async () => {
    const [before, from] = [await hsmSeconds(), START + 4 * HOUR_MS];
    const aheadMs = 5_000;
    for (let minute = 1; minute <= 10; minute += 1) {
      const now = from + minute * 60_000;
      await addUsage(db, new RequestMeter(), WRITER, now + aheadMs, true);
      await addUsage(db, new RequestMeter(), WRITER, now + 1_000, true);
    }
    assert.equal((await hsmSeconds()) - before, 600 + aheadMs / 1000);
  });

  it('comes to an end though requests are counted while it adds', async () => {
    let batches = 0;
    class Busy extends RequestMeter {
      override stored(batch: Parameters<RequestMeter['stored']>[0]): void {
        super.stored(batch);
        this.count(ACCOUNT, REGION, null);
        batches += 1;
        assert.ok(batches <= 2, 'it goes after what comes in');
      }
    }
    const requests = new Busy();
    requests.count(ACCOUNT, REGION, null);
    assert.equal(await added(() => addUsage(db, requests, WRITER, START + 5 * HOUR_MS, false)), 2);
  });

  it('adds requests where it is not on duty, and no time', async () => {
    const [before, now] = [await amounts(), START + 6 * HOUR_MS];
    const requests = new RequestMeter();
    requests.count(ACCOUNT, REGION, null);
    await addUsage(db, requests, WRITER, now, false);
    const requestsBefore = before['requests built-in'] ?? 0;
    assert.deepEqual(await amounts(), { ...before, 'requests built-in': requestsBefore + 1 });
    await addUsage(db, new RequestMeter(), WRITER, now, true);
    assert.equal(await hsmSeconds(), 6 * 3600, 'all of it was left to the one that is');
  });

  it('goes on at once when a clock that was wrong by days was set right', async () => {
    const [before, now] = [await hsmSeconds(), START + 6 * HOUR_MS];
    await addUsage(db, new RequestMeter(), WRITER, now + 5 * DAY_MS, true);
    const wrong = await hsmSeconds();
    assert.equal(wrong - before, 5 * 24 * 3600);
    await addUsage(db, new RequestMeter(), WRITER, now, true);
    await addUsage(db, new RequestMeter(), WRITER, now + HOUR_MS, true);
    assert.equal((await hsmSeconds()) - wrong, 3600);
  });

  it('keeps the counts that could not be stored', async () => {
    const requests = new RequestMeter();
    requests.count(ACCOUNT, REGION, null);
    const closed = await openSqlite(join(dir, 'closed.db'));
    await closed.destroy();
    await assert.rejects(addUsage(closed, requests, WRITER, START, true));
    requests.count(ACCOUNT, REGION, null);
    assert.equal(await added(() => addUsage(db, requests, WRITER, START, false)), 2);
  });

  it('adds nothing twice when nobody heard that a commit was made', async () => {
    const requests = new RequestMeter();
    requests.count(ACCOUNT, REGION, null);
    const amount = await added(async () => {
      await assert.rejects(addUsage(unheard(db), requests, WRITER, START, false), DatabaseUnavailable);
      requests.count(ACCOUNT, REGION, null);
      await addUsage(db, requests, WRITER, START, false);
      await addUsage(db, requests, WRITER, START, false);
    });
    assert.equal(amount, 2);
  });

  it('bills HSM-hours and key-months, and no request to a custom key store', async () => {
    const { prices } = parseConfiguration('prices: { hsmHour: 1.5, keyMonth: 1, requests10000: 0.03 }');
    const key = { month: '2026-11', account_id: ACCOUNT, region: REGION } as const;
    const costs = billOf(
      [
        { ...key, meter: 'hsm-seconds', subject: 'hsm-a', amount: 7200 },
        { ...key, meter: 'key-seconds', subject: 'cks-1', amount: 30 * 24 * 3600 },
        { ...key, meter: 'requests', subject: 'built-in', amount: 20_000 },
        { ...key, meter: 'requests', subject: 'cks-1', amount: 20_000 },
      ],
      prices,
    ).map(({ what, cost }) => [what, Math.round(cost * 1000) / 1000]);
    assert.deepEqual(costs, [
      ['HSM-hours', 3],
      ['key-months', 1],
      ['requests', 0.06],
      ['requests', 0],
    ]);
  });
});
