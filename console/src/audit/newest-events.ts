/**
 * The newest events of a log: CloudWatch Logs filters from the oldest on, so ever earlier spans of time are asked for until there are
 * enough of them. AWS: API_FilterLogEvents.
 */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How far back each span goes; the last one has all that is left. */
const SPANS_MS: readonly number[] = [HOUR_MS, DAY_MS, 30 * DAY_MS];

export interface Span {
  /** Both inclusive. */
  readonly startTime: number;
  readonly endTime: number | undefined;
}

/**
 * @param search all events of a span, in pieces, the oldest first
 * @returns `most` events at most, the newest first
 */
export async function newestEvents<Event>(
  search: (span: Span) => AsyncIterable<readonly Event[]>,
  now: number,
  most: number,
): Promise<Event[]> {
  let newest: Event[] = [];
  let endTime: number | undefined;
  for (const startTime of [...SPANS_MS.map((ms) => now - ms), 0]) {
    let found: Event[] = [];
    for await (const piece of search({ startTime, endTime })) found = [...found, ...piece].slice(-most);
    newest = [...found, ...newest].slice(-most);
    if (newest.length === most) break;
    endTime = startTime - 1;
  }
  return newest.reverse();
}
