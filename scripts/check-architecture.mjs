/** Which folder may import which (.dependency-cruiser.cjs); fails too when the tool saw nothing, for then it checked nothing. */
import { spawnSync } from 'node:child_process';

const { stdout, stderr, status } = spawnSync(
  process.execPath,
  ['node_modules/dependency-cruiser/bin/dependency-cruise.mjs', '--output-type', 'err-long', 'src'],
  { encoding: 'utf8' },
);
process.stdout.write(stdout);
process.stderr.write(stderr);
const modules = Number(/(\d+) modules/.exec(stdout)?.[1] ?? 0);
if (modules < 50) process.stderr.write(`only ${modules} modules were seen: the check did not check\n`);
process.exit(status === 0 && modules >= 50 ? 0 : 1);
