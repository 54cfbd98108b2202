/** How long a cluster's backups are kept. AWS: "Configuring AWS CloudHSM backup retention policy": 7 to 379 days, 90 by default. */
import type { BackupRetentionPolicy } from '../../aws/generated/cloudhsmv2.ts';
import { DEFAULT_RETENTION_DAYS, RETENTION_DAYS } from './cluster-rules.ts';
import { invalidRequest } from './errors.ts';

/** @returns days @throws ApiError CloudHsmInvalidRequestException */
export function readRetention(policy: BackupRetentionPolicy | undefined): number {
  if (policy === undefined) return DEFAULT_RETENTION_DAYS;
  const { least, most } = RETENTION_DAYS;
  const days = Number(policy.Value);
  if (policy.Type !== 'DAYS' || !Number.isInteger(days) || days < least || days > most)
    throw invalidRequest(`BackupRetentionPolicy must have type DAYS and a value from ${least} to ${most}.`);
  return days;
}
