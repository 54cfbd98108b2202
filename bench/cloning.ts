/**
 * How long a replaced HSM takes until it serves again with all keys, while the cluster goes on serving:
 *
 *     npx tsx bench/cloning.ts --keys 10000 --hsms 3 --creating 8
 *
 * Makes the keys by CreateKey (`--creating` at once), takes one HSM's folder away, and follows what the server's log says. A
 * replaced HSM has nothing: it is enrolled by the operator agent, and every key is cloned to it, its check value compared and
 * its attributes read back.
 */
import { readFileSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { addHsm, pidOf, servedAt } from '../test/faults/hsm-faults.ts';
import { startLoad } from '../test/faults/load.ts';
import { startClaviger } from '../test/stories/claviger.ts';

/** Connections that encrypt and decrypt without a pause, all the time. */
const LOAD = 2;
const LOOK_EVERY_MS = 1_000;

const { values } = parseArgs({
  options: {
    keys: { type: 'string', default: '1000' },
    hsms: { type: 'string', default: '2' },
    creating: { type: 'string', default: '8' },
  },
});

async function main(count: number): Promise<void> {
  const claviger = await startClaviger();
  try {
    const kms = claviger.client({ sockets: 64, maxAttempts: 5 });
    const CustomKeyStoreId = claviger.config().customKeyStoreId;
    while (Object.keys(claviger.config().pids.hsm).length < Number(values.hsms)) await addHsm(claviger);
    const keys: string[] = [];
    const began = performance.now();
    let wanted = count;
    const make = async (): Promise<void> => {
      while (wanted-- > 0) {
        const made = await kms.send(new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId }));
        keys.push(made.KeyMetadata?.KeyId ?? '');
      }
    };
    await Promise.all(Array.from({ length: Number(values.creating) }, make));
    const making = performance.now() - began;
    say(`${count} keys made in ${seconds(making)} s, ${perSecond(count, making)} a second`);

    const [hsmId = ''] = Object.keys(claviger.config().pids.hsm).sort();
    const load = startLoad(kms, keys[0] ?? '', LOAD);
    const from = Date.now();
    const pid = pidOf(claviger, hsmId) as number;
    process.kill(pid, 'SIGSTOP'); // so that it writes nothing while its folder goes
    rmSync(join(claviger.dataDir, 'hsm', hsmId), { recursive: true });
    process.kill(pid, 'SIGKILL');
    let served: number | undefined;
    while (served === undefined) {
      await sleep(LOOK_EVERY_MS);
      served = servedAt(claviger, hsmId, from);
    }
    const done = load.done;
    await load.stop();
    const cloned = timesOfClones(claviger.dataDir, hsmId).filter((time) => time > from);
    const total = served - from;
    const cloning = (cloned.at(-1) ?? served) - (cloned[0] ?? served);
    say(`serving again after ${seconds(total)} s: ${cloned.length} keys cloned in ${seconds(cloning)} s`);
    say(`${perSecond(cloned.length, cloning)} keys a second; load average ${loadavg()[0]?.toFixed(1)}`);
    say(`load meanwhile: ${done} calls, ${perSecond(done, total)} a second`);
    say(`${load.errors.length} errors, slowest call ${load.slowestMs.toFixed(0)} ms`);
    for (const error of new Set(load.errors.map(String))) say(`error: ${error}`);
    if (cloned.length < count || load.errors.length > 0) process.exitCode = 1;
  } finally {
    await claviger.remove();
  }
}

/** Milliseconds since 1970, in order. */
function timesOfClones(dataDir: string, hsmId: string): number[] {
  return readFileSync(join(dataDir, 'logs', 'server.log'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('a key was cloned'))
    .map((line) => JSON.parse(line) as { time: string; hsmId: string })
    .filter((line) => line.hsmId === hsmId)
    .map(({ time }) => Date.parse(time));
}

const perSecond = (count: number, milliseconds: number): string => (count / (milliseconds / 1000)).toFixed(0);
const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(1);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

await main(Number(values.keys));
