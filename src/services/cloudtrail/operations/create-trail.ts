import { lowerCamel } from '../../../audit/event.ts';
import { insertTrail, listTrails } from '../../../storage/trails.ts';
import { operation } from '../cloudtrail.ts';
import { tooManyTrails, trailExists } from '../errors.ts';
import { addTags, requireTags } from '../tags.ts';
import { requireCombination, requireSettings, requireTrailName } from '../trail-settings.ts';
import { settingsOf, trailArn } from '../trails.ts';

/** A trail, which does not log yet. AWS: API_CreateTrail. */
export const createTrail = operation('CreateTrail', {
  action: 'cloudtrail:CreateTrail',
  readOnly: false,
  resources: ({ input, caller, region }) => [trailArn(region, caller.accountId, input.Name)],
  audit: lowerCamel,

  async handle(call) {
    const { input, ports, caller, region, now } = call;
    const { accountId } = caller;
    requireTrailName(input.Name);
    requireSettings(input, ports.settings);
    requireTags(input.TagsList ?? []);
    const trail = {
      trail_arn: trailArn(region, accountId, input.Name),
      account_id: accountId,
      home_region: region,
      name: input.Name,
      bucket: input.S3BucketName,
      prefix: input.S3KeyPrefix || null,
      global_events: Number(input.IncludeGlobalServiceEvents ?? true),
      multi_region: Number(input.IsMultiRegionTrail ?? false),
      log_file_validation: Number(input.EnableLogFileValidation ?? false),
      logging: 0,
      started_at: null,
      stopped_at: null,
      created_at: now,
    };
    requireCombination(trail);
    const answer = settingsOf(trail);
    await call.commit(lowerCamel(answer), async (tx) => {
      const trails = (await listTrails(tx, ports.mac)).filter(
        (other) => other.account_id === accountId && other.home_region === region,
      );
      if (trails.some(({ name }) => name === input.Name)) throw trailExists(input.Name, accountId);
      const limit = ports.settings.trailsPerRegion;
      if (trails.length >= limit) throw tooManyTrails(accountId, limit, region);
      await insertTrail(tx, ports.mac, trail);
      await addTags(tx, trail.trail_arn, input.TagsList ?? []);
    });
    return answer;
  },
});
