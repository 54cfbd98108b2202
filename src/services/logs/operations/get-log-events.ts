import { lowerCamel } from '../../../audit/event.ts';
import { listLogStreams, queryLogEvents } from '../../../storage/hsm-logs.ts';
import type { EventPlace } from '../../../storage/hsm-logs.ts';
import type { HsmLogEventRow } from '../../../storage/schema-hsm-logs.ts';
import { noSuchStream } from '../errors.ts';
import { parseStreamToken, placeOf, streamToken } from '../event-places.ts';
import { requireLogGroup, streamResources } from '../log-groups.ts';
import { operation } from '../operation.ts';

const MAX_EVENTS = 10_000;
/** An answer's messages, counted as CloudWatch Logs does: 26 bytes more than each message's own. */
const MAX_BYTES = 1_048_576;
const EVENT_OVERHEAD_BYTES = 26;

/**
 * Events of one stream, oldest first; from the newest backward unless `startFromHead` or a token says otherwise. At the end the
 * forward token is the one that came in, and leads on to what comes later. AWS: API_GetLogEvents.
 */
export const getLogEvents = operation('GetLogEvents', {
  action: 'logs:GetLogEvents',
  readOnly: true,
  resources: streamResources,
  audit: lowerCamel,

  async handle(call) {
    const { input, ports } = call;
    const {
      startTime = 0,
      endTime = Number.MAX_SAFE_INTEGER,
      limit = MAX_EVENTS,
      startFromHead = false,
    } = input;
    const { cluster } = requireLogGroup(call, input);
    const streams = await listLogStreams(ports.db, cluster.cluster_id);
    const hsmId = input.logStreamName;
    if (!streams.some((stream) => stream.hsm_id === hsmId)) throw noSuchStream();
    const token = input.nextToken === undefined ? undefined : parseStreamToken(input.nextToken);
    const forward = token === undefined ? startFromHead : token.direction === 'f';
    const found = await queryLogEvents(ports.db, {
      clusterId: cluster.cluster_id,
      hsmIds: [hsmId],
      startTime,
      endTime,
      beyond: token === undefined ? undefined : { ...token, hsmId },
      direction: forward ? 'asc' : 'desc',
      limit,
    });
    const rows = withinBytes(found);
    if (!forward) rows.reverse();
    const ends = endsOf(rows, { timeAt: token?.timeAt ?? startTime, hsmId, position: token?.position ?? -1 });
    return {
      events: rows.map((row) => ({
        timestamp: row.time_at,
        message: row.message,
        ingestionTime: row.ingested_at,
      })),
      nextForwardToken: streamToken('f', ends.last),
      nextBackwardToken: streamToken('b', ends.first),
    };
  },
});

function withinBytes(rows: HsmLogEventRow[]): HsmLogEventRow[] {
  let bytes = 0;
  const end = rows.findIndex((row) => {
    bytes += Buffer.byteLength(row.message) + EVENT_OVERHEAD_BYTES;
    return bytes > MAX_BYTES;
  });
  return end <= 0 ? rows : rows.slice(0, end);
}

/** Where the answer begins and ends; an empty one stays where the reader stood. */
function endsOf(rows: readonly HsmLogEventRow[], stood: EventPlace): { first: EventPlace; last: EventPlace } {
  const [first, last] = [rows[0], rows.at(-1)];
  return {
    first: first === undefined ? stood : placeOf(first),
    last: last === undefined ? stood : placeOf(last),
  };
}
