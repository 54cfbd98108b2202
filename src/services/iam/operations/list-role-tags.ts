import { lowerCamel } from '../../../audit/event.ts';
import { requireRole } from '../holders.ts';
import { named, operation } from '../operation.ts';
import { tagPage } from '../tags.ts';

/** Tags of a role. AWS: API_ListRoleTags (IAM). */
export const listRoleTags = operation('ListRoleTags', {
  action: 'iam:ListRoleTags',
  readOnly: true,
  resources: named('role', ({ RoleName }) => RoleName),
  audit: lowerCamel,

  handle: async (call) => tagPage(call.input, requireRole(call, call.input.RoleName)),
});
