import { lowerCamel } from '../../../audit/event.ts';
import { deleteTrail as removeTrail } from '../../../storage/trails.ts';
import { operation } from '../cloudtrail.ts';
import { arnOf, requireHomeTrail } from '../trails.ts';

/** Deletes a trail; the files that it delivered stay. AWS: API_DeleteTrail. */
export const deleteTrail = operation('DeleteTrail', {
  action: 'cloudtrail:DeleteTrail',
  readOnly: false,
  resources: (call) => [arnOf(call.input.Name, call)],
  audit: lowerCamel,

  async handle(call) {
    const trail = await requireHomeTrail(call.input.Name, call);
    await call.commit(null, (tx) => removeTrail(tx, trail.trail_arn));
    return {};
  },
});
