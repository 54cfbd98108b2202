/**
 * `npm test`: sets up what is missing, then types, lint, architecture, unused code, and all tests. `npm test -- <path>…` runs
 * only these test files. `--engine postgres` runs them on PostgreSQL. Prints `N passed, N failed` last.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { hasPostgres, setup, setupTests } from './setup.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(ROOT);
setup();

const { values: options, positionals: wanted } = parseArgs({
  options: { engine: { type: 'string', default: process.env.CLAVIGER_TEST_ENGINE ?? 'sqlite' } },
  allowPositionals: true,
});
// a browser or a database server is much to install for somebody who runs other tests only
const needs = (...words) => wanted.length === 0 || wanted.some((file) => words.some((w) => file.includes(w)));
setupTests([
  ...(needs('console') ? ['chromium'] : []),
  ...(needs('storage', 'database', 'migrate') || options.engine === 'postgres' ? ['postgresql'] : []),
]);
let failedChecks = 0;
let passedChecks = 0;

function check(name, command, args) {
  process.stdout.write(`# ${name}\n`);
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) passedChecks += 1;
  else {
    failedChecks += 1;
    process.stdout.write(`not ok: ${name}\n`);
  }
}

const tool = (name) => join('node_modules', '.bin', name);
if (wanted.length === 0) {
  check('types', tool('tsc'), ['--noEmit']);
  check('types of the console', tool('tsc'), ['--noEmit', '-p', 'console']);
  check('lint', tool('eslint'), ['.']);
  check('format', tool('prettier'), ['--check', '--log-level', 'warn', '.']);
  check('architecture', process.execPath, ['scripts/check-architecture.mjs']);
  check('unused code', tool('knip'), []);
}

function testFiles() {
  if (wanted.length > 0) return wanted;
  return readdirSync('test', { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join('test', name))
    .sort();
}

/** Stories that go through most of the store; `--engine postgres` runs them all. */
const ON_POSTGRES = ['kms-operations', 'audit', 'cloudhsm-api'].map((name) =>
  join('test', 'stories', `${name}.test.ts`),
);

const runs = [await runTests(testFiles(), options.engine)];
if (wanted.length === 0 && options.engine === 'sqlite') {
  process.stdout.write(`# on PostgreSQL: ${ON_POSTGRES.join(', ')}\n`);
  if (hasPostgres()) runs.push(await runTests(ON_POSTGRES, 'postgres'));
  else process.stdout.write('skipped: there is no PostgreSQL here\n');
}
const sum = (name) => runs.reduce((total, run) => total + run[name], 0);
const failures = sum('failed') + failedChecks;
process.stdout.write(
  `${sum('passed') + passedChecks} passed, ${failures} failed, ${sum('skipped')} skipped\n`,
);
process.exit(failures > 0 || sum('tests') === 0 ? 1 : 0);

/** Runs node's test runner; its closing lines are read for the counts. */
function runTests(files, engine) {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--test', '--test-concurrency=2', '--test-reporter=spec', ...files],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, CLAVIGER_TEST_ENGINE: engine } },
  );
  let tail = '';
  child.stdout.on('data', (chunk) => {
    process.stdout.write(chunk);
    tail = (tail + chunk.toString()).slice(-20_000);
  });
  return new Promise((resolve) => {
    child.on('close', (code) => {
      const count = (name) => Number(new RegExp(`ℹ ${name} (\\d+)`).exec(tail)?.[1] ?? 0);
      const failed = count('fail') + count('cancelled');
      resolve({
        tests: count('tests'),
        passed: count('pass'),
        failed: code !== 0 && failed === 0 ? 1 : failed,
        skipped: count('skipped') + count('todo'),
      });
    });
  });
}
