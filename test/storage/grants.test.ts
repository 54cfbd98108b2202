/** Lists of grants, on every engine: what they show, and that each is found by an index whatever it is filtered by. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExplainNode, sql } from 'kysely';
import type { KyselyPlugin } from 'kysely';
import {
  findSameGrant,
  grantsOfKey,
  insertGrant,
  listGrants,
  listRetirableGrants,
} from '../../src/storage/grants.ts';
import type { GrantRow } from '../../src/storage/schema-grants.ts';
import type { Database } from '../../src/storage/store.ts';
import { ENGINES, useStore } from './engines.ts';

const [HOME, OTHER] = ['111122223333', '444455556666'];
const KEY_ID = '1234abcd-12ab-34cd-56ef-1234567890ab';
const MULTI_REGION_ID = 'mrk-1234abcd12ab34cd56ef1234567890ab';
const keyIn = (region: string, account = HOME, id = KEY_ID): string =>
  `arn:aws:kms:${region}:${account}:key/${id}`;
const KEY = keyIn('eu-west-1');
const ALICE = `arn:aws:iam::${HOME}:user/alice`;
const BOB = `arn:aws:iam::${HOME}:user/bob`;
const SERVICE = 'rds.amazonaws.com';

let made = 0;
function grant(rest: Partial<GrantRow> = {}): GrantRow {
  made += 1;
  return {
    ...{ grant_id: made.toString(16).padStart(64, '0'), key_arn: KEY, name: null },
    ...{ grantee: ALICE, grantee_id: null, retiring: null, retiring_id: null },
    ...{ operations: '["Decrypt"]', conditions: null, issuing_account_id: HOME, created_at: 0, mac: '' },
    ...rest,
  };
}

/** Makes queries answer how the engine would find their rows. */
class Explaining implements KyselyPlugin {
  readonly #options = sql`query plan`.toOperationNode();
  readonly #isSqlite: boolean;

  constructor(isSqlite: boolean) {
    this.#isSqlite = isSqlite;
  }

  transformQuery: KyselyPlugin['transformQuery'] = ({ node }) => {
    assert.equal(node.kind, 'SelectQueryNode');
    const explain = ExplainNode.create(undefined, this.#isSqlite ? this.#options : undefined);
    return { ...node, explain };
  };

  transformResult: KyselyPlugin['transformResult'] = async ({ result }) => result;
}

for (const engine of ENGINES)
  describe(`lists of grants on ${engine.name}`, { skip: engine.skip }, () => {
    let db: Database;

    useStore(engine, (opened) => (db = opened));

    it("show a Region's grants to their retiring principal, and to a service those of one account", async () => {
      const grants = [
        grant({ retiring: BOB }),
        grant({
          retiring: BOB,
          key_arn: keyIn('eu-west-1', OTHER, MULTI_REGION_ID),
          issuing_account_id: OTHER,
        }),
        grant({ retiring: BOB, key_arn: keyIn('eu-west-2') }),
        grant({ retiring: BOB, key_arn: keyIn('us-gov-west-1') }),
        grant({ retiring: ALICE }),
        grant(),
        grant({ retiring: SERVICE }),
        grant({ retiring: SERVICE, issuing_account_id: OTHER }),
        grant({ retiring: BOB }),
      ];
      for (const one of grants) await insertGrant(db, one);
      const retirable = async (
        retiring: string,
        issuingAccountId?: string,
        after = '',
      ): Promise<number[]> => {
        const filter = { retiring, issuingAccountId, region: 'eu-west-1' };
        const found = await listRetirableGrants(db, filter, after, 2);
        return found.map(({ grant_id }) => grants.findIndex((one) => one.grant_id === grant_id));
      };
      assert.deepEqual(await retirable(BOB), [0, 1]);
      assert.deepEqual(await retirable(BOB, undefined, grants[1]?.grant_id), [8]);
      assert.deepEqual(await retirable(BOB, OTHER), [1]);
      assert.deepEqual(await retirable(SERVICE, HOME), [6]);
      assert.deepEqual(await retirable(SERVICE, OTHER), [7]);
      await db.deleteFrom('grants').execute();
    });

    it('find the grant that the same request has made, and no other of its name', async () => {
      const named = { name: 'worker', retiring: BOB, conditions: '{"SourceArn":"a"}' };
      const first = grant(named);
      await insertGrant(db, first);
      await insertGrant(db, grant({ name: 'worker' }));
      const found = async (rest: Partial<GrantRow>): Promise<string | undefined> =>
        (await findSameGrant(db, grant(rest)))?.grant_id;
      assert.equal(await found(named), first.grant_id);
      assert.notEqual(await found({ name: 'worker' }), undefined);
      const differences: Partial<GrantRow>[] = [
        { key_arn: keyIn('eu-west-2') },
        { name: 'other' },
        { grantee: BOB },
        { grantee_id: 'AIDA' },
        { retiring: ALICE },
        { retiring: null },
        { retiring_id: 'AIDA' },
        { operations: '["Encrypt"]' },
        { conditions: null },
        { conditions: '{"SourceArn":"b"}' },
        { issuing_account_id: OTHER },
      ];
      for (const different of differences)
        assert.equal(await found({ ...named, ...different }), undefined, JSON.stringify(different));
      await db.deleteFrom('grants').execute();
    });

    it('read no grant that they do not show', async () => {
      await sql`
        with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 8000)
        insert into grants (grant_id, key_arn, grantee, retiring, operations, issuing_account_id, created_at, mac)
        select 'grant ' || n, case n % 4 when 0 then ${KEY} else ${keyIn('eu-west-1', OTHER)} end, 'user ' || n, ${BOB}, '["Decrypt"]', ${HOME}, 0, 'mac'
        from numbers`.execute(db);
      const isSqlite = engine.name === 'SQLite';
      // PostgreSQL does so by itself from time to time
      if (!isSqlite) await sql`analyze grants`.execute(db);
      const explaining = db.withPlugin(new Explaining(isSqlite));
      const byGrantee = { keyArn: KEY, grantId: undefined, grantees: ['nobody'] };
      const retirable = { retiring: BOB, region: 'eu-west-2', issuingAccountId: undefined };
      const ofAccount = { retiring: BOB, region: 'eu-west-1', issuingAccountId: OTHER };
      const plans: [index: string, conditions: number, plan: () => Promise<unknown[]>][] = [
        ['grants_by_grantee', 3, () => listGrants(explaining, byGrantee, 'a', 51)],
        ['grants_by_key', 2, () => listGrants(explaining, { ...byGrantee, grantees: [] }, 'a', 51)],
        ['grants_by_key', 2, () => grantsOfKey(explaining, KEY, 'a', 250)],
        ['grants_by_retiring', 3, () => listRetirableGrants(explaining, retirable, 'a', 51)],
        ['grants_by_retiring_and_issuer', 4, () => listRetirableGrants(explaining, ofAccount, 'a', 51)],
      ];
      // PostgreSQL decides by how many there are of a name
      const named = grant({ name: 'worker', retiring: BOB });
      if (isSqlite) plans.push(['grants_by_name', 2, async () => [await findSameGrant(explaining, named)]]);
      for (const [index, conditions, plan] of plans) {
        const text = (await plan()).map((row) => Object.values(row as object).join(' ')).join('\n');
        assert.match(text, new RegExp(`\\b${index}\\b`), text);
        assert.doesNotMatch(text, /sort|temp b-tree|filter|seq scan|bitmap/i, text);
        const condition = isSqlite ? /\(retiring=.*\)|\(key_arn=.*\)/ : /Index Cond: (.*)/;
        assert.equal(condition.exec(text)?.[0].split(/ AND /).length, conditions, text);
      }
    });
  });
