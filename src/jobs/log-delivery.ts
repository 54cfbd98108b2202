/**
 * Trails deliver: log files about every five minutes, digest files every hour. Exactly once, whatever stops the server:
 * what is to be written is noted first, written, and then noted as written; after a crash the same objects are written
 * again, with the same content. Each note is made by the process on duty alone, and from what it has seen: a delivery may
 * last longer than the lease under which it began.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Bucket } from '../audit/buckets/bucket.ts';
import { SIGNATURE_ALGORITHM, digestText, sha256, signedText } from '../audit/digest.ts';
import type { Digest } from '../audit/digest.ts';
import { digestFileKey, logFileKey } from '../audit/log-file.ts';
import type { LogFileRequest, LogFiles } from '../audit/log-file.ts';
import type { Positions } from '../audit/tail.ts';
import type { Logger } from '../logging/logger.ts';
import type { AuditSigner } from '../services/cloudtrail/audit-keys.ts';
import { StaleRow, isConflict } from '../storage/conflicts.ts';
import { inTransactionOnDuty } from '../storage/leases.ts';
import type { Duty } from '../storage/leases.ts';
import { ENDED } from '../storage/schema-trails.ts';
import type { DigestChainRow, TrailProgressRow, TrailRow, UndigestedFileRow } from '../storage/schema.ts';
import type { RowMac } from '../storage/row-mac.ts';
import type { Database } from '../storage/store.ts';
import {
  deleteDigestChains,
  deleteUndigested,
  digestChains,
  findTrail,
  insertDigestChain,
  insertUndigested,
  listTrails,
  moveProgress,
  replaceDigestChain,
  trailProgress,
  undigestedFiles,
  updateProgress,
} from '../storage/trails.ts';

export interface DeliveryPorts {
  readonly db: Database;
  readonly mac: RowMac;
  readonly clock: () => number;
  readonly logger: Logger;
  /** All Regions that are served: those of a multi-Region trail. */
  readonly regions: readonly string[];
  readonly deliverySeconds: number;
  readonly digestSeconds: number;
  /** undefined: the configuration file knows it no more. */
  readonly bucketOf: (name: string) => Bucket | undefined;
  readonly collect: (request: Omit<LogFileRequest, 'durable'>) => Promise<LogFiles>;
  readonly digestSigner: (region: string) => Promise<AuditSigner>;
}

/** A delivery that was begun. */
interface Plan {
  to: Positions;
  /** Region to object. */
  objects: Record<string, string>;
}

/** Records of one round of files: some megabytes each. */
const RECORDS_PER_ROUND = 10_000;
/** After a failure it is tried again soon. */
const RETRY_MS = 30_000;
/** Sources whose events belong to no Region. */
const GLOBAL_SOURCES = ['iam.amazonaws.com', 'sts.amazonaws.com'];

const compress = promisify(gzip);

/** A trail, and who may deliver it. */
interface Work {
  trail: TrailRow;
  duty: Duty;
}

export class LogDelivery {
  readonly #ports: DeliveryPorts;
  readonly #busy = new Map<string, Promise<void>>();

  constructor(ports: DeliveryPorts) {
    this.#ports = ports;
  }

  /** Begins what is due; a trail whose bucket does not answer keeps no other one waiting. */
  async run(duty: Duty): Promise<void> {
    const { db, mac } = this.#ports;
    for (const trail of await listTrails(db, mac)) {
      if (trail.started_at === null || this.#busy.has(trail.trail_arn)) continue;
      const work = this.#serve({ trail, duty }).finally(() => this.#busy.delete(trail.trail_arn));
      this.#busy.set(trail.trail_arn, work);
    }
  }

  /** Resolves when what was begun has come to its end. */
  async settle(): Promise<void> {
    await Promise.all(this.#busy.values());
  }

  async #serve(work: Work): Promise<void> {
    const { db, logger, clock } = this.#ports;
    const trailArn = work.trail.trail_arn;
    try {
      const progress = await trailProgress(db, trailArn);
      if (progress.ends_at === ENDED) return;
      if (this.#isDue(progress)) await this.#deliver(work, progress);
    } catch (error) {
      if (isConflict(error)) return this.#giveUp(trailArn, error);
      logger.error({ err: error, trailArn }, 'a trail could not be delivered and will be again');
      const name = nameOf(error);
      const failed = { attempted_at: clock(), delivery_error: name };
      // no digest may pass over files that are late: one that is due waits, for the same reason
      const waits = await this.#digestIsDue(work.trail).catch(() => false);
      await this.#note(work, { ...failed, ...(waits && { digest_error: name }) }).catch(() => undefined);
      return;
    }
    try {
      await this.#digest(work);
    } catch (error) {
      if (isConflict(error)) return this.#giveUp(trailArn, error);
      logger.error({ err: error, trailArn }, 'a digest could not be delivered and will be again');
      await this.#note(work, { digest_error: nameOf(error) }).catch(() => undefined);
    }
  }

  /** It goes on from what is there now: by who is on duty, with the next run. */
  #giveUp(trailArn: string, error: unknown): void {
    this.#ports.logger.warn({ err: error, trailArn }, 'another process has delivered, or is on duty now');
  }

  /** How it went. @throws StaleRow when that is for another process to say */
  #note({ trail, duty }: Work, news: Partial<Omit<TrailProgressRow, 'trail_arn'>>): Promise<void> {
    return inTransactionOnDuty(this.#ports.db, duty, (tx) => updateProgress(tx, trail.trail_arn, news));
  }

  #isDue({ attempted_at: last, delivery_error: error, ends_at: end }: TrailProgressRow): boolean {
    const every = this.#ports.deliverySeconds * 1000;
    const wait = error === null ? (end === null ? every : 0) : Math.min(every, RETRY_MS);
    return last === null || Math.abs(this.#ports.clock() - last) >= wait;
  }

  async #digestIsDue(trail: TrailRow): Promise<boolean> {
    const { db, clock, digestSeconds } = this.#ports;
    if (trail.log_file_validation !== 1) return false;
    const chains = await digestChains(db, trail.trail_arn);
    return chains.some(({ digested_until: until }) => until + digestSeconds * 1000 <= clock());
  }

  async #deliver(work: Work, before: TrailProgressRow): Promise<void> {
    const { db, clock } = this.#ports;
    const end = before.ends_at === null ? undefined : (JSON.parse(before.ends_at) as Positions);
    let progress = before;
    for (let more = true; more;) {
      more = await this.#deliverRound(work, progress, end);
      progress = await trailProgress(db, work.trail.trail_arn);
    }
    await this.#note(work, { attempted_at: clock(), delivery_error: null });
  }

  /** @returns whether there is more */
  async #deliverRound(work: Work, progress: TrailProgressRow, end: Positions | undefined): Promise<boolean> {
    const { db, clock, collect, regions } = this.#ports;
    const { trail, duty } = work;
    const planned = progress.planned === null ? undefined : (JSON.parse(progress.planned) as Plan);
    const { files, to, more } = await collect({
      accountId: trail.account_id,
      regions: trail.multi_region === 1 ? regions : [trail.home_region],
      withoutSources: trail.global_events === 1 ? [] : GLOBAL_SOURCES,
      from: JSON.parse(progress.positions) as Positions,
      to: planned?.to ?? end,
      most: planned === undefined ? RECORDS_PER_ROUND : Number.POSITIVE_INFINITY,
    });
    const place = (region: string) => ({
      prefix: trail.prefix ?? undefined,
      accountId: trail.account_id,
      region,
    });
    const plan: Plan = planned ?? {
      to,
      objects: Object.fromEntries(files.map(({ region }) => [region, logFileKey(place(region), clock())])),
    };
    let seen = progress;
    if (planned === undefined && files.length > 0) {
      const text = JSON.stringify(plan);
      await inTransactionOnDuty(db, duty, (tx) => moveProgress(tx, progress, { planned: text }));
      seen = { ...progress, planned: text };
    }
    const bucket = this.#bucketOf(trail.bucket);
    const delivered: UndigestedFileRow[] = [];
    for (const file of files) {
      const object = plan.objects[file.region];
      if (object === undefined) continue; // the trail was changed since: what it did not want then is not late now
      await put(duty, bucket, object, file.body, {});
      delivered.push({
        object,
        trail_arn: trail.trail_arn,
        region: file.region,
        bucket: trail.bucket,
        hash: file.hash,
        oldest_event_time: file.oldestEventTime,
        newest_event_time: file.newestEventTime,
        delivered_at: clock(),
      });
    }
    await inTransactionOnDuty(db, duty, async (tx) => {
      const now = await findTrail(tx, this.#ports.mac, trail.trail_arn);
      if (now === undefined) return; // deleted while it was delivered
      await moveProgress(tx, seen, {
        positions: JSON.stringify(plan.to),
        planned: null,
        ...(delivered.length > 0 && { delivered_at: clock() }),
      });
      if (now.log_file_validation === 1) await insertUndigested(tx, delivered);
    });
    return more || planned !== undefined;
  }

  /** All digests that are due, each Region's chain for itself; a stopped trail's last ones end its chains. */
  async #digest(work: Work): Promise<void> {
    const { db, clock, regions, digestSeconds } = this.#ports;
    const { trail, duty } = work;
    const progress = await trailProgress(db, trail.trail_arn);
    if (trail.log_file_validation === 1) {
      const chains = new Map((await digestChains(db, trail.trail_arn)).map((chain) => [chain.region, chain]));
      const last = progress.ends_at === null ? undefined : lastEnd(trail, progress);
      for (const region of trail.multi_region === 1 ? regions : [trail.home_region]) {
        let chain = chains.get(region) ?? (await this.#beginChain(work, region));
        for (;;) {
          const end = Math.min(chain.digested_until + digestSeconds * 1000, last ?? Infinity);
          if (end > clock()) break;
          if (end <= chain.digested_until) break;
          chain = await this.#writeDigest(work, chain, end);
        }
        if (last !== undefined && chain.digested_until < last) return; // its last second is not over
      }
    }
    if (progress.ends_at === null) return;
    await inTransactionOnDuty(db, duty, async (tx) => {
      await deleteDigestChains(tx, trail.trail_arn);
      const { ends_at: end } = await trailProgress(tx, trail.trail_arn);
      // not when logging began again while the last digests were written
      if (end !== null) await updateProgress(tx, trail.trail_arn, { ends_at: ENDED });
    });
  }

  async #beginChain({ trail, duty }: Work, region: string): Promise<DigestChainRow> {
    const chain: DigestChainRow = {
      trail_arn: trail.trail_arn,
      region,
      digested_until: Math.floor(this.#ports.clock() / 1000) * 1000,
      previous_bucket: null,
      previous_object: null,
      previous_hash: null,
      previous_signature: null,
    };
    await inTransactionOnDuty(this.#ports.db, duty, (tx) => insertDigestChain(tx, chain));
    return chain;
  }

  async #writeDigest(work: Work, chain: DigestChainRow, end: number): Promise<DigestChainRow> {
    const { db, clock, digestSigner } = this.#ports;
    const { trail, duty } = work;
    const { region } = chain;
    const signer = await digestSigner(region);
    const files = await undigestedFiles(db, trail.trail_arn, region, end);
    const place = { prefix: trail.prefix ?? undefined, accountId: trail.account_id, region };
    const object = digestFileKey(place, { name: trail.name, homeRegion: trail.home_region }, end);
    const text = digestText({
      accountId: trail.account_id,
      start: chain.digested_until,
      end,
      bucket: trail.bucket,
      object,
      fingerprint: signer.fingerprint,
      previous: {
        bucket: chain.previous_bucket,
        object: chain.previous_object,
        hash: chain.previous_hash,
        signature: chain.previous_signature,
      },
      files: files.map((file) => ({
        s3Bucket: file.bucket,
        s3Object: file.object,
        hashValue: file.hash,
        hashAlgorithm: 'SHA-256',
        newestEventTime: file.newest_event_time,
        oldestEventTime: file.oldest_event_time,
      })),
    });
    const hash = sha256(text);
    const signature = await signer.sign(signedText(JSON.parse(text) as Digest, hash));
    await put(duty, this.#bucketOf(trail.bucket), object, await compress(text), {
      signature: signature.toString('hex'),
      'signature-algorithm': SIGNATURE_ALGORITHM,
    });
    const next: DigestChainRow = {
      ...chain,
      digested_until: end,
      previous_bucket: trail.bucket,
      previous_object: object,
      previous_hash: hash,
      previous_signature: signature.toString('hex'),
    };
    await inTransactionOnDuty(db, duty, async (tx) => {
      const now = await findTrail(tx, this.#ports.mac, trail.trail_arn);
      if (now?.log_file_validation !== 1) return;
      await replaceDigestChain(tx, chain, next);
      await deleteUndigested(
        tx,
        files.map((file) => file.object),
      );
      await updateProgress(tx, trail.trail_arn, { digest_at: clock(), digest_error: null });
    });
    return next;
  }

  #bucketOf(name: string): Bucket {
    const bucket = this.#ports.bucketOf(name);
    if (bucket === undefined) {
      throw Object.assign(new Error(`bucket ${name} is not in the configuration file`), {
        name: 'NoSuchBucket',
      });
    }
    return bucket;
  }
}

/**
 * Writes an object, unless the lease is lost: the one on duty may have written it already, and its content is what counts.
 * @throws StaleRow, and the bucket's errors
 */
async function put(duty: Duty, bucket: Bucket, ...object: Parameters<Bucket['put']>): Promise<void> {
  if (!duty.held) throw new StaleRow('leases');
  await bucket.put(...object);
}

/** The second in which all of a stopped trail is delivered is over. Known after a crash too, so that the digest is the same. */
function lastEnd(trail: TrailRow, progress: TrailProgressRow): number {
  return (Math.floor(Math.max(trail.stopped_at ?? 0, progress.delivered_at ?? 0) / 1000) + 1) * 1000;
}

/** S3's error code, a system error's code, or the error's name. */
function nameOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'Error';
}
