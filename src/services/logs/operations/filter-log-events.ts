import { lowerCamel } from '../../../audit/event.ts';
import { listLogStreams, queryLogEvents } from '../../../storage/hsm-logs.ts';
import type { HsmLogEventRow } from '../../../storage/schema-hsm-logs.ts';
import { invalidParameter, noSuchStream } from '../errors.ts';
import { eventId, isPlace, opaqueToken, parseOpaqueToken, placeOf } from '../event-places.ts';
import { compileFilterPattern } from '../filter-pattern.ts';
import { groupResources, requireLogGroup } from '../log-groups.ts';
import type { LogsCall } from '../log-groups.ts';
import { operation } from '../operation.ts';

const MAX_EVENTS = 10_000;
const MAX_BYTES = 1_048_576;
const EVENT_OVERHEAD_BYTES = 26;
/** Events that one call looks at; the rest is for the next call, as with CloudWatch Logs. */
const MAX_SEARCHED = 10_000;
const BATCH = 1_000;

/** Events of a group's streams that match a pattern, in order of time. AWS: API_FilterLogEvents. */
export const filterLogEvents = operation('FilterLogEvents', {
  action: 'logs:FilterLogEvents',
  readOnly: true,
  resources: groupResources,
  audit: lowerCamel,

  async handle(call) {
    const { input, ports } = call;
    const { startTime = 0, endTime, limit = MAX_EVENTS, filterPattern = '', nextToken } = input;
    const { cluster } = requireLogGroup(call, input);
    const matches = compileFilterPattern(filterPattern);
    const query = {
      clusterId: cluster.cluster_id,
      hsmIds: await wantedStreams(call, cluster.cluster_id, input),
      startTime,
      endTime: endTime === undefined ? Number.MAX_SAFE_INTEGER : endTime + 1, // inclusive, unlike GetLogEvents
      direction: 'asc',
    } as const;
    let beyond = nextToken === undefined ? undefined : parseOpaqueToken(nextToken, isPlace);
    const events: HsmLogEventRow[] = [];
    let bytes = 0;
    for (let searched = 0; searched < MAX_SEARCHED;) {
      const batch = await queryLogEvents(ports.db, { ...query, beyond, limit: BATCH });
      for (const row of batch) {
        if (matches(row.message)) {
          bytes += Buffer.byteLength(row.message) + EVENT_OVERHEAD_BYTES;
          if (events.length > 0 && (bytes > MAX_BYTES || events.length >= limit))
            return answer(events, opaqueToken(beyond));
          events.push(row);
        }
        beyond = placeOf(row);
      }
      if (batch.length < BATCH) return answer(events, undefined);
      searched += batch.length;
    }
    return answer(events, opaqueToken(beyond));
  },
});

function answer(rows: readonly HsmLogEventRow[], nextToken: string | undefined): Record<string, unknown> {
  const events = rows.map((row) => ({
    logStreamName: row.hsm_id,
    timestamp: row.time_at,
    message: row.message,
    ingestionTime: row.ingested_at,
    eventId: eventId(row),
  }));
  return { events, searchedLogStreams: [], nextToken };
}

/** @returns undefined for all streams @throws ApiError */
async function wantedStreams(
  { ports }: LogsCall,
  clusterId: string,
  input: { logStreamNames?: string[]; logStreamNamePrefix?: string },
): Promise<string[] | undefined> {
  const { logStreamNames: names, logStreamNamePrefix: prefix } = input;
  if (names !== undefined && prefix !== undefined)
    throw invalidParameter('LogStreamNames and LogStreamNamePrefix are mutually exclusive parameters.');
  if (names === undefined && prefix === undefined) return undefined;
  const known = (await listLogStreams(ports.db, clusterId)).map(({ hsm_id: name }) => name);
  if (prefix !== undefined) return known.filter((name) => name.startsWith(prefix));
  if (names?.every((name) => known.includes(name)) !== true) throw noSuchStream();
  return names;
}
