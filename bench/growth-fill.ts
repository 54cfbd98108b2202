/**
 * A grown installation, made directly in the database of one that runs: real keys (the crypto process encrypts each), rows
 * with their authentication codes, everything as the API would have made it, only without waiting for the API's quotas.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { BuiltinKeyStore } from '../src/keystores/builtin/builtin-key-store.ts';
import { accessKeyRow, newAccessKey } from '../src/services/iam/access-keys.ts';
import type { AccessKeySeal } from '../src/services/iam/access-keys.ts';
import { entityRow } from '../src/services/iam/changes.ts';
import { arnOf } from '../src/services/iam/entities.ts';
import type { User } from '../src/services/iam/entities.ts';
import { newUniqueId } from '../src/services/iam/unique-ids.ts';
import { defaultKeyPolicy } from '../src/services/kms/key-policy.ts';
import { FIRST_MATERIAL, NO_ROTATION } from '../src/storage/keys.ts';
import { createRowMac } from '../src/storage/row-mac.ts';
import type { RowMac } from '../src/storage/row-mac.ts';
import type { AliasRow, KeyMaterialRow, KmsKeyRow } from '../src/storage/schema.ts';
import type { GrantRow } from '../src/storage/schema-grants.ts';

export interface Size {
  keys: number;
  grants: number;
  principals: number;
}

export interface Filled {
  keyArns: string[];
  /** Key with {@link GRANTS_OF_ONE_KEY} grants, or as many as there are. */
  grantedKeyArn: string;
  aliasNames: string[];
  retiringPrincipal: string;
}

interface Place {
  dataDir: string;
  accountId: string;
  region: string;
  say: (text: string) => void;
}

interface Ports extends Place {
  db: SqliteDatabase.Database;
  mac: RowMac;
  builtin: BuiltinKeyStore;
}

/** Rows in one transaction. */
const BATCH = 1_000;
/** One key in so many has an alias. */
const KEYS_PER_ALIAS = 10;
const GRANTS_OF_ONE_KEY = 10_000;
const GRANTS_PER_KEY = 10;
const SECRET_PURPOSE = 'access-key-secret';

/** Fills the installation at `dataDir`, whose server runs; it shows what is made after its next start at the latest. */
export async function fill(place: Place, size: Size): Promise<Filled> {
  const builtin = new BuiltinKeyStore(() => join(place.dataDir, 'crypto', 'socket'));
  const mac = createRowMac(await builtin.rowKey());
  const db = new SqliteDatabase(join(place.dataDir, 'server', 'claviger.db'));
  db.pragma('busy_timeout = 5000');
  const ports = { ...place, db, mac, builtin };
  try {
    const users = await fillUsers(ports, size.principals);
    const keys = await fillKeys(ports, size.keys);
    fillGrants(ports, size.grants, keys.keyArns, users);
    return { ...keys, grantedKeyArn: keys.keyArns[0] ?? '', retiringPrincipal: users[0] ?? '' };
  } finally {
    db.close();
    await builtin.close();
  }
}

async function fillKeys(ports: Ports, count: number): Promise<Pick<Filled, 'keyArns' | 'aliasNames'>> {
  const { accountId, region, builtin, mac, say } = ports;
  const policy = defaultKeyPolicy(accountId);
  const keyArns: string[] = [];
  const aliasNames: string[] = [];
  const now = Date.now();
  for (let made = 0; made < count; made += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, count - made) }, (_, at) => made + at);
    const rows = await Promise.all(
      numbers.map(async (number) => {
        const keyId = randomUUID();
        const key_arn = `arn:aws:kms:${region}:${accountId}:key/${keyId}`;
        const material_id = randomBytes(32).toString('hex');
        const created = await builtin.createKey(material_id, key_arn, 'AES_256');
        const material: KeyMaterialRow = mac.seal('key_materials', {
          ...{
            material_id,
            key_arn,
            encrypted_key: created.encryptedKey,
            key_check: created.check.toString('hex'),
          },
          ...{ key_handle: null, escrow: null, public_key: null, created_at: now, ...FIRST_MATERIAL },
        });
        const key: KmsKeyRow = mac.seal('kms_keys', {
          ...{ key_arn, account_id: accountId, region, key_id: keyId, key_spec: 'SYMMETRIC_DEFAULT' },
          ...{ key_usage: 'ENCRYPT_DECRYPT', origin: 'AWS_KMS', key_manager: 'CUSTOMER' },
          ...{ state: 'Ready' as const, enabled: 1, description: `key ${number}`, policy },
          ...{
            custom_key_store_id: null,
            xks_key_id: null,
            current_material_id: material_id,
            created_at: now,
          },
          ...{
            deletion_date: null,
            multi_region: null,
            pending_window_days: null,
            creator: null,
            ...NO_ROTATION,
          },
        });
        return {
          key,
          material,
          alias: number % KEYS_PER_ALIAS === 0 ? aliasOf(ports, key, number) : undefined,
        };
      }),
    );
    const aliases = rows.flatMap(({ alias }) => (alias === undefined ? [] : [alias]));
    insert(
      ports.db,
      'kms_keys',
      rows.map(({ key }) => key),
    );
    insert(
      ports.db,
      'key_materials',
      rows.map(({ material }) => material),
    );
    insert(ports.db, 'aliases', aliases);
    for (const { key } of rows) keyArns.push(key.key_arn);
    for (const { alias_name } of aliases) aliasNames.push(alias_name);
    if ((made / BATCH) % 50 === 49) say(`${(made + BATCH).toLocaleString('en')} keys …`);
  }
  return { keyArns, aliasNames };
}

function aliasOf({ accountId, region, mac }: Ports, key: KmsKeyRow, number: number): AliasRow {
  const alias_name = `alias/app-${String(number).padStart(7, '0')}`;
  return mac.seal('aliases', {
    ...{ alias_arn: `arn:aws:kms:${region}:${accountId}:${alias_name}`, account_id: accountId, region },
    ...{ alias_name, target_key_arn: key.key_arn, created_at: key.created_at, updated_at: key.created_at },
  });
}

/** Users with an inline policy and an access key each. @returns their ARNs */
async function fillUsers(ports: Ports, count: number): Promise<string[]> {
  const { db, mac, accountId, builtin } = ports;
  const secrets: AccessKeySeal = {
    seal: (id, secret) => builtin.seal(SECRET_PURPOSE, id, Buffer.from(secret)),
    unseal: () => Promise.reject(new Error('nothing is unsealed here')),
  };
  const document = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: '*' }],
  });
  const arns: string[] = [];
  for (let made = 0; made < count; made += BATCH) {
    const rows = await Promise.all(
      Array.from({ length: Math.min(BATCH, count - made) }, async (_, at) => {
        const user: User = {
          ...{ kind: 'user', id: newUniqueId('user'), accountId, name: `user-${made + at}`, path: '/' },
          ...{
            createdAt: Date.now(),
            inline: { use: document },
            attached: [],
            tags: {},
            boundary: null,
            groups: [],
          },
        };
        const accessKey = newAccessKey(accountId, user.id, user.createdAt);
        const row = await accessKeyRow({ mac, secrets }, accessKey, arnOf(user));
        return { arn: arnOf(user), user: entityRow(user, mac), accessKey: row };
      }),
    );
    insert(
      db,
      'iam_entities',
      rows.map(({ user }) => user),
    );
    insert(
      db,
      'access_keys',
      rows.map(({ accessKey }) => accessKey),
    );
    arns.push(...rows.map(({ arn }) => arn));
  }
  return arns;
}

/** One key gets many, others a few each. */
function fillGrants(
  { db, mac, accountId }: Ports,
  count: number,
  keyArns: readonly string[],
  users: readonly string[],
): void {
  const operations = JSON.stringify(['Decrypt', 'GenerateDataKey']);
  for (let made = 0; made < count; made += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, count - made) }, (_, at): GrantRow => {
      const number = made + at;
      const ofOneKey = number < GRANTS_OF_ONE_KEY;
      const key = ofOneKey ? 0 : 1 + (Math.floor(number / GRANTS_PER_KEY) % Math.max(1, keyArns.length - 1));
      return mac.seal('grants', {
        ...{ grant_id: randomBytes(32).toString('hex'), key_arn: keyArns[key] ?? '', name: null },
        ...{ grantee: users[number % users.length] ?? '', grantee_id: null },
        ...{ retiring: users[0] ?? null, retiring_id: null, operations, conditions: null },
        ...{ issuing_account_id: accountId, created_at: Date.now() },
      });
    });
    insert(db, 'grants', rows);
  }
}

type Table = 'kms_keys' | 'key_materials' | 'aliases' | 'grants' | 'iam_entities' | 'access_keys';

/** One statement for all rows, each bound to it, in one transaction. */
function insert(sqlite: SqliteDatabase.Database, table: Table, rows: readonly object[]): void {
  const [first] = rows;
  if (first === undefined) return;
  const columns = Object.keys(first);
  const statement = sqlite.prepare(
    `insert into ${table} (${columns.join(', ')}) values (${columns.map((name) => `@${name}`).join(', ')})`,
  );
  sqlite.transaction(() => {
    for (const row of rows) statement.run(row);
  })();
}
