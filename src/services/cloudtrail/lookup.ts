/** LookupEvents: what may be asked, pages, and how an event is shown. AWS: API_LookupEvents. */
import { createHash } from 'node:crypto';
import { historyEntry } from '../../audit/history.ts';
import { ApiError } from '../../aws/errors.ts';
import type { Event, LookupEventsRequest } from '../../aws/generated/cloudtrail.ts';
import type { HistoryPlace, HistoryQuery } from '../../storage/event-index.ts';
import {
  invalidEventCategory,
  invalidLookupAttributes,
  invalidMaxResults,
  invalidNextToken,
  invalidTimeRange,
} from './errors.ts';

const DEFAULT_RESULTS = 50;
const VALUE_LENGTH = 2000;
const DAY_MS = 86_400_000;

export interface LookupScope {
  accountId: string;
  region: string;
  /** Milliseconds since 1970. */
  now: number;
  historyDays: number;
}

/** @throws ApiError for what may not be asked */
export function queryOf(input: LookupEventsRequest, scope: LookupScope): HistoryQuery {
  const attributes = input.LookupAttributes ?? [];
  if (attributes.length > 1) {
    throw invalidLookupAttributes('You can specify only one attribute in the list of lookup attributes.');
  }
  const [attribute] = attributes;
  if (attribute !== undefined && weight(attribute.AttributeValue) > VALUE_LENGTH) {
    throw invalidLookupAttributes(`An attribute value has at most ${VALUE_LENGTH} characters.`);
  }
  const start = input.StartTime?.getTime() ?? Number.NEGATIVE_INFINITY;
  const end = input.EndTime?.getTime() ?? scope.now;
  if (start > end) throw invalidTimeRange();
  return {
    accountId: scope.accountId,
    region: scope.region,
    attribute: attribute && { key: attribute.AttributeKey, value: attribute.AttributeValue },
    // events have whole seconds: the one in which the range begins counts
    from: Math.floor(Math.max(start, scope.now - scope.historyDays * DAY_MS) / 1000),
    to: Math.floor(Math.min(end, scope.now + DAY_MS) / 1000),
    after: input.NextToken === undefined ? undefined : placeOf(input.NextToken, input),
    limit: input.MaxResults ?? DEFAULT_RESULTS,
  };
}

/** `_`, space, comma and newline count double. */
function weight(value: string): number {
  return value.length + (value.match(/[_ ,\n]/g)?.length ?? 0);
}

/** A token belongs to the query that gave it: all parameters but the token itself. */
export function tokenOf(place: HistoryPlace, input: LookupEventsRequest): string {
  return Buffer.from(JSON.stringify([fingerprint(input), place.time, place.row])).toString('base64url');
}

/** @throws ApiError InvalidNextTokenException */
function placeOf(token: string, input: LookupEventsRequest): HistoryPlace {
  try {
    const [query, time, row] = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as unknown[];
    if (query === fingerprint(input) && Number.isSafeInteger(time) && Number.isSafeInteger(row)) {
      return { time: time as number, row: row as number };
    }
  } catch {
    // none of ours
  }
  throw invalidNextToken();
}

function fingerprint({ NextToken: _token, ...query }: LookupEventsRequest): string {
  const parts = [
    query.LookupAttributes?.map(({ AttributeKey, AttributeValue }) => [AttributeKey, AttributeValue]) ?? [],
    query.StartTime?.getTime() ?? null,
    query.EndTime?.getTime() ?? null,
    query.EventCategory ?? null,
    query.MaxResults ?? null,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);
}

/** An event as the answer shows it. @param record its JSON */
export function shownEvent(record: string): Event {
  const entry = historyEntry(record);
  return {
    EventId: entry.eventId,
    EventName: entry.eventName,
    ReadOnly: String(entry.readOnly),
    ...(entry.accessKeyId !== undefined && { AccessKeyId: entry.accessKeyId }),
    EventTime: new Date(entry.time * 1000),
    EventSource: entry.eventSource,
    ...(entry.username !== undefined && { Username: entry.username }),
    Resources: entry.resources.map(({ type, name }) => ({ ResourceType: type, ResourceName: name })),
    CloudTrailEvent: record,
  };
}

/** The members of LookupEvents whose limits have errors of their own. */
const OWN_ERRORS: readonly [member: RegExp, error: (body: Record<string, unknown>) => ApiError][] = [
  [/at 'maxResults'/, (body) => invalidMaxResults(body['MaxResults'])],
  [/at 'eventCategory'/, (body) => invalidEventCategory(body['EventCategory'])],
  [
    /at 'lookupAttributes/,
    () => invalidLookupAttributes('A lookup attribute has a key or value that is not valid.'),
  ],
];

/** What a broken limit of the model is called by this operation. */
export function asLookupError(thrown: unknown, body: Buffer): unknown {
  if (!(thrown instanceof ApiError) || thrown.code !== 'ValidationException') return thrown;
  const own = OWN_ERRORS.find(([member]) => member.test(thrown.message));
  return own === undefined ? thrown : own[1](JSON.parse(body.toString('utf8')) as Record<string, unknown>);
}
