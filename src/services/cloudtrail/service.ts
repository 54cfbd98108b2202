/** CloudTrail as the router finds it. */
import { createService, jsonCodec } from '../api/serve.ts';
import type { Codec, ServiceHandler } from '../api/serve.ts';
import type { CloudTrail } from './cloudtrail.ts';
import { asLookupError } from './lookup.ts';
import { addTags } from './operations/add-tags.ts';
import { createTrail } from './operations/create-trail.ts';
import { deleteTrail } from './operations/delete-trail.ts';
import { describeTrails } from './operations/describe-trails.ts';
import { getTrailStatus } from './operations/get-trail-status.ts';
import { getTrail } from './operations/get-trail.ts';
import { listPublicKeys } from './operations/list-public-keys.ts';
import { listTags } from './operations/list-tags.ts';
import { listTrails } from './operations/list-trails.ts';
import { lookupEvents } from './operations/lookup-events.ts';
import { removeTags } from './operations/remove-tags.ts';
import { startLogging } from './operations/start-logging.ts';
import { stopLogging } from './operations/stop-logging.ts';
import { updateTrail } from './operations/update-trail.ts';

export function createCloudTrail(ports: CloudTrail): ServiceHandler {
  return createService({
    service: 'cloudtrail',
    eventSource: 'cloudtrail.amazonaws.com',
    ports,
    codec: codec(),
    operations: [
      addTags,
      createTrail,
      deleteTrail,
      describeTrails,
      getTrail,
      getTrailStatus,
      listPublicKeys,
      listTags,
      listTrails,
      lookupEvents,
      removeTags,
      startLogging,
      stopLogging,
      updateTrail,
    ],
  });
}

function codec(): Codec {
  const json = jsonCodec('cloudtrail');
  return {
    ...json,
    decode(operation, body, request) {
      try {
        return json.decode(operation, body, request);
      } catch (error) {
        throw operation === 'LookupEvents' ? asLookupError(error, body) : error;
      }
    },
  };
}
