import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { PrincipalDirectory } from '../../../src/access/directory.ts';
import { Grants, grantEntry } from '../../../src/services/kms/grants.ts';
import { requirePrincipal } from '../../../src/services/kms/grant-principals.ts';
import { insertGrant, removeGrant } from '../../../src/storage/grants.ts';
import { createRowMac } from '../../../src/storage/row-mac.ts';
import type { GrantRow } from '../../../src/storage/schema-grants.ts';
import { openSqlite } from '../../../src/storage/sqlite.ts';
import type { Database } from '../../../src/storage/store.ts';

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
      assert.deepEqual(
        grants.of(keyArn).map(({ grantId }) => grantId),
        [kept.grant_id, added.grant_id],
      );
    }
  });

  it('of a key that was not looked for are none', () => {
    const grants = new Grants({ db, mac, directory: directoryOf(new Map()) });
    assert.deepEqual(grants.of(KEY), []);
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
      const [grant] = grants.of(KEY);
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
