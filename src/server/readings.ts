/** What the metrics page shows of things that have a state, read when it is asked for. */
import type { HsmReading, Readings } from '../metrics/metrics.ts';
import { countKeysByHsm } from '../storage/clusters.ts';
import type { Assembly } from './assemble.ts';

export async function readings({ kms, clusters, hsmTrails }: Assembly, inFlight: number): Promise<Readings> {
  const keys = await countKeysByHsm(kms.db);
  const hsms = clusters.all().flatMap(({ cluster_id }): HsmReading[] =>
    (clusters.live(cluster_id)?.links ?? []).map((link) => ({
      clusterId: cluster_id,
      hsmId: link.member.hsmId,
      availabilityZone: link.member.availabilityZone,
      up: link.state !== 'down',
      serving: link.state === 'serving',
      inFlight: link.inFlight,
      keys: keys.get(link.member.hsmId) ?? 0,
    })),
  );
  const { alarms, reconciledUntil, hsmLogCompleteUntil } = hsmTrails.numbers;
  return {
    trails: { alarms, comparedUntil: reconciledUntil / 1000, hsmLogUntil: hsmLogCompleteUntil },
    inFlight,
    journalAvailable: kms.audit.available,
    keyStores: kms.customKeyStores.all().map((store) => ({
      customKeyStoreId: store.custom_key_store_id,
      connected: store.connection_state === 'CONNECTED',
    })),
    hsms,
  };
}
