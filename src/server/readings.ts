/** What the metrics page shows of things that have a state, read when it is asked for. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { HsmReading, ProxyReading, Readings } from '../metrics/metrics.ts';
import type { Kms } from '../services/kms/kms.ts';
import { decodeProxy } from '../services/kms/proxy-configuration.ts';
import { countKeysByHsm } from '../storage/clusters.ts';
import { isExternalStore } from '../storage/custom-key-stores.ts';
import type { ExternalStoreRow } from '../storage/schema.ts';
import type { HsmLink } from '../keystores/hsm-cluster/hsm-link.ts';
import type { Assembly } from './assemble.ts';

/** A scrape waits this long for an HSM at most; one that hangs only lacks its lines. */
const VITALS_MS = 200;
/** And this long for the database: without it the page tells of all else, which is wanted most then. */
const KEYS_MS = 2_000;

export async function readings(assembly: Assembly): Promise<Readings> {
  const { kms, clusters, hsmTrails, trails, gate, process: identity, duty } = assembly;
  const keys = await Promise.race([
    countKeysByHsm(kms.db).catch(() => undefined),
    sleep(KEYS_MS, undefined, { ref: false }),
  ]);
  const links = clusters.all().flatMap(({ cluster_id }) => clusters.live(cluster_id)?.links ?? []);
  const hsms = await Promise.all(
    links.map(async (link): Promise<HsmReading> => ({
      clusterId: link.member.clusterId,
      hsmId: link.member.hsmId,
      availabilityZone: link.member.availabilityZone,
      up: link.state !== 'down',
      serving: link.state === 'serving',
      inFlight: link.inFlight,
      keys: keys && (keys.get(link.member.hsmId) ?? 0),
      unknownKeys: link.unknownKeys,
      inStepAt: seconds(link.inStepAt),
      repairedAt: seconds(link.repairedAt),
      vitals: await vitals(link),
    })),
  );
  const { alarms, reconciledUntil, hsmLogCompleteUntil } = hsmTrails.numbers;
  return {
    trails: { alarms, comparedUntil: reconciledUntil / 1000, hsmLogUntil: hsmLogCompleteUntil },
    node: { node: identity.node, changesAge: assembly.changesAge(), onDuty: duty.held },
    inFlight: gate.inUse,
    waiting: gate.waiting,
    journalAvailable: kms.audit.available,
    sinks: trails.sinks(),
    keyStores: kms.customKeyStores.all().map((store) => ({
      customKeyStoreId: store.custom_key_store_id,
      connected: store.connection_state === 'CONNECTED',
      proxy: isExternalStore(store) ? proxyReading(kms, store) : undefined,
    })),
    hsms,
  };
}

function proxyReading({ customKeyStores, clock }: Kms, store: ExternalStoreRow): ProxyReading | undefined {
  const seen = customKeyStores.external.figures(store.custom_key_store_id);
  if (seen === undefined) return undefined;
  const { credentialSince } = decodeProxy(store.proxy);
  return {
    managers: seen.managers,
    certificateUntil: seconds(seen.certificateValidTo),
    credentialAge: Math.max(0, clock() - credentialSince) / 1000,
  };
}

async function vitals(link: HsmLink): Promise<HsmReading['vitals']> {
  if (link.state !== 'serving') return undefined;
  return link.connection.vitals(VITALS_MS).catch(() => undefined);
}

function seconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}
