/** `npm run bench`: sets up what is missing, then runs bench/main.ts with the given options. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs Node and ends with its status when it fails. */
function run(args, stdio) {
  const { status, error } = spawnSync(process.execPath, args, { cwd: root, stdio });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

const setup = join(root, 'scripts', 'setup.mjs');
// Standard output is the result's: what set-up has to say goes to standard error.
if (existsSync(setup)) run([setup], ['ignore', process.stderr, process.stderr]);
run(['--import', 'tsx', join(root, 'bench', 'main.ts'), ...process.argv.slice(2)], 'inherit');
