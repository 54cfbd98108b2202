/** Real HSM processes in folders of their own, for the time of a test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHsmFolder } from '../../src/hsm/folder.ts';
import type { HsmAddress } from '../../src/operator/ceremony.ts';
import { runHsm } from '../../src/operator/hsm-process.ts';
import type { RunningHsm } from '../../src/operator/hsm-process.ts';

export const CLUSTER_ID = 'cluster-1o36p5xeo5k';
const MODULE = '/usr/lib/softhsm/libsofthsm2.so';

export interface TestHsms {
  /** Holds everything; removed at the end. */
  dir: string;
  operatorDir: string;
  /** Starts an HSM, in a new folder or in the one that it had. */
  start(hsmId: string): Promise<HsmAddress>;
  /** Ends an HSM's process with SIGKILL. */
  kill(hsmId: string): Promise<void>;
  /** Deletes the folder of an HSM that does not run. */
  deleteFolder(hsmId: string): Promise<void>;
  close(): Promise<void>;
}

export async function createTestHsms(): Promise<TestHsms> {
  const dir = await mkdtemp(join(tmpdir(), 'claviger-operator-'));
  const running = new Map<string, RunningHsm>();
  const created = new Set<string>();
  const folderOf = (hsmId: string): string => join(dir, hsmId);
  return {
    dir,
    operatorDir: join(dir, 'operator'),
    async start(hsmId) {
      if (!created.has(hsmId)) {
        created.add(hsmId);
        await createHsmFolder(folderOf(hsmId), {
          hsmId,
          clusterId: CLUSTER_ID,
          availabilityZone: `zone-${hsmId}`,
          listen: { host: '127.0.0.1', port: 0 },
          module: { path: MODULE },
        });
      }
      const hsm = await runHsm(folderOf(hsmId));
      running.set(hsmId, hsm);
      return { hsmId, clusterId: CLUSTER_ID, host: hsm.host, port: hsm.port };
    },
    async kill(hsmId) {
      const hsm = running.get(hsmId);
      running.delete(hsmId);
      hsm?.process.kill('SIGKILL');
      await hsm?.stop();
    },
    async deleteFolder(hsmId) {
      created.delete(hsmId);
      await rm(folderOf(hsmId), { recursive: true });
    },
    async close() {
      await Promise.all([...running.values()].map((hsm) => hsm.stop()));
      await rm(dir, { recursive: true, force: true });
    },
  };
}
