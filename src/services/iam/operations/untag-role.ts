import { lowerCamel } from '../../../audit/event.ts';
import { requireOwnRole } from '../holders.ts';
import { named, operation } from '../operation.ts';
import { removeTags, resourceTags } from '../tags.ts';

/** Removes tags of a role. AWS: API_UntagRole (IAM). */
export const untagRole = operation('UntagRole', {
  action: 'iam:UntagRole',
  readOnly: false,
  resources: named('role', ({ RoleName }) => RoleName),
  context: ({ input, ports, caller }) => ({
    'aws:TagKeys': input.TagKeys,
    ...resourceTags(ports.principals.find(caller.accountId, 'role', input.RoleName)),
  }),
  audit: lowerCamel,

  async handle(call) {
    await removeTags(call, requireOwnRole(call, call.input.RoleName), call.input.TagKeys);
    return undefined;
  },
});
