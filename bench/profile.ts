/**
 * What a request costs, step by step: `node --import tsx bench/profile.ts [--operation Encrypt] [--builtin] [--user] [--seconds 5]`.
 * Starts a Claviger with V8's profiler on in all processes, loads it over 64 connections, and prints CPU microseconds per request.
 * The CPU time of each thread is the kernel's; the profile says how it is shared out among the steps (profile-steps.ts).
 */
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { call, createKey, startClaviger } from './claviger.ts';
import { createPrincipals } from './principals.ts';
import { startLoadGenerator } from './processes.ts';
import { sumSteps } from './profile-steps.ts';
import { bodiesOf, signedRequests } from './requests.ts';

const READY_MS = 180_000;
const WARM_UP_MS = 3_000;
const REQUESTS = 50_000;
const SAMPLE_MICROS = 1_000;

/** Kinds of processes, by the file that they run. */
const KINDS = [
  ['server', /\/server\/main\.js/],
  ['HSM', /\/hsm\/main\.js/],
  ['crypto process', /\/crypto-process\/main\.js/],
  ['comparison of the trails', /\/trail-comparison\/main\.js/],
] as const;
type Kind = (typeof KINDS)[number][0];

/** Microseconds that each thread has run, by `<pid>/<tid>` (schedstat: Documentation/scheduler/sched-stats.rst). */
type ThreadTimes = Map<string, number>;

function threadTimes(pids: Iterable<number>): ThreadTimes {
  const times: ThreadTimes = new Map();
  for (const pid of pids) {
    for (const tid of readdirSync(`/proc/${pid}/task`)) {
      const [nanoseconds] = readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8').split(' ');
      times.set(`${pid}/${tid}`, Number(nanoseconds) / 1000);
    }
  }
  return times;
}

function kindsOf(pids: readonly number[]): Map<number, Kind> {
  const kinds = new Map<number, Kind>();
  for (const pid of pids) {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    const kind = KINDS.find(([, pattern]) => pattern.test(command))?.[0];
    if (kind !== undefined) kinds.set(pid, kind);
  }
  return kinds;
}

const now = (): number => Number(process.hrtime.bigint() / 1000n);

interface Measured {
  requests: number;
  rps: number;
  kinds: Map<number, Kind>;
  window: { from: number; to: number };
  before: ThreadTimes;
  after: ThreadTimes;
}

/** CPU microseconds per request by kind of process and step. */
type Costs = Map<Kind, Map<string, number>>;

const sumOf = (sums: ReadonlyMap<string, number>): number =>
  [...sums.values()].reduce((sum, value) => sum + value, 0);

const mostOf = (sums: ReadonlyMap<string, number>): string =>
  [...sums].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 'idle';

/** What each thread of a process did in the window, by the profile's thread id; 0 is the main thread. */
function stepsOfThreads(
  pid: number,
  { window }: Measured,
  profiles: string,
): Map<number, Map<string, number>> {
  const threads = new Map<number, Map<string, number>>();
  for (const file of readdirSync(profiles)) {
    const [, thread] = new RegExp(`\\.${pid}\\.(\\d+)\\.\\d+\\.cpuprofile$`).exec(file) ?? [];
    if (thread !== undefined) threads.set(Number(thread), sumSteps(join(profiles, file), window));
  }
  return threads;
}

/**
 * The main thread's CPU time is shared out by its profile. What each worker thread had is worked out from its profile, by the main
 * thread's: profiles count time in which a thread waits for a core, all alike.
 */
function costsOf(measured: Measured, profiles: string): Costs {
  const { kinds, before, after, requests } = measured;
  const costs: Costs = new Map();
  for (const [pid, kind] of kinds) {
    const ofKind = costs.get(kind) ?? new Map<string, number>();
    costs.set(kind, ofKind);
    const add = (step: string, micros: number): unknown => ofKind.set(step, (ofKind.get(step) ?? 0) + micros);
    const ran = [...after].filter(([thread]) => thread.startsWith(`${pid}/`));
    const cost = (threads: typeof ran): number =>
      threads.reduce((sum, [thread, time]) => sum + time - (before.get(thread) ?? 0), 0) / requests;
    const main = cost(ran.filter(([thread]) => thread === `${pid}/${pid}`));
    let others = cost(ran) - main;
    const threads = stepsOfThreads(pid, measured, profiles);
    const mainMicros = sumOf(threads.get(0) ?? new Map<string, number>());
    for (const [thread, sums] of threads) {
      const worker = thread === 0 ? undefined : `worker thread, ${mostOf(sums)}`;
      for (const [step, micros] of sums) add(worker ?? step, (micros / mainMicros) * main);
      if (worker !== undefined) others -= (sumOf(sums) / mainMicros) * main;
    }
    add('threads of libuv, V8 and the profiler', others);
  }
  return costs;
}

function print({ rps }: Measured, costs: Costs): void {
  const line = (what: string, micros: number): unknown =>
    process.stdout.write(`${what.padEnd(60)} ${micros.toFixed(1).padStart(6)}\n`);
  process.stdout.write(`${Math.round(rps)} requests/s with the profiler on\n\nCPU µs per request\n`);
  for (const [kind, ofKind] of costs) {
    for (const [step, micros] of [...ofKind].sort(([, a], [, b]) => b - a))
      if (micros >= 0.05) line(`${kind}: ${step}`, micros);
    line(`${kind}, all`, sumOf(ofKind));
  }
  line(
    'all',
    [...costs.values()].reduce((sum, ofKind) => sum + sumOf(ofKind), 0),
  );
}

const { values } = parseArgs({
  options: {
    operation: { type: 'string', default: 'GenerateDataKey' },
    builtin: { type: 'boolean', default: false },
    user: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '5' },
  },
});
const { operation } = values;
if (operation !== 'GenerateDataKey' && operation !== 'Encrypt') throw new Error('GenerateDataKey or Encrypt');

const profiles = mkdtempSync(join(tmpdir(), 'claviger-profiles-'));
chmodSync(profiles, 0o1777); // HSM processes have a user id of their own
const flags = `--cpu-prof --cpu-prof-interval=${SAMPLE_MICROS} --cpu-prof-dir=${profiles}`;
process.env['CLAVIGER_NODE_FLAGS'] = flags;
const ends: (() => Promise<void>)[] = [];
try {
  const claviger = await startClaviger(READY_MS, (stop) => ends.push(stop));
  const generator = startLoadGenerator();
  ends.push(() => generator.stop());
  const storeId = values.builtin ? undefined : claviger.customKeyStoreId;
  const { keyArn, credentials } = values.user
    ? (await createPrincipals(claviger, storeId)).user
    : { keyArn: await createKey(claviger, storeId), credentials: claviger.credentials };
  const bodies = bodiesOf(operation, keyArn, REQUESTS);
  await call(claviger, operation, bodies[0] as object);
  generator.load(signedRequests({ ...claviger, credentials }, operation, bodies));
  const kinds = kindsOf(claviger.pids());
  const marks: { at: number; times: ThreadTimes }[] = [];
  const mark = (): number[] => {
    marks.push({ at: now(), times: threadTimes(kinds.keys()) });
    return [];
  };
  const { requests, rps, firstErrors } = await generator.run(
    { port: claviger.port, pids: mark },
    { connections: 64, warmupMs: WARM_UP_MS, measureMs: Number(values.seconds) * 1000 },
  );
  if (firstErrors.length > 0) throw new Error(firstErrors.join('\n'));
  for (const end of ends.splice(0).reverse()) await end(); // profiles are written when processes end
  const [first, last] = marks as [(typeof marks)[0], (typeof marks)[0]];
  const window = { from: first.at, to: last.at };
  const measured = { requests, rps, kinds, window, before: first.times, after: last.times };
  print(measured, costsOf(measured, profiles));
} finally {
  for (const end of ends.reverse()) await end();
  rmSync(profiles, { recursive: true, force: true });
}
process.exit();
