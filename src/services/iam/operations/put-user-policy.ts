import { lowerCamel } from '../../../audit/event.ts';
import { attachmentContext } from '../attachments.ts';
import { putInlinePolicy } from '../inline-policies.ts';
import { named, operation } from '../operation.ts';

/** Gives a user an inline policy, or replaces it. AWS: API_PutUserPolicy (IAM). */
export const putUserPolicy = operation('PutUserPolicy', {
  action: 'iam:PutUserPolicy',
  readOnly: false,
  resources: named('user', ({ UserName }) => UserName),
  context: ({ input, ports, caller }) =>
    attachmentContext(undefined, ports.principals.find(caller.accountId, 'user', input.UserName)),
  audit: lowerCamel,

  async handle(call) {
    await putInlinePolicy(call, 'user', call.input.UserName, call.input);
    return undefined;
  },
});
