/** What the store promises on every engine: the same tables, values, order of names, and transactions. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { installationValue, setInstallationValue } from '../../src/storage/accounts.ts';
import { findAlias, insertAlias, listAliases } from '../../src/storage/aliases.ts';
import { putHsm } from '../../src/storage/clusters.ts';
import { StaleRow } from '../../src/storage/conflicts.ts';
import { findStore, insertStore, removeStore, replaceStore } from '../../src/storage/custom-key-stores.ts';
import { createRowMac } from '../../src/storage/row-mac.ts';
import type { AliasRow } from '../../src/storage/schema.ts';
import { inTransaction } from '../../src/storage/store.ts';
import type { Database } from '../../src/storage/store.ts';
import { ENGINES, useStore } from './engines.ts';
import type { TestDatabase } from './engines.ts';

const OWNER = { accountId: '111122223333', region: 'us-east-1' };
const AT_ONCE = 12;

function alias(name: string): AliasRow {
  return {
    alias_arn: `arn:aws:kms:us-east-1:111122223333:${name}`,
    account_id: OWNER.accountId,
    region: OWNER.region,
    alias_name: name,
    target_key_arn: 'key',
    created_at: Date.UTC(2026, 0, 1),
    updated_at: Number.MAX_SAFE_INTEGER,
    mac: '',
  };
}

for (const engine of ENGINES)
  describe(`the store on ${engine.name}`, { skip: engine.skip }, () => {
    let database: TestDatabase;
    let db: Database;

    useStore(engine, (opened, its) => ([db, database] = [opened, its]));

    it('opens again what it has made', async () => {
      await setInstallationValue(db, 'opened', 'once');
      const again = await database.open();
      assert.equal(await installationValue(again, 'opened'), 'once');
      await again.destroy();
    });

    it('gives back what it was given, so that codes over rows stay right', async () => {
      const mac = createRowMac(Buffer.alloc(32, 7));
      const row = mac.seal('access_keys', {
        access_key_id: 'AKIAEXAMPLE',
        account_id: OWNER.accountId,
        principal_arn: 'arn:aws:iam::111122223333:user/Zoë 🔑',
        user_id: null,
        secret_sealed: Buffer.from([0, 255, 0x5c, 0x27, 128]),
        status: 'Active' as const,
        created_at: Date.UTC(2026, 10, 26),
      });
      await db.insertInto('access_keys').values(row).execute();
      const found = await db.selectFrom('access_keys').selectAll().executeTakeFirstOrThrow();
      assert.deepEqual({ ...found }, row);
      mac.check('access_keys', found);
    });

    it('lists names by their bytes, page by page', async () => {
      const names = ['a', 'B', 'a-b', 'ab', 'a_b', 'é', 'Z', 'z', 'ﬀ', '😀', 'a/b', '0'].map(
        (n) => `alias/${n}`,
      );
      for (const name of names) await insertAlias(db, alias(name));
      const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const listed: string[] = [];
      for (;;) {
        const page = await listAliases(db, OWNER, { afterName: listed.at(-1) ?? '', limit: 5 });
        listed.push(...page.map((row) => row.alias_name));
        if (page.length < 5) break;
      }
      assert.deepEqual(listed, sorted);
      const [first] = await listAliases(db, OWNER, { afterName: '', limit: 1 });
      assert.deepEqual({ ...first }, alias(sorted[0] as string));
    });

    it('loses none of many changes to one row at once', async () => {
      await setInstallationValue(db, 'counter', '0');
      const increase = (): Promise<void> =>
        inTransaction(db, async (tx) => {
          const value = Number(await installationValue(tx, 'counter'));
          await setInstallationValue(tx, 'counter', String(value + 1));
        });
      await Promise.all(Array.from({ length: AT_ONCE }, increase));
      assert.equal(await installationValue(db, 'counter'), String(AT_ONCE));
    });

    it('keeps a limit over several rows against transactions at once', async () => {
      const mac = createRowMac(Buffer.alloc(32, 7));
      const hsm = { cluster_id: 'cluster-limit', availability_zone: 'a', subnet_id: 's', state: 'ACTIVE' };
      const rest = { epoch_counter: 0, created_at: 1, state_message: null, eni_ip: null };
      const make = (number: number): Promise<boolean> =>
        inTransaction(db, async (tx) => {
          const rows = await tx
            .selectFrom('hsms')
            .selectAll()
            .where('cluster_id', '=', hsm.cluster_id)
            .execute();
          if (rows.length >= 3) return false;
          const row = { ...hsm, ...rest, hsm_id: `hsm-${number}`, host_kind: null, image_backup_id: null };
          await putHsm(tx, mac, row);
          return true;
        });
      const made = await Promise.all(Array.from({ length: AT_ONCE }, (_, number) => make(number)));
      assert.equal(made.filter(Boolean).length, 3);
    });

    it('removes a key store as it was seen, and not one that somebody began to connect meanwhile', async () => {
      const mac = createRowMac(Buffer.alloc(32, 7));
      const seen = mac.seal('custom_key_stores', {
        ...{ custom_key_store_id: 'cks-1', account_id: OWNER.accountId, region: OWNER.region, name: 'store' },
        ...{
          type: 'AWS_CLOUDHSM' as const,
          cluster_id: 'cluster-1',
          trust_anchor: '',
          proxy: null,
          created_at: 1,
        },
        ...{ password_sealed: Buffer.from('p'), next_password_sealed: null },
        ...{ connection_state: 'DISCONNECTED' as const, connection_error_code: null },
      });
      await insertStore(db, seen);
      const connecting = mac.seal('custom_key_stores', { ...seen, connection_state: 'CONNECTING' as const });
      await replaceStore(db, connecting, seen.mac);
      await assert.rejects(removeStore(db, seen), StaleRow);
      assert.equal((await findStore(db, 'cks-1'))?.connection_state, 'CONNECTING');
      await removeStore(db, connecting);
      assert.equal(await findStore(db, 'cks-1'), undefined);
    });

    it('lets one of many have a name, and tells the others in the words of the work', async () => {
      const results = await Promise.allSettled(
        Array.from({ length: AT_ONCE }, () =>
          inTransaction(db, async (tx) => {
            const wanted = alias('alias/wanted-by-many');
            if ((await findAlias(tx, wanted.alias_arn)) !== undefined) throw new Error('taken');
            await insertAlias(tx, wanted);
          }),
        ),
      );
      const reasons = results.flatMap((r) => (r.status === 'rejected' ? [(r.reason as Error).message] : []));
      assert.deepEqual(
        reasons,
        Array.from({ length: AT_ONCE - 1 }, () => 'taken'),
      );
    });

    it('takes back everything when the work fails, and says why', async () => {
      const failing = inTransaction(db, async (tx) => {
        await setInstallationValue(tx, 'half', 'made');
        throw new Error('the work failed');
      });
      await assert.rejects(failing, /the work failed/);
      assert.equal(await installationValue(db, 'half'), undefined);
    });
  });

it(
  'all engines have the same tables and columns',
  { skip: ENGINES.find(({ skip }) => skip)?.skip },
  async () => {
    const [first, ...others] = await Promise.all(
      ENGINES.map(async (engine) => {
        const database = await engine.create();
        const db = await database.open();
        const tables = await db.introspection.getTables();
        await db.destroy();
        database.remove();
        return tables
          .map(({ name, columns }) => ({ name, columns: columns.map((column) => column.name).sort() }))
          .sort((a, b) => (a.name < b.name ? -1 : 1));
      }),
    );
    for (const other of others) assert.deepEqual(other, first);
  },
);
