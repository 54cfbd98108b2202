import { lowerCamel } from '../../../audit/event.ts';
import { removeEntity } from '../changes.ts';
import { hasAccessKeys, hasAttachedPolicies, hasInlinePolicies, isInGroups } from '../errors.ts';
import { requireUser } from '../holders.ts';
import { named, operation } from '../operation.ts';

/** Deletes a user that has nothing any more. Its temporary credentials end with it. AWS: API_DeleteUser (IAM). */
export const deleteUser = operation('DeleteUser', {
  action: 'iam:DeleteUser',
  readOnly: false,
  resources: named('user', ({ UserName }) => UserName),
  audit: lowerCamel,

  async handle(call) {
    const user = requireUser(call, call.input.UserName);
    if (user.groups.length > 0) throw isInGroups();
    if (user.attached.length > 0) throw hasAttachedPolicies();
    if (Object.keys(user.inline).length > 0) throw hasInlinePolicies();
    if (call.ports.principals.accessKeysOf(user.id).length > 0) throw hasAccessKeys();
    await removeEntity(call, user);
    return undefined;
  },
});
