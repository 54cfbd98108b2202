/** Delivery of trails by several processes: the lease is lost in the middle of a delivery, and somebody else goes on. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { pino } from 'pino';
import type { Digest } from '../../src/audit/digest.ts';
import type { LogFiles } from '../../src/audit/log-file.ts';
import { LogDelivery } from '../../src/jobs/log-delivery.ts';
import type { DeliveryPorts } from '../../src/jobs/log-delivery.ts';
import { createRowMac } from '../../src/storage/row-mac.ts';
import type { Database } from '../../src/storage/store.ts';
import { digestChains, insertTrail, trailProgress } from '../../src/storage/trails.ts';
import { Rota } from '../nodes/rota.ts';
import { ENGINES } from '../storage/engines.ts';
import type { TestDatabase } from '../storage/engines.ts';

const REGION = 'us-east-1';
const ACCOUNT = '111122223333';
const TRAIL = `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:trail/main`;
const START = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;

/** A process that delivers, with what happens to it meanwhile. */
interface Deliverer {
  /** Once what is to be delivered was read in the journal. */
  collected: () => Promise<void>;
  /** Once an object was written, before its writer hears of it. */
  written: () => Promise<void>;
  /** How many objects it has written. */
  puts: number;
  deliver(): Promise<void>;
}

const nothing = async (): Promise<void> => {};

for (const engine of ENGINES)
  describe(`delivery of a trail by two processes on ${engine.name}`, { skip: engine.skip }, () => {
    const mac = createRowMac(randomBytes(32));
    let database: TestDatabase;
    let db: Database;
    let now: number;
    /** The journal has the events 1 to this one. */
    let recorded: number;
    let rota: Rota;
    let objects: Map<string, Uint8Array>;
    let first: Deliverer;
    let second: Deliverer;

    const collect: DeliveryPorts['collect'] = async ({ from, to }) => {
      const begin = (from['writer'] ?? 0) + 1;
      const end = to?.['writer'] ?? recorded;
      const events = Array.from({ length: Math.max(0, end + 1 - begin) }, (_, at) => begin + at);
      const text = JSON.stringify(events);
      const file = {
        ...{ region: REGION, body: Buffer.from(text), records: events.length },
        hash: createHash('sha256').update(text).digest('hex'),
        ...{ oldestEventTime: '2026-01-01T00:00:00Z', newestEventTime: '2026-01-01T00:00:00Z' },
      };
      return {
        files: events.length === 0 ? [] : [file],
        to: { writer: end },
        more: false,
      } satisfies LogFiles;
    };
    const newDeliverer = (name: string): Deliverer => {
      const delivery = new LogDelivery({
        ...{ db, mac, regions: [REGION], deliverySeconds: 60, digestSeconds: 3600 },
        clock: () => now,
        logger: pino({ level: 'silent' }),
        bucketOf: () => ({
          put: async (key, body) => {
            deliverer.puts += 1;
            objects.set(key, body);
            await deliverer.written();
          },
        }),
        collect: async (request) => {
          const files = await collect(request);
          await deliverer.collected();
          return files;
        },
        digestSigner: async () => ({
          ...{ fingerprint: 'ab'.repeat(16), publicKey: Buffer.alloc(0) },
          sign: async (message) => createHash('sha256').update(message).digest(),
        }),
      });
      const deliverer: Deliverer = {
        ...{ collected: nothing, written: nothing, puts: 0 },
        deliver: async () => {
          await delivery.run(rota.dutyOf(name));
          await delivery.settle();
        },
      };
      return deliverer;
    };
    const makeTrail = (logFileValidation: 0 | 1): Promise<void> =>
      insertTrail(db, mac, {
        ...{ trail_arn: TRAIL, account_id: ACCOUNT, home_region: REGION, name: 'main' },
        ...{ bucket: 'bucket', prefix: null, global_events: 1, multi_region: 0 },
        ...{ log_file_validation: logFileValidation, logging: 1 },
        ...{ started_at: START, stopped_at: null, created_at: START },
      });
    /** Numbers of all events in all log files, sorted. */
    const delivered = (): number[] =>
      [...objects]
        .filter(([key]) => key.includes('/CloudTrail/'))
        .flatMap(([, body]) => JSON.parse(Buffer.from(body).toString()) as number[])
        .sort((a, b) => a - b);
    const upTo = (last: number): number[] => Array.from({ length: last }, (_, at) => at + 1);
    const digests = (): Digest[] =>
      [...objects.keys()]
        .filter((key) => key.includes('/CloudTrail-Digest/'))
        .sort()
        .map((key) => JSON.parse(gunzipSync(objects.get(key) as Uint8Array).toString()) as Digest);

    beforeEach(async () => {
      database = await engine.create();
      db = await database.open();
      [now, recorded, objects, rota] = [START, 0, new Map<string, Uint8Array>(), new Rota()];
      [first, second] = [newDeliverer('first'), newDeliverer('second')];
      rota.begin('first');
    });
    afterEach(async () => {
      await db.destroy();
      database.remove();
    });

    for (const [when, again] of [
      ['', false],
      [', and had again before it is written', true],
    ] as const) {
      it(`writes each event once when the lease is lost while a file is on its way${when}`, async () => {
        await makeTrail(0); // files that wait for a digest are in a table with a key, which would notice
        recorded = 10;
        first.written = async () => {
          first.written = nothing;
          rota.begin('second');
          await second.deliver();
          [recorded, now] = [20, now + 61_000];
          second.written = () => Promise.reject(new Error('the answer is lost'));
          await second.deliver(); // has planned and written, and does not know it
          second.written = nothing;
          if (again) rota.begin('first');
        };
        await first.deliver();
        rota.begin('second');
        [recorded, now] = [30, now + 61_000];
        await second.deliver();
        assert.deepEqual(delivered(), upTo(30));
        const { positions, planned } = await trailProgress(db, TRAIL);
        assert.deepEqual([positions, planned], ['{"writer":30}', null]);
      });

      it(`plans nothing once the lease was lost while the journal was read${when}`, async () => {
        await makeTrail(1);
        recorded = 10;
        first.collected = async () => {
          first.collected = nothing;
          rota.begin('second');
          await second.deliver();
          if (again) rota.begin('first');
        };
        await first.deliver();
        assert.deepEqual([first.puts, delivered()], [0, upTo(10)]);
      });

      it(`sets no chain of digests back when the lease is lost while one is on its way${when}`, async () => {
        await makeTrail(1);
        recorded = 10;
        await first.deliver();
        now += HOUR;
        first.written = async () => {
          first.written = nothing;
          rota.begin('second');
          [recorded, now] = [20, now + HOUR / 2];
          await second.deliver(); // the same digest, and a file for the next one
          now += HOUR / 2;
          await second.deliver();
          if (again) rota.begin('first');
        };
        await first.deliver();
        for (const name of ['first', 'second']) {
          rota.begin(name);
          now += HOUR;
          await (name === 'first' ? first : second).deliver();
        }
        const [chain] = await digestChains(db, TRAIL);
        assert.equal(chain?.digested_until, START + 4 * HOUR);
        const all = digests();
        assert.deepEqual(
          all.map(({ previousDigestS3Object }) => previousDigestS3Object),
          [null, ...all.slice(0, -1).map(({ digestS3Object }) => digestS3Object)],
        );
        assert.equal(chain.previous_object, all.at(-1)?.digestS3Object);
        const named = all.flatMap(({ logFiles }) => logFiles.map(({ s3Object }) => s3Object));
        assert.deepEqual(named, [...objects.keys()].filter((key) => key.includes('/CloudTrail/'))); // prettier-ignore
      });
    }

    it('notes nothing as planned or written once the lease is lost: the next one on duty goes on from there', async () => {
      await makeTrail(1);
      recorded = 10;
      const lose = async (): Promise<void> => rota.begin('second');
      first.collected = lose;
      await first.deliver();
      assert.equal((await trailProgress(db, TRAIL)).planned, null);
      [first.collected, first.written] = [nothing, lose];
      rota.begin('first');
      await first.deliver();
      const { positions, planned } = await trailProgress(db, TRAIL);
      assert.ok(positions === '{}' && planned !== null);
      await second.deliver();
      assert.deepEqual(delivered(), upTo(10));
      now += HOUR;
      rota.begin('first');
      await first.deliver();
      const digestedUntil = async (): Promise<number | undefined> =>
        (await digestChains(db, TRAIL))[0]?.digested_until;
      assert.equal(await digestedUntil(), START);
      await second.deliver();
      assert.equal(await digestedUntil(), START + HOUR);
      assert.equal(digests().length, 1);
    });

    it('writes no object that was planned once the lease is lost', async () => {
      await makeTrail(1);
      recorded = 10;
      first.written = () => Promise.reject(new Error('the bucket is away'));
      await first.deliver();
      now += 31_000;
      first.collected = async () => rota.begin('second');
      await first.deliver();
      assert.equal(first.puts, 1);
    });

    it('says nothing of how a delivery ended that is for another process to do', async () => {
      await makeTrail(1);
      recorded = 10;
      first.written = async () => {
        first.written = nothing;
        rota.begin('second');
        await second.deliver();
        throw new Error('the bucket is away');
      };
      await first.deliver();
      assert.equal((await trailProgress(db, TRAIL)).delivery_error, null);
    });
  });
