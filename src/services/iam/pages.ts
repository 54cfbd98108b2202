/** Pages of lists. A marker is opaque to callers: the query, and the last name that was shown. AWS: IAM API reference, `Marker`. */
import { createHash } from 'node:crypto';
import { validation } from './errors.ts';

export const DEFAULT_ITEMS = 100;

export interface PageInput {
  Marker?: string;
  MaxItems?: number;
}

export interface PageOutput {
  IsTruncated: boolean;
  Marker?: string;
}

/**
 * @param query operation and filter: a marker of another query is refused
 * @param items all of them, ascending by `nameOf`
 * @throws ApiError ValidationError
 */
export function pageOf<Item>(
  query: readonly unknown[],
  { Marker, MaxItems = DEFAULT_ITEMS }: PageInput,
  items: readonly Item[],
  nameOf: (item: Item) => string,
): { items: Item[]; page: PageOutput } {
  const digest = createHash('sha256').update(JSON.stringify(query)).digest('base64url').slice(0, 16);
  const after = Marker === undefined ? '' : decodeMarker(Marker, digest);
  const left = items.filter((item) => nameOf(item) > after);
  const shown = left.slice(0, MaxItems);
  const last = shown.at(-1);
  if (left.length === shown.length || last === undefined)
    return { items: shown, page: { IsTruncated: false } };
  const marker = Buffer.from(JSON.stringify([digest, nameOf(last)])).toString('base64url');
  return { items: shown, page: { IsTruncated: true, Marker: marker } };
}

function decodeMarker(marker: string, digest: string): string {
  try {
    const [of, after] = JSON.parse(Buffer.from(marker, 'base64url').toString()) as unknown[];
    if (of === digest && typeof after === 'string') return after;
  } catch {
    // fall through: not one of ours
  }
  throw validation('Invalid Marker.');
}

/** For lists by name: in the order in which principals.ts lists them. */
export const byName = ({ name }: { name: string }): string => name.toLowerCase();
