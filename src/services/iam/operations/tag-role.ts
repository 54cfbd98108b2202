import { lowerCamel } from '../../../audit/event.ts';
import { requireOwnRole } from '../holders.ts';
import { named, operation } from '../operation.ts';
import { addTags, requestTags } from '../tags.ts';

/** Sets tags of a role. AWS: API_TagRole (IAM). */
export const tagRole = operation('TagRole', {
  action: 'iam:TagRole',
  readOnly: false,
  resources: named('role', ({ RoleName }) => RoleName),
  context: ({ input }) => requestTags(input.Tags),
  audit: lowerCamel,

  async handle(call) {
    await addTags(call, requireOwnRole(call, call.input.RoleName), call.input.Tags);
    return undefined;
  },
});
