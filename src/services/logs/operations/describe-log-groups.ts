import { lowerCamel } from '../../../audit/event.ts';
import type { LogGroup } from '../../../aws/generated/logs.ts';
import { findRetention, listLogStreams } from '../../../storage/hsm-logs.ts';
import type { Queryable } from '../../../storage/store.ts';
import { invalidParameter } from '../errors.ts';
import { isText, opaqueToken, parseOpaqueToken } from '../event-places.ts';
import { logGroupArn, logGroupsOf } from '../log-groups.ts';
import type { LogGroupOfCluster } from '../log-groups.ts';
import { operation } from '../operation.ts';

const DEFAULT_LIMIT = 50;

/** Log groups of the caller's account in this Region, by name. AWS: API_DescribeLogGroups. */
export const describeLogGroups = operation('DescribeLogGroups', {
  action: 'logs:DescribeLogGroups',
  readOnly: true,
  resources: (call) => [`${logGroupArn(call, '')}:log-stream:`],
  audit: lowerCamel,

  async handle(call) {
    const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern, limit = DEFAULT_LIMIT } = call.input;
    const { logGroupIdentifiers: identifiers, logGroupClass = 'STANDARD', nextToken } = call.input;
    if (prefix !== undefined && pattern !== undefined)
      throw invalidParameter(
        'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
      );
    const after = nextToken === undefined ? '' : parseOpaqueToken(nextToken, isText);
    const matching = logGroupsOf(call)
      .filter(() => logGroupClass === 'STANDARD')
      .filter(({ logGroup }) => logGroup.startsWith(prefix ?? ''))
      .filter(({ logGroup }) => logGroup.toLowerCase().includes((pattern ?? '').toLowerCase()))
      .filter(({ logGroup, arn }) => identifiers?.some((id) => id === logGroup || id === arn) ?? true)
      .filter(({ logGroup }) => logGroup > after);
    const page = matching.slice(0, limit);
    return {
      logGroups: await Promise.all(page.map((group) => describe(call.ports.db, group))),
      nextToken: matching.length > page.length ? opaqueToken(page.at(-1)?.logGroup) : undefined,
    };
  },
});

async function describe(db: Queryable, group: LogGroupOfCluster): Promise<LogGroup> {
  const streams = await listLogStreams(db, group.cluster.cluster_id);
  return {
    logGroupName: group.logGroup,
    creationTime: group.cluster.created_at,
    retentionInDays: await findRetention(db, group),
    metricFilterCount: 0,
    arn: `${group.arn}:*`,
    storedBytes: streams.reduce((sum, stream) => sum + stream.stored_bytes, 0),
    logGroupClass: 'STANDARD',
    logGroupArn: group.arn,
  };
}
