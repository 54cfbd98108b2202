/** Loaded into HSM processes by bench/creating.ts: each sync takes CLAVIGER_SYNC_MS more, as on a disk that others use. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const cell = new Int32Array(new SharedArrayBuffer(4));

if ((process.argv[1] ?? '').endsWith('hsm/main.js')) {
  for (const name of ['fsyncSync', 'fdatasyncSync']) {
    const sync = fs[name];
    fs[name] = (descriptor) => {
      Atomics.wait(cell, 0, 0, Number(process.env['CLAVIGER_SYNC_MS'] ?? 0));
      return sync(descriptor);
    };
  }
  syncBuiltinESMExports();
}
