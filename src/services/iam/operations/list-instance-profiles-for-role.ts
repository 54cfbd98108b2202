import { lowerCamel } from '../../../audit/event.ts';
import { requireRole } from '../holders.ts';
import { named, operation } from '../operation.ts';

/** No role has instance profiles: there are no instances here. Clients ask before they delete a role. AWS: API_ListInstanceProfilesForRole (IAM). */
export const listInstanceProfilesForRole = operation('ListInstanceProfilesForRole', {
  action: 'iam:ListInstanceProfilesForRole',
  readOnly: true,
  resources: named('role', ({ RoleName }) => RoleName),
  audit: lowerCamel,

  async handle(call) {
    requireRole(call, call.input.RoleName);
    return { InstanceProfiles: [], IsTruncated: false };
  },
});
