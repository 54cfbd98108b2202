import { lowerCamel } from '../../../audit/event.ts';
import { putInlinePolicy } from '../inline-policies.ts';
import { named, operation } from '../operation.ts';

/** Gives a user an inline policy, or replaces it. AWS: API_PutUserPolicy (IAM). */
export const putUserPolicy = operation('PutUserPolicy', {
  action: 'iam:PutUserPolicy',
  readOnly: false,
  resources: named('user', ({ UserName }) => UserName),
  audit: lowerCamel,

  async handle(call) {
    await putInlinePolicy(call, 'user', call.input.UserName, call.input);
    return undefined;
  },
});
