import { lowerCamel } from '../../../audit/event.ts';
import { requirePolicy } from '../managed-policies.ts';
import { operation } from '../operation.ts';
import { toWholePolicy } from '../shapes.ts';

/** A managed policy, without its document. AWS: API_GetPolicy (IAM). */
export const getPolicy = operation('GetPolicy', {
  action: 'iam:GetPolicy',
  readOnly: true,
  resources: ({ input }) => [input.PolicyArn],
  audit: lowerCamel,

  handle: async (call) => ({
    Policy: toWholePolicy(
      requirePolicy(call, call.input.PolicyArn),
      call.ports.principals,
      call.caller.accountId,
    ),
  }),
});
