import { lowerCamel } from '../../../audit/event.ts';
import { ownerOf } from '../access-key-owners.ts';
import { named, operation } from '../operation.ts';
import { pageOf } from '../pages.ts';
import { toAccessKeyMetadata } from '../shapes.ts';

/** Access keys of a user, or of the caller, without their secrets. AWS: API_ListAccessKeys (IAM). */
export const listAccessKeys = operation('ListAccessKeys', {
  action: 'iam:ListAccessKeys',
  readOnly: true,
  resources: named('user', ({ UserName }) => UserName),
  audit: lowerCamel,

  async handle(call) {
    const owner = ownerOf(call, call.input.UserName);
    const keys = call.ports.principals.accessKeysOf(owner.id);
    const { items, page } = pageOf(
      ['keys', owner.id],
      call.input,
      keys.sort((a, b) => (a.accessKeyId < b.accessKeyId ? -1 : 1)),
      ({ accessKeyId }) => accessKeyId,
    );
    return { AccessKeyMetadata: items.map((key) => toAccessKeyMetadata(key, owner.user?.name)), ...page };
  },
});
