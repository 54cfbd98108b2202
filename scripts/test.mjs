/**
 * `npm test`: sets up what is missing, then types, lint, architecture, unused code, and all tests. `npm test -- <path>…` runs
 * only these test files. Prints `N passed, N failed` last.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setup, setupTests } from './setup.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(ROOT);
setup();

const wanted = process.argv.slice(2);
// a browser is much to install for somebody who runs other tests only
if (wanted.length === 0 || wanted.some((file) => file.includes('console'))) setupTests();
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

/** Rooms whose tests run real processes and wait for them: what fails there beside other tests is asked once more, alone. */
const WITH_PROCESSES =
  /^test\/(console|crypto-process|drill|faults|hsm|nodes|operator|server|stories|supervisor)\//;
/** So many files may be unsteady; more is a defect. */
const UNSTEADY_ALLOWED = 2;

const first = await runTests(testFiles(), 2);
const again = first.failedFiles.filter((file) => WITH_PROCESSES.test(file));
const counts = { ...first };
if (again.length > 0 && again.length === first.failedFiles.length && again.length <= UNSTEADY_ALLOWED) {
  for (const file of again) process.stdout.write(`# once more, alone: ${file}\n`);
  const second = await runTests(again, 1);
  counts.passed += first.failed - second.failed;
  counts.failed = second.failed;
  for (const file of again)
    if (!second.failedFiles.includes(file))
      process.stdout.write(`UNSTEADY: ${file} failed, and passed alone\n`);
}
process.stdout.write(
  `${counts.passed + passedChecks} passed, ${counts.failed + failedChecks} failed, ${counts.skipped} skipped\n`,
);
process.exit(counts.failed + failedChecks > 0 || counts.tests === 0 ? 1 : 0);

/** Runs node's test runner; its closing lines are read for the counts. */
async function runTests(files, concurrency) {
  const folder = mkdtempSync(join(tmpdir(), 'claviger-tests-'));
  const failures = join(folder, 'failed');
  const child = spawn(
    process.execPath,
    [
      ...['--import', 'tsx', '--test', `--test-concurrency=${concurrency}`],
      ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
      ...['--test-reporter=./scripts/failed-files.mjs', `--test-reporter-destination=${failures}`],
      ...files,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let tail = '';
  child.stdout.on('data', (chunk) => {
    process.stdout.write(chunk);
    tail = (tail + chunk.toString()).slice(-20_000);
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  const failedFiles = readFileSync(failures, 'utf8').split('\n').filter(Boolean);
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
