import { lowerCamel } from '../../../audit/event.ts';
import { removeEntity } from '../changes.ts';
import { policyHasVersions, policyIsAttached } from '../errors.ts';
import { requireOwnPolicy } from '../managed-policies.ts';
import { operation } from '../operation.ts';

/** Deletes a managed policy that nobody has, and that has no other version than its default. AWS: API_DeletePolicy (IAM). */
export const deletePolicy = operation('DeletePolicy', {
  action: 'iam:DeletePolicy',
  readOnly: false,
  resources: ({ input }) => [input.PolicyArn],
  audit: lowerCamel,

  async handle(call) {
    const { input, ports, caller } = call;
    const policy = requireOwnPolicy(call, input.PolicyArn);
    const { attached, bounded } = ports.principals.entitiesWith(caller.accountId, input.PolicyArn);
    if (attached.length + bounded.length > 0) throw policyIsAttached();
    if (policy.versions.length > 1) throw policyHasVersions();
    await removeEntity(call, policy);
    return undefined;
  },
});
