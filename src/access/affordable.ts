/** A bound on what one decision may cost: whoever writes a policy, and whoever sends a request, chooses what is compared. */
import { MatchingTooCostly, beginMatching } from './policy/wildcards.ts';

/** What `decide` decides; what `givenUp` says, which is to be a denial, when matching its policies takes too long. */
export function affordable<T>(decide: () => T, givenUp: () => T): T {
  beginMatching();
  try {
    return decide();
  } catch (error) {
    if (error instanceof MatchingTooCostly) return givenUp();
    throw error;
  }
}
