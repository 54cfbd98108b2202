/**
 * Looks at a PKCS#11 module in a process of its own, which a bad module may take with it:
 *
 *     node dist/hsm/module-main.js --module /path/module.so [--slot <number> | --token-label <label>]
 *
 * Prints a ModuleReport and the tokens as one line of JSON. Runs in a folder that the caller made for it.
 */
import { parseArgs } from 'node:util';
import { hardenProcess } from '../native/addon.ts';
import { finaliseModule, initialiseModule, listTokens, loadModule } from '../pkcs11/module.ts';
import { examineModule } from '../pkcs11/probe.ts';

const { values } = parseArgs({
  options: {
    module: { type: 'string', default: '' },
    slot: { type: 'string' },
    'token-label': { type: 'string' },
  },
});
hardenProcess();
process.on('SIGUSR1', () => {}); // Node's own handler would open the inspector
const { slot, 'token-label': tokenLabel } = values;
try {
  const module = loadModule(values.module, {
    ...(slot !== undefined && { slot: Number(slot) }),
    ...(tokenLabel !== undefined && { tokenLabel }),
  });
  const info = initialiseModule(module);
  const tokens = listTokens(module).map(({ label, serial, initialised, slot: of }) => ({
    slot: of.readBigUInt64LE().toString(),
    label,
    serial,
    initialised,
  }));
  process.stdout.write(`${JSON.stringify({ module: info, ...examineModule(module), tokens })}\n`);
  finaliseModule(module);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
