/**
 * Everything that a fresh clone lacks: Debian packages, npm packages, native pieces, compiled code. Does only what is
 * missing, so that a second run takes milliseconds. Plain Node.js, for nothing is installed yet.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const SOFTHSM = '/usr/lib/softhsm/libsofthsm2.so';
/** Debian package by what it provides. */
const PACKAGES = [
  { package: 'softhsm2', present: () => existsSync(SOFTHSM), always: true },
  { package: 'python3', present: () => onPath('python3'), always: false },
  { package: 'make', present: () => onPath('make'), always: false },
  { package: 'g++', present: () => onPath('g++'), always: false },
];
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];
/** What only tests need; without it those tests are skipped, and say so. */
const TEST_PACKAGES = [
  { package: 'chromium', present: () => BROWSERS.some(onPath) },
  { package: 'postgresql', present: hasPostgres, prepare: withoutCluster },
];
const POSTGRES = '/usr/lib/postgresql';
/** postgresql-common makes and starts a cluster of its own at installation unless this says otherwise. */
const CREATE_CLUSTER = '/etc/postgresql-common/createcluster.conf';
const ADDONS = [
  { name: 'pkcs11js', dir: 'node_modules/pkcs11js', file: 'build/Release/pkcs11.node' },
  {
    name: 'better-sqlite3 (about a minute)',
    dir: 'node_modules/better-sqlite3',
    file: 'build/Release/better_sqlite3.node',
  },
  { name: 'native piece', dir: 'native', file: 'build/Release/claviger.node', sources: true },
];

export function setup() {
  install();
  build();
}

/** Everything that comes from elsewhere. */
export function install() {
  requireNode();
  installPackages(ADDONS.some(needsBuild));
  installModules();
}

function build() {
  for (const addon of ADDONS.filter(needsBuild)) buildAddon(addon);
  compile();
  buildConsole();
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 12)) return;
  fail(`Node.js 20.12 or newer is needed; this is ${process.versions.node}.`);
}

function installPackages(compiling) {
  const wanted = PACKAGES.filter((p) => (p.always || compiling) && !p.present()).map((p) => p.package);
  if (wanted.length === 0) return;
  const apt = aptGet();
  if (apt === undefined) {
    fail(
      `Please install these Debian packages first, then run this again:\n\n  apt-get install ${wanted.join(' ')}\n`,
    );
  }
  say(`Installing ${wanted.join(', ')} …`);
  apt('update');
  if (!apt('install', '-y', '--no-install-recommends', ...wanted))
    fail(`apt-get install ${wanted.join(' ')} failed.`);
}

export function hasPostgres() {
  return (
    existsSync(POSTGRES) && readdirSync(POSTGRES).some((v) => existsSync(join(POSTGRES, v, 'bin', 'initdb')))
  );
}

function withoutCluster() {
  if (existsSync(CREATE_CLUSTER)) return;
  const lines = `mkdir -p ${dirname(CREATE_CLUSTER)} && echo 'create_main_cluster = false' > ${CREATE_CLUSTER}`;
  if (process.getuid?.() === 0) run('sh', ['-c', lines], { quiet: true });
  else run('sudo', ['-n', 'sh', '-c', lines], { quiet: true });
}

/** Installs what only tests need, where that can be done without asking. @param packages only these */
export function setupTests(packages = TEST_PACKAGES.map((p) => p.package)) {
  const missing = TEST_PACKAGES.filter((p) => packages.includes(p.package) && !p.present());
  const wanted = missing.map((p) => p.package);
  if (wanted.length === 0) return;
  const apt = aptGet();
  if (apt !== undefined) {
    say(`Installing ${wanted.join(', ')}, for tests only …`);
    for (const { prepare } of missing) prepare?.();
    apt('update');
    if (apt('install', '-y', '--no-install-recommends', ...wanted)) return;
  }
  say(`There is no ${wanted.join(', ')} here: tests that need it are skipped.`);
}

/** @returns what runs apt-get as root; undefined where that cannot be done without a password */
function aptGet() {
  if (!onPath('apt-get')) return undefined;
  if (process.getuid?.() === 0) return (...args) => run('apt-get', args, { quiet: true });
  if (!onPath('sudo') || !run('sudo', ['-n', 'true'], { quiet: true })) return undefined;
  return (...args) => run('sudo', ['-n', 'apt-get', ...args], { quiet: true });
}

function installModules() {
  const lock = digest([join(ROOT, 'package-lock.json')]);
  const stamp = join(ROOT, 'node_modules', '.claviger-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  say('Installing npm packages …');
  // no package runs scripts of its own at installation; what must be compiled is compiled below, by us, with what npm
  // would leave out where NODE_ENV is production
  if (!run('npm', ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund']))
    fail('npm ci failed.');
  writeFileSync(stamp, lock);
}

export function needsBuild(addon) {
  const built = join(ROOT, addon.dir, addon.file);
  if (!existsSync(built) || isOfOtherNode(join(ROOT, addon.dir))) return true;
  if (!addon.sources) return false;
  const since = statSync(built).mtimeMs;
  return readdirSync(join(ROOT, addon.dir), { withFileTypes: true }).some(
    (entry) => entry.isFile() && statSync(join(ROOT, addon.dir, entry.name)).mtimeMs > since,
  );
}

/** Whether it was compiled for a Node.js whose binary interface is another: this one would not load it. */
function isOfOtherNode(dir) {
  const config = join(dir, 'build', 'config.gypi'); // node-gyp writes it
  if (!existsSync(config)) return false;
  const [, version] = /"node_module_version":\s*"?(\d+)/.exec(readFileSync(config, 'utf8')) ?? [];
  return version !== undefined && version !== process.versions.modules;
}

function buildAddon(addon) {
  say(`Compiling ${addon.name} …`);
  const gyp = join(ROOT, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const headers = join(dirname(process.execPath), '..');
  const env = { ...process.env };
  // headers that came with this Node.js spare a download
  if (existsSync(join(headers, 'include', 'node', 'node.h'))) env.npm_config_nodedir = headers;
  const args = [gyp, 'rebuild', '--release', '-j', 'max', '-C', join(ROOT, addon.dir)];
  if (!run(process.execPath, args, { quiet: true, env })) fail(`Compiling ${addon.name} failed.`);
}

function compile() {
  const sources = [...filesBelow(join(ROOT, 'src')), join(ROOT, 'tsconfig.build.json')];
  whenChanged('.stamp', sources, () => {
    say('Compiling Claviger …');
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    if (!run(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.build.json')])) fail('Compiling failed.');
  });
}

function buildConsole() {
  whenChanged('.console-stamp', filesBelow(join(ROOT, 'console')), () => {
    say('Building the console …');
    const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
    const config = join(ROOT, 'console', 'vite.config.mjs');
    if (!run(process.execPath, [vite, 'build', '--config', config], { quiet: true }))
      fail('Building the console failed.');
  });
}

/** Does `work` unless the files are as they were when it was done last. */
function whenChanged(stampName, files, work) {
  const state = createHash('sha256');
  for (const file of [...files, join(ROOT, 'tsconfig.json'), join(ROOT, 'package-lock.json')]) {
    const { mtimeMs, size } = statSync(file);
    state.update(`${file} ${mtimeMs} ${size}\n`);
  }
  const wanted = state.digest('hex');
  const stamp = join(ROOT, 'dist', stampName);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  work();
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  writeFileSync(stamp, wanted);
}

function filesBelow(dir) {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function digest(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex');
}

function onPath(program) {
  return (process.env.PATH ?? '').split(':').some((dir) => existsSync(join(dir, program)));
}

/** Runs a program; with `quiet` its output is shown only when it failed. */
function run(program, args, { quiet = false, env = process.env } = {}) {
  const result = spawnSync(program, args, {
    cwd: ROOT,
    env: { DEBIAN_FRONTEND: 'noninteractive', ...env },
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (quiet && result.status !== 0 && program !== 'sudo') {
    process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
  }
  return result.status === 0;
}

function say(line) {
  process.stdout.write(`${line}\n`);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setup();
