/** The server's work on the two trails: delivery of the HSMs' logs, their comparison with the journal, and alarms. */
import { join } from 'node:path';
import { newEventId } from '../audit/event-id.ts';
import { buildServiceEvent, encodeEvent } from '../audit/event.ts';
import type { AuditTrail } from '../audit/trail.ts';
import type { ReconciliationSettings } from '../configuration/reconciliation.ts';
import { newTrailNumbers } from '../hsm-trail/alarm.ts';
import type { Alarm, AlarmKind, TrailNumbers } from '../hsm-trail/alarm.ts';
import { HsmLogDelivery } from '../hsm-trail/delivery.ts';
import type { LogSource } from '../hsm-trail/delivery.ts';
import { schedule } from '../jobs/schedule.ts';
import type { ScheduledJob } from '../jobs/schedule.ts';
import type { Logger } from '../logging/logger.ts';
import { Comparison } from '../trail-comparison/client.ts';
import type { Clusters } from '../services/cloudhsm/clusters.ts';
import type { CustomKeyStores } from '../services/kms/custom-key-stores.ts';
import { logGroupName } from '../services/logs/log-groups.ts';
import { putOutboxEvent } from '../storage/outbox.ts';
import { inTransaction } from '../storage/store.ts';
import { findRetention, removeLogEventsBefore } from '../storage/hsm-logs.ts';
import type { Database } from '../storage/store.ts';
import type { Duty } from '../storage/leases.ts';
import { addFinding, keyOfMaterial } from '../storage/trail-findings.ts';

const DELIVER_EVERY_MS = 1_000;
const EXPIRE_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

export interface TrailOptions {
  db: Database;
  audit: AuditTrail;
  clusters: Clusters;
  customKeyStores: Pick<CustomKeyStores, 'clustersOf'>;
  /** The server's data folder. */
  dataDir: string;
  logger: Logger;
  clock: () => number;
  settings: ReconciliationSettings;
}

export interface HsmTrails {
  readonly delivery: HsmLogDelivery;
  readonly comparison: Comparison;
  readonly numbers: TrailNumbers;
  /** Begins the work that is done again and again. @param duty who takes the HSMs' logs over */
  jobs(duty: Duty): ScheduledJob[];
  close(): Promise<void>;
}

/** Where copies of the HSMs' logs lie under the server's data folder. */
export function copiesFolder(dataDir: string): string {
  return join(dataDir, 'hsm-logs');
}

export function createHsmTrails(options: TrailOptions): HsmTrails {
  const { db, clusters, customKeyStores, dataDir, clock, settings } = options;
  const logger = options.logger.child({ component: 'trails' });
  const numbers = newTrailNumbers();
  const alarm = (told: Alarm): Promise<void> => raise(told, { ...options, logger }, numbers);
  const delivery = new HsmLogDelivery({
    ...{ db, logger, clock, alarm, numbers },
    folder: copiesFolder(dataDir),
    sources: () => readable(clusters),
    members: () =>
      clusters
        .all()
        .flatMap(({ cluster_id: id }) => clusters.hsmsOf(id).filter(({ state }) => state === 'ACTIVE')),
  });
  const comparison = new Comparison({
    ...{ clock, alarm, numbers, logger },
    continuous: settings.continuous,
    options: {
      journal: join(dataDir, 'audit'),
      copies: copiesFolder(dataDir),
      stateFile: join(dataDir, 'hsm-logs', 'reconciled.json'),
      workFolder: join(dataDir, 'comparison'),
      marginMs: settings.marginSeconds * 1000,
    },
    keyOf: (materialId) => keyOfMaterial(db, materialId),
    clustersOf: (customKeyStoreId) => customKeyStores.clustersOf(customKeyStoreId),
  });
  const compare = (when: () => boolean): ScheduledJob =>
    schedule('two trails', settings.everySeconds * 1000, () => comparison.run(), logger, {
      despiteJumps: true,
      when,
    });
  return {
    ...{ delivery, comparison, numbers },
    jobs: (duty) => {
      const when = (): boolean => duty.held;
      const deliver = (): Promise<void> => delivery.run(duty);
      return [
        schedule("HSMs' logs", DELIVER_EVERY_MS, deliver, logger, { despiteJumps: true, when }),
        ...(settings.continuous ? [compare(when)] : []),
        schedule('log retention', EXPIRE_EVERY_MS, () => expire(db, clusters, clock()), logger, { when }),
      ];
    },
    close: async () => {
      await comparison.close();
      await delivery.close();
    },
  };
}

/** HSMs on which KMS is logged in: an HSM shows its log to nobody else. */
function readable(clusters: Clusters): LogSource[] {
  const links = clusters.all().flatMap(({ cluster_id: id }) => {
    const live = clusters.live(id);
    return live === undefined ? [] : [...live.serving, ...live.leaving];
  });
  return links.flatMap(({ member, connection }) => {
    const certificate = connection.peerCertificate;
    if (certificate === undefined) return [];
    return {
      ...{ hsmId: member.hsmId, clusterId: member.clusterId },
      publicKey: certificate.publicKey,
      certificate: certificate.toString(),
      read: (from, maxBytes) => connection.readLogText({ from, maxBytes }),
    };
  });
}

const EVENTS: Readonly<Record<AlarmKind, { eventSource: string; eventName: string }>> = {
  'hsm-log-broken': { eventSource: 'cloudhsm.amazonaws.com', eventName: 'HsmLogIntegrityFailure' },
  'use-without-call': { eventSource: 'kms.amazonaws.com', eventName: 'AuditTrailMismatch' },
  'call-without-use': { eventSource: 'kms.amazonaws.com', eventName: 'AuditTrailMismatch' },
};

/** Tells of each thing once: a log line of level 50, an event in the audit trail, a number. */
async function raise(
  { kind, id, what, detail, clusterId }: Alarm,
  { db, audit, clusters, logger, clock }: Omit<TrailOptions, 'settings'>,
  numbers: TrailNumbers,
): Promise<void> {
  const cluster = clusters.concernedBy({ clusterId, ...detail });
  const time = clock();
  const eventId = newEventId(time);
  const event =
    cluster === undefined
      ? undefined
      : encodeEvent(
          buildServiceEvent({
            ...EVENTS[kind],
            ...{
              time,
              eventId,
              region: cluster.region,
              accountId: cluster.account_id,
              resources: [],
            },
            serviceEventDetails: { kind, finding: what, ...detail },
          }),
        );
  const isNew = await inTransaction(db, async (tx) => {
    const added = await addFinding(tx, {
      findingId: id,
      kind,
      detail: { what, ...detail },
      foundAt: clock(),
    });
    if (added && event !== undefined) await putOutboxEvent(tx, audit, { eventId, event });
    return added;
  });
  if (!isNew) return;
  numbers.alarms.set(kind, (numbers.alarms.get(kind) ?? 0) + 1);
  logger.error({ kind, ...detail }, what);
  if (event !== undefined) await audit.recordCommitted({ eventId, event });
}

/** Removes events that are older than their group's retention. */
async function expire(db: Database, clusters: Clusters, now: number): Promise<void> {
  for (const { cluster_id: id, account_id: accountId, region } of clusters.all()) {
    const days = await findRetention(db, { accountId, region, logGroup: logGroupName(id) });
    if (days !== undefined) await removeLogEventsBefore(db, id, now - days * DAY_MS);
  }
}
