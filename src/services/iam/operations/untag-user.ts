import { lowerCamel } from '../../../audit/event.ts';
import { requireUser } from '../holders.ts';
import { named, operation } from '../operation.ts';
import { removeTags } from '../tags.ts';

/** Removes tags of a user. AWS: API_UntagUser (IAM). */
export const untagUser = operation('UntagUser', {
  action: 'iam:UntagUser',
  readOnly: false,
  resources: named('user', ({ UserName }) => UserName),
  context: ({ input }) => ({ 'aws:TagKeys': input.TagKeys }),
  audit: lowerCamel,

  async handle(call) {
    await removeTags(call, requireUser(call, call.input.UserName), call.input.TagKeys);
    return undefined;
  },
});
