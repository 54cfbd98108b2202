/** CloudWatch Logs, as far as CloudHSM needs it: the audit logs of HSM clusters, read-only. AWS: CloudWatch Logs API reference. */
import { ApiError } from '../../aws/errors.ts';
import { createService, jsonCodec } from '../api/serve.ts';
import type { Codec, ServiceHandler } from '../api/serve.ts';
import { invalidParameter } from './errors.ts';
import type { Logs } from './operation.ts';
import { deleteRetentionPolicy } from './operations/delete-retention-policy.ts';
import { describeLogGroups } from './operations/describe-log-groups.ts';
import { describeLogStreams } from './operations/describe-log-streams.ts';
import { filterLogEvents } from './operations/filter-log-events.ts';
import { getLogEvents } from './operations/get-log-events.ts';
import { listTagsForResource, listTagsLogGroup } from './operations/list-tags.ts';
import { putRetentionPolicy } from './operations/put-retention-policy.ts';

const json = jsonCodec('logs');

/** CloudWatch Logs names broken constraints InvalidParameterException. */
const codec: Codec = {
  ...json,
  decode(operation, body, request) {
    try {
      return json.decode(operation, body, request);
    } catch (error) {
      if (error instanceof ApiError && error.code === 'ValidationException')
        throw invalidParameter(error.message);
      throw error;
    }
  },
};

export function createLogs(ports: Logs): ServiceHandler {
  return createService({
    service: 'logs',
    eventSource: 'logs.amazonaws.com',
    ports,
    codec,
    operations: [
      describeLogGroups,
      describeLogStreams,
      getLogEvents,
      filterLogEvents,
      putRetentionPolicy,
      deleteRetentionPolicy,
      listTagsForResource,
      listTagsLogGroup,
    ],
  });
}
