/** Grants on keys. */
import { sql } from 'kysely';
import { changing } from './changes.ts';
import type { GrantRow } from './schema-grants.ts';
import type { Queryable } from './store.ts';

export async function insertGrant(db: Queryable, grant: GrantRow): Promise<void> {
  await changing(db, 'grant', `${grant.key_arn} ${grant.grant_id}`, (tx) =>
    tx.insertInto('grants').values(grant).execute(),
  );
}

/** @returns whether there was one */
export async function removeGrant(db: Queryable, grantId: string): Promise<boolean> {
  const grant = await findGrant(db, grantId);
  if (grant === undefined) return false;
  const { numDeletedRows } = await changing(db, 'grant', `${grant.key_arn} ${grantId}`, (tx) =>
    tx.deleteFrom('grants').where('grant_id', '=', grantId).executeTakeFirst(),
  );
  return numDeletedRows > 0n;
}

export async function findGrant(db: Queryable, grantId: string): Promise<GrantRow | undefined> {
  return db.selectFrom('grants').selectAll().where('grant_id', '=', grantId).executeTakeFirst();
}

/** A key's grants in grant id order: those after `after`, as many as are looked at at once. */
export async function grantsOfKey(
  db: Queryable,
  keyArn: string,
  after: string,
  limit: number,
): Promise<GrantRow[]> {
  return listGrants(db, { keyArn, grantId: undefined, grantees: [] }, after, limit);
}

/** What makes two requests with one name for one key the same; with anything else different they make different grants. */
const IDENTITY = [
  'grantee',
  'grantee_id',
  'retiring',
  'retiring_id',
  'operations',
  'conditions',
  'issuing_account_id',
] as const satisfies (keyof GrantRow)[];

/** The grant that a request with the same name and parameters has made. Requests without a name make one each. */
export async function findSameGrant(db: Queryable, wanted: GrantRow): Promise<GrantRow | undefined> {
  if (wanted.name === null) return undefined;
  let query = db
    .selectFrom('grants')
    .selectAll()
    .where('key_arn', '=', wanted.key_arn)
    .where('name', '=', wanted.name);
  for (const column of IDENTITY) {
    const value = wanted[column];
    // in no index: of 50,000 grants all may be for one grantee, each with a name of its own
    const kept = sql<string>`${sql.ref(column)} || ''`;
    query = value === null ? query.where(column, 'is', null) : query.where(kept, '=', value);
  }
  return query.limit(1).executeTakeFirst();
}

export async function countGrantsOf(db: Queryable, keyArn: string): Promise<number> {
  const { count } = await db
    .selectFrom('grants')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('key_arn', '=', keyArn)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** One page in grant id order: those after `after`. Grantees are compared as they were called when the grant was made. */
export async function listGrants(
  db: Queryable,
  filter: { keyArn: string; grantId: string | undefined; grantees: readonly string[] },
  after: string,
  limit: number,
): Promise<GrantRow[]> {
  let query = db
    .selectFrom('grants')
    .selectAll()
    .where('key_arn', '=', filter.keyArn)
    .where('grant_id', '>', after);
  if (filter.grantId !== undefined) query = query.where('grant_id', '=', filter.grantId);
  for (const grantee of filter.grantees) query = query.where('grantee', '=', grantee);
  return query.orderBy('grant_id').limit(limit).execute();
}

/**
 * What a key's ARN has before its account: of the characters behind it, 12 are the account, 5 `:key/` and 36 the key id. Word
 * for word as the indexes by retiring principal have it.
 */
const UP_TO_REGION = sql<string>`substr(key_arn, 1, length(key_arn) - 53)`;

/** One page, in grant id order, of the grants on a Region's keys that name the retiring principal. */
export async function listRetirableGrants(
  db: Queryable,
  filter: { retiring: string; region: string; issuingAccountId: string | undefined },
  after: string,
  limit: number,
): Promise<GrantRow[]> {
  let query = db
    .selectFrom('grants')
    .selectAll()
    .where('retiring', '=', filter.retiring)
    .where('grant_id', '>', after)
    .where(UP_TO_REGION, '=', `arn:aws:kms:${filter.region}:`);
  if (filter.issuingAccountId !== undefined) {
    query = query.where('issuing_account_id', '=', filter.issuingAccountId);
  }
  return query.orderBy('grant_id').limit(limit).execute();
}
