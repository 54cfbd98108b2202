/** What to do when another process made the same change at the same time, or took the name that this one wanted. */
import { isConflict } from '../../storage/conflicts.ts';

const TRIES = 4;

/**
 * Does the work again on what is there now: what was taken meanwhile is then refused as it would have been a moment later.
 * @param work changes nothing when it fails
 * @param refresh takes over what others changed
 * @throws the conflict itself when it does not end
 */
export async function despiteConflicts<T>(
  work: () => Promise<T> | T,
  refresh: () => Promise<void>,
): Promise<T> {
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      if (left === 0 || !isConflict(error)) throw error;
      await refresh();
    }
  }
}
