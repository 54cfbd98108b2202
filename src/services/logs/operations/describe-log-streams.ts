import { lowerCamel } from '../../../audit/event.ts';
import { listLogStreams } from '../../../storage/hsm-logs.ts';
import type { HsmLogStreamRow } from '../../../storage/schema-hsm-logs.ts';
import { invalidParameter } from '../errors.ts';
import { isText, opaqueToken, parseOpaqueToken } from '../event-places.ts';
import { groupResources, requireLogGroup } from '../log-groups.ts';
import { operation } from '../operation.ts';

const DEFAULT_LIMIT = 50;

/** Streams of a group: one for each HSM that is or was in the cluster. AWS: API_DescribeLogStreams. */
export const describeLogStreams = operation('DescribeLogStreams', {
  action: 'logs:DescribeLogStreams',
  readOnly: true,
  resources: groupResources,
  audit: lowerCamel,

  async handle(call) {
    const { logStreamNamePrefix: prefix, orderBy = 'LogStreamName', descending = false } = call.input;
    const { nextToken, limit = DEFAULT_LIMIT } = call.input;
    if (prefix !== undefined && orderBy === 'LastEventTime')
      throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.');
    const { cluster, arn } = requireLogGroup(call, call.input);
    const rows = (await listLogStreams(call.ports.db, cluster.cluster_id)).filter(({ hsm_id: name }) =>
      name.startsWith(prefix ?? ''),
    );
    if (orderBy === 'LastEventTime') rows.sort((a, b) => (a.last_event_at ?? 0) - (b.last_event_at ?? 0));
    if (descending) rows.reverse();
    const after = nextToken === undefined ? undefined : parseOpaqueToken(nextToken, isText);
    const begin = rows.findIndex(({ hsm_id: name }) => name === after) + 1;
    const page = rows.slice(begin, begin + limit);
    return {
      logStreams: page.map((row) => describe(row, arn)),
      nextToken: begin + page.length < rows.length ? opaqueToken(page.at(-1)?.hsm_id) : undefined,
    };
  },
});

function describe(row: HsmLogStreamRow, groupArn: string): Record<string, unknown> {
  return {
    logStreamName: row.hsm_id,
    creationTime: row.created_at,
    firstEventTimestamp: row.first_event_at ?? undefined,
    lastEventTimestamp: row.last_event_at ?? undefined,
    lastIngestionTime: row.last_ingested_at ?? undefined,
    arn: `${groupArn}:log-stream:${row.hsm_id}`,
    storedBytes: 0, // CloudWatch Logs stopped counting by stream in 2019
  };
}
