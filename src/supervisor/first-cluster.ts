/** The cluster that a first start makes: its ceremony, held in a process that alone sees the operator's secrets. */
import type { RunningHsm } from '../server/parent-messages.ts';
import type { DataFolder, PlannedHsm } from './installation.ts';
import { runSetupStep } from './setup-step.ts';

/** The cluster of the first ceremony, with the first password of kmsuser. */
export interface FirstCluster {
  clusterId: string;
  trustAnchor: string;
  clusterCertificate: string;
  recoveryHsmId: string;
  kmsuserPassword: string;
  hsms: readonly PlannedHsm[];
}

/**
 * Safe to repeat as long as no key store is connected to the cluster: it sets a new password for kmsuser.
 * @param listening where the HSMs listen, by their ids
 * @throws Error with what the step wrote to its standard error
 */
export async function holdFirstCeremony(
  folder: DataFolder,
  clusterId: string,
  hsms: readonly PlannedHsm[],
  listening: ReadonlyMap<string, RunningHsm>,
): Promise<FirstCluster> {
  const { cluster } = await runSetupStep({
    step: 'cluster',
    operatorDir: folder.operator,
    clusterId,
    hsms: hsms.flatMap(({ hsmId }) => listening.get(hsmId) ?? []),
  });
  if (cluster === undefined) throw new Error('the ceremony gave no cluster');
  return { clusterId, hsms, ...cluster };
}
