/** Aliases: names that point at one key each. */
import { changing, noteChange } from './changes.ts';
import type { AliasRow } from './schema.ts';
import type { Queryable } from './store.ts';

export async function findAlias(db: Queryable, aliasArn: string): Promise<AliasRow | undefined> {
  return db.selectFrom('aliases').selectAll().where('alias_arn', '=', aliasArn).executeTakeFirst();
}

/** Of changes: a key's policy may ask for its aliases. */
function changed({ alias_arn, target_key_arn }: AliasRow): string {
  return `${alias_arn} ${target_key_arn}`;
}

export async function insertAlias(db: Queryable, alias: AliasRow): Promise<void> {
  await changing(db, 'alias', changed(alias), (tx) => tx.insertInto('aliases').values(alias).execute());
}

export async function replaceAlias(db: Queryable, alias: AliasRow): Promise<void> {
  const before = await findAlias(db, alias.alias_arn);
  await changing(db, 'alias', changed(alias), async (tx) => {
    await tx.updateTable('aliases').set(alias).where('alias_arn', '=', alias.alias_arn).execute();
    if (before !== undefined) await noteChange(tx, 'alias', changed(before));
  });
}

export async function removeAlias(db: Queryable, aliasArn: string): Promise<void> {
  const before = await findAlias(db, aliasArn);
  if (before === undefined) return;
  await changing(db, 'alias', changed(before), (tx) =>
    tx.deleteFrom('aliases').where('alias_arn', '=', aliasArn).execute(),
  );
}

export async function countAliasesOf(db: Queryable, keyArn: string): Promise<number> {
  const { count } = await db
    .selectFrom('aliases')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('target_key_arn', '=', keyArn)
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function aliasesOf(db: Queryable, keyArn: string): Promise<AliasRow[]> {
  return db
    .selectFrom('aliases')
    .selectAll()
    .where('target_key_arn', '=', keyArn)
    .orderBy('alias_name')
    .execute();
}

/**
 * One page in name order: those after `afterName`; of one key when `keyArn` is given. A key has few: looked for among all of
 * the account's, which the index by account has in order, they would cost a walk through all of those.
 */
export async function listAliases(
  db: Queryable,
  owner: { accountId: string; region: string },
  filter: { keyArn?: string | undefined; afterName: string; limit: number },
): Promise<AliasRow[]> {
  const after = db.selectFrom('aliases').selectAll().where('alias_name', '>', filter.afterName);
  const listed =
    filter.keyArn === undefined
      ? after.where('account_id', '=', owner.accountId).where('region', '=', owner.region)
      : after.where('target_key_arn', '=', filter.keyArn);
  return listed.orderBy('alias_name').limit(filter.limit).execute();
}
