import { lowerCamel } from '../../../audit/event.ts';
import { getInlinePolicy } from '../inline-policies.ts';
import { named, operation } from '../operation.ts';

/** An inline policy of a group. AWS: API_GetGroupPolicy (IAM). */
export const getGroupPolicy = operation('GetGroupPolicy', {
  action: 'iam:GetGroupPolicy',
  readOnly: true,
  resources: named('group', ({ GroupName }) => GroupName),
  audit: lowerCamel,

  async handle(call) {
    const { GroupName, PolicyName } = call.input;
    return { GroupName, PolicyName, PolicyDocument: getInlinePolicy(call, 'group', GroupName, PolicyName) };
  },
});
