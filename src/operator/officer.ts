/** Changing the crypto officer's password everywhere: HSMs of the cluster, the recovery HSM, and the file that remembers it. */
import { rename } from 'node:fs/promises';
import { OFFICER } from './ceremony.ts';
import type { ClusterConnection } from './connection-data.ts';
import { describeFailure } from './every-hsm.ts';
import type { HsmReport } from './every-hsm.ts';
import { operatorFolder, writeDurably } from './folder.ts';
import { RECOVERY_HSM_ID, changeRecoveryOfficer, recoveryHsmIsHere } from './recovery-hsm.ts';
import { changeOwnPassword } from './users.ts';

/**
 * The new password is on disk (`officer.json.next`) before the first HSM gets it, and becomes `officer.json` when all have
 * it. Done again with the same passwords after a failure, it completes what is missing.
 */
export async function changeOfficerPassword(
  cluster: ClusterConnection,
  operatorDir: string | undefined,
  current: string,
  next: string,
): Promise<HsmReport[]> {
  const file = operatorDir === undefined ? undefined : operatorFolder(operatorDir).officer;
  if (file !== undefined)
    await writeDurably(`${file}.next`, `${JSON.stringify({ user: OFFICER, password: next })}\n`, 0o600);
  const reports = await changeOwnPassword(cluster, OFFICER, current, next);
  if (operatorDir !== undefined && (await recoveryHsmIsHere(operatorDir)))
    reports.push(await onRecoveryHsm(operatorDir, current, next));
  if (file !== undefined && reports.every(({ outcome }) => outcome !== 'failed'))
    await rename(`${file}.next`, file);
  return reports;
}

async function onRecoveryHsm(operatorDir: string, current: string, next: string): Promise<HsmReport> {
  try {
    const changed = await changeRecoveryOfficer(operatorDir, current, next);
    const message = changed ? 'password changed' : 'has the new password already';
    return { hsmId: RECOVERY_HSM_ID, outcome: changed ? 'done' : 'unchanged', message };
  } catch (error) {
    return { hsmId: RECOVERY_HSM_ID, outcome: 'failed', ...describeFailure(error) };
  }
}
