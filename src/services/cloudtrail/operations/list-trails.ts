import { lowerCamel } from '../../../audit/event.ts';
import { listTrails as allTrails } from '../../../storage/trails.ts';
import { operation } from '../cloudtrail.ts';
import { invalidToken } from '../errors.ts';

/** The account's trails of all Regions, in one page: there are few. AWS: API_ListTrails. */
export const listTrails = operation('ListTrails', {
  action: 'cloudtrail:ListTrails',
  readOnly: true,
  audit: lowerCamel,

  async handle({ input, ports, caller }) {
    if (input.NextToken !== undefined) throw invalidToken(); // none was ever given
    const trails = await allTrails(ports.db, ports.mac);
    return {
      Trails: trails
        .filter((trail) => trail.account_id === caller.accountId)
        .map((trail) => ({
          TrailARN: trail.trail_arn,
          Name: trail.name,
          HomeRegion: trail.home_region,
        })),
    };
  },
});
