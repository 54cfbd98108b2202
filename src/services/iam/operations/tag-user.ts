import { lowerCamel } from '../../../audit/event.ts';
import { requireUser } from '../holders.ts';
import { named, operation } from '../operation.ts';
import { addTags, requestTags } from '../tags.ts';

/** Sets tags of a user. AWS: API_TagUser (IAM). */
export const tagUser = operation('TagUser', {
  action: 'iam:TagUser',
  readOnly: false,
  resources: named('user', ({ UserName }) => UserName),
  context: ({ input }) => requestTags(input.Tags),
  audit: lowerCamel,

  async handle(call) {
    await addTags(call, requireUser(call, call.input.UserName), call.input.Tags);
    return undefined;
  },
});
