/**
 * What Prometheus is told (docs/metrics.md has every name). Counts of requests are kept as they end; everything that has a
 * state (HSMs, key stores, journal) is read when it is asked for. Labels never hold what callers choose freely: no key id,
 * no principal, so that their number stays small and the page tells nobody who uses what.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export interface HsmName {
  clusterId: string;
  hsmId: string;
  availabilityZone: string;
}

export interface HsmReading extends HsmName {
  /** Answers its heartbeat. */
  up: boolean;
  /** Takes part in calls. */
  serving: boolean;
  inFlight: number;
  /** Keys that the database says it holds; undefined while the database is away. */
  keys: number | undefined;
  /** Keys that it holds and that are on no record. */
  unknownKeys: number;
  /** Seconds since 1970; undefined when it did not happen since the server's start. */
  inStepAt: number | undefined;
  repairedAt: number | undefined;
  /** What the HSM itself says; undefined when it does not, or not at once. */
  vitals: { connections: number; sessions: number; users: number; messageKeys: number } | undefined;
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

/** A further sink of the audit trail (docs/audit.md). */
export interface SinkReading {
  name: string;
  /** Records that it took, and transmissions that failed, since the server began. */
  delivered: number;
  failed: number;
  /** Durable records of this server's journal that it has not taken. */
  behind: number;
  /** How long it has had something to take and taken nothing. */
  waitingSeconds: number;
}

/** How this process stands among the others of the installation (docs/nodes.md). */
export interface NodeReading {
  node: string;
  /** For how long nothing has been known of changes, seconds. */
  changesAge: number;
  /** Whether this process does what is done once for all. */
  onDuty: boolean;
}

/** The proxy of an external key store that is connected (docs/external-key-stores.md). */
export interface ProxyReading {
  /** How many key managers are in each state; undefined before the proxy has told of them. */
  managers: Readonly<Record<string, number>> | undefined;
  /** Seconds since 1970; undefined before the first answer. */
  certificateUntil: number | undefined;
  /** Seconds since the credential was given to KMS. */
  credentialAge: number;
}

/** One attempt of a call to a proxy. */
export interface ProxyCall {
  operation: string;
  kmsOperation: string;
  milliseconds: number;
  /** Why it failed. */
  failure?: string;
}

/** Read at each scrape. */
export interface Readings {
  node: NodeReading;
  trails: TrailReading;
  inFlight: number;
  waiting: number;
  journalAvailable: boolean;
  sinks: readonly SinkReading[];
  keyStores: readonly { customKeyStoreId: string; connected: boolean; proxy: ProxyReading | undefined }[];
  hsms: readonly HsmReading[];
}

export interface Metrics {
  /** @param outcome `ok` or the error's code */
  readonly requestEnded: (service: string, operation: string, outcome: string, seconds: number) => void;
  /** The server had no room for a request. */
  readonly requestRefused: (reason: string) => void;
  /** @param outcome `ok` or the code of the RPC */
  readonly hsmPerformed: (hsm: HsmName, outcome: string, milliseconds: number) => void;
  readonly proxyAsked: (customKeyStoreId: string, call: ProxyCall) => void;
  /** The page in Prometheus' text format. */
  page(): Promise<string>;
  readonly contentType: string;
}

const HSM_BUCKETS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5];
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
  const waiting = gauge('claviger_requests_waiting', 'Requests that wait for their turn.');
  const refused = new Counter({
    name: 'claviger_requests_refused_total',
    help: 'Requests and connections for which there was no room, by reason.',
    labelNames: ['reason'],
    registers,
  });
  const journal = gauge('claviger_journal_available', '1 while the audit journal can be written.');
  const connected = gauge('claviger_key_store_connected', '1 while the custom key store is connected.', [
    'custom_key_store_id',
  ]);
  const takeNode = createNodeGauges(gauge);
  const proxies = createProxyFamilies(gauge, registers);
  const hsmLabels = ['cluster_id', 'hsm_id', 'availability_zone'];
  const up = gauge('claviger_hsm_up', '1 while the HSM answers its heartbeat.', hsmLabels);
  const serving = gauge('claviger_hsm_serving', '1 while the HSM takes part in calls.', hsmLabels);
  const hsmInFlight = gauge('claviger_hsm_in_flight', 'Calls that wait for this HSM.', hsmLabels);
  const told = createHsmGauges(gauge, hsmLabels);
  const operations = new Counter({
    name: 'claviger_hsm_operations_total',
    help: 'Cryptographic operations by the HSM that was asked and by outcome (ok or a code); a call that failed over counts at each.',
    labelNames: [...hsmLabels, 'outcome'],
    registers,
  });
  const operationSeconds = new Histogram({
    name: 'claviger_hsm_operation_seconds',
    help: 'From the server to the HSM and back, of operations that succeeded.',
    labelNames: hsmLabels,
    buckets: HSM_BUCKETS,
    registers,
  });

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

  const takeSinks = createSinkFamilies(registers);
  const takeTrails = ({ alarms: found, comparedUntil, hsmLogUntil: until }: TrailReading): void => {
    for (const [kind, count] of found) alarms.set({ kind }, count);
    compared.set(comparedUntil);
    for (const [hsmId, seconds] of until) hsmLogUntil.set({ hsm_id: hsmId }, seconds);
  };
  const take = (readings: Readings): void => {
    takeTrails(readings.trails);
    takeSinks(readings.sinks);
    takeNode(readings.node);
    inFlight.set(readings.inFlight);
    waiting.set(readings.waiting);
    journal.set(readings.journalAvailable ? 1 : 0);
    const families = [connected, up, serving, hsmInFlight, ...told.map(({ family }) => family)];
    for (const family of families) family.reset(); // members come and go
    for (const store of readings.keyStores) {
      connected.set({ custom_key_store_id: store.customKeyStoreId }, store.connected ? 1 : 0);
    }
    proxies.take(readings.keyStores);
    for (const hsm of readings.hsms) {
      const labels = labelsOf(hsm);
      up.set(labels, hsm.up ? 1 : 0);
      serving.set(labels, hsm.serving ? 1 : 0);
      hsmInFlight.set(labels, hsm.inFlight);
      for (const { family, value } of told) {
        const now = value(hsm);
        if (now !== undefined) family.set(labels, now);
      }
    }
  };

  return {
    contentType: registry.contentType,
    requestEnded: (service, operation, outcome, seconds) => {
      requests.inc({ service, operation, outcome });
      durations.observe({ service, operation }, seconds);
    },
    requestRefused: (reason) => refused.inc({ reason }),
    hsmPerformed: (hsm, outcome, milliseconds) => {
      const labels = labelsOf(hsm);
      operations.inc({ ...labels, outcome });
      if (outcome === 'ok') operationSeconds.observe(labels, milliseconds / 1000);
    },
    proxyAsked: proxies.asked,
    async page() {
      take(await read());
      return registry.metrics();
    },
  };
}

/** What is told of sinks. @returns takes over how they are doing now */
function createSinkFamilies(registers: Registry[]): (sinks: readonly SinkReading[]) => void {
  const shared = { labelNames: ['sink'], registers };
  const name = (what: string): string => `claviger_audit_sink_${what}`;
  const delivered = new Counter({
    ...shared,
    name: name('delivered_total'),
    help: 'Events that the sink took.',
  });
  const failed = new Counter({
    ...shared,
    name: name('failed_total'),
    help: 'Transmissions that the sink did not take before its deadline, or refused; each is tried again.',
  });
  const behind = new Gauge({
    ...shared,
    name: name('behind_events'),
    help: 'Durable events that the sink has not taken.',
  });
  const waiting = new Gauge({
    ...shared,
    name: name('waiting_seconds'),
    help: 'How long the sink has had events to take and taken none; 0 when it has all.',
  });
  return (sinks) => {
    for (const counter of [delivered, failed]) counter.reset(); // the totals are kept where the events are sent
    for (const sink of sinks) {
      delivered.inc({ sink: sink.name }, sink.delivered);
      failed.inc({ sink: sink.name }, sink.failed);
      behind.set({ sink: sink.name }, sink.behind);
      waiting.set({ sink: sink.name }, sink.waitingSeconds);
    }
  };
}

function labelsOf({ clusterId, hsmId, availabilityZone }: HsmName): Record<string, string> {
  return { cluster_id: clusterId, hsm_id: hsmId, availability_zone: availabilityZone };
}

type MakeGauge = (name: string, help: string, labelNames: readonly string[]) => Gauge;

interface HsmGauge {
  family: Gauge;
  /** Undefined when it is not known: then there is no line. */
  value: (hsm: HsmReading) => number | undefined;
}

function createNodeGauges(gauge: MakeGauge): (reading: NodeReading) => void {
  const age = gauge(
    'claviger_changes_age_seconds',
    'For how long nothing has been known of changes that other processes made.',
    [],
  );
  const duty = gauge('claviger_on_duty', '1 while this process does what is done once for all nodes.', [
    'node',
  ]);
  return ({ node, changesAge, onDuty }) => {
    age.set(changesAge);
    duty.set({ node }, onDuty ? 1 : 0);
  };
}

/** What is told of the proxies of external key stores; AWS: "Monitor external key stores", its CloudWatch metrics. */
function createProxyFamilies(
  gauge: MakeGauge,
  registers: Registry[],
): { take(stores: Readings['keyStores']): void; asked: Metrics['proxyAsked'] } {
  const store = 'custom_key_store_id';
  const labels = [store, 'kms_operation', 'xks_operation'];
  const latency = new Histogram({
    name: 'claviger_xks_proxy_seconds',
    help: 'From the server to the XKS proxy and back, of attempts that succeeded.',
    labelNames: labels,
    buckets: HSM_BUCKETS,
    registers,
  });
  const errors = new Counter({
    name: 'claviger_xks_proxy_errors_total',
    help: 'Attempts of calls to the XKS proxy that failed, by why.',
    labelNames: [...labels, 'failure'],
    registers,
  });
  const managers = gauge(
    'claviger_xks_key_managers',
    'External key managers by state, as the proxy has it.',
    [store, 'state'],
  );
  const certificate = gauge(
    'claviger_xks_proxy_certificate_until_seconds',
    "When the proxy's certificate expires.",
    [store],
  );
  const age = gauge('claviger_xks_proxy_credential_age_seconds', 'Since the credential was given to KMS.', [
    store,
  ]);
  return {
    take: (stores) => {
      for (const family of [managers, certificate, age]) family.reset(); // stores come and go
      for (const { customKeyStoreId, proxy } of stores) {
        if (proxy === undefined) continue;
        const labelled = { [store]: customKeyStoreId };
        age.set(labelled, proxy.credentialAge);
        if (proxy.certificateUntil !== undefined) certificate.set(labelled, proxy.certificateUntil);
        for (const [state, count] of Object.entries(proxy.managers ?? {}))
          managers.set({ ...labelled, state: state.toLowerCase() }, count);
      }
    },
    asked: (customKeyStoreId, { operation, kmsOperation, milliseconds, failure }) => {
      const labelled = { [store]: customKeyStoreId, kms_operation: kmsOperation, xks_operation: operation };
      if (failure === undefined) latency.observe(labelled, milliseconds / 1000);
      else errors.inc({ ...labelled, failure });
    },
  };
}

/** Gauges of what is not always known of an HSM. */
function createHsmGauges(gauge: MakeGauge, labels: readonly string[]): HsmGauge[] {
  const made = (name: string, help: string, value: HsmGauge['value']): HsmGauge => ({
    family: gauge(`claviger_hsm_${name}`, help, labels),
    value,
  });
  return [
    made('keys', 'Keys that this HSM holds, as the database has it.', (hsm) => hsm.keys),
    made('unknown_keys', 'Keys that the HSM holds and that are on no record.', (hsm) => hsm.unknownKeys),
    made('in_step_seconds', 'When all its keys were last found in step.', (hsm) => hsm.inStepAt),
    made('repaired_seconds', 'When a key was last cloned to it or replaced.', (hsm) => hsm.repairedAt),
    made('connections', 'Open connections.', ({ vitals }) => vitals?.connections),
    made('sessions', 'Connections with a login.', ({ vitals }) => vitals?.sessions),
    made('users', 'Users, the crypto officer included.', ({ vitals }) => vitals?.users),
    made('message_keys', 'Message keys that it keeps unwrapped.', ({ vitals }) => vitals?.messageKeys),
  ];
}
