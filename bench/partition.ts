/**
 * No key is made twice while the network between KMS and its HSMs is cut, again and again:
 *
 *     npx tsx bench/partition.ts --keys 10000 --hsms 3 --creating 8
 *
 * KMS reaches one HSM after the other through a proxy that swallows everything for two seconds, then refuses everything for
 * two. Keys are made all the while, each call tried three times. At the end every HSM must hold every acknowledged key once, with
 * the same check value, and no other key than those that are on record. Ends with 1 when that is not so.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { checkCluster } from '../src/operator/check.ts';
import { embeddedConnection } from '../src/operator/connection-data.ts';
import { loadCredentials, operatorFolder } from '../src/operator/folder.ts';
import { dataFolder } from '../src/supervisor/installation.ts';
import { addHsm, leadThroughProxy } from '../test/faults/hsm-faults.ts';
import { eventually, startClaviger } from '../test/stories/claviger.ts';
import type { Claviger } from '../test/stories/claviger.ts';

const CUT_MS = 2_000;
const WHOLE_MS = 2_000;
const IN_STEP_MS = 180_000;

const { values } = parseArgs({
  options: {
    keys: { type: 'string', default: '1000' },
    hsms: { type: 'string', default: '3' },
    creating: { type: 'string', default: '8' },
  },
});

/** Cuts KMS off from each HSM in turn until it is told to end. @returns how many cuts there were */
async function cutInTurn(claviger: Claviger, going: () => boolean): Promise<number> {
  let cuts = 0;
  while (going()) {
    const hsmIds = Object.keys(claviger.config().pids.hsm).sort();
    const hsmId = hsmIds[cuts % hsmIds.length] as string;
    const proxy = await leadThroughProxy(claviger, hsmId);
    await sleep(WHOLE_MS);
    proxy.become('silent');
    await sleep(CUT_MS);
    proxy.become('refuses');
    await sleep(CUT_MS);
    proxy.become('whole');
    await sleep(WHOLE_MS);
    proxy.end();
    cuts += 1;
  }
  return cuts;
}

/** What each HSM holds for `kmsuser`: check values by material, and key ids by material. Resolves when all are in step. */
async function inventories(claviger: Claviger): Promise<Map<string, Map<string, string>>> {
  const cluster = await embeddedConnection(claviger.dataDir);
  const { password } = await loadCredentials(operatorFolder(dataFolder(claviger.dataDir).operator).officer);
  return eventually(IN_STEP_MS, 'all HSMs in step', async () => {
    const { reports, findings } = await checkCluster(cluster, password);
    if (findings.some(({ weight }) => weight === 'fault')) return undefined;
    const held = reports.map(({ hsmId, value }): [string, Map<string, string>] => {
      const { keys = [] } = value?.partitions['kmsuser']?.inventory ?? {};
      return [hsmId, new Map(keys.map((key) => [`${key.materialId} ${key.label}`, key.check ?? '']))];
    });
    return held.some(([, keys]) => keys.size === 0) ? undefined : new Map(held);
  });
}

async function main(count: number): Promise<void> {
  const claviger = await startClaviger();
  try {
    while (Object.keys(claviger.config().pids.hsm).length < Number(values.hsms)) await addHsm(claviger);
    const kms = claviger.client({ sockets: 64, maxAttempts: 3 });
    const CustomKeyStoreId = claviger.config().customKeyStoreId;
    const made: string[] = [];
    const failed = new Map<string, number>();
    let going = true;
    const make = async (): Promise<void> => {
      while (made.length < count) {
        try {
          const { KeyMetadata } = await kms.send(
            new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId }),
          );
          made.push(KeyMetadata?.KeyId ?? '');
        } catch (error) {
          const { name } = error as Error;
          failed.set(name, (failed.get(name) ?? 0) + 1);
        }
      }
    };
    const cutting = cutInTurn(claviger, () => going);
    await Promise.all(Array.from({ length: Number(values.creating) }, make));
    going = false;
    const cuts = await cutting;
    say(
      `${made.length} keys made during ${cuts} cuts; refused: ${JSON.stringify(Object.fromEntries(failed))}`,
    );

    const held = await inventories(claviger);
    const [first, ...others] = [...held.values()] as [Map<string, string>, ...Map<string, string>[]];
    // an HSM that has not computed a key's check value since its start tells none
    const differ = (one: string | undefined, other: string | undefined): boolean =>
      one === undefined || other === undefined || (one !== other && one !== '' && other !== '');
    const differing = others.flatMap((keys) =>
      [...new Set([...first.keys(), ...keys.keys()])].filter((key) => differ(first.get(key), keys.get(key))),
    );
    const timesMade = new Map<string, number>();
    for (const name of first.keys()) {
      const keyId = name.slice(-36);
      timesMade.set(keyId, (timesMade.get(keyId) ?? 0) + 1);
    }
    const missing = made.filter((keyId) => !timesMade.has(keyId));
    const twice = [...timesMade].filter(([, times]) => times > 1);
    say(`held by each of ${held.size} HSMs: ${first.size} keys`);
    say(
      `made twice: ${twice.length}; acknowledged and missing: ${missing.length}; differing: ${differing.length}`,
    );
    if (twice.length + missing.length + differing.length > 0) process.exitCode = 1;
  } finally {
    await claviger.remove();
  }
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

await main(Number(values.keys));
