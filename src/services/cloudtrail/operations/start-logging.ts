import { lowerCamel } from '../../../audit/event.ts';
import { ENDED } from '../../../storage/schema-trails.ts';
import { deleteDigestChains, replaceTrail, trailProgress, updateProgress } from '../../../storage/trails.ts';
import { operation } from '../cloudtrail.ts';
import { arnOf, requireHomeTrail } from '../trails.ts';

/** Begins delivery: of what is recorded from now on. AWS: API_StartLogging. */
export const startLogging = operation('StartLogging', {
  action: 'cloudtrail:StartLogging',
  readOnly: false,
  resources: (call) => [arnOf(call.input.Name, call)],
  audit: lowerCamel,

  async handle(call) {
    const { ports, now } = call;
    const trail = await requireHomeTrail(call.input.Name, call);
    const end = await ports.journalEnd();
    await call.commit(null, async (tx) => {
      if (trail.logging === 1) return;
      await replaceTrail(tx, ports.mac, trail, { logging: 1, started_at: now });
      const progress = await trailProgress(tx, trail.trail_arn);
      const anew = trail.started_at === null || progress.ends_at === ENDED;
      // what a stop has not delivered yet is delivered first, and the delivery goes on from there
      await updateProgress(tx, trail.trail_arn, {
        ends_at: null,
        ...(anew && { positions: JSON.stringify(end), planned: null }),
      });
      if (anew) await deleteDigestChains(tx, trail.trail_arn);
    });
    return {};
  },
});
