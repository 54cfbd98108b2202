/** What KMS is told about health ("GetHealthStatus"): the HSMs of a cluster, or Claviger's endpoints where no cluster is named. */
import { MAX_MANAGERS } from '../xks/protocol.ts';
import type { ManagerState, ProxyHealth } from '../xks/protocol.ts';
import type { Claviger, HsmState } from './claviger.ts';

const VENDOR = 'Claviger';

const OF_HSM: Readonly<Record<HsmState, ManagerState>> = {
  SERVING: 'ACTIVE',
  REACHABLE: 'DEGRADED',
  UNREACHABLE: 'UNAVAILABLE',
};

/** Best first: of more than KMS takes, those are told of on which it depends whether anything can be used. */
const ORDER: readonly ManagerState[] = ['ACTIVE', 'DEGRADED', 'UNAVAILABLE'];

interface Manager {
  id: string;
  model: string;
  healthStatus: ManagerState;
}

/**
 * @param version of this proxy
 * @throws NoAnswer, ClavigerRefused when the HSMs cannot be asked for
 */
export async function health(claviger: Claviger, fleetSize: number, version: string): Promise<ProxyHealth> {
  const managers = await managersOf(claviger);
  managers.sort((a, b) => ORDER.indexOf(a.healthStatus) - ORDER.indexOf(b.healthStatus));
  return {
    xksProxyFleetSize: fleetSize,
    xksProxyVendor: VENDOR,
    xksProxyModel: `Claviger XKS proxy ${version}`,
    ekmVendor: VENDOR,
    ekmFleetDetails: managers.slice(0, MAX_MANAGERS),
  };
}

async function managersOf(claviger: Claviger): Promise<Manager[]> {
  const { clusterId } = claviger;
  if (clusterId === undefined) {
    const endpoints = await claviger.ready();
    return Array.from(endpoints, ([host, ready]) => ({
      id: host,
      model: 'Claviger',
      healthStatus: ready ? 'ACTIVE' : 'UNAVAILABLE',
    }));
  }
  const hsms = await claviger.hsms(clusterId);
  // KMS takes no empty list, and a cluster without HSMs serves nothing
  if (hsms.length === 0)
    return [{ id: clusterId, model: 'Claviger HSM cluster', healthStatus: 'UNAVAILABLE' }];
  return hsms.map(({ hsmId, state }) => ({
    id: hsmId,
    model: 'Claviger HSM',
    healthStatus: OF_HSM[state],
  }));
}
