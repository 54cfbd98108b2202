/**
 * What runs by itself. Every process writes down what it alone knows; the first process of a node looks after the node's
 * files; and what must be done once in the whole installation is done by the process that holds the lease on it.
 */
import { abandonCutOffCreations, abandonOldCreations } from '../jobs/creation-sweeper.ts';
import { deleteDueKeys } from '../jobs/key-deletion.ts';
import { rotateDueKeys } from '../jobs/key-rotation.ts';
import { deleteExpiredMaterial } from '../jobs/material-expiry.ts';
import { addUsage } from '../jobs/metering.ts';
import { completeMultiRegionChanges } from '../jobs/multi-region.ts';
import { schedule } from '../jobs/schedule.ts';
import type { ScheduledJob } from '../jobs/schedule.ts';
import type { Logger } from '../logging/logger.ts';
import { CHANGES_KEPT_MS } from '../nodes/change-feed.ts';
import { keepBackups } from '../services/cloudhsm/backups.ts';
import { startClusterLife } from '../services/cloudhsm/cluster-life.ts';
import { pruneChanges } from '../storage/changes.ts';
import { listOutbox } from '../storage/outbox.ts';
import { pruneQuotaUses } from '../storage/quota-uses.ts';
import type { Assembly } from './assemble.ts';

const DEADLINES_EVERY_MS = 5_000;
const MULTI_REGION_EVERY_MS = 500;
const LAST_USAGE_EVERY_MS = 30_000;
const LAST_USES_EVERY_MS = 60_000;
const METERING_EVERY_MS = 60_000;
const CREATIONS_EVERY_MS = 1_000;
const OUTBOX_EVERY_MS = 10_000;
const TIDY_EVERY_MS = 60_000;
const KEY_STORES_EVERY_MS = 1_000;
const QUOTAS_EVERY_MS = 500;
/** What a process said so long ago, all others have heard. */
const QUOTA_USES_KEPT_MS = 86_400_000;
/** An event that its own process has not journaled by then is journaled by another one. */
const EVENT_ABANDONED_MS = 60_000;

/** Begins all that is for this process to do. */
export function startJobs(assembly: Assembly, logger: Logger): ScheduledJob[] {
  const { process: identity, duty } = assembly;
  return [
    ...ownJobs(assembly, logger),
    // only a node's first process competes for the lease
    ...(identity.worker === 1
      ? [...installationJobs(assembly, logger), ...assembly.hsmTrails.jobs(duty)]
      : []),
    ...assembly.trails.jobs(duty),
  ];
}

function ownJobs(assembly: Assembly, logger: Logger): ScheduledJob[] {
  const { kms, identities, sweepOutbox, quotaExchange, duty, proxyHealthMs } = assembly;
  const meter = (): Promise<void> => addUsage(kms.db, kms.meter, kms.audit.writerId, Date.now(), duty.held);
  const jobs = [
    schedule('last usage', LAST_USAGE_EVERY_MS, () => kms.lastUsages.flush(), logger),
    schedule('last uses', LAST_USES_EVERY_MS, () => identities.lastUses.flush(), logger),
    schedule('creations', CREATIONS_EVERY_MS, () => abandonCutOffCreations(kms), logger, {
      despiteJumps: true,
    }),
    schedule('outbox', OUTBOX_EVERY_MS, sweepOutbox, logger, { despiteJumps: true }),
    schedule('metering', METERING_EVERY_MS, meter, logger),
    schedule('external key stores', proxyHealthMs, () => kms.customKeyStores.checkExternal(), logger),
  ];
  if (quotaExchange === undefined) return jobs;
  // of a database that is away others tell; until it is back, each process counts for itself
  const exchange = (): Promise<void> => quotaExchange.run().catch(() => undefined);
  return [...jobs, schedule('request quotas', QUOTAS_EVERY_MS, exchange, logger, { despiteJumps: true })];
}

function installationJobs({ kms, cloudhsm, duty }: Assembly, logger: Logger): ScheduledJob[] {
  const when = (): boolean => duty.held;
  const tidy = async (): Promise<void> => {
    await abandonOldCreations(kms);
    await kms.audit.replay(await listOutbox(kms.db, '', Date.now() - EVENT_ABANDONED_MS));
    await pruneChanges(kms.db, Date.now() - CHANGES_KEPT_MS);
    await pruneQuotaUses(kms.db, Date.now() - QUOTA_USES_KEPT_MS);
  };
  return [
    schedule('key deletion', DEADLINES_EVERY_MS, () => deleteDueKeys(kms), logger, { when }),
    schedule('key rotation', DEADLINES_EVERY_MS, () => rotateDueKeys(kms), logger, { when }),
    schedule('material expiry', DEADLINES_EVERY_MS, () => deleteExpiredMaterial(kms), logger, { when }),
    schedule('cluster backups', DEADLINES_EVERY_MS, () => keepBackups(cloudhsm), logger, { when }),
    schedule('multi-Region keys', MULTI_REGION_EVERY_MS, () => completeMultiRegionChanges(kms), logger, {
      when,
    }),
    // what was begun while nobody was on duty for a moment
    schedule('key stores', KEY_STORES_EVERY_MS, async () => kms.customKeyStores.pursueAll(), logger, {
      when,
      despiteJumps: true,
    }),
    schedule('tidying', TIDY_EVERY_MS, tidy, logger, { when, despiteJumps: true }),
    startClusterLife(cloudhsm, when),
  ];
}
