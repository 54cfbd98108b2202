/** When access keys and roles were last used, as several processes on one database see it together. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { LastUses } from '../../../src/services/iam/last-uses.ts';
import { insertAccessKey, removeAccessKey } from '../../../src/storage/accounts.ts';
import { insertIamEntity, removeIamEntity } from '../../../src/storage/iam-entities.ts';
import type { Database } from '../../../src/storage/store.ts';
import { ENGINES, useStore } from '../../storage/engines.ts';

const ACCOUNT = '111122223333';
const REGION = 'eu-north-1';
const [KEY, OTHER_KEY, ROLE] = ['AKIAONE', 'AKIATWO', 'AROAONE'];
const MAC = 'code';
const NOON = Date.UTC(2026, 10, 3, 12);

for (const engine of ENGINES)
  describe(`last uses on ${engine.name}`, { skip: engine.skip }, () => {
    let db: Database;
    /** Two processes. */
    let one: LastUses;
    let two: LastUses;

    useStore(engine, (opened) => (db = opened));
    beforeEach(async () => {
      for (const table of ['access_keys', 'iam_entities', 'last_uses'] as const)
        await db.deleteFrom(table).execute();
      for (const access_key_id of [KEY, OTHER_KEY]) await addKey(access_key_id);
      const role = { account_id: ACCOUNT, kind: 'role', unique_name: 'role', body: '{}', mac: MAC };
      await insertIamEntity(db, { entity_id: ROLE, ...role });
      [one, two] = [new LastUses(db), new LastUses(db)];
    });

    const addKey = (access_key_id: string): Promise<void> =>
      insertAccessKey(db, {
        ...{ access_key_id, account_id: ACCOUNT, principal_arn: 'user', user_id: 'AIDAONE' },
        ...{ secret_sealed: Buffer.from('sealed'), status: 'Active', created_at: NOON, mac: MAC },
      });
    const written = async (): Promise<string[]> => {
      const rows = await db.selectFrom('last_uses').selectAll().orderBy('subject').execute();
      return rows.map(({ subject, used_at }) => `${subject} ${used_at - NOON}`);
    };
    /** Milliseconds from noon. */
    const timeOf = async (uses: LastUses, subject: string): Promise<number | undefined> => {
      const use = await uses.of(subject);
      return use && use.used_at - NOON;
    };

    it('are known of another process as soon as it wrote them, though they are older than what is known', async () => {
      one.note(KEY, 'kms', REGION, NOON + 50);
      await one.flush();
      two.note(OTHER_KEY, 'sts', REGION, NOON + 20);
      await two.flush();
      await one.flush();
      assert.deepEqual(
        { ...(await one.of(OTHER_KEY)) },
        {
          subject: OTHER_KEY,
          ...{ used_at: NOON + 20, service_name: 'sts', region: REGION },
        },
      );
      assert.equal(await timeOf(new LastUses(db), KEY), 50);
      assert.equal(await one.of(ROLE), undefined);
    });

    it('are the latest of all, written or not, in whatever order they are written', async () => {
      one.note(KEY, 'kms', REGION, NOON + 10);
      assert.equal(await timeOf(one, KEY), 10);
      two.note(KEY, 'kms', REGION, NOON + 30);
      await two.flush();
      assert.equal(await timeOf(one, KEY), 30);
      await one.flush();
      assert.deepEqual(await written(), [`${KEY} 30`]);
      one.note(KEY, 'kms', REGION, NOON + 40);
      assert.deepEqual([await timeOf(one, KEY), await timeOf(two, KEY)], [40, 30]);
      await one.flush();
      assert.deepEqual([await timeOf(one, KEY), await timeOf(two, KEY)], [40, 40]);
    });

    it('are not written of keys and roles that another process deleted', async () => {
      for (const subject of [KEY, OTHER_KEY, ROLE]) one.note(subject, 'kms', REGION, NOON);
      await removeAccessKey(db, KEY);
      await removeIamEntity(db, ROLE, MAC);
      await one.flush();
      assert.deepEqual(await written(), [`${OTHER_KEY} 0`]);
      await addKey(KEY); // had it stayed noted, it would be written now
      await one.flush();
      assert.deepEqual(await written(), [`${OTHER_KEY} 0`]);
    });

    it('are written the next time when the database was away', async () => {
      one.note(KEY, 'kms', REGION, NOON);
      await db.schema.alterTable('last_uses').renameTo('away').execute();
      await assert.rejects(one.flush());
      await db.schema.alterTable('away').renameTo('last_uses').execute();
      await one.flush();
      assert.deepEqual(await written(), [`${KEY} 0`]);
    });

    it('are written of many, and stay noted of what is used while they are', async () => {
      const many = Array.from({ length: 250 }, (_, n) => `AKIAMANY${1000 + n}`);
      for (const subject of many) {
        await addKey(subject);
        one.note(subject, 'kms', REGION, NOON);
      }
      const flushing = one.flush();
      one.note(many[0] as string, 'kms', REGION, NOON + 5);
      await flushing;
      assert.equal((await written()).length, many.length);
      await one.flush();
      assert.equal((await written())[0], `${many[0]} 5`);
    });
  });
