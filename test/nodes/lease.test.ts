/** One process does it, and another one soon when the first is gone. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KyselyPlugin } from 'kysely';
import { pino } from 'pino';
import { Lease } from '../../src/nodes/lease.ts';
import { StaleRow } from '../../src/storage/conflicts.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import type { Database } from '../../src/storage/store.ts';
import { eventually } from '../stories/claviger.ts';

/** Nothing else happens meanwhile, as in a process that the system lets wait. */
function firstReadTakes(milliseconds: number): KyselyPlugin {
  let next = milliseconds;
  return {
    transformQuery: ({ node }) => {
      if (node.kind === 'SelectQueryNode') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, next);
      if (node.kind === 'SelectQueryNode') next = 0;
      return node;
    },
    transformResult: ({ result }) => Promise.resolve(result),
  };
}

const logger = pino({ level: 'silent' });

describe('a lease', () => {
  let dir: string;
  const databases: Database[] = [];
  const open = async (): Promise<Database> => {
    const db = await openSqlite(join(dir, 'db'));
    databases.push(db);
    return db;
  };
  const leaseOf = async (name: string, holder: string): Promise<{ lease: Lease; db: Database }> => {
    const db = await open();
    const lease = new Lease({ db, logger, name, holder });
    await lease.start();
    return { lease, db };
  };

  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'claviger-lease-'));
  });
  after(async () => {
    for (const db of databases) await db.destroy();
    rmSync(dir, { recursive: true, force: true });
  });

  it('is held by one, and by another one at once when it is given back', async () => {
    const one = await leaseOf('given back', 'one');
    const two = await leaseOf('given back', 'two');
    assert.ok(one.lease.held);
    assert.ok(!two.lease.held);
    const before = one.lease.fence as number;
    await one.lease.stop();
    assert.ok(!one.lease.held);
    await eventually(30_000, 'the other one holds it', () => two.lease.held || undefined);
    assert.equal(two.lease.fence, before + 1);
    await two.lease.stop();
  });

  it('is taken over from one that is gone without a word, and not before that one stopped counting on it', async () => {
    const one = await leaseOf('gone', 'one');
    const two = await leaseOf('gone', 'two');
    let both = false;
    two.lease.onTaken(() => (both = one.lease.held));
    await one.db.destroy(); // from now on it cannot say that it lives
    await eventually(30_000, 'the other one holds it', () => two.lease.held || undefined);
    assert.ok(!both);
    assert.ok(!one.lease.held);
    databases.splice(databases.indexOf(one.db), 1);
    await one.lease.stop().catch(() => undefined);
    await two.lease.stop();
  });

  it('is not taken sooner for a database that was slow to tell whose it is', async () => {
    const one = await leaseOf('slow', 'one');
    await one.db.destroy();
    databases.splice(databases.indexOf(one.db), 1);
    const slow = (await open()).withPlugin(firstReadTakes(3_500));
    const lease = new Lease({ db: slow, logger, name: 'slow', holder: 'two' });
    await lease.start();
    await sleep(1_500); // two more looks
    assert.ok(!lease.held, 'for all that it knows, the other one raised the counter just now');
    await eventually(30_000, 'it is taken', () => lease.held || undefined);
    await lease.stop();
    await one.lease.stop().catch(() => undefined);
  });

  it('is not counted on after the machine was suspended, until it was looked at again', async (test) => {
    const { lease } = await leaseOf('suspended', 'one');
    assert.ok(lease.held);
    const asleep = Date.now();
    test.mock.method(Date, 'now', () => asleep + 60_000);
    assert.ok(!lease.held);
    await eventually(30_000, 'it is held again', () => lease.held || undefined);
    await lease.stop();
  });

  it('is at once its own again when a process comes back under its name', async () => {
    const before = await leaseOf('name', 'one');
    await before.db.destroy();
    databases.splice(databases.indexOf(before.db), 1);
    const again = await leaseOf('name', 'one');
    assert.ok(again.lease.held);
    await before.lease.stop().catch(() => undefined);
    await again.lease.stop();
  });

  it('lets nobody change anything who lost it meanwhile', async () => {
    const old = await leaseOf('fence', 'one');
    await old.db.transaction().execute((tx) => old.lease.require(tx));
    const again = await leaseOf('fence', 'one');
    await assert.rejects(
      old.db.transaction().execute((tx) => old.lease.require(tx)),
      StaleRow,
    );
    await again.db.transaction().execute((tx) => again.lease.require(tx));
    await again.lease.stop();
    await old.lease.stop();
  });
});
