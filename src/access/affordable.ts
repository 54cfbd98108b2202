/** A bound on what one decision may cost: whoever writes a policy, and whoever sends a request, chooses what is compared. */
import { decision } from './decision.ts';
import type { Decision } from './decision.ts';
import { MatchingTooCostly } from './policy/wildcards.ts';

/**
 * What `decide` decides; a denial when that takes too long.
 * @param hidden as the denial is to be
 */
export function affordable(decide: () => Decision, hidden = false): Decision {
  try {
    return decide();
  } catch (error) {
    if (!(error instanceof MatchingTooCostly)) throw error;
    return decision('too-costly', [], { hidden });
  }
}
