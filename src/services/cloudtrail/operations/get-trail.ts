import { lowerCamel } from '../../../audit/event.ts';
import { operation } from '../cloudtrail.ts';
import { arnOf, describeTrail, requireTrail } from '../trails.ts';

/** AWS: API_GetTrail. */
export const getTrail = operation('GetTrail', {
  action: 'cloudtrail:GetTrail',
  readOnly: true,
  resources: (call) => [arnOf(call.input.Name, call)],
  audit: lowerCamel,

  handle: async (call) => ({ Trail: describeTrail(await requireTrail(call.input.Name, call)) }),
});
