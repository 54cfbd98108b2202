import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setImmediate as breathe } from 'node:timers/promises';
import type { KyselyPlugin } from 'kysely';
import { rootCaller } from '../../../src/access/caller.ts';
import type { PrincipalDirectory } from '../../../src/access/directory.ts';
import { Grants, grantEntry } from '../../../src/services/kms/grants.ts';
import { requirePrincipal } from '../../../src/services/kms/grant-principals.ts';
import { handleKms } from '../../../src/services/kms/service.ts';
import { grantsOfKey, insertGrant, removeGrant } from '../../../src/storage/grants.ts';
import { RowTampered, createRowMac } from '../../../src/storage/row-mac.ts';
import type { GrantRow } from '../../../src/storage/schema-grants.ts';
import { openSqlite } from '../../../src/storage/sqlite.ts';
import { inTransaction } from '../../../src/storage/store.ts';
import type { Database } from '../../../src/storage/store.ts';
import { assembleKms } from '../../jobs/assembled.ts';
import type { AssembledKms } from '../../jobs/assembled.ts';

const ACCOUNT = '111111111111';
const ALICE = `arn:aws:iam::${ACCOUNT}:user/alice`;
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/00000000-0000-4000-8000-000000000000`;
const mac = createRowMac(Buffer.alloc(32, 1));

/** Users of one account by ARN, as IAM would tell of them. */
function directoryOf(users: Map<string, string>): PrincipalDirectory {
  return {
    policiesOf: () => ({ policies: [], boundary: undefined }),
    uniqueIdOf: (arn) => users.get(arn),
    arnOf: (uniqueId) => [...users].find(([, id]) => id === uniqueId)?.[0],
    isAccount: (accountId) => accountId === ACCOUNT,
  };
}

let made = 0;
function rowOf(keyArn: string, grantee = ALICE, granteeId: string | null = null): GrantRow {
  made += 1;
  return mac.seal('grants', {
    grant_id: made.toString(16).padStart(64, '0'),
    key_arn: keyArn,
    name: null,
    grantee,
    grantee_id: granteeId,
    retiring: grantee,
    retiring_id: granteeId,
    operations: '["Decrypt"]',
    conditions: null,
    issuing_account_id: ACCOUNT,
    created_at: 0,
  });
}

const idsOf = (grants: Grants, keyArn: string): string[] =>
  [...grants.of(keyArn)].map(({ grantId }) => grantId).sort();

describe('grants in memory', () => {
  const dir = mkdtempSync(join(tmpdir(), 'claviger-grants-'));
  let db: Database;

  before(async () => {
    db = await openSqlite(join(dir, 'claviger.db'));
  });
  after(async () => {
    await db.destroy();
    rmSync(dir, { recursive: true, force: true });
  });

  it('never miss a change that was committed while they were loaded', async () => {
    for (let round = 0; round < 50; round += 1) {
      const keyArn = `${KEY}-${round}`;
      const grants = new Grants({ db, mac, directory: directoryOf(new Map()) });
      const [kept, revoked, added] = [rowOf(keyArn), rowOf(keyArn), rowOf(keyArn)];
      await insertGrant(db, kept);
      await insertGrant(db, revoked);
      const load = (): Promise<void> => grants.load(keyArn);
      const add = async (): Promise<void> => {
        await insertGrant(db, added);
        grants.add(added);
      };
      const revoke = async (): Promise<void> => {
        await removeGrant(db, revoked.grant_id);
        grants.remove(keyArn, revoked.grant_id);
      };
      const work = round % 2 === 0 ? [load, load, add, revoke] : [load, add, load, revoke];
      await Promise.all(work.map((step) => step()));
      assert.deepEqual(idsOf(grants, keyArn), [kept.grant_id, added.grant_id]);
    }
  });

  it('do not come back by a reading that began before they were revoked and ends later', async () => {
    const row = rowOf(`${KEY}-late`);
    await insertGrant(db, row);
    let goOn = (): void => {};
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const other = await openSqlite(join(dir, 'claviger.db'));
    const slow = other.withPlugin({
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => held.then(() => result),
    });
    const connections = [db, slow];
    const grants = new Grants({
      get db() {
        return connections.shift() ?? db;
      },
      ...{ mac, directory: directoryOf(new Map()) },
    });
    await grants.load(row.key_arn);
    const following = grants.follow(row.key_arn, row.grant_id); // a call with its token
    await breathe();
    await removeGrant(db, row.grant_id);
    await grants.follow(row.key_arn, row.grant_id); // the feed of changes
    goOn();
    await following;
    await other.destroy();
    assert.deepEqual(idsOf(grants, row.key_arn), []);
  });

  describe('of a key with many of them', () => {
    const AT_ONCE = 10;
    const MANY = 300;
    let keys = 0;

    /** A key with grants that are in the database, and memory that has not loaded them. */
    async function manyGrants(): Promise<{ grants: Grants; keyArn: string; rows: GrantRow[] }> {
      keys += 1;
      const keyArn = `${KEY}-many-${keys}`;
      const rows = Array.from({ length: MANY }, () => rowOf(keyArn));
      await inTransaction(db, async (tx) => {
        for (const row of rows) await insertGrant(tx, row);
      });
      return {
        grants: new Grants({ db, mac, directory: directoryOf(new Map()) }, AT_ONCE),
        keyArn,
        rows,
      };
    }
    const idsInDatabase = async (keyArn: string): Promise<string[]> =>
      (await grantsOfKey(db, keyArn, '', 10_000)).map(({ grant_id }) => grant_id);

    /** Loads a key's grants; `between` is called whenever others have their turn. @returns how often it was */
    async function loadWith(
      grants: Grants,
      keyArn: string,
      between: (turn: number) => void | Promise<void> = () => {},
    ): Promise<number> {
      let loaded = false;
      const loading = grants.load(keyArn).finally(() => (loaded = true));
      let turns = 0;
      for (; !loaded; await breathe()) {
        assert.ok(turns < 10 * MANY, 'the load does not end');
        await between(turns);
        turns += 1;
      }
      await loading;
      return turns;
    }

    it('are loaded in pieces, between which others have their turn', async () => {
      const { grants, keyArn, rows } = await manyGrants();
      const turns = await loadWith(grants, keyArn, () => assert.deepEqual(idsOf(grants, keyArn), []));
      assert.ok(turns >= MANY / AT_ONCE, `${turns} turns`);
      assert.deepEqual(
        idsOf(grants, keyArn),
        rows.map(({ grant_id }) => grant_id),
      );
    });

    it('miss no change between the pieces, and are there although changes never end', async () => {
      const { grants, keyArn, rows } = await manyGrants();
      const turns = await loadWith(grants, keyArn, async (turn) => {
        const added = rowOf(keyArn);
        await insertGrant(db, added);
        const gone = rows[(turn * 7) % MANY] as GrantRow;
        const wasThere = await removeGrant(db, gone.grant_id);
        if (turn % 2 === 0) {
          grants.add(added);
          if (wasThere) grants.remove(keyArn, gone.grant_id);
        } else {
          await grants.follow(keyArn, added.grant_id); // another process made the changes
          await grants.follow(keyArn, gone.grant_id);
        }
      });
      assert.ok(turns < MANY, `${turns} turns`);
      assert.deepEqual(idsOf(grants, keyArn), await idsInDatabase(keyArn));
    });

    it('are loaded anew when all may have changed, or the key is forgotten', async () => {
      for (const forget of [
        (grants: Grants) => grants.forgetAll(),
        (grants: Grants, keyArn: string) => grants.forget(keyArn),
      ]) {
        const { grants, keyArn, rows } = await manyGrants();
        await loadWith(grants, keyArn, async (turn) => {
          if (turn !== MANY / AT_ONCE / 2) return;
          await removeGrant(db, (rows[0] as GrantRow).grant_id); // nobody tells of it
          forget(grants, keyArn);
        });
        assert.deepEqual(idsOf(grants, keyArn), await idsInDatabase(keyArn));
      }
    });

    it('are loaded once for all who ask at once', async () => {
      const { grants, keyArn, rows } = await manyGrants();
      const known = grants.fromRow.bind(grants);
      let checked = 0;
      grants.fromRow = (row) => {
        checked += 1;
        return known(row);
      };
      await Promise.all([
        grants.load(keyArn),
        grants.load(keyArn),
        breathe().then(() => grants.load(keyArn)),
      ]);
      assert.equal(checked, rows.length);
      assert.equal(idsOf(grants, keyArn).length, rows.length);
    });

    it('are refused to all who ask while one was altered, and loaded once it is right', async () => {
      const { grants, keyArn, rows } = await manyGrants();
      const altered = rows.at(-1) as GrantRow;
      const set = (mac: string): Promise<unknown> =>
        db.updateTable('grants').set({ mac }).where('grant_id', '=', altered.grant_id).execute();
      await set('00'.repeat(32));
      const loads = [grants.load(keyArn), grants.load(keyArn)];
      await Promise.all(loads.map((load) => assert.rejects(load, RowTampered)));
      assert.deepEqual(idsOf(grants, keyArn), []);
      await set(altered.mac);
      await grants.load(keyArn);
      assert.equal(idsOf(grants, keyArn).length, MANY);
    });
  });

  it('of a key that was not looked for are none', () => {
    const grants = new Grants({ db, mac, directory: directoryOf(new Map()) });
    assert.deepEqual(idsOf(grants, KEY), []);
  });

  it('call a principal that was deleted by its unique id, and give nothing to a namesake', async () => {
    const users = new Map([[ALICE, 'AIDAFIRSTALICE']]);
    const directory = directoryOf(users);
    const grants = new Grants({ db, mac, directory });
    const { name, uniqueId } = requirePrincipal(directory, ALICE);
    const row = rowOf(KEY, name, uniqueId);
    await insertGrant(db, row);
    await grants.load(KEY);
    const named = (): unknown[] => {
      const [grant] = [...grants.of(KEY)];
      const { GranteePrincipal, RetiringPrincipal } = grantEntry(grants, row);
      return [grant?.granteePrincipal, grant?.retiringPrincipal, GranteePrincipal, RetiringPrincipal];
    };
    assert.deepEqual(named(), Array(4).fill(ALICE));
    users.delete(ALICE);
    assert.deepEqual(named(), Array(4).fill('AIDAFIRSTALICE'));
    users.set(ALICE, 'AIDASECONDALICE');
    assert.deepEqual(named(), Array(4).fill('AIDAFIRSTALICE'));
    users.delete(ALICE);
    users.set(`${ALICE}-renamed`, 'AIDAFIRSTALICE');
    assert.deepEqual(named(), Array(4).fill(`${ALICE}-renamed`));
  });
});

describe('CreateGrant', () => {
  let world: AssembledKms;

  before(async () => {
    world = await assembleKms(Date.parse('2026-01-02T03:04:05Z'));
  });
  after(() => world.close());

  it('counts the grants of a key only when they are nearly as many as it may have', async () => {
    const counts: string[] = [];
    const noticing: KyselyPlugin = {
      transformQuery({ node }) {
        const text = JSON.stringify(node);
        if (node.kind === 'SelectQueryNode' && text.includes('"grants"') && text.includes('"count"'))
          counts.push(text);
        return node;
      },
      transformResult: async ({ result }) => result,
    };
    const { KeyMetadata } = await world.call('CreateKey', {});
    const { Arn: KeyId, AWSAccountId } = KeyMetadata as { Arn: string; AWSAccountId: string };
    const make = async (grantsPerKey: number): Promise<unknown> => {
      const { kms } = world;
      const limits = { ...kms.limits, grantsPerKey };
      const request = {
        caller: rootCaller(AWSAccountId, 'AKIATESTTESTTESTTEST'),
        region: KeyId.split(':')[3] as string,
        requestId: '00000000-0000-4000-8000-000000000000',
        origin: { sourceIp: '127.0.0.1', userAgent: 'test' },
      };
      const input = { KeyId, GranteePrincipal: `arn:aws:iam::${AWSAccountId}:root`, Operations: ['Decrypt'] };
      return handleKms(
        { ...kms, limits, db: kms.db.withPlugin(noticing) },
        'CreateGrant',
        request,
        Buffer.from(JSON.stringify(input)),
      );
    };
    await make(50_000);
    await make(50_000);
    assert.deepEqual(counts, []);
    await make(900);
    assert.equal(counts.length, 1);
    await assert.rejects(make(3), { code: 'LimitExceededException' });
  });
});
