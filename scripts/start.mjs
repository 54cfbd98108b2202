/** `npm start`: sets up what is missing, then runs `claviger start` in this process. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setup } from './setup.mjs';

forgetStaleClientConfig();
setup();
process.argv.splice(2, 0, 'start');
await import('../dist/cli/main.js');

/** A client.json that a killed run left behind would send clients to a port where nobody listens. */
function forgetStaleClientConfig() {
  const file = join(process.env.CLAVIGER_DATA ?? './data', 'client.json');
  try {
    process.kill(JSON.parse(readFileSync(file, 'utf8')).pids.server[0], 0);
  } catch {
    rmSync(file, { force: true }); // there is none, or nobody runs
  }
}
