import { lowerCamel } from '../../../audit/event.ts';
import { insertAccessKey } from '../../../storage/accounts.ts';
import { accessKeyRow, newAccessKey } from '../access-keys.ts';
import { ownerOf } from '../access-key-owners.ts';
import { quotaExceeded } from '../errors.ts';
import { named, operation } from '../operation.ts';
import { QUOTAS } from '../quotas.ts';
import { toAccessKeyMetadata } from '../shapes.ts';

/** An access key for a user, or the caller; the secret is in this answer and in no other. AWS: API_CreateAccessKey (IAM). */
export const createAccessKey = operation('CreateAccessKey', {
  action: 'iam:CreateAccessKey',
  readOnly: false,
  resources: named('user', ({ UserName }) => UserName),
  audit: lowerCamel,

  async handle(call) {
    const { ports, caller } = call;
    const owner = ownerOf(call, call.input.UserName);
    if (ports.principals.accessKeysOf(owner.id).length >= QUOTAS.AccessKeysPerUser)
      throw quotaExceeded('AccessKeysPerUser', QUOTAS.AccessKeysPerUser);
    const key = newAccessKey(caller.accountId, owner.user?.id, call.now);
    const row = await accessKeyRow(ports, key, owner.arn);
    const shown = toAccessKeyMetadata(key, owner.user?.name);
    await call.commit(lowerCamel({ AccessKey: shown }), (tx) => insertAccessKey(tx, row));
    ports.principals.putAccessKey(key);
    return {
      AccessKey: {
        UserName: '',
        ...shown,
        AccessKeyId: key.accessKeyId,
        Status: key.status,
        SecretAccessKey: key.secretAccessKey,
      },
    };
  },
});
