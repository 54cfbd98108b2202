import { lowerCamel } from '../../../audit/event.ts';
import { attachPolicy, attachmentContext } from '../attachments.ts';
import { named, operation } from '../operation.ts';

/** Attaches a managed policy to a group. AWS: API_AttachGroupPolicy (IAM). */
export const attachGroupPolicy = operation('AttachGroupPolicy', {
  action: 'iam:AttachGroupPolicy',
  readOnly: false,
  resources: named('group', ({ GroupName }) => GroupName),
  context: ({ input }) => attachmentContext(input.PolicyArn, undefined),
  audit: lowerCamel,

  async handle(call) {
    await attachPolicy(call, 'group', call.input.GroupName, call.input.PolicyArn);
    return undefined;
  },
});
