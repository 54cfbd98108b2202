import { lowerCamel } from '../../../audit/event.ts';
import { listAttachedPolicies } from '../attachments.ts';
import { named, operation } from '../operation.ts';

/** Managed policies that are attached to a user. AWS: API_ListAttachedUserPolicies (IAM). */
export const listAttachedUserPolicies = operation('ListAttachedUserPolicies', {
  action: 'iam:ListAttachedUserPolicies',
  readOnly: true,
  resources: named('user', ({ UserName }) => UserName),
  audit: lowerCamel,

  handle: async (call) => listAttachedPolicies(call, 'user', call.input.UserName, call.input),
});
