import { lowerCamel } from '../../../audit/event.ts';
import { deleteInlinePolicy } from '../inline-policies.ts';
import { named, operation } from '../operation.ts';

/** Removes an inline policy of a group. AWS: API_DeleteGroupPolicy (IAM). */
export const deleteGroupPolicy = operation('DeleteGroupPolicy', {
  action: 'iam:DeleteGroupPolicy',
  readOnly: false,
  resources: named('group', ({ GroupName }) => GroupName),
  audit: lowerCamel,

  async handle(call) {
    await deleteInlinePolicy(call, 'group', call.input.GroupName, call.input.PolicyName);
    return undefined;
  },
});
