/**
 * `npm test`: sets up what is missing, then types, lint, architecture, unused code, and all tests. `npm test -- <path>…` runs
 * only these test files. `--engine postgres` runs them on PostgreSQL. Prints `N passed, N failed` last.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { hasPostgres, install, setup, setupTests } from './setup.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(ROOT);

const { values: options, positionals: wanted } = parseArgs({
  options: { engine: { type: 'string', default: process.env.CLAVIGER_TEST_ENGINE ?? 'sqlite' } },
  allowPositionals: true,
});
if (wanted.length > 0) setup();
else install(); // what is built is built beside the checks, which do not need it
// a browser or a database server is much to install for somebody who runs other tests only
const needs = (...words) => wanted.length === 0 || wanted.some((file) => words.some((w) => file.includes(w)));
setupTests([
  ...(needs('console') ? ['chromium'] : []),
  ...(needs('storage', 'database', 'migrate') || options.engine === 'postgres' ? ['postgresql'] : []),
]);
const tool = (name) => join('node_modules', '.bin', name);
const CHECKS = [
  ['set-up', process.execPath, ['scripts/setup.mjs']],
  ['lint', tool('eslint'), ['.']],
  ['types', tool('tsc'), ['--noEmit']],
  ['types of the console', tool('tsc'), ['--noEmit', '-p', 'console']],
  ['format', tool('prettier'), ['--check', '--log-level', 'warn', '.']],
  ['architecture', process.execPath, ['scripts/check-architecture.mjs']],
  ['unused code', tool('knip'), []],
];
let failedChecks = 0;
let passedChecks = 0;

/** What a check says is printed at its end, so that two of them do not mix. */
async function check([name, command, args]) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (output += chunk.toString()));
  const status = await new Promise((resolve) => child.on('close', resolve));
  process.stdout.write(`# ${name}\n${output}`);
  if (status === 0) passedChecks += 1;
  else {
    failedChecks += 1;
    process.stdout.write(`not ok: ${name}\n`);
  }
}

if (wanted.length === 0) {
  const queue = CHECKS.values();
  const lane = async () => {
    for (const next of queue) await check(next);
  };
  await Promise.all([lane(), lane()]);
}

function testFiles() {
  if (wanted.length > 0) return wanted;
  return readdirSync('test', { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join('test', name))
    .sort();
}

/** Rooms whose tests run real processes and wait for them: what fails there beside other tests is asked once more, alone. */
const WITH_PROCESSES =
  /^test\/(console|crypto-process|drill|edge|faults|hsm|keystores|nodes|operator|packaging|scripts|server|stories|supervisor|xks-proxy)\//;
/** Files at once: more than the two cores that they need at least, since many of them wait for processes most of the time. */
const AT_ONCE = 5;
/** No file takes a third of it; one that hangs must not keep the others from being counted. */
const FILE_LIMIT_MS = 300_000;
/** So many files may be unsteady; more is a defect. */
const UNSTEADY_ALLOWED = 2;

/** What most stories start from (test/stories/claviger.ts). */
function makeInstallation() {
  const folder = mkdtempSync(join(tmpdir(), 'claviger-'));
  const made = spawnSync(process.execPath, ['--import', 'tsx', 'test/stories/installation.ts', folder], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (made.status === 0) process.env.CLAVIGER_TEST_INSTALLATION = folder;
  else rmSync(folder, { recursive: true, force: true }); // each test makes its own then, and says what is wrong
  return folder;
}

/** Stories that go through most of the store; `--engine postgres` runs them all. */
const ON_POSTGRES = ['kms-operations', 'audit'].map((name) => join('test', 'stories', `${name}.test.ts`));

const installation = wanted.length === 0 && options.engine === 'sqlite' ? makeInstallation() : undefined;
const runs = [await runSteadily(testFiles(), options.engine)];
if (wanted.length === 0 && options.engine === 'sqlite') {
  process.stdout.write(`# on PostgreSQL: ${ON_POSTGRES.join(', ')}\n`);
  if (hasPostgres()) runs.push(await runSteadily(ON_POSTGRES, 'postgres'));
  else process.stdout.write('skipped: there is no PostgreSQL here\n');
}
if (installation !== undefined) rmSync(installation, { recursive: true, force: true });
const sum = (name) => runs.reduce((total, run) => total + run[name], 0);
const failures = sum('failed') + failedChecks;
process.stdout.write(
  `${sum('passed') + passedChecks} passed, ${failures} failed, ${sum('skipped')} skipped\n`,
);
process.exit(failures > 0 || sum('tests') === 0 ? 1 : 0);

/** Runs test files, and unsteady ones a second time (docs/decisions/0027-tests-that-wait.md). */
async function runSteadily(files, engine) {
  const first = await runTests(files, engine, AT_ONCE);
  const again = first.failedFiles.filter((file) => WITH_PROCESSES.test(file));
  if (again.length === 0 || again.length < first.failedFiles.length || again.length > UNSTEADY_ALLOWED)
    return first;
  for (const file of again) process.stdout.write(`# once more, alone: ${file}\n`);
  const second = await runTests(again, engine, 1);
  for (const file of again)
    if (!second.failedFiles.includes(file))
      process.stdout.write(`UNSTEADY: ${file} failed, and passed alone\n`);
  return { ...first, passed: first.passed + first.failed - second.failed, failed: second.failed };
}

/** Runs node's test runner; its closing lines are read for the counts. */
async function runTests(files, engine, concurrency) {
  const folder = mkdtempSync(join(tmpdir(), 'claviger-tests-'));
  const report = join(folder, 'failed');
  const child = spawn(
    process.execPath,
    [
      ...['--import', 'tsx', '--test', `--test-concurrency=${concurrency}`],
      ...(wanted.length === 0 ? [`--test-timeout=${FILE_LIMIT_MS}`] : []), // more kills on demand take longer
      ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
      ...['--test-reporter=./scripts/failed-files.mjs', `--test-reporter-destination=${report}`],
      ...files,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, CLAVIGER_TEST_ENGINE: engine } },
  );
  let tail = '';
  child.stdout.on('data', (chunk) => {
    process.stdout.write(chunk);
    tail = (tail + chunk.toString()).slice(-20_000);
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  // where no test began there is no report: a file that does not exist
  const failedFiles = existsSync(report) ? readFileSync(report, 'utf8').split('\n').filter(Boolean) : [];
  rmSync(folder, { recursive: true });
  const count = (name) => Number(new RegExp(`ℹ ${name} (\\d+)`).exec(tail)?.[1] ?? 0);
  const failed = count('fail') + count('cancelled');
  return {
    tests: count('tests'),
    passed: count('pass'),
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: count('skipped') + count('todo'),
    failedFiles: failedFiles.map((file) => relative(ROOT, file)),
  };
}
