import { lowerCamel } from '../../../audit/event.ts';
import { trailProgress } from '../../../storage/trails.ts';
import { operation } from '../cloudtrail.ts';
import { arnOf, requireTrail } from '../trails.ts';

/** Whether a trail logs, and how its last deliveries went. AWS: API_GetTrailStatus. */
export const getTrailStatus = operation('GetTrailStatus', {
  action: 'cloudtrail:GetTrailStatus',
  readOnly: true,
  resources: (call) => [arnOf(call.input.Name, call)],
  audit: lowerCamel,

  async handle(call) {
    const trail = await requireTrail(call.input.Name, call);
    const progress = await trailProgress(call.ports.db, trail.trail_arn);
    return {
      IsLogging: trail.logging === 1,
      ...(progress.delivery_error !== null && { LatestDeliveryError: progress.delivery_error }),
      ...time('LatestDeliveryTime', progress.delivered_at),
      ...time('StartLoggingTime', trail.started_at),
      ...time('StopLoggingTime', trail.stopped_at),
      ...time('LatestDigestDeliveryTime', progress.digest_at),
      ...(progress.digest_error !== null && { LatestDigestDeliveryError: progress.digest_error }),
      LatestDeliveryAttemptTime: text(progress.attempted_at),
      LatestNotificationAttemptTime: '',
      LatestNotificationAttemptSucceeded: '',
      LatestDeliveryAttemptSucceeded: text(progress.delivered_at),
      TimeLoggingStarted: text(trail.started_at),
      TimeLoggingStopped: text(trail.stopped_at),
    };
  },
});

function time(name: string, at: number | null): Record<string, Date> {
  return at === null ? {} : { [name]: new Date(at) };
}

/** `2025-05-20T20:46:16Z`, empty for what never was. */
function text(at: number | null): string {
  return at === null ? '' : `${new Date(at).toISOString().slice(0, 19)}Z`;
}
