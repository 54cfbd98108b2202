/** Audit events of what KMS does to a key by itself. CloudTrail: "AWS service events". */
import { newEventId } from '../../audit/event-id.ts';
import { buildServiceEvent, encodeEvent } from '../../audit/event.ts';
import type { CommittedEvent } from '../api/call.ts';
import type { Kms } from './kms.ts';

/** To be put into the outbox (storage/outbox.ts) in the transaction of the change that it tells of. */
export function keyServiceEvent(
  kms: Kms,
  key: { arn: string; accountId: string; region: string },
  eventName: string,
  serviceEventDetails: Record<string, unknown>,
): CommittedEvent {
  const time = kms.clock();
  const eventId = newEventId(time);
  const event = buildServiceEvent({
    time,
    eventSource: 'kms.amazonaws.com',
    eventName,
    region: key.region,
    accountId: key.accountId,
    eventId,
    resources: [{ accountId: key.accountId, type: 'AWS::KMS::Key', ARN: key.arn }],
    serviceEventDetails,
  });
  return { eventId, event: encodeEvent(event) };
}
