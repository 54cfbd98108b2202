/** Resource policies of backups: with whom an account shares them. */
import type { RowMac } from './row-mac.ts';
import type { Queryable } from './store.ts';

/** @throws RowTampered */
export async function findResourcePolicy(
  db: Queryable,
  mac: RowMac,
  resourceArn: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('cloudhsm_policies')
    .selectAll()
    .where('resource_arn', '=', resourceArn)
    .executeTakeFirst();
  return row === undefined ? undefined : mac.check('cloudhsm_policies', row).policy;
}

export async function putResourcePolicy(
  db: Queryable,
  mac: RowMac,
  resourceArn: string,
  policy: string,
): Promise<void> {
  const row = mac.seal('cloudhsm_policies', { resource_arn: resourceArn, policy });
  await db
    .insertInto('cloudhsm_policies')
    .values(row)
    .onConflict((c) => c.column('resource_arn').doUpdateSet(row))
    .execute();
}

export async function removeResourcePolicy(db: Queryable, resourceArn: string): Promise<void> {
  await db.deleteFrom('cloudhsm_policies').where('resource_arn', '=', resourceArn).execute();
}
