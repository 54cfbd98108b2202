/** A steady rate, open loop: what latency an application sees at the load that it has. */
import type { Installation } from './claviger.ts';
import { shortNumber } from './chart.ts';
import { latencyChart } from './html.ts';
import type { Section } from './html.ts';
import { hsmRequests } from './overload.ts';
import type { OpenPlan } from './overload.ts';
import type { LoadGenerator, OpenMeasurement } from './processes.ts';

export interface OpenResult {
  rate: number;
  measured: OpenMeasurement;
}

export async function measureOpen(
  plan: OpenPlan,
  rate: number,
  claviger: Installation,
  generator: LoadGenerator,
): Promise<OpenResult> {
  generator.load((await hsmRequests(claviger))());
  const measured = await generator.open({ ...plan, port: claviger.port, rate, intervalMs: 1_000 });
  return { rate, measured };
}

const QUANTILES = [0.5, 0.9, 0.99, 0.999, 0.9999];

export function openText({ rate, measured }: OpenResult): string {
  const { ok, throttled, failed, offered, failures } = measured;
  return [
    `GenerateDataKey, HSM cluster, open loop at ${rate} a second: ${offered} offered, ${ok.count} served, ${throttled} throttled, ${failed} failed`,
    `from the intended start: ${QUANTILES.map((q) => `p${+(q * 100).toFixed(2)} ${ok.quantile(q).toFixed(2)} ms`).join(', ')}, slowest ${ok.maxMs.toFixed(1)} ms`,
    ...[...failures].map(([reason, count]) => `  ${count} × ${reason}`),
    '',
  ].join('\n');
}

export function openSection({ rate, measured }: OpenResult): Section {
  const { ok, intervals } = measured;
  return {
    title: `A steady rate of ${shortNumber(rate)} requests a second`,
    text: 'GenerateDataKey in an HSM cluster. Requests begin at random times whether or not earlier ones were answered, and latency counts from then.',
    figures: [
      { value: `${ok.quantile(0.5).toFixed(1)} ms`, name: 'median' },
      { value: `${ok.quantile(0.99).toFixed(1)} ms`, name: '99th percentile' },
      { value: `${ok.quantile(0.999).toFixed(1)} ms`, name: '99.9th percentile' },
      {
        value: shortNumber(measured.failed + measured.throttled),
        name: 'throttled or failed',
        good: measured.failed === 0,
      },
    ],
    charts: [
      latencyChart('Latency', [
        { name: 'from the intended start', latencies: ok },
        { name: 'from the sending', latencies: measured.served, muted: true },
      ]),
      {
        title: 'Latency over time',
        x: { label: 'seconds', scale: 'linear' },
        y: { label: 'milliseconds', scale: 'log' },
        series: [
          { name: 'median', points: intervals.map(({ at, p50 }) => [at, p50] as const) },
          { name: '99th percentile', points: intervals.map(({ at, p99 }) => [at, p99] as const) },
        ],
      },
    ],
  };
}
