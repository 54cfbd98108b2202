/** Puts together what is made of the journal: the event history, trails with their deliveries, copies and proofs. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { directoryAnchor, httpsAnchor } from '../audit/anchors.ts';
import type { Anchor } from '../audit/anchors.ts';
import type { Bucket } from '../audit/buckets/bucket.ts';
import { directoryBucket } from '../audit/buckets/directory-bucket.ts';
import { s3Bucket } from '../audit/buckets/s3-bucket.ts';
import { readLivingHead } from '../audit/head.ts';
import { writePublicKeys } from '../audit/public-keys.ts';
import { listWriters } from '../audit/writers.ts';
import type { Positions } from '../audit/tail.ts';
import { splitAddress } from '../configuration/address.ts';
import type { AuditConfiguration, BucketConfiguration } from '../configuration/audit.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { Checkpoints } from '../jobs/checkpoints.ts';
import { retireJournal } from '../jobs/journal-retention.ts';
import { LogDelivery } from '../jobs/log-delivery.ts';
import { schedule } from '../jobs/schedule.ts';
import type { ScheduledJob } from '../jobs/schedule.ts';
import type { ProcessIdentity } from '../nodes/identity.ts';
import type { BuiltinKeyStore } from '../keystores/builtin/builtin-key-store.ts';
import type { ServicePorts } from '../services/api/call.ts';
import type { ServiceHandler } from '../services/api/serve.ts';
import { AuditKeys } from '../services/cloudtrail/audit-keys.ts';
import { RateLimit } from '../services/cloudtrail/rate-limit.ts';
import { createCloudTrail } from '../services/cloudtrail/service.ts';
import { lastUsagePositions } from '../services/kms/last-usage.ts';
import type { Duty } from '../storage/leases.ts';
import type { RowMac } from '../storage/row-mac.ts';
import { journalReadersOfTrails } from '../storage/trails.ts';
import { TrailReader } from '../trail-reader/client.ts';
import type { SinkReading } from '../trail-reader/client.ts';
import type { SinkOptions } from '../trail-reader/messages.ts';

export interface TrailOptions extends ServicePorts {
  dataDir: string;
  configuration: Configuration;
  /** All Regions that are served. */
  regions: readonly string[];
  mac: RowMac;
  builtin: BuiltinKeyStore;
  /** Of this process's journal. */
  writerId: string;
  identity: ProcessIdentity;
  /** From when on the comparison of the trails needs the journal; milliseconds since 1970. */
  comparedFrom(): number;
}

export interface Trails {
  service: ServiceHandler;
  deliveries: LogDelivery;
  checkpoints: Checkpoints;
  /** How each further sink is doing. */
  sinks(): SinkReading[];
  /** Removes from the journal what the configuration gives up. */
  retire(): Promise<void>;
  /** What runs by itself. @param duty who delivers the logs of trails */
  jobs(duty: Duty): ScheduledJob[];
  close(): Promise<void>;
}

/** How soon the reader is told of new records, milliseconds. */
const ADVANCE_MS = 200;
const HEADS_MS = 500;
const QUIET_MS = 60_000;
const DELIVERY_CHECK_MS = 1_000;
const RETENTION_MS = 600_000;
/** How long an end waits for deliveries; one that is cut off is done again. */
const SETTLE_MS = 3_000;

export async function assembleTrails(options: TrailOptions): Promise<Trails> {
  const { dataDir, configuration, regions, mac, db, audit, clock, logger, writerId, identity } = options;
  const settings = configuration.audit;
  const journalDir = join(dataDir, 'audit');
  const isFirst = identity.worker === 1;
  const others = await followHeads(journalDir, writerId);
  const durable = (): Positions => ({ ...others.positions, [writerId]: audit.position.seq });
  const reader = new TrailReader(
    {
      journalDir,
      indexFile: join(dataDir, 'events.db'),
      historyDays: settings.historyDays,
      placesDir: join(dataDir, 'sinks'),
      sinks: isFirst ? sinksOf(settings) : [],
      keepsHistory: isFirst,
    },
    durable(),
    logger.child({ component: 'trail-reader' }),
  );
  const stopAdvancing = keepAdvanced(reader, durable);
  if (isFirst) audit.requireAlso(obstacleOf(settings, reader));

  const keys = new AuditKeys({ ...options, published: (all) => writePublicKeys(journalDir, all) });
  const buckets = new Map(
    Object.entries(settings.buckets).map(([name, bucket]) => [name, bucketOf(name, bucket)]),
  );
  const deliveries = new LogDelivery({
    ...{ db, mac, clock, regions },
    logger: logger.child({ component: 'log-delivery' }),
    deliverySeconds: settings.deliverySeconds,
    digestSeconds: settings.digestSeconds,
    bucketOf: (name) => buckets.get(name),
    collect: (request) => {
      reader.advance(durable());
      return reader.ask('collect', request);
    },
    digestSigner: (region) => keys.signer('digest', region),
  });
  const checkpointSigner = () => keys.signer('checkpoint', null);
  const checkpoints = new Checkpoints({
    ...{ journalDir, writerId, clock },
    logger: logger.child({ component: 'checkpoints' }),
    position: () => audit.position,
    signer: checkpointSigner,
    publicKeys: () => keys.publicKeys(),
    anchor: anchorOf(settings),
  });
  const retire = (): Promise<void> =>
    retireJournal({
      ...{ journalDir, clock },
      logger: logger.child({ component: 'journal-retention' }),
      days: settings.retentionDays,
      gigabytes: settings.retentionGigabytes,
      readers: async (): Promise<Positions[]> => [
        await reader.ask('indexed', null),
        ...reader.sinkPositions,
        ...(await journalReadersOfTrails(db, mac)),
        await lastUsagePositions(db),
      ],
      neededFrom: () => options.comparedFrom(),
      expired: (writer, rules) => reader.ask('expired', { writer, rules }),
      signer: checkpointSigner,
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
    checkpoints,
    sinks: () => reader.sinks,
    retire,
    jobs: (duty) => {
      const always = { despiteJumps: true };
      const firstCheckpoint = (): Promise<void> => keys.publish().then(() => checkpoints.run());
      firstCheckpoint().catch((error: unknown) =>
        logger.error({ err: error }, 'no checkpoint could be made'),
      );
      const checkpointMs = settings.checkpointSeconds * 1000;
      const own = schedule('checkpoints', checkpointMs, () => checkpoints.run(), logger, always);
      if (!isFirst) return [own];
      const when = (): boolean => duty.held;
      return [
        own,
        schedule('log delivery', DELIVERY_CHECK_MS, () => deliveries.run(duty), logger, { ...always, when }),
        schedule('journal retention', RETENTION_MS, retire, logger, { when }),
      ];
    },
    close: async () => {
      stopAdvancing();
      others.stop();
      await Promise.race([deliveries.settle(), sleep(SETTLE_MS)]);
      await checkpoints.run().catch((error: unknown) => logger.error({ err: error }, 'no last checkpoint'));
      await reader.close();
    },
  };
}

/**
 * How far the journals of other processes are known to be durable: as their head files say, once a second. What a writer
 * recorded that has written nothing for a while is durable as a whole.
 */
async function followHeads(journalDir: string, own: string): Promise<{ positions: Positions; stop(): void }> {
  const positions: Record<string, number> = {};
  const look = async (): Promise<void> => {
    for (const writer of await listWriters(journalDir)) {
      if (writer === own) continue;
      const head = await readLivingHead(join(journalDir, writer), QUIET_MS).catch(() => undefined);
      if (head === undefined) delete positions[writer];
      else positions[writer] = head.seq;
    }
  };
  const lookAgain = (): Promise<void> => look().catch(() => undefined); // the folder may be away; the next look is soon
  await lookAgain();
  const timer = setInterval(() => void lookAgain(), HEADS_MS);
  timer.unref();
  return { positions, stop: () => clearInterval(timer) };
}

/** Tells the reader of new records, soon after they are durable. @returns what ends it */
function keepAdvanced(reader: TrailReader, durable: () => Positions): () => void {
  let told = '';
  const timer = setInterval(() => {
    const positions = durable();
    const text = JSON.stringify(positions);
    if (text !== told) reader.advance(positions);
    told = text;
  }, ADVANCE_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Why calls must not be answered: a sink without which the operator wants none. */
function obstacleOf({ sinks }: AuditConfiguration, reader: TrailReader): () => string | undefined {
  const required = Object.entries(sinks).filter(([, sink]) => sink.required);
  return () => {
    for (const [name, { deadlineSeconds }] of required) {
      if (reader.sinkWaits(name) > deadlineSeconds * 1000)
        return `the audit sink ${name} does not take events`;
    }
    return undefined;
  };
}

function bucketOf(name: string, { directory, s3 }: BucketConfiguration): Bucket {
  if (directory !== undefined) return directoryBucket(directory);
  if (s3 === undefined) throw new Error(`bucket ${name} has no place`);
  return s3Bucket({ bucket: name, ...s3 });
}

function anchorOf({ anchor }: AuditConfiguration): Anchor | undefined {
  if (anchor?.url !== undefined) return httpsAnchor({ url: anchor.url, ca: anchor.ca });
  return anchor?.directory === undefined ? undefined : directoryAnchor(anchor.directory);
}

function sinksOf({ sinks }: AuditConfiguration): SinkOptions[] {
  return Object.entries(sinks).map(([name, sink]) => {
    const { type, address, ca, certificate, key, authorization, deadlineSeconds } = sink;
    const deadlineMs = Math.round(deadlineSeconds * 1000); // of 1.001 more than whole ones come out, which no timer takes
    if (type === 'https')
      return { name, deadlineMs, https: { url: address, ca, certificate, key, authorization } };
    return { name, deadlineMs, syslog: { ...splitAddress(address), ca, certificate, key } };
  });
}
