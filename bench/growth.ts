/**
 * What growth costs: a Claviger with many keys, grants, principals and events (growth-fill.ts, growth-events.ts) beside a small one
 * that has hardly more keys than are used, in turns with the same kinds of requests.
 */
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callIam } from '../src/supervisor/query-client.ts';
import { call, createKey, startClaviger } from './claviger.ts';
import type { Installation } from './claviger.ts';
import { fillEvents, lookups } from './growth-events.ts';
import type { Walk } from './growth-events.ts';
import { fill } from './growth-fill.ts';
import type { Filled, Size } from './growth-fill.ts';
import { residentMemory } from './processes.ts';
import type { LoadGenerator, Measurement, OpenMeasurement } from './processes.ts';
import { shortNumber } from './chart.ts';
import { latencyChart } from './html.ts';
import type { Section } from './html.ts';
import { medianOf } from './report.ts';
import { bodiesOver, signedRequests } from './requests.ts';
import type { Whose } from './sample-events.ts';

export interface GrowthResult {
  size: GrownSize;
  databaseBytes: number;
  historyBytes: number;
  /** From `npm start` to the first answer, on data that is there; of the grown and of the small one. */
  startSeconds: { grown: number; small: number };
  /** Of the server process of the grown one: after its start, and after all loads. */
  serverBytes: { started: number; worked: number };
  /** Of all its processes. */
  totalBytes: number;
  throughput: { name: string; grown: Measurement; small: Measurement }[];
  /** At a low rate for longer than a minute, so that what runs each minute is in it. */
  quiet: OpenMeasurement;
  pages: { name: string; medianMs: number; slowestMs: number }[];
}

export interface GrownSize extends Size {
  /** In the event history; none are made when 0. */
  events: number;
}

interface GrowthPlan {
  size: GrownSize;
  readyMs: number;
  measureMs: number;
  warmupMs: number;
  rounds: number;
  quietMs: number;
}

interface Ports {
  generator: LoadGenerator;
  ends: (() => Promise<void>)[];
  say: (text: string) => void;
}

/** Keys that are used by turns, beside one key and all keys. */
const HOT_KEYS = 10_000;
const MANY_KEYS = `${HOT_KEYS.toLocaleString('en')} keys`;
const CONNECTIONS = 64;
const REQUESTS = 40_000;
/** As many keys as the loads use: what is measured is growth, and not what using many keys costs. */
const SMALL: Size = { keys: REQUESTS + HOT_KEYS, grants: 0, principals: 1 };
const NEW_KEYS = 'a new key each time';
/** Rounds in which keys that are each used once do not run out: a third of them at less than 4,400 a second. */
const ONCE = { rounds: 3, warmupMs: 500, measureMs: 2_500 };
const QUIET_RATE = 200;
const PAGES = 25;

export async function measureGrowth(plan: GrowthPlan, ports: Ports): Promise<GrowthResult> {
  const { generator, say } = ports;
  const grown = await prepared('large', plan, ports);
  const startedBytes = serverBytes(grown.claviger);
  const small = await prepared('small', { ...plan, size: { ...SMALL, events: 0 } }, ports);
  say('Looking at lists …');
  const { filled } = grown;
  const pages = await measurePages(grown.claviger, filled);
  if (plan.size.events > 0) pages.push(...(await measureWalks(lookups(grown.whose, grown.claviger))));
  for (const { folder } of [grown, small]) await readThrough(join(folder, 'server', 'claviger.db'));
  const throughput = [];
  const hot = (keyArns: readonly string[]): readonly string[] => keyArns.slice(-HOT_KEYS);
  const unused = (keyArns: readonly string[]): string[] => spread(keyArns.slice(0, -HOT_KEYS), REQUESTS);
  const oneKey = small.filled.keyArns.slice(-1);
  const uses: Use[] = [
    { name: 'one key', grown: filled.keyArns.slice(-1), small: oneKey },
    { name: 'one key with 10,000 grants', grown: [filled.grantedKeyArn], small: oneKey },
    { name: MANY_KEYS, grown: hot(filled.keyArns), small: hot(small.filled.keyArns), warm: true },
    { name: NEW_KEYS, grown: unused(filled.keyArns), small: unused(small.filled.keyArns), once: true },
  ];
  for (const { name, warm = false, once = false, ...keyArns } of uses) {
    say(`GenerateDataKey, ${name} …`);
    const targets = [
      { claviger: grown.claviger, keyArns: keyArns.grown },
      { claviger: small.claviger, keyArns: keyArns.small },
    ] as const;
    if (warm) for (const target of targets) await useOnce(target, generator);
    const outcomes = await inTurns(once ? { ...plan, ...ONCE } : plan, generator, targets, once);
    throughput.push({ name, grown: outcomes[0], small: outcomes[1] });
  }
  say(`${QUIET_RATE} requests a second for ${plan.quietMs / 1000} s …`);
  generator.load(requestsFor(grown.claviger, filled.keyArns.slice(-HOT_KEYS)));
  const quiet = await generator.open({
    ...{ port: grown.claviger.port, rate: QUIET_RATE, connections: CONNECTIONS, warmupMs: plan.warmupMs },
    ...{ measureMs: plan.quietMs, timeoutMs: 10_000, intervalMs: 1_000 },
  });
  const memory = residentMemory(grown.claviger.pids());
  return {
    size: plan.size,
    databaseBytes: (await stat(join(grown.folder, 'server', 'claviger.db'))).size,
    historyBytes: (await stat(join(grown.folder, 'server', 'events.db'))).size,
    startSeconds: { grown: grown.seconds, small: small.seconds },
    serverBytes: { started: startedBytes, worked: serverBytes(grown.claviger) },
    totalBytes: memory.reduce((sum, { bytes }) => sum + bytes, 0),
    throughput,
    quiet,
    pages,
  };
}

interface Use {
  name: string;
  grown: readonly string[];
  small: readonly string[];
  /** Used once before it is measured. */
  warm?: boolean;
  /** Each key is used in one round only. */
  once?: boolean;
}

interface Prepared {
  folder: string;
  claviger: Installation;
  /** Of its second start. */
  seconds: number;
  filled: Filled;
  /** Whose the events are. */
  whose: Whose;
}

/** One that was started, filled, and started again. @param which for people */
async function prepared(which: string, plan: GrowthPlan, { ends, say }: Ports): Promise<Prepared> {
  const { events, ...size } = plan.size;
  say(`Starting a Claviger that is to be ${which} …`);
  const folder = await mkdtemp(join(tmpdir(), 'claviger-bench-'));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  const young = await started(plan, ends, folder);
  const firstKey = await createKey(young.claviger);
  const accountId = firstKey.split(':')[4] ?? '';
  const { region } = young.claviger;
  say(`Making ${size.keys.toLocaleString('en')} keys …`);
  const filled = await fill({ dataDir: folder, accountId, region, say }, size);
  await young.stop();
  const whose = { accountId, region, keyArns: filled.keyArns.slice(-HOT_KEYS) };
  if (events > 0) {
    say(`Making ${events.toLocaleString('en')} events …`);
    fillEvents(folder, whose, events, say);
  }
  say('Starting it again …');
  return { folder, filled, whose, ...(await started(plan, ends, folder)) };
}

async function started(
  plan: GrowthPlan,
  ends: Ports['ends'],
  dataDir: string,
): Promise<{ claviger: Installation; seconds: number; stop: () => Promise<void> }> {
  let stop = async (): Promise<void> => {};
  const start = performance.now();
  const claviger = await startClaviger(plan.readyMs, (end) => ends.push((stop = end)), {
    dataDir,
    configuration: 'limits: { keys: 10000000 }\naudit: { lookupEventsPerSecond: 0 }\n',
  });
  return { claviger, seconds: (performance.now() - start) / 1000, stop };
}

/**
 * Brings a file into the system's cache, where it is on a machine that has run for a while: making the event history pushed it out.
 * What is measured then is not the disk.
 */
async function readThrough(file: string): Promise<void> {
  const chunks = createReadStream(file, { highWaterMark: 2 ** 20 });
  for await (const chunk of chunks) void chunk;
}

/** So many of them, evenly. */
function spread(keyArns: readonly string[], count: number): string[] {
  const step = keyArns.length / Math.min(count, keyArns.length);
  return Array.from(
    { length: Math.min(count, keyArns.length) },
    (_, n) => keyArns[Math.floor(n * step)] ?? '',
  );
}

function requestsFor(claviger: Installation, keyArns: readonly string[]): Buffer[] {
  return signedRequests(claviger, 'GenerateDataKey', bodiesOver('GenerateDataKey', keyArns, REQUESTS));
}

/** So that they are in memory, as they are after the first minutes of a day. */
async function useOnce({ claviger, keyArns }: Target, generator: LoadGenerator): Promise<void> {
  const bodies = bodiesOver('GenerateDataKey', keyArns, keyArns.length);
  generator.load(signedRequests(claviger, 'GenerateDataKey', bodies));
  await generator.collect(claviger.port, CONNECTIONS);
}

async function inTurns(
  plan: GrowthPlan,
  generator: LoadGenerator,
  targets: readonly [Target, Target],
  once: boolean,
): Promise<[Measurement, Measurement]> {
  const shape = { connections: CONNECTIONS, warmupMs: plan.warmupMs, measureMs: plan.measureMs };
  const outcomes: [Measurement[], Measurement[]] = [[], []];
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const at of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const { claviger, keyArns: all } = targets[at];
      const part = once ? all.length / plan.rounds : all.length;
      const keyArns = once ? all.slice(round * part, (round + 1) * part) : all;
      generator.load(requestsFor(claviger, keyArns));
      outcomes[at].push(await generator.run({ port: claviger.port, pids: () => claviger.pids() }, shape));
    }
  }
  return [medianOf(outcomes[0]), medianOf(outcomes[1])];
}

interface Target {
  claviger: Installation;
  keyArns: readonly string[];
}

function serverBytes(claviger: Installation): number {
  return Math.max(
    ...residentMemory(claviger.pids())
      .filter(({ name }) => name === 'server')
      .map(({ bytes }) => bytes),
  );
}

/** Lists page by page, and single look-ups of what nobody asked for before. */
async function measurePages(claviger: Installation, filled: Filled): Promise<GrowthResult['pages']> {
  const kms = async (operation: string, members: object): Promise<string | undefined> => {
    const { members: answer } = await call(claviger, operation, members);
    return answer['NextMarker'] as string | undefined;
  };
  const iam = { url: claviger.endpoint, region: claviger.region, ...claviger.credentials };
  const users = async (Marker: string | undefined): Promise<string | undefined> => {
    const text = await callIam(iam, 'ListUsers', { MaxItems: '100', ...(Marker && { Marker }) });
    return /<Marker>(.*?)<\/Marker>/.exec(text)?.[1];
  };
  const listOf = (operation: string, members: object) => (Marker: string | undefined) =>
    kms(operation, { ...members, ...(Marker && { Marker }) });
  const cold = spread(filled.keyArns, PAGES * 3);
  const single = (operation: string, membersOf: (n: number) => object) => {
    let n = 0;
    return () => kms(operation, membersOf(n++)).then(() => undefined);
  };
  return measureWalks([
    ['ListKeys, 1,000', listOf('ListKeys', { Limit: 1000 })],
    ['ListAliases, 100', listOf('ListAliases', { Limit: 100 })],
    [
      'ListGrants of a key with 10,000, 100',
      listOf('ListGrants', { KeyId: filled.grantedKeyArn, Limit: 100 }),
    ],
    [
      'ListRetirableGrants, 100',
      listOf('ListRetirableGrants', { RetiringPrincipal: filled.retiringPrincipal, Limit: 100 }),
    ],
    ['ListUsers, 100', users],
    ['DescribeKey, by id', single('DescribeKey', (n) => ({ KeyId: cold[n] }))],
    [
      'DescribeKey, by alias',
      single('DescribeKey', (n) => ({ KeyId: filled.aliasNames[n * 7] ?? filled.aliasNames[0] })),
    ],
    ['ListResourceTags', single('ListResourceTags', (n) => ({ KeyId: cold[PAGES + n] }))],
    ['CreateKey', single('CreateKey', () => ({}))],
    [
      'GenerateDataKey, by id',
      single('GenerateDataKey', (n) => ({ KeyId: cold[2 * PAGES + n], KeySpec: 'AES_256' })),
    ],
  ]);
}

async function measureWalks(walks: readonly Walk[]): Promise<GrowthResult['pages']> {
  const pages = [];
  for (const [name, page] of walks) {
    const times: number[] = [];
    let marker: string | undefined;
    for (let n = 0; n < PAGES; n += 1) {
      const start = performance.now();
      marker = await page(marker);
      times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    pages.push({
      name,
      medianMs: times[Math.floor(PAGES / 2)] ?? Number.NaN,
      slowestMs: times.at(-1) ?? Number.NaN,
    });
  }
  return pages;
}

/** For people. */
export function growthText(result: GrowthResult): string {
  const mib = (bytes: number): string => `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MiB`;
  const { size, startSeconds, serverBytes: server, quiet } = result;
  const count = (n: number): string => n.toLocaleString('en');
  return [
    `${count(size.keys)} keys, ${count(size.grants)} grants, ${count(size.principals)} principals, ${count(size.events)} events; database ${mib(result.databaseBytes)}, event history ${mib(result.historyBytes)}`,
    `start to first answer: ${startSeconds.grown.toFixed(1)} s (small: ${startSeconds.small.toFixed(1)} s)`,
    `memory of the server: ${mib(server.started)} after the start, ${mib(server.worked)} after the work; all processes: ${mib(result.totalBytes)}`,
    ...result.throughput.map(
      ({ name, grown, small }) =>
        `GenerateDataKey with ${name}: ${loadText(grown)}; small: ${loadText(small)}; ` +
        `ratio ${(grown.rps / small.rps).toFixed(2)}`,
    ),
    `quiet (${QUIET_RATE} a second): p50 ${quiet.ok.quantile(0.5).toFixed(1)} ms, p99 ${quiet.ok.quantile(0.99).toFixed(1)} ms, slowest ${quiet.ok.maxMs.toFixed(1)} ms, ${quiet.failed} failed`,
    ...result.pages.map(
      ({ name, medianMs, slowestMs }) =>
        `${name}: ${medianMs.toFixed(1)} ms, slowest ${slowestMs.toFixed(1)} ms`,
    ),
    '',
  ].join('\n');
}

function loadText({ rps, cpuUs, p99Ms }: Measurement): string {
  return `${rps.toFixed(0)} rps, ${cpuUs.toFixed(0)} CPU µs, p99 ${p99Ms.toFixed(1)} ms`;
}

export function growthSection(result: GrowthResult): Section {
  const { size, startSeconds, serverBytes: server, throughput, quiet, pages } = result;
  const many = throughput.find(({ name }) => name === MANY_KEYS);
  const ratio = many === undefined ? Number.NaN : many.grown.rps / many.small.rps;
  const slowest = Math.max(
    ...pages.filter(({ name }) => /^(List|Lookup)/.test(name)).map(({ medianMs }) => medianMs),
  );
  const mib = Math.round(server.worked / 2 ** 20);
  return {
    title: `An installation with ${shortNumber(size.keys)} keys`,
    text: `${shortNumber(size.grants)} grants, ${shortNumber(size.principals)} principals and ${shortNumber(size.events)} events beside them; compared with a small one, in turns.`,
    figures: [
      {
        value: `${startSeconds.grown.toFixed(1)} s`,
        name: 'start to first answer',
        good: startSeconds.grown < 5,
      },
      { value: `${shortNumber(mib)} MiB`, name: 'memory of the server', good: mib < 1024 },
      { value: ratio.toFixed(2), name: `of the throughput of a small one (${MANY_KEYS})`, good: ratio > 0.9 },
      { value: `${slowest.toFixed(0)} ms`, name: 'slowest kind of list (median page)', good: slowest < 50 },
    ],
    charts: [
      latencyChart(`Latency at ${QUIET_RATE} requests a second, from the intended start`, [
        { name: `${MANY_KEYS} by turns`, latencies: quiet.ok },
      ]),
    ],
    table: {
      head: ['', 'median ms', 'slowest ms'],
      rows: pages.map(({ name, medianMs, slowestMs }) => [name, medianMs.toFixed(1), slowestMs.toFixed(1)]),
    },
  };
}
