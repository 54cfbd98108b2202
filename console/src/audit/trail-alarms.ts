/** What the server recorded when the HSMs' own logs and the journal of KMS calls did not agree, or a log was not whole. */
import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import type { Event } from '@aws-sdk/client-cloudtrail';
import type { Clients } from '../aws/clients.ts';

/** Events of the service itself, by name, with what each says. */
export const ALARMS: Readonly<Record<string, string>> = {
  AuditTrailMismatch: 'A use of a key in an HSM and the calls to KMS do not go together.',
  HsmLogIntegrityFailure: 'The log of an HSM is not what it was, or is not signed by that HSM.',
};

/** Newest first, of the last 90 days. */
export async function trailAlarms(clients: Clients): Promise<readonly Event[]> {
  const client = await clients.cloudtrail();
  const events: Event[] = [];
  // one after the other: LookupEvents takes two calls in a second
  for (const name of Object.keys(ALARMS)) {
    const LookupAttributes = [{ AttributeKey: 'EventName' as const, AttributeValue: name }];
    const { Events = [] } = await client.send(new LookupEventsCommand({ LookupAttributes, MaxResults: 20 }));
    events.push(...Events);
  }
  return events.sort((a, b) => Number(b.EventTime ?? 0) - Number(a.EventTime ?? 0));
}
