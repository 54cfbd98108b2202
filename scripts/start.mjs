/** `npm start`: sets up what is missing, then runs `claviger start` in this process. */
import { setup } from './setup.mjs';

setup();
process.argv.splice(2, 0, 'start');
await import('../dist/cli/main.js');
