import { lowerCamel } from '../../../audit/event.ts';
import { changeBackup } from '../backup-changes.ts';
import { invalidRequest } from '../errors.ts';
import { operation } from '../operation.ts';
import { arnOf } from '../resources.ts';

/** Exempts a backup from the cluster's retention policy, or no longer. AWS: API_ModifyBackupAttributes. */
export const modifyBackupAttributes = operation('ModifyBackupAttributes', {
  action: 'cloudhsm:ModifyBackupAttributes',
  readOnly: false,
  resources: (call) => [arnOf(call, call.input.BackupId)],
  audit: lowerCamel,

  async handle(call) {
    return changeBackup(call, (backup) => {
      if (backup.state !== 'READY')
        throw invalidRequest(`Backup ${backup.backup_id} is in state ${backup.state}: it cannot be changed.`);
      return { never_expires: call.input.NeverExpires ? 1 : 0 };
    });
  },
});
