/**
 * Whether HSMs stay in service while many keys are made on them, under load:
 *
 *     npx tsx bench/creating.ts --keys 240 --at-once 8 --sync-ms 20
 *
 * `--sync-ms` makes every sync of the HSM processes so much slower. Ends with 1 when a CreateKey failed, a call of the load failed,
 * or an HSM was taken out.
 */
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { linkChanges } from '../test/faults/hsm-faults.ts';
import { startLoad } from '../test/faults/load.ts';
import { startClaviger } from '../test/stories/claviger.ts';

const LOAD = 64;

const { values } = parseArgs({
  options: {
    keys: { type: 'string', default: '240' },
    'at-once': { type: 'string', default: '8' },
    'sync-ms': { type: 'string', default: '20' },
  },
});

async function main(): Promise<void> {
  const slowDisk = fileURLToPath(new URL('slow-disk.mjs', import.meta.url));
  const claviger = await startClaviger({
    CLAVIGER_NODE_FLAGS: `--import=${slowDisk}`,
    CLAVIGER_SYNC_MS: values['sync-ms'],
  });
  try {
    const kms = claviger.client({ sockets: 2 * LOAD });
    const CustomKeyStoreId = claviger.config().customKeyStoreId;
    const make = async (): Promise<string> => {
      const made = await kms.send(new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId }));
      return made.KeyMetadata?.KeyId ?? '';
    };
    const load = startLoad(kms, await make(), LOAD);
    const changes = linkChanges(claviger).length;
    const failures: string[] = [];
    let left = Number(values.keys);
    let slowest = 0;
    const worker = async (): Promise<void> => {
      while (left-- > 0) {
        const start = performance.now();
        await make().catch((error: unknown) => failures.push((error as Error).name));
        slowest = Math.max(slowest, performance.now() - start);
      }
    };
    const began = performance.now();
    await Promise.all(Array.from({ length: Number(values['at-once']) }, worker));
    const seconds = (performance.now() - began) / 1000;
    await load.stop();
    const cut = linkChanges(claviger).length - changes;
    say(`${values.keys} keys, ${values['at-once']} at once, syncs ${values['sync-ms']} ms slower`);
    say(`${seconds.toFixed(1)} s, slowest ${slowest.toFixed(0)} ms, ${failures.length} failed`);
    say(`${cut} changes of links to HSMs; load average ${loadavg()[0]?.toFixed(1)}`);
    say(`load: ${load.done} calls, ${load.errors.length} errors, slowest ${load.slowestMs.toFixed(0)} ms`);
    for (const failure of new Set([...failures, ...load.errors.map(String)])) say(`error: ${failure}`);
    if (failures.length + load.errors.length + cut > 0) process.exitCode = 1;
  } finally {
    await claviger.remove();
  }
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

await main();
