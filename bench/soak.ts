/**
 * Hours of a steady load, with a fault now and then: what dies comes back, nothing is lost, and memory does not grow. An error
 * is explained only while the one server process that answers was killed; everything else must go unnoticed.
 */
import { shortNumber } from './chart.ts';
import { call, createKey } from './claviger.ts';
import type { Installation } from './claviger.ts';
import { latencyChart } from './html.ts';
import type { Section } from './html.ts';
import type { Interval } from './open-loop.ts';
import { residentMemory } from './processes.ts';
import type { LoadGenerator, OpenMeasurement } from './processes.ts';
import { bodiesOf, decryptBodies, signedRequests } from './requests.ts';

export interface SoakPlan {
  hours: number;
  /** Requests a second, or parts of the capacity, which is measured first. */
  load: { rate: number } | { ofCapacity: number };
  /** Undefined: no faults. */
  faultEveryMs: number | undefined;
}

interface Fault {
  /** Seconds since the beginning. */
  at: number;
  name: string;
}

interface MemorySample {
  at: number;
  /** Bytes by kind of process, all of a kind together. */
  bytes: Map<string, number>;
}

export interface SoakResult {
  plan: SoakPlan;
  /** Requests a second of the same mix, closed loop; undefined when it was not asked for. */
  capacity: number | undefined;
  /** Requests a second. */
  rate: number;
  measured: OpenMeasurement;
  faults: Fault[];
  memory: MemorySample[];
  /** Failed or throttled requests in intervals without a fault that explains them. */
  unexplained: number;
}

/** What would fill the disk in an hour of full load goes when it was proven and delivered, as operators would have it. */
export const SOAK_CONFIGURATION = 'audit: { retentionGigabytes: 4 }\n';

const CONNECTIONS = 64;
const TIMEOUT_MS = 10_000;
const INTERVAL_MS = 10_000;
/** Signatures are good for 5 minutes. */
const SIGN_AGAIN_MS = 120_000;
const REQUESTS_OF_A_KIND = 500;
const STOPPED_MS = 15_000;
/** A killed server is back, and clients have noticed it, within this time. */
const EXPLAINS_SECONDS = 40;
const SERVER_KILLED = 'server killed';
/** Long enough that what runs now and then, the comparison of the trails above all, has its share. */
const CAPACITY_MS = 60_000;
const CAPACITY_WARMUP_MS = 10_000;

/** By turns; what each does to the processes of that name. */
const FAULTS: readonly { name: string; process: string; signal: 'SIGKILL' | 'SIGSTOP' }[] = [
  { name: 'HSM killed', process: 'hsm', signal: 'SIGKILL' },
  { name: 'crypto process killed', process: 'crypto-process', signal: 'SIGKILL' },
  { name: 'HSM stopped for 15 s', process: 'hsm', signal: 'SIGSTOP' },
  { name: SERVER_KILLED, process: 'server', signal: 'SIGKILL' },
];

export async function soak(
  plan: SoakPlan,
  claviger: Installation,
  generator: LoadGenerator,
  say: (text: string) => void,
): Promise<SoakResult> {
  const requests = await mixedRequests(claviger);
  generator.load(requests());
  const capacity = 'rate' in plan.load ? undefined : await capacityOf(claviger, generator);
  const rate = 'rate' in plan.load ? plan.load.rate : plan.load.ofCapacity * (capacity as number);
  if (capacity !== undefined)
    say(`capacity: ${capacity.toFixed(0)} requests a second; offered are ${rate.toFixed(0)}`);
  generator.load(requests());
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  const faults: Fault[] = [];
  const memory: MemorySample[] = [];
  const timers = [setInterval(() => generator.load(requests()), SIGN_AGAIN_MS)];
  if (plan.faultEveryMs !== undefined) {
    timers.push(
      setInterval(() => {
        const name = makeFault(claviger, faults.length);
        if (name === undefined) return;
        faults.push({ at: seconds(), name });
        say(`${clock(seconds())} ${name}`);
      }, plan.faultEveryMs),
    );
  }
  const passed = (interval: Interval): void => {
    memory.push({ at: seconds(), bytes: memoryNow(claviger) });
    const { ok, throttled, failed, p99 } = interval;
    if (memory.length % 6 === 0 || failed > 0)
      say(
        `${clock(seconds())} ${ok} served in ${interval.seconds.toFixed(0)} s, ${throttled} throttled, ${failed} failed, p99 ${p99.toFixed(1)} ms`,
      );
  };
  try {
    const measured = await generator.open(
      {
        ...{ port: claviger.port, rate, connections: CONNECTIONS, warmupMs: 0 },
        ...{ measureMs: plan.hours * 3_600_000, timeoutMs: TIMEOUT_MS, intervalMs: INTERVAL_MS },
      },
      passed,
    );
    return {
      plan,
      capacity,
      rate,
      measured,
      faults,
      memory,
      unexplained: unexplainedOf(measured.intervals, faults),
    };
  } finally {
    for (const timer of timers) clearInterval(timer);
  }
}

/** Requests of the mix a second, closed loop. @throws Error when some failed */
async function capacityOf(claviger: Installation, generator: LoadGenerator): Promise<number> {
  const { rps, errors, firstErrors } = await generator.run(
    { port: claviger.port, pids: () => claviger.pids() },
    { connections: CONNECTIONS, warmupMs: CAPACITY_WARMUP_MS, measureMs: CAPACITY_MS },
  );
  if (errors > 0) throw new Error(`the capacity could not be measured: ${firstErrors.join('; ')}`);
  return rps;
}

/** Both stores, three operations, in turn. */
async function mixedRequests(claviger: Installation): Promise<() => Buffer[]> {
  const builtIn = await createKey(claviger);
  const inHsms = await createKey(claviger, claviger.customKeyStoreId);
  const plain = bodiesOf('Encrypt', inHsms, REQUESTS_OF_A_KIND);
  const answers: string[] = [];
  for (const body of plain) answers.push((await call(claviger, 'Encrypt', body)).answer.body);
  const decrypt = decryptBodies(answers);
  return () => {
    const kinds = [
      signedRequests(claviger, 'GenerateDataKey', bodiesOf('GenerateDataKey', inHsms, REQUESTS_OF_A_KIND)),
      signedRequests(claviger, 'Decrypt', decrypt),
      signedRequests(claviger, 'GenerateDataKey', bodiesOf('GenerateDataKey', builtIn, REQUESTS_OF_A_KIND)),
      signedRequests(claviger, 'Encrypt', plain),
    ];
    return Array.from({ length: REQUESTS_OF_A_KIND }, (_, n) =>
      kinds.map((kind) => kind[n] as Buffer),
    ).flat();
  };
}

/** @returns its name; undefined when there was no such process */
function makeFault(claviger: Installation, count: number): string | undefined {
  const fault = FAULTS[count % FAULTS.length] as (typeof FAULTS)[number];
  const candidates = residentMemory(claviger.pids()).filter(({ name }) => name === fault.process);
  const victim = candidates[count % Math.max(1, candidates.length)];
  if (victim === undefined) return undefined;
  process.kill(victim.pid, fault.signal);
  if (fault.signal === 'SIGSTOP') {
    setTimeout(() => {
      try {
        process.kill(victim.pid, 'SIGCONT');
      } catch {
        return; // it was started anew meanwhile
      }
    }, STOPPED_MS);
  }
  return fault.name;
}

function memoryNow(claviger: Installation): Map<string, number> {
  const bytes = new Map<string, number>();
  for (const { name, bytes: own } of residentMemory(claviger.pids()))
    bytes.set(name, (bytes.get(name) ?? 0) + own);
  return bytes;
}

/** Errors of intervals that no killed server explains. */
export function unexplainedOf(
  intervals: readonly Pick<Interval, 'at' | 'seconds' | 'failed' | 'throttled'>[],
  faults: readonly Fault[],
): number {
  const explains = faults.filter(({ name }) => name === SERVER_KILLED);
  return intervals
    .filter(
      ({ at, seconds }) =>
        !explains.some((fault) => at >= fault.at && at - seconds <= fault.at + EXPLAINS_SECONDS),
    )
    .reduce((sum, { failed, throttled }) => sum + failed + throttled, 0);
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(11, 19);
}

/** Mean of the last quarter to that of the second one: the first is for warming up. */
function growthOf(memory: readonly MemorySample[]): number {
  const total = memory.map(({ bytes }) => [...bytes.values()].reduce((sum, value) => sum + value, 0));
  const quarter = Math.max(1, Math.floor(total.length / 4));
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  return mean(total.slice(-quarter)) / mean(total.slice(quarter, 2 * quarter)) - 1;
}

function rateText({ rate, capacity }: SoakResult): string {
  const ofCapacity =
    capacity === undefined
      ? ''
      : ` (${Math.round((rate / capacity) * 100)} % of the capacity of ${capacity.toFixed(0)})`;
  return `${rate.toFixed(0)} a second${ofCapacity}`;
}

export function soakText(result: SoakResult): string {
  const { plan, measured, faults, memory, unexplained } = result;
  const { ok, throttled, failed, failures } = measured;
  const last = [...(memory.at(-1)?.bytes ?? [])].map(
    ([name, bytes]) => `${name} ${Math.round(bytes / 2 ** 20)} MiB`,
  );
  return [
    `${plan.hours} h at ${rateText(result)}, ${faults.length} faults: ${ok.count} served, ${throttled} throttled, ${failed} failed, ${unexplained} of them unexplained`,
    `p50 ${ok.quantile(0.5).toFixed(2)} ms, p99 ${ok.quantile(0.99).toFixed(1)} ms, p99.9 ${ok.quantile(0.999).toFixed(1)} ms, slowest ${ok.maxMs.toFixed(0)} ms (from the intended start)`,
    `memory at the end: ${last.join(', ')}; last quarter to second: ${(growthOf(memory) * 100).toFixed(1)} %`,
    ...[...failures].map(([reason, count]) => `  ${count} × ${reason}`),
    '',
  ].join('\n');
}

export function soakSection(result: SoakResult): Section {
  const { plan, measured, faults, memory, unexplained } = result;
  const { ok, intervals } = measured;
  const minutes = (at: number): number => at / 60;
  const events = faults.map(({ at, name }) => ({ x: minutes(at), name }));
  const x = { label: 'minutes', scale: 'linear' } as const;
  const names = [...new Set(memory.flatMap(({ bytes }) => [...bytes.keys()]))];
  return {
    title: `${shortNumber(plan.hours)} h under load`,
    text:
      `${rateText(result)} (GenerateDataKey, Encrypt, Decrypt; HSM cluster and built-in store), open loop` +
      `${plan.faultEveryMs === undefined ? '' : `, with a fault every ${shortNumber(plan.faultEveryMs / 60_000)} minutes by turns: ${FAULTS.map(({ name }) => name).join(', ')}`}. ` +
      'An error counts as explained only while the server process itself was killed and not yet back.',
    figures: [
      { value: String(unexplained), name: 'unexplained errors', good: unexplained === 0 },
      { value: shortNumber(ok.count), name: 'requests served' },
      { value: String(faults.length), name: 'faults' },
      { value: `${(growthOf(memory) * 100).toFixed(1)} %`, name: 'memory, last quarter to second' },
    ],
    charts: [
      {
        title: 'Requests',
        x,
        y: { label: 'a second', scale: 'linear', to: result.rate * 1.2 },
        events,
        series: [
          { name: 'served', points: intervals.map((i) => [minutes(i.at), i.ok / i.seconds] as const) },
          {
            name: 'throttled or failed',
            points: intervals.map((i) => [minutes(i.at), (i.failed + i.throttled) / i.seconds] as const),
          },
        ],
      },
      {
        title: 'Latency over time',
        x,
        y: { label: 'milliseconds', scale: 'log' },
        events,
        series: [
          { name: 'median', points: intervals.map((i) => [minutes(i.at), i.p50] as const) },
          { name: '99th percentile', points: intervals.map((i) => [minutes(i.at), i.p99] as const) },
          {
            name: 'slowest',
            muted: true,
            points: intervals.filter((i) => i.ok > 0).map((i) => [minutes(i.at), i.max] as const),
          },
        ],
      },
      {
        title: 'Memory',
        note: 'Resident memory by kind of process.',
        x,
        y: { label: 'MiB', scale: 'linear' },
        events,
        series: names.map((name) => ({
          name,
          points: memory.map(
            ({ at, bytes }) => [minutes(at), (bytes.get(name) ?? Number.NaN) / 2 ** 20] as const,
          ),
        })),
      },
      latencyChart('Latency', [{ name: 'all requests', latencies: ok }]),
    ],
    table: {
      head: ['fault', 'after'],
      rows: faults.map(({ at, name }) => [name, clock(at)]),
    },
  };
}
