/**
 * A drill on a live installation on this machine: under load, one fault after another, each measured until the installation
 * has mended itself. It works on a key of its own, which is scheduled for deletion at the end.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkCluster } from '../operator/check.ts';
import { embeddedConnection } from '../operator/connection-data.ts';
import type { ClusterConnection } from '../operator/connection-data.ts';
import { loadCredentials, operatorFolder } from '../operator/folder.ts';
import { callKms } from '../supervisor/api-client.ts';
import { setDetours } from '../supervisor/detours.ts';
import { dataFolder } from '../supervisor/installation.ts';
import type { ClientConfig } from '../supervisor/client-config.ts';
import { startLoad } from './load.ts';
import type { Call, Load, Measured } from './load.ts';
import { SCENARIOS, detourThroughProxy } from './scenarios.ts';
import type { NetworkScenario, Patient, Promised, Scenario } from './scenarios.ts';

export interface DrillOptions {
  data: string;
  perSecond: number;
  /** Names of scenarios; all when empty. */
  only: readonly string[];
  /** One line when a scenario begins. */
  say: (line: string) => void;
}

export interface DrillRow extends Measured {
  scenario: string;
  hsmId: string;
  /** Milliseconds from the fault until all HSMs were in step again. */
  repair: number;
  /** What was promised and not kept, in words. */
  broken: string[];
}

export interface DrillReport {
  rows: DrillRow[];
  /** Blobs that were opened at the end, and how many did not open rightly. */
  blobs: number;
  lost: number;
}

const CALM_MS = 3_000;
const REPAIR_LIMIT_MS = 120_000;
/** KMS goes back to where its HSMs listen after so long, whatever becomes of the drill. */
const LONGEST_DETOUR_MS = 60_000;
/** A p99 up to this is never called worse than before: the calm before a fault has too few calls to know better. */
const CALM_P99_MS = 100;

/** @throws Error when the installation does not serve, or is not whole before the drill begins */
export async function drill(options: DrillOptions): Promise<DrillReport> {
  const { data, perSecond, only, say } = options;
  const config = (): ClientConfig => readClientConfig(data);
  const { endpoint: url, region, accessKeyId, secretAccessKey, customKeyStoreId } = config();
  const endpoint = { url, region, accessKeyId, secretAccessKey };
  const keys: string[] = [];
  const createKey = async (): Promise<string> => {
    const input = {
      Origin: 'AWS_CLOUDHSM',
      CustomKeyStoreId: customKeyStoreId,
      Description: 'drill',
    } as const;
    const made = (await callKms(endpoint, 'CreateKey', input)) as { KeyMetadata: { KeyId: string } };
    keys.push(made.KeyMetadata.KeyId);
    return made.KeyMetadata.KeyId;
  };
  const call: Call = async (operation, input) =>
    (await callKms(endpoint, operation, input as never)) as Record<string, string>;

  const cluster = await inStep(data);
  // HSMs of other clusters run here, too: they are not under this load, and may be somebody else's
  const hsmIds = cluster.hsms.map(({ hsmId }) => hsmId).sort();
  const keyId = await createKey();
  const load = startLoad(call, keyId, perSecond);
  const rows: DrillRow[] = [];
  try {
    for (const scenario of SCENARIOS.filter(({ name }) => only.length === 0 || only.includes(name))) {
      for (const hsmId of scenario.name === 'kill' ? hsmIds : hsmIds.slice(0, 1)) {
        const patient: Patient = {
          hsmId,
          dir: join(dataFolder(data).hsms, hsmId),
          pid: () => config().pids.hsm[hsmId],
          otherPids: () => {
            const { hsm: pids } = config().pids;
            return hsmIds.flatMap((id) => (id === hsmId ? [] : (pids[id] ?? [])));
          },
          createKey: () =>
            createKey().then(
              () => undefined,
              (error: unknown) => (error as Error).message,
            ),
          address: () =>
            JSON.parse(readFileSync(join(dataFolder(data).hsms, hsmId, 'listening.json'), 'utf8')) as {
              host: string;
              port: number;
            },
          lead: (detour) => {
            const detours = detour && { [hsmId]: { host: detour.host, port: detour.port } };
            setDetours(
              dataFolder(data),
              config().pids.server[0] as number,
              detours && { hsms: detours, until: Date.now() + LONGEST_DETOUR_MS },
            );
          },
        };
        say(`${scenario.name}: ${hsmId}: ${scenario.what}`);
        rows.push(
          'cut' in scenario
            ? await throughProxy(scenario, patient, data, load)
            : await runScenario(scenario, patient, data, load),
        );
      }
    }
    return { rows, ...(await load.finish()) };
  } finally {
    load.stop();
    for (const KeyId of keys)
      await callKms(endpoint, 'ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 }).catch(() => {});
  }
}

/** @throws Error when nothing serves */
function readClientConfig(data: string): ClientConfig {
  const { clientConfig } = dataFolder(data);
  try {
    return JSON.parse(readFileSync(clientConfig, 'utf8')) as ClientConfig;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(`no Claviger serves from ${data}: there is no ${clientConfig}`, { cause: error });
  }
}

/** The scenario while KMS reaches the HSM through a proxy; it is in step before and afterwards. */
async function throughProxy(
  scenario: NetworkScenario,
  patient: Patient,
  data: string,
  load: Load,
): Promise<DrillRow> {
  const { proxy, end } = await detourThroughProxy(patient);
  try {
    await becomesInStep(data);
    return await runScenario({ ...scenario, cause: () => scenario.cut(proxy) }, patient, data, load);
  } finally {
    end();
    await sleep(CALM_MS); // KMS has left the proxy
    await becomesInStep(data);
  }
}

async function runScenario(
  scenario: Scenario,
  patient: Patient,
  data: string,
  load: Load,
): Promise<DrillRow> {
  load.mark();
  await sleep(CALM_MS);
  const before = load.measured();
  load.mark();
  const start = performance.now();
  const broken: string[] = [];
  try {
    await scenario.cause(patient);
  } catch (error) {
    broken.push((error as Error).message);
  }
  const whole = await becomesInStep(data);
  const repair = performance.now() - start;
  if (!whole) broken.push('not mended within two minutes');
  const measured = load.measured();
  broken.push(...brokenPromises(measured, before, repair, scenario.promised));
  return { scenario: scenario.name, hsmId: patient.hsmId, ...measured, repair, broken };
}

/** @returns whether all was in step within two minutes */
async function becomesInStep(data: string): Promise<boolean> {
  const until = performance.now() + REPAIR_LIMIT_MS;
  while (performance.now() < until) {
    await sleep(100);
    const whole = await inStep(data).then(
      () => true,
      () => false,
    );
    if (whole) return true;
  }
  return false;
}

/** The cluster, every HSM of which answers and has kmsuser logged in, and no fault is found. @throws Error otherwise */
async function inStep(data: string): Promise<ClusterConnection> {
  const cluster = await embeddedConnection(data);
  const { password } = await loadCredentials(operatorFolder(dataFolder(data).operator).officer);
  const { reports, findings } = await checkCluster(cluster, password);
  const fault = findings.find(({ weight }) => weight === 'fault');
  if (fault !== undefined) throw new Error(`${fault.hsmId}: ${fault.what}`);
  for (const { hsmId, value } of reports)
    if (value?.partitions['kmsuser']?.inventory.loggedIn !== true)
      throw new Error(`${hsmId}: KMS is not logged in`);
  return cluster;
}

function brokenPromises(measured: Measured, before: Measured, repair: number, promised: Promised): string[] {
  const broken: string[] = [];
  const most = (what: string, value: number, limit: number | undefined, unit: string): void => {
    if (limit !== undefined && value > limit)
      broken.push(`${what} ${Math.round(value)}${unit} > ${limit}${unit}`);
  };
  most('errors', measured.errors.length, promised.errors, '');
  most('wrong plaintexts', measured.wrongPlaintexts, 0, '');
  most('p99 of the first 2 s', measured.p99First, promised.p99First, ' ms');
  const { p99LaterTimes } = promised;
  const later = p99LaterTimes === undefined ? undefined : Math.max(CALM_P99_MS, p99LaterTimes * before.p99);
  most('p99 after 2 s', measured.p99Later, later === undefined ? undefined : Math.round(later), ' ms');
  most('longest gap', measured.longestGap, promised.gap, ' ms');
  most('repair', repair, promised.repair, ' ms');
  return broken;
}
