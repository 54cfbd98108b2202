import { lowerCamel } from '../../../audit/event.ts';
import { changeBackup } from '../backup-changes.ts';
import { invalidRequest } from '../errors.ts';
import { operation } from '../operation.ts';
import { arnOf } from '../resources.ts';

/** Keeps a backup that was to be deleted. AWS: API_RestoreBackup. */
export const restoreBackup = operation('RestoreBackup', {
  action: 'cloudhsm:RestoreBackup',
  readOnly: false,
  resources: (call) => [arnOf(call, call.input.BackupId)],
  audit: lowerCamel,

  async handle(call) {
    return changeBackup(call, (backup) => {
      if (backup.state !== 'PENDING_DELETION')
        throw invalidRequest(
          `Backup ${backup.backup_id} is in state ${backup.state}: it is not to be deleted.`,
        );
      return { state: 'READY', delete_at: null };
    });
  },
});
