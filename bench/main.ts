/**
 * The benchmark: what Claviger does beside what a bare `node:http` server does with the same requests and answers, in turns,
 * so that a busy machine slows both. Here live the plan and the options; the load generator, the bare server and what starts
 * processes are beside this file. Nothing here may be imported by the product.
 */
import { cpus, release } from 'node:os';
import { parseArgs } from 'node:util';
import { call, createKey, startClaviger } from './claviger.ts';
import type { Installation } from './claviger.ts';
import { startBareServer, startLoadGenerator } from './processes.ts';
import type { BareServer, LoadGenerator } from './processes.ts';
import { createPrincipals } from './principals.ts';
import { comparisonText, medianOf, table } from './report.ts';
import type { Cell, Comparison, Outcome } from './report.ts';
import { bodiesOf, decryptBodies, signedRequests } from './requests.ts';
import type { OperationName } from './requests.ts';

const HELP = `npm run bench -- [options]
  --seconds N   measured time of each run (5)
  --rounds N    runs of each of the two servers per line of the table, in turns; medians count (3)
  --quick       one round of one second each
  --only TEXT   only lines whose operation or key store contains TEXT; 'principals': a user beside the root user;
                'journal': the audit journal on disk beside one in memory
  --json        the result as JSON
`;

/** Signatures are good for 5 minutes: a line of the table must be measured well within that. */
const SIGNATURE_SECONDS = 270;
const CONNECTIONS = [1, 64];
const OPERATIONS: readonly OperationName[] = ['GenerateDataKey', 'Encrypt', 'Decrypt'];
const READY_MS = 180_000;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    only: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

interface Plan {
  measureMs: number;
  warmupMs: number;
  rounds: number;
  /** How many different requests there are of each kind; they are sent in turn. */
  requests: number;
  /** The same for Decrypt, whose ciphertexts must be made first. */
  ciphertexts: number;
}

function planOf(): Plan {
  const quick = values.quick;
  const seconds = Number(values.seconds ?? (quick ? 1 : 5));
  const rounds = Number(values.rounds ?? (quick ? 1 : 3));
  if (!(seconds > 0) || !Number.isInteger(rounds) || rounds < 1) throw new Error(HELP);
  const plan = { measureMs: seconds * 1000, warmupMs: quick ? 500 : 1000, rounds };
  if ((2 * rounds * (plan.measureMs + plan.warmupMs)) / 1000 > SIGNATURE_SECONDS) {
    throw new Error(`signatures are good for 5 minutes: ask for fewer rounds or seconds`);
  }
  return { ...plan, requests: quick ? 10_000 : 50_000, ciphertexts: quick ? 2_000 : 10_000 };
}

/** Progress is for people who wait, and does not belong to the result. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

interface Bench {
  plan: Plan;
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
      if (!`${operation} ${name}`.includes(values.only)) continue;
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
  { plan, claviger, bare, generator }: Bench,
  what: Pick<Cell, 'operation' | 'store' | 'connections'>,
): Promise<Cell> {
  say(`${what.operation}, ${what.store}, ${what.connections} connection(s) …`);
  const shape = { connections: what.connections, warmupMs: plan.warmupMs, measureMs: plan.measureMs };
  const outcomes: Record<'bare' | 'claviger', Outcome[]> = { bare: [], claviger: [] };
  for (let round = 0; round < plan.rounds; round += 1) {
    outcomes.bare.push(await generator.run({ port: bare.port, pids: () => [bare.pid] }, shape));
    outcomes.claviger.push(await generator.run({ port: claviger.port, pids: () => claviger.pids() }, shape));
  }
  return { ...what, claviger: medianOf(outcomes.claviger), bare: medianOf(outcomes.bare) };
}

/** Two of a kind in turns; the order changes, so that a machine that gets slower or faster favours neither. */
async function compare(
  { plan, generator }: Bench,
  what: Omit<Comparison, 'outcomes' | 'connections'> & { operation: 'GenerateDataKey' },
  targets: readonly [Target, Target],
): Promise<Comparison> {
  const { operation, store, names } = what;
  say(`${operation}, ${names.join(' and ')} …`);
  const connections = 64;
  const shape = { connections, warmupMs: plan.warmupMs, measureMs: plan.measureMs };
  const outcomes: [Outcome[], Outcome[]] = [[], []];
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const at of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
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

interface Result {
  cells: Cell[];
  comparisons: Comparison[];
}

async function main(): Promise<void> {
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const plan = planOf();
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    node: process.version,
    kernel: release(),
  };
  const ends: (() => Promise<void>)[] = [];
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => reject(new Error(signal)));
  });
  const begin = async (): Promise<Result> => {
    say('Starting a fresh Claviger …');
    const claviger = await startClaviger(READY_MS, (stop) => ends.push(stop));
    const bare = await startBareServer();
    ends.push(() => bare.stop());
    const generator = startLoadGenerator();
    ends.push(() => generator.stop());
    const bench = { plan, claviger, bare, generator };
    try {
      const cells = await measureAll(bench);
      const comparisons: Comparison[] = [];
      if ('GenerateDataKey principals'.includes(values.only))
        comparisons.push(await comparePrincipals(bench));
      if ('GenerateDataKey journal'.includes(values.only)) {
        say('Starting a second Claviger, with its journal in memory …');
        const inMemory = await startClaviger(READY_MS, (stop) => ends.push(stop), { journalInMemory: true });
        comparisons.push(await compareJournals(bench, inMemory));
      }
      return { cells, comparisons };
    } catch (error) {
      say(`What Claviger wrote last:\n${await claviger.output()}`);
      throw error;
    }
  };
  try {
    const { cells, comparisons } = await Promise.race([begin(), interrupted]);
    const pairs = [
      ...cells.map(({ claviger, bare }) => [claviger, bare]),
      ...comparisons.map(({ outcomes }) => [...outcomes]),
    ];
    if (pairs.length === 0) throw new Error('nothing was measured: no line matches --only');
    if (values.json) {
      process.stdout.write(`${JSON.stringify({ machine, plan, cells, comparisons }, null, 2)}\n`);
    } else {
      if (cells.length > 0) process.stdout.write(`${table(machine, plan, cells)}\n`);
      for (const comparison of comparisons) process.stdout.write(comparisonText(comparison));
    }
    const failed = pairs.flat().flatMap(({ firstErrors }) => firstErrors);
    if (failed.length > 0 || pairs.flat().some(({ requests }) => requests === 0)) {
      say(`There were failed requests, so these numbers mean nothing:\n${failed.slice(0, 5).join('\n')}`);
      process.exitCode = 1;
    }
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

await main();
process.exit();
