/**
 * The benchmark: options, what is started, and the result as text, JSON or HTML. What is measured: comparison.ts (closed loop beside
 * a bare server), open.ts, overload.ts, soak.ts, growth.ts. Nothing here may be imported by the product.
 */
import { writeFile } from 'node:fs/promises';
import { cpus, release } from 'node:os';
import { parseArgs } from 'node:util';
import { startClaviger } from './claviger.ts';
import type { Installation } from './claviger.ts';
import { comparisonResultText, comparisonSection, failuresOf, measureComparison } from './comparison.ts';
import type { ComparisonPlan } from './comparison.ts';
import { growthSection, growthText, measureGrowth } from './growth.ts';
import { htmlPage } from './html.ts';
import type { Section } from './html.ts';
import { measureOpen, openSection, openText } from './open.ts';
import { measureOverload, overloadSection, overloadText } from './overload.ts';
import type { OpenPlan } from './overload.ts';
import { startLoadGenerator } from './processes.ts';
import type { LoadGenerator } from './processes.ts';
import { machineText } from './report.ts';
import { SOAK_CONFIGURATION, soak, soakSection, soakText } from './soak.ts';

const HELP = `npm run bench -- [options]
  --seconds N      measured time of each run (5)
  --rounds N       runs of each of the two servers per line of the table, in turns; medians count (3)
  --quick          one round of one second each
  --only TEXT      only lines whose operation or key store contains TEXT; 'principals': a user beside the root user;
                   'journal': the audit journal on disk beside one in memory; 'floor': the least that a server with
                   HSM and record costs, and Claviger; 'growth': a grown installation, with
                   --keys N (1000000), --grants N (100000), --principals N (10000), --events N (1000000)
  --open --rate N  open loop: N requests a second, latency from the intended start
  --overload       the capacity, and what becomes of 0.5 to 3 times as much
  --hours N        a soak at --rate N (50), or at --load PARTS of the capacity, which is measured first; with
                   --fault-every MINUTES (none)
  --connections N  of the open loop, at most (1024)
  --html FILE      the result as one HTML file as well
  --json           the result as JSON
`;

/** Signatures are good for 5 minutes: a line of the table must be measured well within that. */
const SIGNATURE_SECONDS = 270;
const READY_MS = 180_000;
/** What an application waits for an answer. */
const PATIENCE_MS = 2_000;
const QUIET_MS = 75_000;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    only: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
    open: { type: 'boolean', default: false },
    overload: { type: 'boolean', default: false },
    rate: { type: 'string' },
    load: { type: 'string' },
    hours: { type: 'string' },
    'fault-every': { type: 'string' },
    connections: { type: 'string', default: '1024' },
    keys: { type: 'string', default: '1000000' },
    grants: { type: 'string', default: '100000' },
    principals: { type: 'string', default: '10000' },
    events: { type: 'string', default: '1000000' },
    html: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function numberOf(text: string | undefined, fallback: number): number {
  const number = text === undefined ? fallback : Number.parseFloat(text);
  if (!(number > 0)) throw new Error(HELP);
  return number;
}

const quick = values.quick;
const measureMs = numberOf(values.seconds, quick ? 1 : 5) * 1000;
const warmupMs = quick ? 500 : 1000;
const rounds = Math.ceil(numberOf(values.rounds, quick ? 1 : 3));

function comparisonPlan(): ComparisonPlan {
  if ((2 * rounds * (measureMs + warmupMs)) / 1000 > SIGNATURE_SECONDS)
    throw new Error('signatures are good for 5 minutes: ask for fewer rounds or seconds');
  const requests = quick ? 10_000 : 50_000;
  return { measureMs, warmupMs, rounds, requests, ciphertexts: requests / 5, only: values.only };
}

function openPlan(): OpenPlan {
  if (measureMs / 1000 > SIGNATURE_SECONDS) throw new Error('signatures are good for 5 minutes');
  return { measureMs, warmupMs, connections: numberOf(values.connections, 1), timeoutMs: PATIENCE_MS };
}

/** Progress is for people who wait, and does not belong to the result. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

interface Result {
  text: string;
  section: Section;
  /** For programs. */
  data: unknown;
  /** Why the numbers mean nothing, or the goal was missed. */
  failures: string[];
}

const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  node: process.version,
  kernel: release(),
};

type Ends = (() => Promise<void>)[];

async function growth(generator: LoadGenerator, ends: Ends): Promise<Result> {
  const { keys, grants, principals, events } = values;
  const size = {
    ...{ keys: numberOf(keys, 1), grants: numberOf(grants, 1) },
    ...{ principals: numberOf(principals, 1), events: numberOf(events, 1) },
  };
  const plan = { size, readyMs: READY_MS, measureMs, warmupMs, rounds, quietMs: quick ? 5_000 : QUIET_MS };
  const data = await measureGrowth(plan, { generator, ends, say });
  return { text: growthText(data), section: growthSection(data), data, failures: [] };
}

/** What is measured on one fresh Claviger. */
async function measure(claviger: Installation, generator: LoadGenerator, ends: Ends): Promise<Result> {
  if (values.hours !== undefined) {
    const every = values['fault-every'];
    const faultEveryMs = every === undefined ? undefined : numberOf(every, 1) * 60_000;
    const load =
      values.load === undefined
        ? { rate: numberOf(values.rate, 50) }
        : { ofCapacity: numberOf(values.load, 1) };
    const plan = { hours: numberOf(values.hours, 1), load, faultEveryMs };
    const data = await soak(plan, claviger, generator, say);
    const failures = data.unexplained > 0 ? [`${data.unexplained} errors that no fault explains`] : [];
    return { text: soakText(data), section: soakSection(data), data, failures };
  }
  if (values.overload) {
    const data = await measureOverload(openPlan(), claviger, generator, say);
    return {
      text: overloadText(openPlan(), data),
      section: overloadSection(openPlan(), data),
      data,
      failures: [],
    };
  }
  if (values.open) {
    const data = await measureOpen(openPlan(), numberOf(values.rate, Number.NaN), claviger, generator);
    return { text: openText(data), section: openSection(data), data, failures: [] };
  }
  const data = await measureComparison(comparisonPlan(), {
    claviger,
    generator,
    readyMs: READY_MS,
    ends,
    say,
  });
  return {
    text: comparisonResultText(machine, data),
    section: comparisonSection(data),
    data,
    failures: failuresOf(data),
  };
}

async function run(ends: Ends): Promise<Result> {
  const generator = startLoadGenerator();
  ends.push(() => generator.stop());
  if (values.only === 'growth') return growth(generator, ends);
  say('Starting a fresh Claviger …');
  const soaks = values.hours !== undefined;
  const claviger = await startClaviger(READY_MS, (stop) => ends.push(stop), {
    ...(soaks && { configuration: SOAK_CONFIGURATION }),
  });
  try {
    return await measure(claviger, generator, ends);
  } catch (error) {
    say(`What Claviger wrote last:\n${await claviger.output()}`);
    throw error;
  }
}

async function main(): Promise<void> {
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const ends: Ends = [];
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => reject(new Error(signal)));
  });
  try {
    const { text, section, data, failures } = await Promise.race([run(ends), interrupted]);
    process.stdout.write(values.json ? `${JSON.stringify({ machine, result: data }, null, 2)}\n` : text);
    if (values.html !== undefined) {
      await writeFile(
        values.html,
        htmlPage('Claviger, measured', machineText(machine), [section], new Date()),
      );
      say(`The report is in ${values.html}`);
    }
    if (failures.length > 0) {
      say(`There were failures, so these numbers mean nothing:\n${failures.slice(0, 5).join('\n')}`);
      process.exitCode = 1;
    }
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

await main();
process.exit();
