/** The benchmark's result: medians over rounds, and the table. */
import type { Measurement } from './processes.ts';

export type Outcome = Measurement;

export interface Cell {
  operation: string;
  store: string;
  connections: number;
  /** Claviger, or the floor (floor.ts). */
  measured: Outcome;
  bare: Outcome;
}

/** The same requests to two that differ in one thing. */
export interface Comparison {
  operation: string;
  store: string;
  connections: number;
  /** What the two are, in words; the second is told beside the first. */
  names: readonly [string, string];
  outcomes: readonly [Outcome, Outcome];
}

/** The median of each figure over the rounds; requests and errors of all rounds together. */
export function medianOf(outcomes: readonly Outcome[]): Outcome {
  const median = (figure: 'rps' | 'p50Ms' | 'p99Ms' | 'cpuUs'): number => {
    const sorted = outcomes.map((outcome) => outcome[figure]).sort((a, b) => a - b);
    const middle = Math.floor(sorted.length / 2);
    const upper = sorted[middle] ?? Number.NaN;
    return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
  };
  return {
    rps: median('rps'),
    p50Ms: median('p50Ms'),
    p99Ms: median('p99Ms'),
    cpuUs: median('cpuUs'),
    requests: outcomes.reduce((sum, { requests }) => sum + requests, 0),
    errors: outcomes.reduce((sum, { errors }) => sum + errors, 0),
    firstErrors: outcomes.flatMap(({ firstErrors }) => firstErrors).slice(0, 5),
  };
}

export const CELL_COLUMNS: { title: string; of: (cell: Cell) => string }[] = [
  { title: 'operation', of: ({ operation }) => operation },
  { title: 'key store', of: ({ store }) => store },
  { title: 'conns', of: ({ connections }) => String(connections) },
  { title: 'rps', of: ({ measured }) => measured.rps.toFixed(0) },
  { title: 'p50 ms', of: ({ measured }) => measured.p50Ms.toFixed(2) },
  { title: 'p99 ms', of: ({ measured }) => measured.p99Ms.toFixed(2) },
  { title: 'CPU µs', of: ({ measured }) => measured.cpuUs.toFixed(0) },
  { title: 'bare rps', of: ({ bare }) => bare.rps.toFixed(0) },
  { title: 'p50 ms', of: ({ bare }) => bare.p50Ms.toFixed(2) },
  { title: 'p99 ms', of: ({ bare }) => bare.p99Ms.toFixed(2) },
  { title: 'CPU µs', of: ({ bare }) => bare.cpuUs.toFixed(0) },
  { title: 'ratio', of: ({ measured, bare }) => (measured.rps / bare.rps).toFixed(2) },
  { title: 'errors', of: ({ measured, bare }) => String(measured.errors + bare.errors) },
];

export interface Machine {
  cpu: string;
  cores: number;
  node: string;
  kernel: string;
}

export function machineText({ cpu, cores, node, kernel }: Machine): string {
  return `${cpu}, ${cores} cores, Node ${node}, Linux ${kernel}; load generator and servers on the same machine.`;
}

/** The result for people. */
export function table(
  machine: Machine,
  plan: { measureMs: number; rounds: number },
  cells: readonly Cell[],
): string {
  const rows = [
    CELL_COLUMNS.map(({ title }) => title),
    ...cells.map((cell) => CELL_COLUMNS.map(({ of }) => of(cell))),
  ];
  const widths = CELL_COLUMNS.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] as string).length)),
  );
  const lines = rows.map((row) =>
    row
      .map((text, column) =>
        column < 2 ? text.padEnd(widths[column] as number) : text.padStart(widths[column] as number),
      )
      .join('  '),
  );
  return [
    machineText(machine),
    `Medians of ${plan.rounds} round(s) of ${plan.measureMs / 1000} s. CPU: user and system time per request, over all processes of what is measured.`,
    `Bare: a node:http server that gives the same answers to the same requests. Ratio: rps to bare rps.`,
    '',
    ...lines,
    '',
  ].join('\n');
}

/** The comparison for people. */
export function comparisonText({ operation, store, connections, names, outcomes }: Comparison): string {
  const [first, second] = outcomes;
  const more = (after: number, before: number): string => {
    const percent = (after / before - 1) * 100;
    return `${percent < 0 ? '' : '+'}${percent.toFixed(1)} %`;
  };
  return (
    `${operation}, ${store}, ${connections} conns: ${names[0]} ${first.cpuUs.toFixed(0)} CPU µs per request, ` +
    `${first.rps.toFixed(0)} rps; ${names[1]} ${second.cpuUs.toFixed(0)} (${more(second.cpuUs, first.cpuUs)}), ` +
    `${second.rps.toFixed(0)} rps (${more(second.rps, first.rps)})\n`
  );
}
