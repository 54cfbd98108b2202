/** What becomes of a Claviger that is asked for more than it can do: its capacity first, then multiples of it, open loop. */
import { createKey } from './claviger.ts';
import type { Installation } from './claviger.ts';
import { shortNumber } from './chart.ts';
import { latencyChart } from './html.ts';
import type { Section } from './html.ts';
import type { LoadGenerator, OpenMeasurement } from './processes.ts';
import { bodiesOf, signedRequests } from './requests.ts';

export interface OpenPlan {
  measureMs: number;
  warmupMs: number;
  connections: number;
  timeoutMs: number;
}

interface OverloadResult {
  /** Requests a second, closed loop with 64 connections. */
  capacity: number;
  steps: { load: number; rate: number; measured: OpenMeasurement }[];
  /** The largest goodput, at whatever load. */
  peak: number;
  /** Goodput at the largest load, in parts of the peak. */
  ratio: number;
}

const LOADS = [0.5, 0.8, 1, 2, 3];
const REQUESTS = 20_000;
const CAPACITY_CONNECTIONS = 64;

/** The requests of the open-loop scenarios: GenerateDataKey in the HSM cluster. */
export async function hsmRequests(claviger: Installation): Promise<() => Buffer[]> {
  const keyArn = await createKey(claviger, claviger.customKeyStoreId);
  return () => signedRequests(claviger, 'GenerateDataKey', bodiesOf('GenerateDataKey', keyArn, REQUESTS));
}

export async function measureOverload(
  plan: OpenPlan,
  claviger: Installation,
  generator: LoadGenerator,
  say: (text: string) => void,
): Promise<OverloadResult> {
  const requests = await hsmRequests(claviger);
  generator.load(requests());
  const { port } = claviger;
  const closed = await generator.run(
    { port, pids: () => claviger.pids() },
    { connections: CAPACITY_CONNECTIONS, warmupMs: 2 * plan.warmupMs, measureMs: plan.measureMs },
  );
  const capacity = closed.rps;
  say(`capacity: ${capacity.toFixed(0)} requests a second`);
  const steps: OverloadResult['steps'] = [];
  for (const load of LOADS) {
    const rate = capacity * load;
    generator.load(requests());
    const measured = await generator.open({ ...plan, port, rate, intervalMs: 1_000 });
    steps.push({ load, rate, measured });
    say(stepText(steps.at(-1) as OverloadResult['steps'][number]));
  }
  const peak = Math.max(...steps.map(({ measured }) => measured.goodput));
  return { capacity, steps, peak, ratio: (steps.at(-1)?.measured.goodput ?? 0) / peak };
}

const perSecond = (count: number, { measureMs }: OpenPlan): string => ((count / measureMs) * 1000).toFixed(0);
const ms = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(0));

function stepText({ load, rate, measured }: OverloadResult['steps'][number]): string {
  const { goodput, served } = measured;
  return `${load} × capacity (${rate.toFixed(0)} a second): ${goodput.toFixed(0)} served a second, p99 ${ms(served.quantile(0.99))} ms`;
}

const HEAD = [
  'load',
  'offered /s',
  'served /s',
  'throttled /s',
  'given up /s',
  'p50 ms',
  'p99 ms',
  'p99 ms from intended start',
];

function rowsOf(plan: OpenPlan, { steps }: OverloadResult): string[][] {
  return steps.map(({ load, rate, measured }) => [
    `${load} ×`,
    rate.toFixed(0),
    measured.goodput.toFixed(0),
    perSecond(measured.throttled, plan),
    perSecond(measured.failed, plan),
    ms(measured.served.quantile(0.5)),
    ms(measured.served.quantile(0.99)),
    ms(measured.ok.quantile(0.99)),
  ]);
}

export function overloadText(plan: OpenPlan, result: OverloadResult): string {
  const rows = [HEAD, ...rowsOf(plan, result)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '));
  return [
    `Capacity (closed loop, ${CAPACITY_CONNECTIONS} connections): ${result.capacity.toFixed(0)} a second; open loop, ${plan.connections} connections at most:`,
    ...lines,
    `goodput at ${LOADS.at(-1)} × capacity: ${(result.ratio * 100).toFixed(1)} % of the peak (${result.peak.toFixed(0)} a second)`,
    '',
  ].join('\n');
}

export function overloadSection(plan: OpenPlan, result: OverloadResult): Section {
  const { steps, capacity } = result;
  const last = steps.at(-1);
  return {
    title: 'Overload',
    text:
      `GenerateDataKey in an HSM cluster, offered at multiples of the capacity whether or not it is answered (open loop, at most ` +
      `${plan.connections} connections). What there is no room for is told to come back later; what is taken on is to stay fast.`,
    figures: [
      {
        value: `${(result.ratio * 100).toFixed(0)} %`,
        name: `of the peak is served at ${last?.load} × capacity`,
        good: result.ratio >= 0.9,
      },
      { value: shortNumber(capacity), name: 'requests a second: capacity' },
      {
        value: `${ms(last?.measured.served.quantile(0.99) ?? Number.NaN)} ms`,
        name: `99th percentile at ${last?.load} ×`,
      },
    ],
    charts: [
      {
        title: 'Served and offered',
        note: 'A server that collapses under load bends down again; the dashed line is what was asked for.',
        x: { label: 'offered, requests a second', scale: 'linear' },
        y: { label: 'a second', scale: 'linear', to: Math.max(capacity, result.peak) * 1.3 },
        series: [
          { name: 'served', points: steps.map(({ rate, measured }) => [rate, measured.goodput] as const) },
          {
            name: 'throttled',
            points: steps.map(
              ({ rate, measured }) => [rate, (measured.throttled / plan.measureMs) * 1000] as const,
            ),
          },
          { name: 'offered', muted: true, points: [[0, 0], ...[capacity].map((at) => [at, at] as const)] },
        ],
      },
      latencyChart(
        'Latency of what was served',
        steps.map(({ load, measured }) => ({ name: `${load} × capacity`, latencies: measured.served })),
        'From the sending of a request on its connection.',
      ),
    ],
    table: { head: HEAD, rows: rowsOf(plan, result) },
  };
}
