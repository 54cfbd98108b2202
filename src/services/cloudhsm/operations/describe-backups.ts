import { lowerCamel } from '../../../audit/event.ts';
import { listBackups } from '../../../storage/backups.ts';
import type { ClusterBackupRow } from '../../../storage/schema.ts';
import { describeBackup } from '../description.ts';
import { readFilters } from '../filters.ts';
import type { Filters } from '../filters.ts';
import { operation } from '../operation.ts';
import { page } from '../pages.ts';
import { isOwn, isSharedWith } from '../resources.ts';

const FILTERS: Filters<ClusterBackupRow> = {
  backupIds: (backup, wanted) => wanted.includes(backup.backup_id),
  sourceBackupIds: (backup, wanted) => backup.source_backup !== null && wanted.includes(backup.source_backup),
  clusterIds: (backup, wanted) => wanted.includes(backup.cluster_id),
  states: (backup, wanted) => wanted.includes(backup.state),
  neverExpires: (backup, wanted) => wanted.includes(String(backup.never_expires === 1)),
};
const MOST = 50;

/** Backups of the account in this Region, newest first; with `Shared`, those that others share. AWS: API_DescribeBackups. */
export const describeBackups = operation('DescribeBackups', {
  action: 'cloudhsm:DescribeBackups',
  readOnly: true,
  audit: lowerCamel,

  async handle(call) {
    const { input, ports, caller, region } = call;
    const passes = readFilters(FILTERS, input.Filters);
    const found: ClusterBackupRow[] = [];
    for (const row of await listBackups(ports.db, ports.mac)) {
      if (!passes(row)) continue;
      const visible =
        input.Shared === true
          ? row.region === region &&
            row.account_id !== caller.accountId &&
            (await isSharedWith(ports, row, caller.accountId, 'cloudhsm:DescribeBackups'))
          : isOwn(call, row);
      if (visible) found.push(row);
    }
    if (input.SortAscending !== true) found.reverse();
    const { items, NextToken } = page('DescribeBackups', input, MOST, found, (row) => row.backup_id);
    const Backups = await Promise.all(items.map((row) => describeBackup(ports, row)));
    return NextToken === undefined ? { Backups } : { Backups, NextToken };
  },
});
