/** What tests do to HSM processes of a Claviger behind its back. */
import type { Claviger } from '../stories/claviger.ts';

/** Short enough for an HSM that came back to be killed before it serves. */
const KILL_EVERY_MS = 100;
/** Of these milliseconds an HSM that is slowed down works a tenth: less than its heartbeat allows it to be late. */
const CYCLE_MS = 100;

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

/** Stops HSMs that are not among these. @returns what ends that */
export function stopOthers(claviger: Claviger, known: readonly string[]): () => void {
  const others = (id: string): boolean => !known.includes(id);
  const timer = setInterval(() => signal(claviger, others, 'SIGSTOP'), CYCLE_MS / 10);
  return () => {
    clearInterval(timer);
    signal(claviger, others, 'SIGCONT');
  };
}

/** Slows down HSMs that are not among these, so that what they do can be seen. @returns what ends that */
export function slowDownOthers(claviger: Claviger, known: readonly string[]): () => void {
  const others = (id: string): boolean => !known.includes(id);
  let pause: NodeJS.Timeout | undefined;
  const timer = setInterval(() => {
    signal(claviger, others, 'SIGCONT');
    pause = setTimeout(() => signal(claviger, others, 'SIGSTOP'), CYCLE_MS / 10);
  }, CYCLE_MS);
  return () => {
    clearInterval(timer);
    clearTimeout(pause);
    signal(claviger, others, 'SIGCONT');
  };
}
