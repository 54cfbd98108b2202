import { lowerCamel } from '../../../audit/event.ts';
import { putEntity } from '../changes.ts';
import { nameTaken } from '../errors.ts';
import { requireUser } from '../holders.ts';
import { named, operation } from '../operation.ts';

/** Renames or moves a user; it stays the same user, with the same unique id. AWS: API_UpdateUser (IAM). */
export const updateUser = operation('UpdateUser', {
  action: 'iam:UpdateUser',
  readOnly: false,
  resources: named('user', ({ UserName }) => UserName),
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
