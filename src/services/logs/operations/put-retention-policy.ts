import { lowerCamel } from '../../../audit/event.ts';
import { putRetention } from '../../../storage/hsm-logs.ts';
import { invalidParameter } from '../errors.ts';
import { groupResources, requireLogGroup } from '../log-groups.ts';
import { operation } from '../operation.ts';

/** Days that CloudWatch Logs knows. */
const DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** How long events of a group are kept. AWS: API_PutRetentionPolicy. */
export const putRetentionPolicy = operation('PutRetentionPolicy', {
  action: 'logs:PutRetentionPolicy',
  readOnly: false,
  resources: groupResources,
  audit: lowerCamel,

  async handle(call) {
    const { logGroupName, retentionInDays } = call.input;
    const group = requireLogGroup(call, { logGroupName });
    if (!DAYS.includes(retentionInDays))
      throw invalidParameter(
        `1 validation error detected: Value '${retentionInDays}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${DAYS.join(', ')}]`,
      );
    await call.commit(null, (tx) => putRetention(tx, group, retentionInDays));
    return undefined;
  },
});
