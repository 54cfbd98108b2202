/**
 * The floor: what is left of a bare `node:http` server when it does the least that a key management service with an HSM of its own and a
 * durable audit trail must do, and nothing of what makes it KMS. It says which part of the distance to the bare server is
 * Claviger's, and which is anybody's who does these steps in these processes.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from './processes.ts';
import type { Installation } from './claviger.ts';

/** KeySpec AES_256. */
export const DATA_KEY_BYTES = 32;

/** What the floor's server is told: whose signatures are good, and what it does beside checking them. */
export interface FloorSteps extends Pick<Installation, 'region' | 'credentials'> {
  /** The data key is made, and encrypted, in an HSM process. */
  hsm: boolean;
  /** A record is synced before the answer. */
  record: boolean;
}

export interface Floor {
  port: number;
  pids(): number[];
  doSteps(steps: FloorSteps): Promise<void>;
  stop(): Promise<void>;
}

export async function startFloor(): Promise<Floor> {
  const folder = await mkdtemp(join(tmpdir(), 'claviger-bench-floor-'));
  const configuration = join(folder, 'softhsm2.conf');
  await writeFile(configuration, `directories.tokendir = ${folder}\nobjectstore.backend = file\n`);
  const hsm = startChild('./floor-hsm.ts', [folder], { SOFTHSM2_CONF: configuration });
  await hsm.next();
  const server = startChild('./floor-server.ts', [folder]);
  const { port } = (await server.next()) as { port: number };
  return {
    port,
    pids: () => [server.process.pid as number, hsm.process.pid as number],
    doSteps: async (steps) => {
      server.process.send(steps);
      await server.next();
    },
    stop: async () => {
      await server.stop();
      await hsm.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The steps one after the other, as the table names them. */
export const FLOORS: readonly { name: string; hsm: boolean; record: boolean }[] = [
  { name: 'floor: signature', hsm: false, record: false },
  { name: 'floor: and HSM', hsm: true, record: false },
  { name: 'floor: and record', hsm: false, record: true },
  { name: 'floor: all three', hsm: true, record: true },
];
