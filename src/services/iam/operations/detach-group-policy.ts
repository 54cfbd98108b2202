import { lowerCamel } from '../../../audit/event.ts';
import { attachmentContext, detachPolicy } from '../attachments.ts';
import { named, operation } from '../operation.ts';

/** Takes a managed policy from a group. AWS: API_DetachGroupPolicy (IAM). */
export const detachGroupPolicy = operation('DetachGroupPolicy', {
  action: 'iam:DetachGroupPolicy',
  readOnly: false,
  resources: named('group', ({ GroupName }) => GroupName),
  context: ({ input }) => attachmentContext(input.PolicyArn, undefined),
  audit: lowerCamel,

  async handle(call) {
    await detachPolicy(call, 'group', call.input.GroupName, call.input.PolicyArn);
    return undefined;
  },
});
