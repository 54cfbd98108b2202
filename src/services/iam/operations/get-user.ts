import { lowerCamel } from '../../../audit/event.ts';
import type { User as ApiUser } from '../../../aws/generated/iam.ts';
import { rootArn } from '../entities.ts';
import { mustNameUser } from '../errors.ts';
import { requireUser } from '../holders.ts';
import { named, operation } from '../operation.ts';
import type { IamCall } from '../operation.ts';
import { toWholeUser } from '../shapes.ts';

/** A user; the caller itself when none is named. AWS: API_GetUser (IAM). */
export const getUser = operation('GetUser', {
  action: 'iam:GetUser',
  readOnly: true,
  resources: named('user', ({ UserName }) => UserName),
  audit: lowerCamel,

  async handle(call) {
    const name = call.input.UserName ?? call.caller.principal.userName;
    if (name !== undefined) return { User: toWholeUser(requireUser(call, name)) };
    if (call.caller.principal.type === 'Root') return { User: rootUser(call) };
    throw mustNameUser();
  },
});

/** The root user is no IAM user: it has no name and no path. */
function rootUser({ ports, caller: { accountId } }: IamCall): ApiUser {
  const account = ports.principals.accounts().find((known) => known.accountId === accountId);
  return {
    UserId: accountId,
    Arn: rootArn(accountId),
    CreateDate: new Date(account?.createdAt ?? 0),
  } as ApiUser;
}
