/** All operations of the CloudHSM v2 API. */
import { copyBackupToRegion } from './copy-backup-to-region.ts';
import { createCluster } from './create-cluster.ts';
import { createHsm } from './create-hsm.ts';
import { deleteBackup } from './delete-backup.ts';
import { deleteCluster } from './delete-cluster.ts';
import { deleteHsm } from './delete-hsm.ts';
import { deleteResourcePolicy } from './delete-resource-policy.ts';
import { describeBackups } from './describe-backups.ts';
import { describeClusters } from './describe-clusters.ts';
import { getResourcePolicy } from './get-resource-policy.ts';
import { initializeCluster } from './initialize-cluster.ts';
import { listTags } from './list-tags.ts';
import { modifyBackupAttributes } from './modify-backup-attributes.ts';
import { modifyCluster } from './modify-cluster.ts';
import { putResourcePolicy } from './put-resource-policy.ts';
import { restoreBackup } from './restore-backup.ts';
import { tagResource } from './tag-resource.ts';
import { untagResource } from './untag-resource.ts';

export const operations = [
  copyBackupToRegion,
  createCluster,
  createHsm,
  deleteBackup,
  deleteCluster,
  deleteHsm,
  deleteResourcePolicy,
  describeBackups,
  describeClusters,
  getResourcePolicy,
  initializeCluster,
  listTags,
  modifyBackupAttributes,
  modifyCluster,
  putResourcePolicy,
  restoreBackup,
  tagResource,
  untagResource,
] as const;
