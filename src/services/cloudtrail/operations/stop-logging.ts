import { lowerCamel } from '../../../audit/event.ts';
import { replaceTrail, updateProgress } from '../../../storage/trails.ts';
import { operation } from '../cloudtrail.ts';
import { arnOf, requireHomeTrail } from '../trails.ts';

/** Ends delivery: with what was recorded until now, and a last digest. AWS: API_StopLogging. */
export const stopLogging = operation('StopLogging', {
  action: 'cloudtrail:StopLogging',
  readOnly: false,
  resources: (call) => [arnOf(call.input.Name, call)],
  audit: lowerCamel,

  async handle(call) {
    const { ports, now } = call;
    const trail = await requireHomeTrail(call.input.Name, call);
    const end = await ports.journalEnd();
    await call.commit(null, async (tx) => {
      if (trail.logging === 0) return;
      await replaceTrail(tx, ports.mac, trail, { logging: 0, stopped_at: now });
      await updateProgress(tx, trail.trail_arn, { ends_at: JSON.stringify(end) });
    });
    return {};
  },
});
