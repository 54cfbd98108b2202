import { lowerCamel } from '../../../audit/event.ts';
import { putEntity } from '../changes.ts';
import { requireOwnRole } from '../holders.ts';
import { named, operation } from '../operation.ts';

/** Changes the description or the longest session of a role. AWS: API_UpdateRole (IAM). */
export const updateRole = operation('UpdateRole', {
  action: 'iam:UpdateRole',
  readOnly: false,
  resources: named('role', ({ RoleName }) => RoleName),
  audit: lowerCamel,

  async handle(call) {
    const { input } = call;
    const role = requireOwnRole(call, input.RoleName);
    await putEntity(call, {
      ...role,
      description: input.Description ?? role.description,
      maxSessionDuration: input.MaxSessionDuration ?? role.maxSessionDuration,
    });
    return {};
  },
});
