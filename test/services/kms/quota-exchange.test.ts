/** One quota over several processes: what all of them let through together, by a clock of the test's own. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { parseConfiguration } from '../../../src/configuration/configuration.ts';
import { QuotaExchange } from '../../../src/services/kms/quota-exchange.ts';
import { RequestQuotas } from '../../../src/services/kms/request-quotas.ts';
import { pruneQuotaUses } from '../../../src/storage/quota-uses.ts';
import { openSqlite } from '../../../src/storage/sqlite.ts';
import type { Database } from '../../../src/storage/store.ts';

const ME = '111111111111';
const HERE = 'eu-north-1';
const RATE = 200;
const STEP_MS = 50;
/** Of the exchange: each process runs at moments of its own. */
const EXCHANGE_STEPS = 10;
const DAY_MS = 86_400_000;

interface Process {
  quotas: RequestQuotas;
  exchange: QuotaExchange;
}

describe('request quotas of several processes', () => {
  let dir: string;
  let db: Database;
  let now: number;

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'claviger-quotas-'));
    db = await openSqlite(join(dir, 'db'));
    now = 0;
  });
  afterEach(async () => {
    await db.destroy();
    rmSync(dir, { recursive: true });
  });

  const start = (name: string): Process => {
    const { requestQuotas } = parseConfiguration(`requestQuotas: { symmetric: ${RATE} }`);
    const quotas = new RequestQuotas(requestQuotas, () => now);
    return { quotas, exchange: new QuotaExchange(db, name, quotas) };
  };
  const passing = ({ quotas }: Process, asked: number): number => {
    let passed = 0;
    for (let n = 0; n < asked; n += 1) {
      try {
        quotas.countUse(ME, HERE, 'symmetric');
        passed += 1;
      } catch (error) {
        assert.equal((error as Error & { code: string }).code, 'ThrottlingException');
      }
    }
    return passed;
  };
  /** @param asked of each process in each step @returns what each let through */
  const run = async (
    processes: readonly Process[],
    seconds: number,
    asked: readonly number[],
  ): Promise<number[]> => {
    const passed = processes.map(() => 0);
    for (let step = 0; step < (seconds * 1000) / STEP_MS; step += 1) {
      now += STEP_MS;
      for (const [at, one] of processes.entries()) {
        if ((step + 3 * at) % EXCHANGE_STEPS === 0) await one.exchange.run();
        passed[at] = (passed[at] as number) + passing(one, asked[at] as number);
      }
    }
    return passed;
  };
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

  for (const count of [2, 3, 6]) {
    it(`${count} let through together what one would, however much is asked of them`, async () => {
      const processes = Array.from({ length: count }, (_, n) => start(`server-${n}`));
      const asked = processes.map(() => 100);
      const burst = sum(await run(processes, 5, asked));
      assert.ok(burst <= (count + 5) * RATE * 1.1, `${burst} in the first 5 s`);
      const passed = sum(await run(processes, 60, asked));
      assert.ok(Math.abs(passed / (60 * RATE) - 1) < 0.1, `${passed} in a minute`);
    });
  }

  it('leave all of it to the one that is asked', async () => {
    const processes = [start('server-1'), start('server-2')];
    const [busy, idle] = await run(processes, 60, [100, 0]);
    assert.ok(Math.abs((busy as number) - 61 * RATE) < 20, `${busy}`);
    assert.equal(idle, 0);
    await run(processes, 10, [3, 3]); // below the quota together
    assert.deepEqual(await run(processes, 60, [4, 4]), [60 * 80, 60 * 80]);
  });

  it('take what one has let through before it died, and nothing of before they lived themselves', async () => {
    const [first, second] = [start('server-1 a'), start('server-2 a')];
    for (const { exchange } of [first, second]) await exchange.run();
    passing(second, 1); // so that there is a bucket to take it from
    assert.equal(passing(first, 1_000), RATE);
    await first.exchange.run();
    const again = start('server-1 b');
    await again.exchange.run();
    assert.equal(passing(again, 1_000), RATE);
    await second.exchange.run();
    assert.equal(passing(second, 1_000), 0, 'all of it was used by the first');
    await again.exchange.run();
    await second.exchange.run();
    now += 1_000;
    assert.equal(passing(second, 1_000), 0, 'and once more by the one that was started in its place');
    now += 2_000;
    assert.ok(passing(second, 1_000) > 0);
  });

  describe('after a day in which nothing was asked of them', () => {
    /** Both have let through much, one of them more than a bucket can owe, and what was said of it is gone. */
    const rested = async (): Promise<[Process, Process]> => {
      const processes: [Process, Process] = [start('server-1'), start('server-2')];
      await run(processes, 30, [100, 1]);
      for (const { exchange } of processes) await exchange.run(); // all is told
      now += DAY_MS;
      await pruneQuotaUses(db, Date.now() + DAY_MS);
      return processes;
    };

    it('take what is new out of their buckets, and nothing of before', async () => {
      const [first, second] = await rested();
      for (const { exchange } of [first, second]) await exchange.run();
      passing(second, 1); // so that it is full, and one less
      assert.equal(passing(first, 50), 50);
      await first.exchange.run();
      await second.exchange.run();
      assert.equal(passing(second, 1_000), RATE - 1 - 50);
    });

    it('do so too when nobody has looked meanwhile', async () => {
      const [first, second] = await rested();
      passing(second, 1);
      assert.equal(passing(first, 50), 50);
      await first.exchange.run();
      await second.exchange.run();
      assert.equal(passing(second, 1_000), RATE - 1 - 50);
    });

    it('do so too when one was started meanwhile', async () => {
      const [first] = await rested();
      const third = start('server-3');
      await third.exchange.run();
      passing(third, 1);
      for (const asked of [50, 60]) {
        assert.equal(passing(first, asked), asked);
        await first.exchange.run();
      }
      await third.exchange.run();
      assert.equal(passing(third, 1_000), RATE - 1 - 50 - 60);
    });
  });

  it('lose nothing while the database is away', async () => {
    const [first, second] = [start('server-1'), start('server-2')];
    for (const { exchange } of [first, second]) await exchange.run();
    passing(second, 1);
    await db.schema.alterTable('quota_uses').renameTo('away').execute();
    passing(first, RATE / 2);
    await assert.rejects(first.exchange.run());
    await db.schema.alterTable('away').renameTo('quota_uses').execute();
    await first.exchange.run();
    await second.exchange.run();
    assert.equal(passing(second, 1_000), RATE / 2 - 1);
  });
});
