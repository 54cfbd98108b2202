/** What tests do to HSM processes of a Claviger behind its back. */
import type { Claviger } from '../stories/claviger.ts';

/** Short enough for an HSM that came back to be killed before it serves. */
const KILL_EVERY_MS = 100;

function signal(claviger: Claviger, which: (hsmId: string) => boolean, name: NodeJS.Signals): void {
  try {
    for (const [hsmId, pid] of Object.entries(claviger.config().pids.hsm))
      if (which(hsmId)) process.kill(pid, name);
  } catch {
    // it is dead already, or client.json is being written
  }
}

/** Kills an HSM's process whenever there is one. @returns what ends that */
export function holdDown(claviger: Claviger, hsmId: string): () => void {
  const timer = setInterval(() => signal(claviger, (id) => id === hsmId, 'SIGKILL'), KILL_EVERY_MS);
  return () => clearInterval(timer);
}
