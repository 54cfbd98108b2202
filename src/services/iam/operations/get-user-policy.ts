import { lowerCamel } from '../../../audit/event.ts';
import { getInlinePolicy } from '../inline-policies.ts';
import { named, operation } from '../operation.ts';

/** An inline policy of a user. AWS: API_GetUserPolicy (IAM). */
export const getUserPolicy = operation('GetUserPolicy', {
  action: 'iam:GetUserPolicy',
  readOnly: true,
  resources: named('user', ({ UserName }) => UserName),
  audit: lowerCamel,

  async handle(call) {
    const { UserName, PolicyName } = call.input;
    return { UserName, PolicyName, PolicyDocument: getInlinePolicy(call, 'user', UserName, PolicyName) };
  },
});
