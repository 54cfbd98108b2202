/** Runs a job again and again, one run at a time, and those that act on deadlines never while the clock cannot be trusted. */
import type { Logger } from '../logging/logger.ts';

export interface ScheduledJob {
  stop(): void;
}

/** The wall clock may move this much against the monotonic one between two runs; more than that is a jump. */
const TOLERATED_DRIFT_MS = 60_000;
/** After a jump, deadlines are not acted on for this long: time to notice and to set the clock right. */
const PAUSE_AFTER_JUMP_MS = 3_600_000;

/**
 * @param everyMs pause between the end of one run and the start of the next
 * @param work what to do; its errors are logged
 * @param despiteJumps for what acts on no deadline, and must go on
 * @param when a run is left out while it says no: this process does not hold the lease on the work
 */
export function schedule(
  name: string,
  everyMs: number,
  work: () => Promise<unknown>,
  logger: Logger,
  { despiteJumps = false, when = () => true }: { despiteJumps?: boolean; when?: () => boolean } = {},
): ScheduledJob {
  let stopped = false;
  let wall = Date.now();
  let monotonic = performance.now();
  let pausedUntil = 0;
  let timer: NodeJS.Timeout;

  const clockJumped = (): boolean => {
    const drift = Date.now() - wall - (performance.now() - monotonic);
    wall = Date.now();
    monotonic = performance.now();
    return Math.abs(drift) > TOLERATED_DRIFT_MS;
  };
  const run = async (): Promise<void> => {
    if (clockJumped() && !despiteJumps) {
      pausedUntil = performance.now() + PAUSE_AFTER_JUMP_MS;
      logger.error({ job: name }, 'the clock jumped; deadlines are not acted on for an hour');
    }
    if (performance.now() >= pausedUntil && when()) {
      try {
        await work();
      } catch (error) {
        logger.error({ err: error, job: name }, 'a job failed and will be run again');
      }
    }
    if (!stopped) timer = setTimeout(() => void run(), everyMs).unref();
  };
  timer = setTimeout(() => void run(), everyMs).unref();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
