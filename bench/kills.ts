/**
 * An HSM cluster under fire, for the figures of docs/availability.md:
 *
 *     npx tsx bench/kills.ts --kills 200 --hsms 3         # SIGKILL, each HSM in turn
 *     npx tsx bench/kills.ts --hang 60 --hsms 3           # one HSM hangs; the supervisor starts it anew after ten seconds
 *     npx tsx bench/kills.ts --hang 60 --hsms 3 --hold    # … and what it starts hangs, too, for all the time
 *
 * The load is open, at half of what the same client can get out of the same Claviger before (`--load 0.5`), each call tried three
 * times like an SDK's; every acknowledged ciphertext is opened at the end. Ends with 1 when a call failed or a ciphertext is lost.
 */
import { parseArgs } from 'node:util';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile, startLoad } from '../src/drill/load.ts';
import type { Call, Load, Measured } from '../src/drill/load.ts';
import { callKms } from '../src/supervisor/api-client.ts';
import { addHsm, isServing, keepHanging, killHsm, pidOf, servedAt } from '../test/faults/hsm-faults.ts';
import { eventually, startClaviger } from '../test/stories/claviger.ts';
import type { Claviger } from '../test/stories/claviger.ts';

const CAPACITY_MS = 5_000;
const CAPACITY_CALLS_AT_ONCE = 32;
const CALM_MS = 20_000;
const BETWEEN_KILLS_MS = 500;
const REPAIR_LIMIT_MS = 60_000;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '0' },
    hang: { type: 'string', default: '0' },
    hold: { type: 'boolean', default: false },
    hsms: { type: 'string', default: '3' },
    load: { type: 'string', default: '0.5' },
  },
});

async function main(): Promise<void> {
  const claviger = await startClaviger();
  try {
    const { endpoint: url, region, accessKeyId, secretAccessKey, customKeyStoreId } = claviger.config();
    const endpoint = { url, region, accessKeyId, secretAccessKey };
    const call: Call = async (operation, input) =>
      (await callKms(endpoint, operation, input as never)) as Record<string, string>;
    while (Object.keys(claviger.config().pids.hsm).length < Number(values.hsms)) await addHsm(claviger);
    const made = await callKms(endpoint, 'CreateKey', {
      Origin: 'AWS_CLOUDHSM',
      CustomKeyStoreId: customKeyStoreId,
    });
    const { KeyId } = (made as { KeyMetadata: { KeyId: string } }).KeyMetadata;
    const capacity = await measureCapacity(call, KeyId);
    const rate = Math.round(capacity * Number(values.load));
    say(`${values.hsms} HSMs, ${Math.round(capacity)} calls a second at most; the load is ${rate} a second`);
    const load = startLoad(call, KeyId, rate);
    await sleep(2_000); // the ledger fills
    const errors: string[] = [];
    if (Number(values.kills) > 0) errors.push(...(await kills(claviger, load, Number(values.kills))));
    if (Number(values.hang) > 0) errors.push(...(await hang(claviger, load, Number(values.hang) * 1000)));
    const { blobs, lost } = await load.finish(Infinity);
    say(`${lost} of ${blobs} acknowledged ciphertexts lost; load average ${loadavg()[0]?.toFixed(1)}`);
    if (errors.length > 0 || lost > 0) process.exitCode = 1;
  } finally {
    await claviger.remove();
  }
}

/** Calls a second in a closed loop. */
async function measureCapacity(call: Call, KeyId: string): Promise<number> {
  const until = performance.now() + CAPACITY_MS;
  const Plaintext = Buffer.from('capacity').toString('base64');
  let done = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() < until) {
      const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext });
      await call('Decrypt', { CiphertextBlob });
      done += 2;
    }
  };
  await Promise.all(Array.from({ length: CAPACITY_CALLS_AT_ONCE }, worker));
  return done / (CAPACITY_MS / 1000);
}

/** @returns the codes of calls that failed */
async function kills(claviger: Claviger, load: Load, count: number): Promise<string[]> {
  const hsmIds = Object.keys(claviger.config().pids.hsm).sort();
  const rows: (Measured & { repair: number })[] = [];
  for (let kill = 0; kill < count; kill += 1) {
    const hsmId = hsmIds[kill % hsmIds.length] as string;
    const before = pidOf(claviger, hsmId);
    load.mark();
    const at = await killHsm(claviger, hsmId);
    const served = await eventually(REPAIR_LIMIT_MS, `${hsmId} serves again`, () =>
      servedAt(claviger, hsmId, at),
    );
    await eventually(10_000, 'client.json names the new process', () =>
      pidOf(claviger, hsmId) === before ? undefined : true,
    );
    await isServing(claviger, hsmIds);
    await sleep(BETWEEN_KILLS_MS);
    rows.push({ ...load.measured(), repair: served - at });
    if (rows.length % 20 === 0) say(`${rows.length} kills`);
  }
  const errors = rows.flatMap((row) => row.errors);
  const calls = rows.reduce((sum, row) => sum + row.calls, 0);
  const wrong = rows.reduce((sum, row) => sum + row.wrongPlaintexts, 0);
  say(`${count} kills, ${calls} calls: ${errors.length} errors, ${wrong} wrong plaintexts`);
  say(`longest time without a good answer, per kill: ${spread(rows.map((row) => row.longestGap))}`);
  say(`p99 of the calls, per kill: ${spread(rows.map((row) => row.p99))}`);
  say(`until KMS uses the HSM again: ${spread(rows.map((row) => row.repair))}`);
  say(`over 300 ms without an answer: ${rows.filter((row) => row.longestGap > 300).length} kills`);
  say(`not back within 2 s: ${rows.filter((row) => row.repair > 2_000).length} kills`);
  report(errors);
  return errors;
}

/** @returns the codes of calls that failed */
async function hang(claviger: Claviger, load: Load, milliseconds: number): Promise<string[]> {
  const [hsmId = ''] = Object.keys(claviger.config().pids.hsm).sort();
  load.mark();
  await sleep(CALM_MS);
  const before = load.measured();
  load.mark();
  const at = Date.now();
  if (values.hold) await keepHanging(claviger, hsmId, milliseconds);
  else {
    process.kill(pidOf(claviger, hsmId) as number, 'SIGSTOP');
    await sleep(milliseconds);
  }
  const during = load.measured();
  const served = await eventually(REPAIR_LIMIT_MS, `${hsmId} serves again`, () =>
    servedAt(claviger, hsmId, at),
  );
  say(`one HSM hung for ${values.hang} s${values.hold ? ', whatever was started in its place' : ''}`);
  say(`before:           ${before.calls} calls, p50 ${ms(before.p50)}, p99 ${ms(before.p99)}`);
  say(`first 2 s:        p99 ${ms(during.p99First)}`);
  say(`after 2 s:        p99 ${ms(during.p99Later)}, ${(during.p99Later / before.p99).toFixed(2)} × before`);
  say(
    `all the time:     ${during.calls} calls, ${during.errors.length} errors, longest gap ${ms(during.longestGap)}`,
  );
  say(`until KMS used it again: ${ms(served - at)}`);
  report(during.errors);
  return [...before.errors, ...during.errors];
}

function report(errors: readonly string[]): void {
  for (const error of new Set(errors)) say(`error: ${error}`);
}

function spread(values: readonly number[]): string {
  return `median ${ms(percentile(values, 0.5))}, p90 ${ms(percentile(values, 0.9))}, worst ${ms(Math.max(...values))}`;
}

const ms = (value: number): string => `${Math.round(value)} ms`;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

await main();
