import { lowerCamel } from '../../../audit/event.ts';
import { putBackup } from '../../../storage/backups.ts';
import { putResourceTags } from '../../../storage/cloudhsm-tags.ts';
import type { ClusterBackupRow } from '../../../storage/schema.ts';
import { newId } from '../cluster-rules.ts';
import { invalidRequest } from '../errors.ts';
import { operation } from '../operation.ts';
import { arnOf, requireBackup } from '../resources.ts';
import { requireTags } from '../tags.ts';

/** A copy of a backup in another Region that is served here. It has no retention policy. AWS: API_CopyBackupToRegion. */
export const copyBackupToRegion = operation('CopyBackupToRegion', {
  action: 'cloudhsm:CopyBackupToRegion',
  readOnly: false,
  resources: (call) => [arnOf(call, call.input.BackupId)],
  audit: lowerCamel,

  async handle(call) {
    const { ports, input, caller, region, now } = call;
    return ports.clusters.exclusive(async () => {
      const source = await requireBackup(call, input.BackupId);
      if (source.state !== 'READY')
        throw invalidRequest(`Backup ${source.backup_id} is in state ${source.state}: it cannot be copied.`);
      if (input.DestinationRegion === region)
        throw invalidRequest('DestinationRegion must be another Region than that of the backup.');
      if (!ports.regions.includes(input.DestinationRegion))
        throw invalidRequest(`The Region ${input.DestinationRegion} is not served here.`);
      const tags = input.TagList ?? [];
      requireTags(tags);
      const copy: Omit<ClusterBackupRow, 'mac'> = {
        ...source,
        backup_id: newId('backup'),
        account_id: caller.accountId,
        region: input.DestinationRegion,
        state: 'CREATE_IN_PROGRESS',
        copied_at: now,
        never_expires: 0,
        source_region: region,
        source_backup: source.backup_id,
        source_cluster: source.cluster_id,
        delete_at: null,
        image_sha256: null,
      };
      const DestinationBackup = {
        CreateTimestamp: new Date(source.created_at),
        SourceRegion: region,
        SourceBackup: source.backup_id,
        SourceCluster: source.cluster_id,
      };
      await call.commit({ destinationBackup: lowerCamel(DestinationBackup) }, async (tx) => {
        await putBackup(tx, ports.mac, copy);
        await putResourceTags(tx, copy.backup_id, tags);
      });
      return { DestinationBackup };
    });
  },
});
