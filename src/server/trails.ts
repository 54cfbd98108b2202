/** Puts together what is made of the journal: the event history, trails with their deliveries, the keys that sign them. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bucket } from '../audit/buckets/bucket.ts';
import { directoryBucket } from '../audit/buckets/directory-bucket.ts';
import { s3Bucket } from '../audit/buckets/s3-bucket.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { LogDelivery } from '../jobs/log-delivery.ts';
import { schedule } from '../jobs/schedule.ts';
import type { ScheduledJob } from '../jobs/schedule.ts';
import type { BuiltinKeyStore } from '../keystores/builtin/builtin-key-store.ts';
import type { ServicePorts } from '../services/api/call.ts';
import type { ServiceHandler } from '../services/api/serve.ts';
import { AuditKeys } from '../services/cloudtrail/audit-keys.ts';
import { RateLimit } from '../services/cloudtrail/rate-limit.ts';
import { createCloudTrail } from '../services/cloudtrail/service.ts';
import type { RowMac } from '../storage/row-mac.ts';
import { TrailReader } from '../trail-reader/client.ts';

export interface TrailOptions extends ServicePorts {
  dataDir: string;
  configuration: Configuration;
  /** All Regions that are served. */
  regions: readonly string[];
  mac: RowMac;
  builtin: BuiltinKeyStore;
  /** Of this process's journal. */
  writerId: string;
}

export interface Trails {
  service: ServiceHandler;
  deliveries: LogDelivery;
  /** What runs by itself. */
  jobs(): ScheduledJob[];
  close(): Promise<void>;
}

/** How soon the reader is told of new records, milliseconds. */
const ADVANCE_MS = 200;
const DELIVERY_CHECK_MS = 1_000;
/** How long an end waits for deliveries; one that is cut off is done again. */
const SETTLE_MS = 3_000;

export function assembleTrails(options: TrailOptions): Trails {
  const { dataDir, configuration, regions, mac, db, audit, clock, logger, writerId } = options;
  const settings = configuration.audit;
  const reader = new TrailReader(
    {
      journalDir: join(dataDir, 'audit'),
      indexFile: join(dataDir, 'events.db'),
      historyDays: settings.historyDays,
    },
    logger.child({ component: 'trail-reader' }),
  );
  const durable = (): Record<string, number> => ({ [writerId]: audit.position.seq });
  let told = -1;
  const advance = setInterval(() => {
    const end = durable();
    if (end[writerId] === told) return;
    told = end[writerId] as number;
    reader.advance(end);
  }, ADVANCE_MS);
  advance.unref();

  const keys = new AuditKeys(options);
  const buckets = new Map(
    Object.entries(settings.buckets).map(([name, { directory, s3 }]): [string, Bucket] => [
      name,
      directory === undefined
        ? s3Bucket({ bucket: name, ...(s3 as NonNullable<typeof s3>) })
        : directoryBucket(directory),
    ]),
  );
  const deliveries = new LogDelivery({
    db,
    mac,
    clock,
    logger: logger.child({ component: 'log-delivery' }),
    regions,
    deliverySeconds: settings.deliverySeconds,
    digestSeconds: settings.digestSeconds,
    bucketOf: (name) => buckets.get(name),
    collect: (request) => {
      reader.advance(durable());
      return reader.ask('collect', request);
    },
    digestSigner: (region) => keys.signer('digest', region),
  });
  return {
    service: createCloudTrail({
      ...options,
      settings,
      lookupRate: new RateLimit(settings.lookupEventsPerSecond),
      find: (query) => reader.ask('find', query),
      journalEnd: async () => ({ ...(await reader.ask('indexed', null)), ...durable() }),
    }),
    deliveries,
    jobs: () => [schedule('log delivery', DELIVERY_CHECK_MS, () => deliveries.run(), logger)],
    close: async () => {
      clearInterval(advance);
      await Promise.race([deliveries.settle(), sleep(SETTLE_MS)]);
      await reader.close();
    },
  };
}
