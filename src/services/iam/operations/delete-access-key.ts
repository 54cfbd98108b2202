import { lowerCamel } from '../../../audit/event.ts';
import { removeAccessKey } from '../../../storage/accounts.ts';
import { removeLastUse } from '../../../storage/last-uses.ts';
import { ownerOf, requireAccessKey, requireOtherRootKey } from '../access-key-owners.ts';
import { named, operation } from '../operation.ts';

/** Deletes an access key: from now on nobody can sign with it. AWS: API_DeleteAccessKey (IAM). */
export const deleteAccessKey = operation('DeleteAccessKey', {
  action: 'iam:DeleteAccessKey',
  readOnly: false,
  resources: named('user', ({ UserName }) => UserName),
  audit: lowerCamel,

  async handle(call) {
    const { input, ports } = call;
    const key = requireAccessKey(call, ownerOf(call, input.UserName), input.AccessKeyId);
    requireOtherRootKey(call, key);
    await call.commit(null, async (tx) => {
      await removeAccessKey(tx, key.accessKeyId);
      await removeLastUse(tx, key.accessKeyId);
    });
    ports.principals.removeAccessKey(key);
    ports.lastUses.forget(key.accessKeyId);
    return undefined;
  },
});
