import { lowerCamel } from '../../../audit/event.ts';
import { findResourcePolicy, removeResourcePolicy } from '../../../storage/cloudhsm-policies.ts';
import { invalidRequest } from '../errors.ts';
import { operation } from '../operation.ts';
import { requireBackupArn } from '../resources.ts';

/** Ends the sharing of a backup; answers with the policy that it had. AWS: API_DeleteResourcePolicy (CloudHSM). */
export const deleteResourcePolicy = operation('DeleteResourcePolicy', {
  action: 'cloudhsm:DeleteResourcePolicy',
  readOnly: false,
  resources: ({ input }) => [input.ResourceArn ?? '*'],
  audit: lowerCamel,

  async handle(call) {
    const { db, mac } = call.ports;
    const { arn } = await requireBackupArn(call, call.input.ResourceArn);
    const policy = await findResourcePolicy(db, mac, arn);
    if (policy === undefined) throw invalidRequest(`${arn} has no policy.`);
    const answer = { ResourceArn: arn, Policy: policy };
    await call.commit(lowerCamel(answer), (tx) => removeResourcePolicy(tx, arn));
    return answer;
  },
});
