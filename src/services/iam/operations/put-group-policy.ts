import { lowerCamel } from '../../../audit/event.ts';
import { putInlinePolicy } from '../inline-policies.ts';
import { named, operation } from '../operation.ts';

/** Gives a group an inline policy, or replaces it. AWS: API_PutGroupPolicy (IAM). */
export const putGroupPolicy = operation('PutGroupPolicy', {
  action: 'iam:PutGroupPolicy',
  readOnly: false,
  resources: named('group', ({ GroupName }) => GroupName),
  audit: lowerCamel,

  async handle(call) {
    await putInlinePolicy(call, 'group', call.input.GroupName, call.input);
    return undefined;
  },
});
