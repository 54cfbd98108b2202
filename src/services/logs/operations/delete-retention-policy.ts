import { lowerCamel } from '../../../audit/event.ts';
import { removeRetention } from '../../../storage/hsm-logs.ts';
import { groupResources, requireLogGroup } from '../log-groups.ts';
import { operation } from '../operation.ts';

/** Events of the group never expire from now on. AWS: API_DeleteRetentionPolicy. */
export const deleteRetentionPolicy = operation('DeleteRetentionPolicy', {
  action: 'logs:DeleteRetentionPolicy',
  readOnly: false,
  resources: groupResources,
  audit: lowerCamel,

  async handle(call) {
    const group = requireLogGroup(call, call.input);
    await call.commit(null, (tx) => removeRetention(tx, group));
    return undefined;
  },
});
