import { lowerCamel } from '../../../audit/event.ts';
import { replaceAccessKey } from '../../../storage/accounts.ts';
import { accessKeyRow } from '../access-keys.ts';
import { ownerOf, requireAccessKey, requireOtherRootKey } from '../access-key-owners.ts';
import { invalidInput } from '../errors.ts';
import { named, operation } from '../operation.ts';

/** Makes an access key active or inactive. AWS: API_UpdateAccessKey (IAM). */
export const updateAccessKey = operation('UpdateAccessKey', {
  action: 'iam:UpdateAccessKey',
  readOnly: false,
  resources: named('user', ({ UserName }) => UserName),
  audit: lowerCamel,

  async handle(call) {
    const { input, ports } = call;
    const owner = ownerOf(call, input.UserName);
    const key = requireAccessKey(call, owner, input.AccessKeyId);
    if (input.Status === 'Expired') throw invalidInput('The status of an access key is Active or Inactive.');
    if (input.Status === 'Inactive') requireOtherRootKey(call, key);
    const changed = { ...key, status: input.Status };
    const row = await accessKeyRow(ports, changed, owner.arn);
    await call.commit(null, (tx) => replaceAccessKey(tx, row));
    ports.principals.putAccessKey(changed);
    return undefined;
  },
});
