import { lowerCamel } from '../../../audit/event.ts';
import { deleteDigestChains, replaceTrail } from '../../../storage/trails.ts';
import { operation } from '../cloudtrail.ts';
import { requireCombination, requireSettings } from '../trail-settings.ts';
import { arnOf, requireHomeTrail, settingsOf } from '../trails.ts';

/** Changes where a trail delivers and what. AWS: API_UpdateTrail. */
export const updateTrail = operation('UpdateTrail', {
  action: 'cloudtrail:UpdateTrail',
  readOnly: false,
  resources: (call) => [arnOf(call.input.Name, call)],
  audit: lowerCamel,

  async handle(call) {
    const { input, ports } = call;
    const trail = await requireHomeTrail(input.Name, call);
    requireSettings(input, ports.settings);
    const changes = {
      bucket: input.S3BucketName ?? trail.bucket,
      prefix: input.S3KeyPrefix === undefined ? trail.prefix : input.S3KeyPrefix || null,
      global_events: Number(input.IncludeGlobalServiceEvents ?? trail.global_events),
      multi_region: Number(input.IsMultiRegionTrail ?? trail.multi_region),
      log_file_validation: Number(input.EnableLogFileValidation ?? trail.log_file_validation),
    };
    requireCombination(changes);
    const answer = settingsOf({ ...trail, ...changes });
    await call.commit(lowerCamel(answer), async (tx) => {
      await replaceTrail(tx, ports.mac, trail, changes);
      // files that were delivered without validation are in no digest; turning it on again begins a new chain
      if (changes.log_file_validation === 0) await deleteDigestChains(tx, trail.trail_arn);
    });
    return answer;
  },
});
