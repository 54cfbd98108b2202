/**
 * How long a replaced HSM takes until it serves again with all keys, while the cluster goes on serving:
 *
 *     npx tsx bench/cloning.ts [keys, default 1000]
 *
 * Makes the keys by CreateKey, takes one HSM's folder away, and follows what the server's log says. A replaced HSM has nothing:
 * it is enrolled by the operator agent, and every key is cloned to it, its check value compared and its attributes read back.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { startLoad } from '../test/faults/load.ts';
import { startClaviger } from '../test/stories/claviger.ts';

const CREATING = 8;
/** Connections that encrypt and decrypt without a pause, all the time. */
const LOAD = 2;

interface Line {
  time: string;
  msg: string;
  hsmId?: string;
  to?: string;
}

async function main(count: number): Promise<void> {
  const claviger = await startClaviger({ CLAVIGER_QUOTAS: 'off' });
  try {
    const kms = claviger.client({ sockets: 64, maxAttempts: 5 });
    const CustomKeyStoreId = claviger.config().customKeyStoreId;
    const keys: string[] = [];
    const began = performance.now();
    let wanted = count;
    const make = async (): Promise<void> => {
      while (wanted-- > 0) {
        const made = await kms.send(new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId }));
        keys.push(made.KeyMetadata?.KeyId ?? '');
      }
    };
    await Promise.all(Array.from({ length: CREATING }, make));
    say(`${count} keys made in ${seconds(performance.now() - began)} s`);

    const [hsmId = ''] = Object.keys(claviger.config().pids.hsm);
    const load = startLoad(kms, keys[0] ?? '', LOAD);
    const lines = (): Line[] =>
      readFileSync(join(claviger.dataDir, 'logs', 'server.log'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Line)
        .filter((line) => line.hsmId === hsmId);
    const from = new Date().toISOString();
    const pid = claviger.config().pids.hsm[hsmId] as number;
    process.kill(pid, 'SIGSTOP'); // so that it writes nothing while its folder goes
    rmSync(join(claviger.dataDir, 'hsm', hsmId), { recursive: true });
    process.kill(pid, 'SIGKILL');
    let served: string | undefined;
    while (served === undefined) {
      await sleep(500);
      served = lines().find(({ time, to }) => time > from && to === 'serving')?.time;
    }
    const done = load.done;
    await load.stop();
    const cloned = lines().filter(({ time, msg }) => time > from && msg === 'a key was cloned');
    const total = Date.parse(served) - Date.parse(from);
    const cloning = Date.parse(cloned.at(-1)?.time ?? served) - Date.parse(cloned[0]?.time ?? served);
    say(`serving again after ${seconds(total)} s: ${cloned.length} keys cloned in ${seconds(cloning)} s`);
    say(`${(cloned.length / (cloning / 1000)).toFixed(0)} keys a second`);
    say(`load meanwhile: ${done} calls, ${(done / (total / 1000)).toFixed(0)} a second`);
    say(`${load.errors.length} errors, slowest call ${load.slowestMs.toFixed(0)} ms`);
  } finally {
    await claviger.remove();
  }
}

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(1);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

await main(Number(process.argv[2] ?? 1000));
