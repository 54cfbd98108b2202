import { lowerCamel } from '../../../audit/event.ts';
import { ApiError } from '../../../aws/errors.ts';
import { arnOf, rootArn } from '../entities.ts';
import { operation } from '../operation.ts';
import type { IamCall } from '../operation.ts';

/** When, where and for which service an access key of the account was used last. AWS: API_GetAccessKeyLastUsed (IAM). */
export const getAccessKeyLastUsed = operation('GetAccessKeyLastUsed', {
  action: 'iam:GetAccessKeyLastUsed',
  readOnly: true,
  resources: (call) => [ownerArn(call)],
  audit: lowerCamel,

  async handle(call) {
    const { input, ports } = call;
    const key = keyOf(call);
    const user = ports.principals.byId(key.userId ?? '');
    const used = await ports.lastUses.of(input.AccessKeyId);
    return {
      ...(user?.kind === 'user' && { UserName: user.name }),
      AccessKeyLastUsed:
        used === undefined
          ? { ServiceName: 'N/A', Region: 'N/A' }
          : { LastUsedDate: new Date(used.used_at), ServiceName: used.service_name, Region: used.region },
    };
  },
});

type Request = IamCall<{ AccessKeyId: string }>;

/** Whether a key of another account exists is not told. */
function keyOf({ input, ports, caller }: Request) {
  const key = ports.principals.accessKey(input.AccessKeyId);
  if (key?.accountId === caller.accountId) return key;
  throw new ApiError(
    'AccessDenied',
    `User: ${caller.arn} is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key ${input.AccessKeyId}`,
  );
}

function ownerArn(call: Request): string {
  const user = call.ports.principals.byId(keyOf(call).userId ?? '');
  return user === undefined ? rootArn(call.caller.accountId) : arnOf(user);
}
