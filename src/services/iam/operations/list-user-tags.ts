import { lowerCamel } from '../../../audit/event.ts';
import { requireUser } from '../holders.ts';
import { named, operation } from '../operation.ts';
import { tagPage } from '../tags.ts';

/** Tags of a user. AWS: API_ListUserTags (IAM). */
export const listUserTags = operation('ListUserTags', {
  action: 'iam:ListUserTags',
  readOnly: true,
  resources: named('user', ({ UserName }) => UserName),
  audit: lowerCamel,

  handle: async (call) => tagPage(call.input, requireUser(call, call.input.UserName)),
});
