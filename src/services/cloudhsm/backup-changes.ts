/** Changes to a backup's record by calls that answer with the backup. */
import { lowerCamel } from '../../audit/event.ts';
import type { Backup } from '../../aws/generated/cloudhsmv2.ts';
import { putBackup } from '../../storage/backups.ts';
import type { ClusterBackupRow } from '../../storage/schema.ts';
import { describeBackup } from './description.ts';
import type { CloudHsmCall } from './operation.ts';
import { requireBackup } from './resources.ts';

/**
 * @param changes of the backup that the call names, or a refusal
 * @throws ApiError CloudHsmResourceNotFoundException, and what `changes` throws
 */
export async function changeBackup(
  call: CloudHsmCall<{ BackupId: string }>,
  changes: (backup: ClusterBackupRow) => Partial<Omit<ClusterBackupRow, 'mac' | 'backup_id'>>,
): Promise<{ Backup: Backup }> {
  const { ports, input } = call;
  return ports.clusters.exclusive(async () => {
    const backup = await requireBackup(call, input.BackupId);
    const changed = { ...backup, ...changes(backup) };
    const shown = await describeBackup(ports, changed);
    await call.commit({ backup: lowerCamel(shown) }, (tx) => putBackup(tx, ports.mac, changed));
    return { Backup: shown };
  });
}
