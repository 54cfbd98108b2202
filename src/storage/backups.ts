/** Backups of HSM clusters: what is on record of each image. */
import type { RowMac } from './row-mac.ts';
import type { ClusterBackupRow } from './schema.ts';
import type { Queryable } from './store.ts';

/** @throws RowTampered */
export async function listBackups(db: Queryable, mac: RowMac): Promise<ClusterBackupRow[]> {
  const rows = await db
    .selectFrom('cloudhsm_backups')
    .selectAll()
    .orderBy('created_at')
    .orderBy('backup_id')
    .execute();
  return rows.map((row) => mac.check('cloudhsm_backups', row));
}

/** @throws RowTampered */
export async function findBackup(
  db: Queryable,
  mac: RowMac,
  backupId: string,
): Promise<ClusterBackupRow | undefined> {
  const row = await db
    .selectFrom('cloudhsm_backups')
    .selectAll()
    .where('backup_id', '=', backupId)
    .executeTakeFirst();
  return row === undefined ? undefined : mac.check('cloudhsm_backups', row);
}

/** Inserts the backup, or replaces the row of the same id; sealed here. */
export async function putBackup(
  db: Queryable,
  mac: RowMac,
  backup: Omit<ClusterBackupRow, 'mac'>,
): Promise<void> {
  const sealed = mac.seal('cloudhsm_backups', backup);
  const { backup_id: _id, ...changes } = sealed;
  await db
    .insertInto('cloudhsm_backups')
    .values(sealed)
    .onConflict((c) => c.column('backup_id').doUpdateSet(changes))
    .execute();
}

export async function removeBackup(db: Queryable, backupId: string): Promise<void> {
  await db.deleteFrom('cloudhsm_backups').where('backup_id', '=', backupId).execute();
}
