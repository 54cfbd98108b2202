import { lowerCamel } from '../../../audit/event.ts';
import { findResourcePolicy } from '../../../storage/cloudhsm-policies.ts';
import { operation } from '../operation.ts';
import { requireBackupArn } from '../resources.ts';

/** The policy of a backup; an empty answer when it has none. AWS: API_GetResourcePolicy (CloudHSM). */
export const getResourcePolicy = operation('GetResourcePolicy', {
  action: 'cloudhsm:GetResourcePolicy',
  readOnly: true,
  resources: ({ input }) => [input.ResourceArn ?? '*'],
  audit: lowerCamel,

  async handle(call) {
    const { db, mac } = call.ports;
    const { arn } = await requireBackupArn(call, call.input.ResourceArn);
    const policy = await findResourcePolicy(db, mac, arn);
    return policy === undefined ? {} : { Policy: policy };
  },
});
