/** What runs by itself, on a real server: every job of a process is run once, at once. */
import assert from 'node:assert/strict';
import { after, before, it, mock } from 'node:test';
import { pino } from 'pino';
import type { ScheduledJob } from '../../src/jobs/schedule.ts';
import type { Lease } from '../../src/nodes/lease.ts';
import { startJobs } from '../../src/server/duties.ts';
import { installationValue } from '../../src/storage/accounts.ts';
import { readMeters } from '../../src/storage/meters.ts';
import { eventually } from '../stories/claviger.ts';
import { REGIONS, startClockedServer } from '../stories/clocked-server.ts';
import type { ClockedServer } from '../stories/clocked-server.ts';

let server: ClockedServer;

before(async () => {
  server = await startClockedServer();
});
after(() => server.remove());

/** @param held whether the process holds the lease on what is done once */
function startJobsNow(held: boolean): ScheduledJob[] {
  const { setTimeout: later } = globalThis;
  const timers = mock.method(globalThis, 'setTimeout', (run: () => void) => later(run, 0));
  try {
    return startJobs({ ...server.assembly, duty: { held } as Lease }, pino({ level: 'silent' }));
  } finally {
    timers.mock.restore();
  }
}

it('each process meters its requests, and the one on duty time', async () => {
  const { kms, accountId } = server;
  const round = async (held: boolean, requests: number): Promise<void> => {
    kms.meter.count(accountId, REGIONS[0], null);
    const jobs = startJobsNow(held);
    await eventually(30_000, 'requests are metered', async () => {
      const rows = await readMeters(kms.db, new Date().toISOString().slice(0, 7));
      return rows.find(({ meter }) => meter === 'requests')?.amount === requests || undefined;
    });
    for (const job of jobs) job.stop();
  };
  const meteredUntil = (): Promise<string | undefined> => installationValue(kms.db, 'metered-until');
  await round(false, 1);
  await round(false, 2);
  assert.equal(await meteredUntil(), undefined);
  await round(true, 3);
  const until = await eventually(30_000, 'time is metered', meteredUntil); // in a transaction after that of the requests
  assert.ok(Math.abs(Date.now() - Number(until)) < 60_000);
});
