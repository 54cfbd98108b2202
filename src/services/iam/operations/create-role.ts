import { lowerCamel } from '../../../audit/event.ts';
import { attachmentContext, requireBoundary } from '../attachments.ts';
import { putEntity } from '../changes.ts';
import type { Role } from '../entities.ts';
import { iamArn } from '../entities.ts';
import { nameTaken, quotaExceeded, validation } from '../errors.ts';
import { operation } from '../operation.ts';
import { acceptTrust } from '../roles.ts';
import { QUOTAS } from '../quotas.ts';
import { toWholeRole } from '../shapes.ts';
import { requestTags, requireMayTag, requireTags } from '../tags.ts';
import { newUniqueId } from '../unique-ids.ts';

/** Makes a role that whoever its trust policy names may assume. AWS: API_CreateRole (IAM). */
export const createRole = operation('CreateRole', {
  action: 'iam:CreateRole',
  readOnly: false,
  resources: ({ input, caller }) => [iamArn(caller.accountId, 'role', input.Path ?? '/', input.RoleName)],
  context: ({ input }) => ({
    ...requestTags(input.Tags),
    ...attachmentContext(undefined, { boundary: input.PermissionsBoundary ?? null }),
  }),
  audit: lowerCamel,

  async handle(call) {
    const { input, ports, caller } = call;
    const { accountId } = caller;
    const { Path: path = '/', RoleName: name } = input;
    requireMayTag(call, 'iam:TagRole', iamArn(accountId, 'role', path, name), input.Tags);
    if (path.startsWith('/aws-service-role/'))
      throw validation('Roles under the path /aws-service-role/ are made by CreateServiceLinkedRole.');
    const trustPolicy = acceptTrust(call, input.AssumeRolePolicyDocument);
    if (ports.principals.isTaken(accountId, 'role', name)) throw nameTaken('role', name);
    if (ports.principals.count(accountId, 'role') >= QUOTAS.RolesPerAccount)
      throw quotaExceeded('RolesPerAccount', QUOTAS.RolesPerAccount);
    const role: Role = {
      kind: 'role',
      id: newUniqueId('role'),
      accountId,
      name,
      path,
      createdAt: call.now,
      trustPolicy,
      description: input.Description ?? null,
      maxSessionDuration: input.MaxSessionDuration ?? 3_600,
      tags: requireTags(input.Tags),
      boundary: requireBoundary(call, input.PermissionsBoundary),
      linkedService: null,
      inline: {},
      attached: [],
    };
    const answer = { Role: toWholeRole(role, ports.principals, undefined) };
    await putEntity(call, role, lowerCamel(answer));
    return answer;
  },
});
