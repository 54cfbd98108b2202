/** `server`: the processes that serve requests. */
import { availableParallelism } from 'node:os';
import { ConfigurationError, mapping, oneOf, optional, wholeNumber } from './values.ts';
import type { Reader } from './values.ts';

const MOST = 32;

/** `auto`: one for each two processors, since HSM processes and the crypto process need the others. */
const workers: Reader<number> = (value, path) => {
  if (value === 'auto') return Math.min(MOST, Math.max(1, Math.floor(availableParallelism() / 2)));
  try {
    return wholeNumber(1, MOST)(value, path);
  } catch {
    throw new ConfigurationError(path, `must be auto, or a whole number from 1 to ${MOST}`);
  }
};

export interface ServerSection {
  /** Whether other nodes work on the same database. */
  nodes: 'one' | 'several';
  /** How many processes serve requests on this node. */
  workers: number;
}

export const server = mapping<ServerSection>({
  nodes: optional(oneOf('one', 'several'), 'one'),
  workers: optional(workers, 1),
});
