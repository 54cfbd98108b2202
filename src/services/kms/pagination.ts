/**
 * Pages of lists. A marker is opaque to callers: the operation, what it was filtered by, and the last name that was shown.
 * AWS: a marker is valid only for the query that gave it.
 */
import { invalidMarker, validation } from './errors.ts';

export interface PageRequest {
  Limit?: number | undefined;
  Marker?: string | undefined;
}

interface PageRules {
  /** Operation and filter: a marker of another query is refused. */
  query: string;
  defaultLimit: number;
  maxLimit: number;
}

export interface Page<Item> {
  items: Item[];
  Truncated: boolean;
  NextMarker?: string;
}

/**
 * @param load up to `limit` items that come after the name `after` ('' is the start)
 * @throws ApiError InvalidMarkerException, ValidationException
 */
export async function page<Item>(
  request: PageRequest,
  rules: PageRules,
  load: (after: string, limit: number) => Promise<Item[]>,
  nameOf: (item: Item) => string,
): Promise<Page<Item>> {
  const limit = request.Limit ?? rules.defaultLimit;
  if (limit > rules.maxLimit) {
    throw validation(
      `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: ` +
        `Member must have value less than or equal to ${rules.maxLimit}`,
    );
  }
  const found = await load(
    request.Marker === undefined ? '' : decodeMarker(request.Marker, rules.query),
    limit + 1,
  );
  const items = found.slice(0, limit);
  const last = items.at(-1);
  if (found.length <= limit || last === undefined) return { items, Truncated: false };
  return { items, Truncated: true, NextMarker: encodeMarker(rules.query, nameOf(last)) };
}

function encodeMarker(query: string, after: string): string {
  return Buffer.from(JSON.stringify([query, after])).toString('base64url');
}

function decodeMarker(marker: string, query: string): string {
  try {
    const [markedQuery, after] = JSON.parse(Buffer.from(marker, 'base64url').toString('utf8')) as unknown[];
    if (markedQuery === query && typeof after === 'string') return after;
  } catch {
    // fall through: not one of ours
  }
  throw invalidMarker();
}
