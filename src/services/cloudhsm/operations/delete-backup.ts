import { lowerCamel } from '../../../audit/event.ts';
import { BACKUP_DELETION_MS } from '../cluster-rules.ts';
import { changeBackup } from '../backup-changes.ts';
import { invalidRequest } from '../errors.ts';
import { operation } from '../operation.ts';
import { arnOf } from '../resources.ts';

/** Deletes a backup in seven days, unless RestoreBackup is called before. AWS: API_DeleteBackup. */
export const deleteBackup = operation('DeleteBackup', {
  action: 'cloudhsm:DeleteBackup',
  readOnly: false,
  resources: (call) => [arnOf(call, call.input.BackupId)],
  audit: lowerCamel,

  async handle(call) {
    const { clusters } = call.ports;
    return changeBackup(call, (backup) => {
      if (backup.state !== 'READY')
        throw invalidRequest(`Backup ${backup.backup_id} is in state ${backup.state}: it cannot be deleted.`);
      const beginning = clusters
        .all()
        .find(
          (row) =>
            row.source_backup_id === backup.backup_id &&
            (row.state === 'CREATE_IN_PROGRESS' || row.state === 'INITIALIZED'),
        );
      if (beginning !== undefined)
        throw invalidRequest(`Cluster ${beginning.cluster_id} is being made from the backup.`);
      return { state: 'PENDING_DELETION', delete_at: call.now + BACKUP_DELETION_MS };
    });
  },
});
