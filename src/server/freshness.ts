/**
 * How old what a process answers from may be. What it alone can change is never old. Where there are other processes, uses
 * of keys are answered from memory, which is no older than the last reading of the feed of changes; everything else first
 * takes over what others have changed, so that who made a key on one connection finds it on the next. Who calls was found in
 * memory as it was before that, so he is looked up again.
 */
import { internalFailure, unrecognizedClient } from '../aws/errors.ts';
import type { ServiceName } from '../aws/services.ts';
import type { Logger } from '../logging/logger.ts';
import type { ChangeFeed } from '../nodes/change-feed.ts';
import type { ServiceHandler } from '../services/api/serve.ts';
import { builtOperation } from '../services/kms/operations/index.ts';
import type { Identities } from './identities.ts';

/** From here on the node says that it is not ready: balancers send calls elsewhere. */
const READY_MS = 1_000;
/** From here on no key is used on the word of memory alone (security: metadata may be 5 s old). */
const USABLE_MS = 5_000;

export interface Freshness {
  feed: Pick<ChangeFeed, 'ageMs' | 'catchUp'>;
  /** No other process changes anything: what is in memory is so. */
  alone: boolean;
  logger: Logger;
  identities: Pick<Identities, 'current'>;
}

/** Why this process should get no calls now, for people. */
export function staleness({ alone, feed }: Pick<Freshness, 'alone' | 'feed'>): string | undefined {
  return !alone && feed.ageMs > READY_MS
    ? 'the database does not tell what other processes changed'
    : undefined;
}

/**
 * A service that answers from what is fresh enough, and else fails. It throws UnrecognizedClientException when the caller's
 * credentials turn out to be gone.
 */
export function fresh(
  service: ServiceName,
  handle: ServiceHandler,
  { feed, alone, logger, identities }: Freshness,
): ServiceHandler {
  if (alone) return handle;
  const afterCatchingUp: ServiceHandler = async (name, request, body) => {
    try {
      await feed.catchUp();
    } catch (error) {
      logger.error({ err: error, operation: name }, 'a call is refused: what others changed is not known');
      throw internalFailure(service);
    }
    const caller = identities.current(request.caller);
    if (caller === undefined) throw unrecognizedClient();
    return handle(name, { ...request, caller }, body);
  };
  return (name, request, body) =>
    usesKeys(service, name) && feed.ageMs < USABLE_MS
      ? handle(name, request, body)
      : afterCatchingUp(name, request, body);
}

function usesKeys(service: ServiceName, operation: string): boolean {
  return service === 'kms' && builtOperation(operation)?.cryptographic === true;
}
