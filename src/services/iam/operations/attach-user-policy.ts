import { lowerCamel } from '../../../audit/event.ts';
import { attachPolicy, attachmentContext } from '../attachments.ts';
import { named, operation } from '../operation.ts';

/** Attaches a managed policy to a user. AWS: API_AttachUserPolicy (IAM). */
export const attachUserPolicy = operation('AttachUserPolicy', {
  action: 'iam:AttachUserPolicy',
  readOnly: false,
  resources: named('user', ({ UserName }) => UserName),
  context: ({ input, ports, caller }) =>
    attachmentContext(input.PolicyArn, ports.principals.find(caller.accountId, 'user', input.UserName)),
  audit: lowerCamel,

  async handle(call) {
    await attachPolicy(call, 'user', call.input.UserName, call.input.PolicyArn);
    return undefined;
  },
});
