/** Which KMS key a backing key in an HSM belongs to, by the journal: CloudTrail's backingKey of CreateKey. */
import { readJournal } from '../audit/reading.ts';

interface BackingKey {
  keyHandle: string;
  backingKeyId: string;
}

/** The backing key that an event of CreateKey names. */
export function backingKeyOf(
  additionalEventData: Readonly<Record<string, unknown>> | undefined,
): BackingKey | undefined {
  const text = additionalEventData?.['backingKey'];
  return typeof text === 'string' ? (JSON.parse(text) as BackingKey) : undefined;
}

/** By backing key id; one entry for each key that was ever made in a cluster. */
export async function backingKeys(journal: string): Promise<ReadonlyMap<string, string>> {
  const keys = new Map<string, string>();
  for await (const { event } of readJournal(journal)) {
    if (event.eventName !== 'CreateKey') continue;
    const backingKey = backingKeyOf(event.additionalEventData);
    const keyArn = event.resources?.[0]?.ARN;
    if (backingKey !== undefined && keyArn !== undefined) keys.set(backingKey.backingKeyId, keyArn);
  }
  return keys;
}
