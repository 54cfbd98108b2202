/**
 * Finds an HSM whose token was put back to an older state. Each HSM carries a counter that is raised whenever keys come or
 * go, and hourly; the database remembers the newest value that it was told. An HSM that is behind has every key checked
 * before it serves. Raised in the HSM first: an HSM that is ahead after a crash is no harm.
 */
import { epochCounterOf, setEpochCounter } from '../../storage/clusters.ts';
import type { HsmCluster } from './hsm-cluster.ts';
import type { HsmLink } from './hsm-link.ts';

function recordedCounter({ ports }: HsmCluster, hsmId: string): Promise<number> {
  return epochCounterOf(ports.db, ports.mac, hsmId);
}

/** Whether the HSM lacks what it was once told: it was rolled back, or replaced. */
export async function isBehind(cluster: HsmCluster, link: HsmLink): Promise<boolean> {
  const recorded = await recordedCounter(cluster, link.member.hsmId);
  const epoch = await link.connection.getEpoch();
  return recorded > 0 && (epoch?.counter ?? 0) < recorded;
}

/** What the next raise brings an HSM to: past all that any of the cluster was told, so that HSMs in step have the same. */
export async function nextCounter(cluster: HsmCluster): Promise<number> {
  const recorded = cluster.links.map(({ member }) => recordedCounter(cluster, member.hsmId));
  return Math.max(0, ...(await Promise.all(recorded))) + 1;
}

/** Moves one HSM and its record forward, at least to this counter. */
export async function raiseEpoch(cluster: HsmCluster, link: HsmLink, atLeast: number): Promise<void> {
  const { hsmId } = link.member;
  const counter = Math.max(atLeast, ((await link.connection.getEpoch())?.counter ?? 0) + 1);
  const { incarnation } = cluster.ports;
  await link.connection.setEpoch({ clusterId: cluster.clusterId, hsmId, incarnation, counter });
  await setEpochCounter(cluster.ports.db, cluster.ports.mac, hsmId, counter);
}
