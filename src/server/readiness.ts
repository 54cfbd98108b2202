/** What `/readyz` answers. */
import type { TrailNumbers } from '../hsm-trail/alarm.ts';

export interface Readiness {
  ready: boolean;
  /** Why not. */
  reasons: string[];
  /** What is wrong with the trails, though calls are answered: faults found since the start, by kind. */
  notices?: string[];
}

/**
 * Calls are not answered while they cannot be recorded, so nothing is ready then; without the database nothing can be
 * changed, nor found that is not in memory. A break that was found in a trail is no reason: it would let whoever breaks an
 * HSM's log stop the service.
 * @param obstacles of what nothing can go on without; undefined: it is there
 */
export function readiness(
  obstacles: readonly (string | undefined)[],
  { alarms }: Pick<TrailNumbers, 'alarms'>,
): Readiness {
  const reasons = obstacles.filter((obstacle) => obstacle !== undefined);
  return {
    ready: reasons.length === 0,
    reasons,
    ...(alarms.size > 0 && { notices: [...alarms].map(([kind, count]) => `${kind}: ${count}`) }),
  };
}
