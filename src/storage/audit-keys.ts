/** Keys that sign the trail; private halves only as the crypto process encrypted them. */
import type { AuditKeyRow } from './schema.ts';
import type { RowMac } from './row-mac.ts';
import type { Queryable } from './store.ts';

/** All keys of a purpose, the newest first. @throws RowTampered */
export async function listAuditKeys(
  db: Queryable,
  mac: RowMac,
  purpose: AuditKeyRow['purpose'],
  region: string | null,
): Promise<AuditKeyRow[]> {
  const rows = await db
    .selectFrom('audit_keys')
    .selectAll()
    .where('purpose', '=', purpose)
    .where('region', region === null ? 'is' : '=', region)
    .orderBy('valid_from', 'desc')
    .execute();
  return rows.map((row) => mac.check('audit_keys', row));
}

export async function allAuditKeys(db: Queryable, mac: RowMac): Promise<AuditKeyRow[]> {
  const rows = await db.selectFrom('audit_keys').selectAll().orderBy('valid_from').execute();
  return rows.map((row) => mac.check('audit_keys', row));
}

export async function insertAuditKey(
  db: Queryable,
  mac: RowMac,
  key: Omit<AuditKeyRow, 'mac'>,
): Promise<void> {
  await db.insertInto('audit_keys').values(mac.seal('audit_keys', key)).execute();
}
