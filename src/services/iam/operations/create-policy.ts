import { lowerCamel } from '../../../audit/event.ts';
import { putEntity } from '../changes.ts';
import type { ManagedPolicy } from '../entities.ts';
import { iamArn } from '../entities.ts';
import { policyNameTaken, quotaExceeded } from '../errors.ts';
import { requireManagedDocument } from '../managed-policies.ts';
import { operation } from '../operation.ts';
import { QUOTAS } from '../quotas.ts';
import { toPolicy } from '../shapes.ts';
import { requestTags, requireMayTag, requireTags, tagMember } from '../tags.ts';
import { newUniqueId } from '../unique-ids.ts';

/** Makes a managed policy with its first version. AWS: API_CreatePolicy (IAM). */
export const createPolicy = operation('CreatePolicy', {
  action: 'iam:CreatePolicy',
  readOnly: false,
  resources: ({ input, caller }) => [iamArn(caller.accountId, 'policy', input.Path ?? '/', input.PolicyName)],
  context: ({ input }) => requestTags(input.Tags),
  audit: lowerCamel,

  async handle(call) {
    const { input, ports, caller } = call;
    const { accountId } = caller;
    requireMayTag(
      call,
      'iam:TagPolicy',
      iamArn(accountId, 'policy', input.Path ?? '/', input.PolicyName),
      input.Tags,
    );
    requireManagedDocument(input.PolicyDocument);
    if (ports.principals.isTaken(accountId, 'policy', input.PolicyName))
      throw policyNameTaken(input.PolicyName);
    if (ports.principals.count(accountId, 'policy') >= QUOTAS.PoliciesPerAccount)
      throw quotaExceeded('PoliciesPerAccount', QUOTAS.PoliciesPerAccount);
    const policy: ManagedPolicy = {
      kind: 'policy',
      id: newUniqueId('policy'),
      accountId,
      name: input.PolicyName,
      path: input.Path ?? '/',
      createdAt: call.now,
      updatedAt: call.now,
      tags: requireTags(input.Tags),
      description: input.Description ?? null,
      defaultVersionId: 'v1',
      versions: [{ versionId: 'v1', document: input.PolicyDocument, createdAt: call.now }],
      nextVersion: 2,
    };
    const answer = {
      Policy: { ...toPolicy(policy, ports.principals, accountId), ...tagMember(policy.tags) },
    };
    await putEntity(call, policy, lowerCamel(answer));
    return answer;
  },
});
