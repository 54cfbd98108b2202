/**
 * What Prometheus is told (docs/metrics.md has every name). Counts of requests are kept as they end; everything that has a
 * state (HSMs, key stores, journal) is read when it is asked for. Labels never hold what callers choose freely: no key id,
 * no principal, so that their number stays small and the page tells nobody who uses what.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export interface HsmReading {
  clusterId: string;
  hsmId: string;
  availabilityZone: string;
  /** Answers its heartbeat. */
  up: boolean;
  /** Takes part in calls. */
  serving: boolean;
  inFlight: number;
  /** Keys that the database says it holds. */
  keys: number;
}

/** The two audit trails (docs/hsm-logs.md). */
export interface TrailReading {
  /** Things that were found wrong since the start, by kind. */
  alarms: ReadonlyMap<string, number>;
  /** Seconds since 1970 until which journal and HSM logs were compared. */
  comparedUntil: number;
  /** By HSM id: seconds since 1970 until which its log was delivered. */
  hsmLogUntil: ReadonlyMap<string, number>;
}

/** Read at each scrape. */
export interface Readings {
  trails: TrailReading;
  inFlight: number;
  journalAvailable: boolean;
  keyStores: readonly { customKeyStoreId: string; connected: boolean }[];
  hsms: readonly HsmReading[];
}

export interface Metrics {
  /** @param outcome `ok` or the error's code */
  readonly requestEnded: (service: string, operation: string, outcome: string, seconds: number) => void;
  /** The page in Prometheus' text format. */
  page(): Promise<string>;
  readonly contentType: string;
}

const REQUEST_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export function createMetrics(read: () => Promise<Readings>): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'claviger_requests_total',
    help: 'Requests that were answered, by service, operation and outcome (ok or the error code).',
    labelNames: ['service', 'operation', 'outcome'],
    registers,
  });
  const durations = new Histogram({
    name: 'claviger_request_seconds',
    help: 'From the complete request to its answer.',
    labelNames: ['service', 'operation'],
    buckets: REQUEST_BUCKETS,
    registers,
  });
  const gauge = (name: string, help: string, labelNames: readonly string[] = []): Gauge =>
    new Gauge({ name, help, labelNames, registers });
  const inFlight = gauge('claviger_requests_in_flight', 'Requests in work.');
  const journal = gauge('claviger_journal_available', '1 while the audit journal can be written.');
  const connected = gauge('claviger_key_store_connected', '1 while the custom key store is connected.', [
    'custom_key_store_id',
  ]);
  const hsmLabels = ['cluster_id', 'hsm_id', 'availability_zone'];
  const up = gauge('claviger_hsm_up', '1 while the HSM answers its heartbeat.', hsmLabels);
  const serving = gauge('claviger_hsm_serving', '1 while the HSM takes part in calls.', hsmLabels);
  const hsmInFlight = gauge('claviger_hsm_in_flight', 'Calls that wait for this HSM.', hsmLabels);
  const keys = gauge('claviger_hsm_keys', 'Keys that this HSM holds, as the database has it.', hsmLabels);

  const alarms = gauge(
    'claviger_trail_alarms',
    'Faults of the audit trails found since the start, by kind.',
    ['kind'],
  );
  const compared = gauge(
    'claviger_trails_compared_until_seconds',
    'Time until which the journal and the logs of the HSMs were compared.',
  );
  const hsmLogUntil = gauge(
    'claviger_hsm_log_until_seconds',
    'Time until which the log of the HSM was delivered, by the clock of the HSM.',
    ['hsm_id'],
  );

  const takeTrails = ({ alarms: found, comparedUntil, hsmLogUntil: until }: TrailReading): void => {
    for (const [kind, count] of found) alarms.set({ kind }, count);
    compared.set(comparedUntil);
    for (const [hsmId, seconds] of until) hsmLogUntil.set({ hsm_id: hsmId }, seconds);
  };
  const take = (readings: Readings): void => {
    takeTrails(readings.trails);
    inFlight.set(readings.inFlight);
    journal.set(readings.journalAvailable ? 1 : 0);
    for (const family of [connected, up, serving, hsmInFlight, keys]) family.reset(); // members come and go
    for (const store of readings.keyStores) {
      connected.set({ custom_key_store_id: store.customKeyStoreId }, store.connected ? 1 : 0);
    }
    for (const hsm of readings.hsms) {
      const labels = {
        cluster_id: hsm.clusterId,
        hsm_id: hsm.hsmId,
        availability_zone: hsm.availabilityZone,
      };
      up.set(labels, hsm.up ? 1 : 0);
      serving.set(labels, hsm.serving ? 1 : 0);
      hsmInFlight.set(labels, hsm.inFlight);
      keys.set(labels, hsm.keys);
    }
  };

  return {
    contentType: registry.contentType,
    requestEnded: (service, operation, outcome, seconds) => {
      requests.inc({ service, operation, outcome });
      durations.observe({ service, operation }, seconds);
    },
    async page() {
      take(await read());
      return registry.metrics();
    },
  };
}
