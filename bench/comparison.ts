/**
 * What Claviger does beside what a bare `node:http` server does with the same requests and answers, in turns, so that a busy
 * machine slows both; and what policies and the journal cost. Closed loop.
 */
import { call, createKey, startClaviger } from './claviger.ts';
import type { Installation } from './claviger.ts';
import { FLOORS, startFloor } from './floor.ts';
import type { Floor } from './floor.ts';
import type { Section } from './html.ts';
import { startBareServer } from './processes.ts';
import type { BareServer, LoadGenerator } from './processes.ts';
import { createPrincipals } from './principals.ts';
import { CELL_COLUMNS, comparisonText, medianOf, table } from './report.ts';
import type { Cell, Comparison, Machine, Outcome } from './report.ts';
import { bodiesOf, decryptBodies, signedRequests } from './requests.ts';
import type { OperationName } from './requests.ts';

const CONNECTIONS = [1, 64];
const OPERATIONS: readonly OperationName[] = ['GenerateDataKey', 'Encrypt', 'Decrypt'];

export interface ComparisonPlan {
  measureMs: number;
  warmupMs: number;
  rounds: number;
  /** How many different requests there are of each kind; they are sent in turn. */
  requests: number;
  /** The same for Decrypt, whose ciphertexts must be made first. */
  ciphertexts: number;
  /** Only lines whose operation or key store contains it. */
  only: string;
}

interface Bench {
  plan: ComparisonPlan;
  say: (text: string) => void;
  claviger: Installation;
  bare: BareServer;
  generator: LoadGenerator;
}

async function measureAll(bench: Bench): Promise<Cell[]> {
  const { claviger } = bench;
  const stores = [
    { name: 'built-in', keyArn: await createKey(claviger) },
    { name: 'HSM cluster', keyArn: await createKey(claviger, claviger.customKeyStoreId) },
  ];
  const cells: Cell[] = [];
  for (const operation of OPERATIONS) {
    for (const { name, keyArn } of stores) {
      if (!`${operation} ${name}`.includes(bench.plan.only)) continue;
      const bodies = await prepareBodies(bench, operation, keyArn);
      const { answer } = await call(claviger, operation, bodies[0] as object);
      await bench.bare.answerWith(answer);
      for (const connections of CONNECTIONS) {
        bench.generator.load(signedRequests(claviger, operation, bodies));
        cells.push(await measureCell(bench, { operation, store: name, connections }));
      }
    }
  }
  return cells;
}

async function prepareBodies(bench: Bench, operation: OperationName, keyArn: string): Promise<object[]> {
  if (operation !== 'Decrypt') return bodiesOf(operation, keyArn, bench.plan.requests);
  const { claviger, generator, plan } = bench;
  generator.load(signedRequests(claviger, 'Encrypt', bodiesOf('Encrypt', keyArn, plan.ciphertexts)));
  return decryptBodies(await generator.collect(claviger.port, 32));
}

async function measureCell(
  { plan, claviger, bare, generator, say }: Bench,
  what: Pick<Cell, 'operation' | 'store' | 'connections'>,
  target: Pick<Installation, 'port' | 'pids'> = claviger,
): Promise<Cell> {
  say(`${what.operation}, ${what.store}, ${what.connections} connection(s) …`);
  const shape = { connections: what.connections, warmupMs: plan.warmupMs, measureMs: plan.measureMs };
  const outcomes: Record<'bare' | 'measured', Outcome[]> = { bare: [], measured: [] };
  for (let round = 0; round < plan.rounds; round += 1) {
    outcomes.bare.push(await generator.run({ port: bare.port, pids: () => [bare.pid] }, shape));
    outcomes.measured.push(await generator.run(target, shape));
  }
  return { ...what, measured: medianOf(outcomes.measured), bare: medianOf(outcomes.bare) };
}

/** What the least would cost that any such server must do: Claviger's row of the same run is beside it. */
async function measureFloors(bench: Bench, floor: Floor): Promise<Cell[]> {
  const { claviger, generator, plan } = bench;
  const operation = 'GenerateDataKey';
  const bodies = bodiesOf(operation, await createKey(claviger, claviger.customKeyStoreId), plan.requests);
  const { answer } = await call(claviger, operation, bodies[0] as object);
  await bench.bare.answerWith(answer);
  const cells: Cell[] = [];
  const measure = async (store: string, target: Pick<Installation, 'port' | 'pids'>): Promise<void> => {
    generator.load(signedRequests(claviger, operation, bodies));
    cells.push(await measureCell(bench, { operation, store, connections: 64 }, target));
  };
  const { region, credentials } = claviger;
  for (const { name, ...steps } of FLOORS) {
    await floor.doSteps({ region, credentials, ...steps });
    await measure(name, floor);
  }
  await measure('HSM cluster', claviger);
  return cells;
}

/** Differences of some percent are told by many short rounds: what goes on in the background for seconds then falls into few of them. */
const TURNS_IN_A_ROUND = 4;

/** Two of a kind in turns; the order changes, so that a machine that gets slower or faster favours neither. */
async function compare(
  { plan, generator, say }: Bench,
  what: Omit<Comparison, 'outcomes' | 'connections'> & { operation: 'GenerateDataKey' },
  targets: readonly [Target, Target],
): Promise<Comparison> {
  const { operation, store, names } = what;
  say(`${operation}, ${names.join(' and ')} …`);
  const connections = 64;
  const shape = { connections, warmupMs: plan.warmupMs, measureMs: plan.measureMs / TURNS_IN_A_ROUND };
  const outcomes: [Outcome[], Outcome[]] = [[], []];
  for (let turn = 0; turn < plan.rounds * TURNS_IN_A_ROUND; turn += 1) {
    for (const at of turn % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const { installation, keyArn } = targets[at];
      generator.load(signedRequests(installation, operation, bodiesOf(operation, keyArn, plan.requests)));
      const target = { port: installation.port, pids: () => installation.pids() };
      outcomes[at].push(await generator.run(target, shape));
    }
  }
  return { operation, store, names, connections, outcomes: [medianOf(outcomes[0]), medianOf(outcomes[1])] };
}

/** Whom the requests go to, and the key that they use. */
interface Target {
  installation: Installation;
  keyArn: string;
}

/** What policies cost: the same operation as the root user and as a user. */
async function comparePrincipals(bench: Bench): Promise<Comparison> {
  const { root, user } = await createPrincipals(bench.claviger);
  const names = ['root user', 'user with 3 IAM policies, a key policy of 10 statements and a grant'] as const;
  const target = ({ credentials, keyArn }: typeof root): Target => ({
    installation: { ...bench.claviger, credentials },
    keyArn,
  });
  return compare(bench, { operation: 'GenerateDataKey', store: 'built-in', names }, [
    target(root),
    target(user),
  ]);
}

/** What the audit journal's disk costs: a second Claviger that keeps its journal in memory. */
async function compareJournals(bench: Bench, inMemory: Installation): Promise<Comparison> {
  const names = ['journal in memory', 'journal on disk'] as const;
  const target = async (installation: Installation): Promise<Target> => ({
    installation,
    keyArn: await createKey(installation, installation.customKeyStoreId),
  });
  return compare(bench, { operation: 'GenerateDataKey', store: 'HSM cluster', names }, [
    await target(inMemory),
    await target(bench.claviger),
  ]);
}

export interface ComparisonResult {
  plan: ComparisonPlan;
  cells: Cell[];
  comparisons: Comparison[];
}

/**
 * @param ends takes what ends what is started here
 * @throws Error when nothing is to be measured
 */
export async function measureComparison(
  plan: ComparisonPlan,
  ports: {
    claviger: Installation;
    generator: LoadGenerator;
    readyMs: number;
    ends: (() => Promise<void>)[];
    say: (text: string) => void;
  },
): Promise<ComparisonResult> {
  const { ends, say, readyMs } = ports;
  const bare = await startBareServer();
  ends.push(() => bare.stop());
  const bench = { ...ports, plan, bare };
  const cells = await measureAll(bench);
  const comparisons: Comparison[] = [];
  if ('GenerateDataKey floor'.includes(plan.only)) {
    const floor = await startFloor();
    ends.push(() => floor.stop());
    cells.push(...(await measureFloors(bench, floor)));
  }
  if ('GenerateDataKey principals'.includes(plan.only)) comparisons.push(await comparePrincipals(bench));
  if ('GenerateDataKey journal'.includes(plan.only)) {
    say('Starting a second Claviger, with its journal in memory …');
    const inMemory = await startClaviger(readyMs, (stop) => ends.push(stop), { journalInMemory: true });
    comparisons.push(await compareJournals(bench, inMemory));
  }
  if (cells.length + comparisons.length === 0)
    throw new Error('nothing was measured: no line matches --only');
  return { plan, cells, comparisons };
}

/** Reasons why the numbers mean nothing; none when all is well. */
export function failuresOf({ cells, comparisons }: ComparisonResult): string[] {
  const outcomes = [
    ...cells.flatMap(({ measured, bare }) => [measured, bare]),
    ...comparisons.flatMap(({ outcomes: both }) => [...both]),
  ];
  const empty = outcomes.filter(({ requests }) => requests === 0).map(() => 'a run without an answer');
  return [...outcomes.flatMap(({ firstErrors }) => firstErrors), ...empty];
}

export function comparisonResultText(
  machine: Machine,
  { plan, cells, comparisons }: ComparisonResult,
): string {
  const lines = cells.length > 0 ? `${table(machine, plan, cells)}\n` : '';
  return lines + comparisons.map(comparisonText).join('');
}

export function comparisonSection({ plan, cells, comparisons }: ComparisonResult): Section {
  return {
    title: 'Throughput and latency',
    text:
      `Closed loop, medians of ${plan.rounds} round(s) of ${plan.measureMs / 1000} s; “bare” is a node:http server that gives the same answers to the same requests. ` +
      comparisons.map(comparisonText).join(' '),
    table: {
      head: CELL_COLUMNS.map(({ title }) => title),
      rows: cells.map((cell) => CELL_COLUMNS.map(({ of }) => of(cell))),
    },
  };
}
