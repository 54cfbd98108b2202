import type { KeyLastUsageData } from '../../../aws/generated/kms.ts';
import type { KeyUse } from '../last-usage.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';

/** The last successful use of a key, and since when uses are known of. AWS: API_GetKeyLastUsage. */
export const getKeyLastUsage = operation('GetKeyLastUsage', {
  action: 'kms:GetKeyLastUsage',
  readOnly: true,
  key: { from: 'KeyId', forms: 'id' },
  context: noConditions,
  audit: ({ KeyId }) => ({ keyId: KeyId }),

  async handle({ key, kms }) {
    const use = await kms.lastUsages.of(key.arn);
    return {
      KeyId: key.arn,
      ...(use !== undefined && { KeyLastUsage: shown(use) }),
      TrackingStartDate: new Date(Math.max(kms.lastUsages.trackingSince, key.createdAt)),
      KeyCreationDate: new Date(key.createdAt),
    };
  },
});

function shown({ operation, time, eventId, requestId }: KeyUse): KeyLastUsageData {
  return {
    Operation: operation as NonNullable<KeyLastUsageData['Operation']>,
    Timestamp: new Date(time),
    CloudTrailEventId: eventId,
    KmsRequestId: requestId,
  };
}
