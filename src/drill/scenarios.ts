/**
 * What a drill does to one HSM of an installation, as a table: how the fault is caused, and what is promised while it lasts
 * (failure table of the security design). Every fault is one that the installation must mend by itself.
 */
import {
  cpSync,
  existsSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startProxy } from './proxy.ts';
import type { Proxy } from './proxy.ts';

/** What a scenario may do to its HSM, and ask of KMS. */
export interface Patient {
  hsmId: string;
  /** The HSM's folder. */
  dir: string;
  /** The HSM's process now; undefined while there is none. */
  pid(): number | undefined;
  /** Creates a key in the key store. @returns the error's code, or undefined when it was made */
  createKey(): Promise<string | undefined>;
  /** The processes of all other HSMs of its cluster. */
  otherPids(): number[];
  /** Where the HSM listens. */
  address(): { host: string; port: number };
  /** Has KMS look for the HSM there; undefined: where it listens. */
  lead(detour: { host: string; port: number } | undefined): void;
}

/** Milliseconds. */
export interface Promised {
  errors: number;
  /** In the first two seconds. */
  p99First?: number;
  /** After them: so many times what it was before the fault. */
  p99LaterTimes?: number;
  gap?: number;
  repair: number;
}

export interface Scenario {
  name: string;
  what: string;
  promised: Promised;
  /** Causes the fault, which ends with it. @throws Error when a promise of its own is broken */
  cause(patient: Patient): Promise<void>;
}

/** A scenario through a proxy, which KMS was led to before and is led away from afterwards. */
export interface NetworkScenario extends Omit<Scenario, 'cause'> {
  cut(proxy: Proxy): Promise<void>;
}

/** How long KMS may take until it speaks with the HSM through the proxy. */
const DETOUR_MS = 20_000;

const kill = (pid: number | undefined, signal: NodeJS.Signals = 'SIGKILL'): void => {
  try {
    if (pid !== undefined) process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it is dead already, and client.json is behind
  }
};

export const SCENARIOS: readonly (Scenario | NetworkScenario)[] = [
  {
    name: 'kill',
    what: 'the process is killed',
    promised: { errors: 0, gap: 300, repair: 2_000 },
    cause: async (patient) => kill(patient.pid()),
  },
  {
    name: 'hang',
    what: 'the process hangs (SIGSTOP) until it is started anew',
    promised: { errors: 0, p99First: 600, p99LaterTimes: 1.5, repair: 20_000 },
    cause: async (patient) => kill(patient.pid(), 'SIGSTOP'),
  },
  {
    name: 'slow',
    what: 'the process is stopped for 40 of every 80 ms, for 5 s',
    promised: { errors: 0, gap: 300, p99First: 600, repair: 10_000 },
    async cause(patient) {
      const until = performance.now() + 5_000;
      const pid = patient.pid();
      try {
        while (performance.now() < until) {
          kill(pid, 'SIGSTOP');
          await sleep(40);
          kill(pid, 'SIGCONT');
          await sleep(40);
        }
      } finally {
        kill(pid, 'SIGCONT');
      }
    },
  },
  {
    name: 'cut',
    what: 'the network between KMS and the HSM swallows all for 4 s, then refuses all for 4 s',
    promised: { errors: 0, gap: 300, p99First: 600, repair: 18_000 },
    async cut(proxy) {
      proxy.become('silent');
      await sleep(4_000);
      proxy.become('refuses');
      await sleep(4_000);
      proxy.become('whole');
    },
  },
  {
    name: 'corrupt',
    what: 'the newest key object is changed in one byte, the one before it cut off, and the process is killed',
    promised: { errors: 0, gap: 300, repair: 10_000 },
    async cause(patient) {
      for (let keys = 0; keys < 2; keys += 1) await requireKey(patient);
      const [newest = '', before = ''] = keyObjects(patient.dir);
      kill(patient.pid());
      const bytes = readFileSync(newest);
      const middle = Math.floor(bytes.length / 2);
      bytes[middle] = (bytes[middle] ?? 0) ^ 1;
      writeFileSync(newest, bytes);
      truncateSync(before, 300);
    },
  },
  {
    name: 'token',
    what: 'token.object is cut to nothing, and the process is killed',
    promised: { errors: 0, gap: 300, repair: 10_000 },
    async cause(patient) {
      const path = tokenObject(patient.dir);
      kill(patient.pid());
      truncateSync(path, 0);
    },
  },
  {
    name: 'rollback',
    what: 'the folder is put back to what it was before the newest key',
    promised: { errors: 0, gap: 300, repair: 60_000 },
    async cause(patient) {
      const [older, newer] = [`${patient.dir}.drill-older`, `${patient.dir}.drill-newer`];
      copyAtRest(patient, older);
      try {
        await requireKey(patient);
        kill(patient.pid());
        renameSync(patient.dir, newer); // within the pause before it is started again
        renameSync(older, patient.dir);
        rmSync(join(patient.dir, 'log'), { recursive: true });
        renameSync(join(newer, 'log'), join(patient.dir, 'log')); // the log is evidence and is not rolled back
      } finally {
        rmSync(older, { recursive: true, force: true });
        rmSync(newer, { recursive: true, force: true });
      }
    },
  },
  {
    name: 'alone',
    what: 'all HSMs but this one are down for 5 s; no key can be made meanwhile',
    promised: { errors: 0, gap: 300, repair: 10_000 },
    async cause(patient) {
      const until = performance.now() + 5_000;
      let refused: string | undefined;
      while (performance.now() < until) {
        for (const pid of patient.otherPids()) kill(pid);
        await sleep(20);
        refused ??= await patient.createKey();
      }
      if (refused === undefined || !/CloudHsmClusterInvalidConfiguration/.test(refused))
        throw new Error(`CreateKey with one HSM left: ${refused ?? 'it was made'}`);
    },
  },
];

/** Copies the folder of an HSM while it does nothing: files come and go in it. */
function copyAtRest(patient: Patient, target: string): void {
  const pid = patient.pid();
  kill(pid, 'SIGSTOP');
  try {
    cpSync(patient.dir, target, { recursive: true });
  } finally {
    kill(pid, 'SIGCONT');
  }
}

function tokenObject(dir: string): string {
  const tokens = join(dir, 'tokens');
  const found = readdirSync(tokens)
    .map((folder) => join(tokens, folder, 'token.object'))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${tokens} has no token: only SoftHSM's can be damaged`);
  return found;
}

/** Files of key objects and the like, the newest first. */
function keyObjects(dir: string): string[] {
  return readdirSync(join(dir, 'tokens'), { recursive: true })
    .map((name) => join(dir, 'tokens', String(name)))
    .filter((path) => path.endsWith('.object') && !path.endsWith('token.object'))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
}

async function requireKey(patient: Patient): Promise<void> {
  const refused = await patient.createKey();
  if (refused !== undefined) throw new Error(`a key could not be made beforehand: ${refused}`);
}

/** Leads KMS to the HSM through a proxy, until what is returned is called. @throws Error when KMS does not come */
export async function detourThroughProxy(patient: Patient): Promise<{ proxy: Proxy; end: () => void }> {
  const proxy = await startProxy(() => patient.address());
  const end = (): void => {
    try {
      patient.lead(undefined);
    } finally {
      proxy.close(); // what listens keeps this process alive
    }
  };
  try {
    patient.lead(proxy);
    const until = performance.now() + DETOUR_MS;
    while (proxy.accepted === 0) {
      if (performance.now() > until) throw new Error('KMS did not come to the proxy');
      await sleep(50);
    }
    return { proxy, end };
  } catch (error) {
    end();
    throw error;
  }
}
