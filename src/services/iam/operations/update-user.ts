import { lowerCamel } from '../../../audit/event.ts';
import { putEntity } from '../changes.ts';
import { iamArn } from '../entities.ts';
import { nameTaken } from '../errors.ts';
import { requireUser } from '../holders.ts';
import { operation } from '../operation.ts';
import { arnOfName } from '../principals.ts';
import { resourceTags } from '../tags.ts';

/** Renames or moves a user; it stays the same user, with the same unique id. AWS: API_UpdateUser (IAM). */
export const updateUser = operation('UpdateUser', {
  action: 'iam:UpdateUser',
  readOnly: false,
  // who renames must have the right over both: a name or path may be what policies go by
  resources: ({ input, ports, caller: { accountId } }) => {
    const user = ports.principals.find(accountId, 'user', input.UserName);
    const { NewUserName = input.UserName, NewPath = user?.path ?? '/' } = input;
    return [
      arnOfName(ports.principals, accountId, 'user', input.UserName),
      iamArn(accountId, 'user', NewPath, NewUserName),
    ];
  },
  context: ({ input, ports, caller }) =>
    resourceTags(ports.principals.find(caller.accountId, 'user', input.UserName)),
  audit: lowerCamel,

  async handle(call) {
    const { input, ports, caller } = call;
    const user = requireUser(call, input.UserName);
    const name = input.NewUserName ?? user.name;
    const sameName = name.toLowerCase() === user.name.toLowerCase();
    if (!sameName && ports.principals.isTaken(caller.accountId, 'user', name)) throw nameTaken('user', name);
    await putEntity(call, { ...user, name, path: input.NewPath ?? user.path });
    return undefined;
  },
});
