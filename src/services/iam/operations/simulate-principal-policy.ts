import { lowerCamel } from '../../../audit/event.ts';
import { operation } from '../operation.ts';
import { simulatePrincipal } from '../simulations.ts';

/** What the policies of a user, group or role, and others beside them, would decide. AWS: API_SimulatePrincipalPolicy (IAM). */
export const simulatePrincipalPolicy = operation('SimulatePrincipalPolicy', {
  action: 'iam:SimulatePrincipalPolicy',
  readOnly: true,
  resources: ({ input }) => [input.PolicySourceArn],
  audit: lowerCamel,

  handle: async (call) => simulatePrincipal(call),
});
