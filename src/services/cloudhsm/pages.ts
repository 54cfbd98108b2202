/** Pages of CloudHSM's lists. A token is opaque: the operation and the id that the next page begins after. */
import { invalidRequest } from './errors.ts';

interface PageRequest {
  NextToken?: string | undefined;
  MaxResults?: number | undefined;
}

export interface Page<Item> {
  items: Item[];
  NextToken: string | undefined;
}

/**
 * @param items all of them, in a stable order
 * @param most of a page, when the caller does not say
 * @throws ApiError CloudHsmInvalidRequestException for a token that is none of this operation
 */
export function page<Item>(
  operation: string,
  request: PageRequest,
  most: number,
  items: readonly Item[],
  nameOf: (item: Item) => string,
): Page<Item> {
  const after = request.NextToken === undefined ? undefined : readToken(operation, request.NextToken);
  const start = after === undefined ? 0 : items.findIndex((item) => nameOf(item) === after) + 1;
  if (after !== undefined && start === 0) throw invalidToken();
  const shown = items.slice(start, start + (request.MaxResults ?? most));
  const last = shown.at(-1);
  const more = start + shown.length < items.length && last !== undefined;
  return {
    items: shown,
    NextToken: more
      ? Buffer.from(JSON.stringify([operation, nameOf(last)])).toString('base64url')
      : undefined,
  };
}

function readToken(operation: string, token: string): string {
  try {
    const [of, after] = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as unknown[];
    if (of === operation && typeof after === 'string') return after;
  } catch {
    // not one of ours
  }
  throw invalidToken();
}

function invalidToken(): ReturnType<typeof invalidRequest> {
  return invalidRequest('The NextToken is not valid.');
}
