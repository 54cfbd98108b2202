/** What `/readyz` answers. */
import type { AuditTrail } from '../audit/trail.ts';
import type { TrailNumbers } from '../hsm-trail/alarm.ts';

export interface Readiness {
  ready: boolean;
  /** Why not. */
  reasons: string[];
  /** What is wrong with the trails, though calls are answered: faults found since the start, by kind. */
  notices?: string[];
}

/**
 * Calls are not answered while they cannot be recorded, so nothing is ready then. A break that was found in a trail is no
 * reason: it would let whoever breaks an HSM's log stop the service.
 */
export function readiness(
  audit: Pick<AuditTrail, 'obstacle'>,
  { alarms }: Pick<TrailNumbers, 'alarms'>,
): Readiness {
  const { obstacle } = audit;
  return {
    ready: obstacle === undefined,
    reasons: obstacle === undefined ? [] : [obstacle],
    ...(alarms.size > 0 && { notices: [...alarms].map(([kind, count]) => `${kind}: ${count}`) }),
  };
}
