import { lowerCamel } from '../../../audit/event.ts';
import { operation } from '../operation.ts';
import { simulateCustom } from '../simulations.ts';

/** What policies of the request would decide. AWS: API_SimulateCustomPolicy (IAM). */
export const simulateCustomPolicy = operation('SimulateCustomPolicy', {
  action: 'iam:SimulateCustomPolicy',
  readOnly: true,
  audit: lowerCamel,

  handle: async (call) => simulateCustom(call),
});
