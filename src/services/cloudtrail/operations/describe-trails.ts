import { lowerCamel } from '../../../audit/event.ts';
import type { TrailRow } from '../../../storage/schema.ts';
import { operation } from '../cloudtrail.ts';
import { invalidArn } from '../errors.ts';
import { describeTrail, isTrailArn, trailsSeen } from '../trails.ts';
import { requireTrailName } from '../trail-settings.ts';

/** The trails that are seen in this Region, or those of the list; names of none are passed over. AWS: API_DescribeTrails. */
export const describeTrails = operation('DescribeTrails', {
  action: 'cloudtrail:DescribeTrails',
  readOnly: true,
  audit: lowerCamel,

  async handle(call) {
    const { input, region } = call;
    const wanted = input.trailNameList ?? [];
    for (const name of wanted) {
      if (!name.startsWith('arn:')) requireTrailName(name);
      else if (!isTrailArn(name)) throw invalidArn(name);
    }
    const isWanted = (trail: TrailRow): boolean =>
      wanted.length === 0 || wanted.includes(trail.name) || wanted.includes(trail.trail_arn);
    const shadows = input.includeShadowTrails ?? true;
    const trails = (await trailsSeen(call)).filter(
      (trail) => isWanted(trail) && (shadows || trail.home_region === region),
    );
    return { trailList: trails.map(describeTrail) };
  },
});
