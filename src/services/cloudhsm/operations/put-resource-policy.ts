import { lowerCamel } from '../../../audit/event.ts';
import { putResourcePolicy as put } from '../../../storage/cloudhsm-policies.ts';
import { invalidRequest } from '../errors.ts';
import { operation } from '../operation.ts';
import { requirePolicy } from '../resource-policy.ts';
import { requireBackupArn } from '../resources.ts';

/** Shares a backup that is READY with other accounts. AWS: API_PutResourcePolicy (CloudHSM). */
export const putResourcePolicy = operation('PutResourcePolicy', {
  action: 'cloudhsm:PutResourcePolicy',
  readOnly: false,
  resources: ({ input }) => [input.ResourceArn ?? '*'],
  audit: lowerCamel,

  async handle(call) {
    const { ports, input } = call;
    const { arn, backup } = await requireBackupArn(call, input.ResourceArn);
    if (input.Policy === undefined) throw invalidRequest('Policy must be given.');
    if (backup.state !== 'READY')
      throw invalidRequest(`Backup ${backup.backup_id} is in state ${backup.state}: it cannot be shared.`);
    const policy = input.Policy;
    requirePolicy(policy, arn);
    const answer = { ResourceArn: arn, Policy: policy };
    await call.commit(lowerCamel(answer), (tx) => put(tx, ports.mac, arn, policy));
    return answer;
  },
});
