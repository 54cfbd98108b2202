/**
 * The sockets on which this node serves. The supervisor holds them and accepts nothing: the serving processes inherit them, so
 * that connections wait in them, and are not refused, while a process is being replaced.
 */
import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { listenTcp } from '../native/addon.ts';

export interface FrontDoor {
  port: number;
  /** One for each serving process; with several, the kernel spreads connections over them. */
  descriptors: readonly number[];
  close(): void;
}

/** A process that was just killed may hold the port for a moment. */
const TRIES = 50;
const PAUSE_MS = 100;

/** @param port 0: any free one @throws Error when it cannot be had */
export async function openFrontDoor(host: string, port: number, processes: number): Promise<FrontDoor> {
  const shared = processes > 1;
  const first = await listenSoon(host, port, shared);
  const descriptors = [first.descriptor];
  while (descriptors.length < processes) descriptors.push(listenTcp(host, first.port, shared).descriptor);
  return {
    port: first.port,
    descriptors,
    close: () => {
      for (const descriptor of descriptors) closeSync(descriptor);
    },
  };
}

async function listenSoon(
  host: string,
  port: number,
  shared: boolean,
): Promise<ReturnType<typeof listenTcp>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return listenTcp(host, port, shared);
    } catch (error) {
      if (attempt === TRIES)
        throw new Error(`${host}:${port}: ${(error as Error).message}`, { cause: error });
      await sleep(PAUSE_MS);
    }
  }
}
