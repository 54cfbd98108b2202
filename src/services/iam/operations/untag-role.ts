import { lowerCamel } from '../../../audit/event.ts';
import { requireOwnRole } from '../holders.ts';
import { named, operation } from '../operation.ts';
import { removeTags } from '../tags.ts';

/** Removes tags of a role. AWS: API_UntagRole (IAM). */
export const untagRole = operation('UntagRole', {
  action: 'iam:UntagRole',
  readOnly: false,
  resources: named('role', ({ RoleName }) => RoleName),
  context: ({ input }) => ({ 'aws:TagKeys': input.TagKeys }),
  audit: lowerCamel,

  async handle(call) {
    await removeTags(call, requireOwnRole(call, call.input.RoleName), call.input.TagKeys);
    return undefined;
  },
});
