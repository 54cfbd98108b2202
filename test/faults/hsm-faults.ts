/** What fault tests and benches do to the HSMs of a Claviger, and how they see what the server made of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateHsmCommand, DeleteHsmCommand } from '@aws-sdk/client-cloudhsm-v2';
import { startProxy } from '../../src/drill/proxy.ts';
import type { Proxy } from '../../src/drill/proxy.ts';
import { setDetours } from '../../src/supervisor/detours.ts';
import { dataFolder } from '../../src/supervisor/installation.ts';
import { eventually } from '../stories/claviger.ts';
import type { Claviger } from '../stories/claviger.ts';
import { cloudHsmClient, clusterBecomes } from '../stories/own-cluster.ts';

/** Adds an HSM to the cluster of the first start, through the API. Resolves when it serves. @returns its id */
export async function addHsm(claviger: Claviger): Promise<string> {
  const { clusterId, region } = claviger.config();
  const client = cloudHsmClient(claviger);
  const { Hsm } = await client.send(
    new CreateHsmCommand({ ClusterId: clusterId, AvailabilityZone: `${region}a` }),
  );
  const hsmId = Hsm?.HsmId ?? '';
  await clusterBecomes(
    client,
    clusterId,
    `${hsmId} ACTIVE`,
    ({ Hsms }) => Hsms?.find((hsm) => hsm.HsmId === hsmId)?.State === 'ACTIVE',
  );
  await isServing(claviger, [hsmId]);
  return hsmId;
}

/** Takes an HSM out of the cluster of the first start, through the API. Resolves when it is gone. */
export async function removeHsm(claviger: Claviger, hsmId: string): Promise<void> {
  const { clusterId } = claviger.config();
  const client = cloudHsmClient(claviger);
  await client.send(new DeleteHsmCommand({ ClusterId: clusterId, HsmId: hsmId }));
  await clusterBecomes(
    client,
    clusterId,
    `${hsmId} gone`,
    ({ Hsms }) => Hsms?.every((hsm) => hsm.HsmId !== hsmId) === true,
  );
}

const DETOUR_MS = 30_000;

/** Leads KMS to one HSM by way of a proxy. Resolves when KMS is there. */
export async function leadThroughProxy(
  claviger: Claviger,
  hsmId: string,
): Promise<{ become: Proxy['become']; end: () => void }> {
  const folder = dataFolder(claviger.dataDir);
  const address = (): { host: string; port: number } =>
    JSON.parse(readFileSync(join(folder.hsms, hsmId, 'listening.json'), 'utf8')) as {
      host: string;
      port: number;
    };
  const proxy = await startProxy(address);
  const supervisor = claviger.config().pids.server[0] as number;
  const { host, port } = proxy;
  setDetours(folder, supervisor, { until: Date.now() + DETOUR_MS, hsms: { [hsmId]: { host, port } } });
  await eventually(DETOUR_MS, 'KMS at the proxy', () => (proxy.accepted > 0 ? true : undefined));
  return {
    become: (behaviour) => proxy.become(behaviour),
    end: () => {
      setDetours(folder, supervisor, undefined);
      proxy.close();
    },
  };
}

export function pidOf(claviger: Claviger, hsmId: string): number | undefined {
  return claviger.config().pids.hsm[hsmId];
}

/** Lets a process work a tenth of the time. @returns what ends that */
export function slowDown(pid: number): () => void {
  let tick = 0;
  const timer = setInterval(
    () => process.kill(pid, (tick = (tick + 1) % 10) === 0 ? 'SIGCONT' : 'SIGSTOP'),
    10,
  );
  return () => {
    clearInterval(timer);
    process.kill(pid, 'SIGCONT');
  };
}

export interface LinkChange {
  /** ISO time. */
  time: string;
  hsmId: string;
  to: 'down' | 'up' | 'serving';
}

/** Every change of the server's links to HSMs, from its log. */
export function linkChanges(claviger: Claviger): LinkChange[] {
  return readFileSync(join(claviger.dataDir, 'logs', 'server.log'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('HSM link changed'))
    .map((line) => JSON.parse(line) as LinkChange);
}

/** How each link is now. */
export function linkStates(claviger: Claviger): Map<string, LinkChange['to']> {
  return new Map(linkChanges(claviger).map(({ hsmId, to }) => [hsmId, to]));
}

/** @throws Error when they do not all serve within `milliseconds` */
export function isServing(
  claviger: Claviger,
  hsmIds: readonly string[],
  milliseconds = 30_000,
): Promise<boolean> {
  return eventually(milliseconds, `${hsmIds.join(', ')} serving`, () => {
    const states = linkStates(claviger);
    return hsmIds.every((id) => states.get(id) === 'serving') ? true : undefined;
  });
}

/** Kills an HSM's process. Resolves when the server has noticed. @returns when it was killed, milliseconds since 1970 */
export async function killHsm(claviger: Claviger, hsmId: string): Promise<number> {
  const at = Date.now();
  process.kill(pidOf(claviger, hsmId) as number, 'SIGKILL');
  await eventually(30_000, 'the HSM down', () =>
    linkChanges(claviger).some((change) => change.hsmId === hsmId && Date.parse(change.time) >= at)
      ? true
      : undefined,
  );
  return at;
}

/** When it served again, milliseconds since 1970; undefined while it has not. */
export function servedAt(claviger: Claviger, hsmId: string, after: number): number | undefined {
  const served = linkChanges(claviger).find(
    (change) => change.hsmId === hsmId && change.to === 'serving' && Date.parse(change.time) >= after,
  );
  return served === undefined ? undefined : Date.parse(served.time);
}

/**
 * Keeps an HSM stopped for a time, whatever is done about it: each process that the supervisor starts in its place is stopped,
 * too. The last one goes on afterwards.
 */
export async function keepHanging(claviger: Claviger, hsmId: string, milliseconds: number): Promise<void> {
  const until = performance.now() + milliseconds;
  while (performance.now() < until) {
    signal(pidOf(claviger, hsmId), 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  signal(pidOf(claviger, hsmId), 'SIGCONT');
}

function signal(pid: number | undefined, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it is dead, and client.json is behind
  }
}
