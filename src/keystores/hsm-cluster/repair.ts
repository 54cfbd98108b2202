/**
 * Bringing what the HSMs hold into line with what the database says: missing keys are cloned, damaged ones replaced, keys
 * that must be gone destroyed. The database alone decides; an object that it does not know is left alone and reported, for
 * a restored database must never make the HSMs forget keys.
 */
import { RpcError } from '../../rpc/frames.ts';
import { noteChange } from '../../storage/changes.ts';
import type { ClusterKey } from '../../storage/clusters.ts';
import {
  addHolders,
  confirmTombstone,
  confirmationsOf,
  keysOfCluster,
  listTombstones,
  materialsInCreation,
  removeTombstone,
  setHoldings,
  setQuarantine,
} from '../../storage/clusters.ts';
import { inTransaction } from '../../storage/store.ts';
import type { Database } from '../../storage/store.ts';
import { cloneKey } from './cloning.ts';
import { isBehind, nextCounter, raiseEpoch } from './epoch.ts';
import type { HsmCluster } from './hsm-cluster.ts';
import type { HsmLink } from './hsm-link.ts';

const ANTI_ENTROPY_EVERY_MS = 60_000;
const CHECK_VALUES_EVERY_MS = 24 * 3_600_000;
const RETRY_MS = 1_000;
/** Keys of one HSM in work at once: as many as it syncs together (src/hsm/key-work.ts), and some on their way. */
const KEYS_AT_ONCE = 12;
/** Cloned keys are put on record together: one commit for so many. */
const RECORDED_AT_ONCE = 32;
const RAISE_AFTER_MS = 1_000;
const RAISE_EVERY_MS = 3_600_000;

/** No HSM that serves has the key whole, so that there is nothing to wait for. */
class NoGoodCopy extends Error {
  override readonly name = 'NoGoodCopy';
  constructor() {
    super('no other HSM holds a good copy');
  }
}

export class Repair {
  readonly #cluster: HsmCluster;
  readonly #timer: NodeJS.Timeout;
  readonly #queued = new Map<HsmLink, Promise<void>>();
  readonly #again = new Set<HsmLink>();
  readonly #keysUnderRepair = new Set<string>();
  #checkedAt: number;
  #raisedAt = 0;
  #raising: NodeJS.Timeout | undefined;

  constructor(cluster: HsmCluster) {
    this.#cluster = cluster;
    this.#checkedAt = performance.now();
    this.#timer = setInterval(() => this.round(), ANTI_ENTROPY_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#raising);
  }

  /**
   * Repairs an HSM that is about to serve. With one that has served before, problems with single keys are logged and tried
   * again later; one that is new serves once it has every key that another HSM can give. One that was only cut off, its process
   * running all the time, serves at once and is compared meanwhile: with many keys that takes seconds, and what it lacks, others do.
   * @throws RpcError, CloneRejected (a new HSM was not given a key: the others may not have enrolled it yet)
   */
  async bringIn(link: HsmLink): Promise<void> {
    const behind = await isBehind(this.#cluster, link);
    if (!this.#cluster.ports.onDuty()) {
      if (behind)
        throw new Error('the HSM is older than it should be; it is being repaired by another process');
      return;
    }
    if (behind) {
      this.#cluster.ports.logger.error(
        { hsmId: link.member.hsmId },
        'an HSM is older than it should be: rolled back or replaced; all its keys are checked before it serves',
      );
    }
    if (link.wasOnlyCutOff && !behind && !link.member.joining) {
      this.laterFor([link]);
      this.raiseEpochsSoon();
      return;
    }
    await this.#inventory(link, behind);
    await raiseEpoch(this.#cluster, link, await nextCounter(this.#cluster));
    this.raiseEpochsSoon(); // the others follow
  }

  /** Moves the epochs of all HSMs forward, once for all that happened within a second. */
  raiseEpochsSoon(): void {
    this.#raising ??= setTimeout(() => {
      this.#raising = undefined;
      this.#raisedAt = performance.now();
      void this.#raiseEpochs();
    }, RAISE_AFTER_MS).unref();
  }

  async #raiseEpochs(): Promise<void> {
    const failed = (error: unknown): void =>
      this.#cluster.ports.logger.warn({ err: error }, 'an epoch could not be raised');
    try {
      const counter = await nextCounter(this.#cluster);
      for (const link of this.#cluster.serving) raiseEpoch(this.#cluster, link, counter).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  /** Repairs links soon, in the background. */
  laterFor(links: readonly HsmLink[]): void {
    if (!this.#cluster.ports.onDuty()) return;
    for (const link of links) {
      if (this.#queued.has(link)) {
        this.#again.add(link); // what runs may have begun on a connection that was lost
        continue;
      }
      const work = this.#inventory(link, false)
        .catch((error: unknown) => this.#cluster.ports.logger.warn({ err: error }, 'repair was interrupted'))
        .finally(() => {
          this.#queued.delete(link);
          if (this.#again.delete(link) && link.state !== 'down') this.laterFor([link]);
        });
      this.#queued.set(link, work);
    }
  }

  /** Destroys what must be gone, on every HSM that serves. */
  async sweep(): Promise<void> {
    const { db, mac } = this.#cluster.ports;
    for (const { materialId } of await listTombstones(db, mac, this.#cluster.clusterId))
      await this.destroy(materialId);
  }

  /**
   * Destroys one key on every HSM that has not confirmed yet. The tombstone goes when all members confirmed; HSMs that are
   * away meet it when they come back.
   * @returns whether it is gone from all of them
   */
  async destroy(materialId: string): Promise<boolean> {
    const { links, ports } = this.#cluster;
    const confirmed = await confirmationsOf(ports.db, materialId);
    const asked = links.filter((link) => link.state === 'serving' && !confirmed.has(link.member.hsmId));
    const outcomes = await Promise.allSettled(asked.map((link) => link.connection.destroyKey(materialId)));
    const now = asked.filter((_, i) => outcomes[i]?.status === 'fulfilled').map((link) => link.member.hsmId);
    for (const hsmId of now) confirmed.add(hsmId);
    if (now.length > 0) this.raiseEpochsSoon();
    const gone = links.length > 0 && links.every((link) => confirmed.has(link.member.hsmId));
    if (gone) await removeTombstone(ports.db, materialId);
    else await confirmTombstone(ports.db, materialId, now);
    return gone;
  }

  /** Looks after one key of one HSM soon: it was missing or failed its check there. */
  keyLater(link: HsmLink, materialId: string): void {
    if (!this.#cluster.ports.onDuty()) return this.#tellOfKey(link, materialId);
    const name = `${link.member.hsmId} ${materialId}`;
    if (this.#keysUnderRepair.has(name)) return;
    this.#keysUnderRepair.add(name);
    void (async () => {
      try {
        const keys = await keysOfCluster(this.#cluster.ports.db, this.#cluster.clusterId);
        const key = keys.find((k) => k.materialId === materialId);
        if (key !== undefined && link.state === 'serving') await this.#replace(link, key);
      } catch (error) {
        this.#cluster.ports.logger.warn({ err: error, materialId }, 'a key could not be repaired');
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      } finally {
        this.#keysUnderRepair.delete(name);
      }
    })();
  }

  /** Looks after one key of an HSM by its id: another process told of it. */
  keyOfHsmLater(hsmId: string, materialId: string): void {
    const link = this.#cluster.links.find(({ member }) => member.hsmId === hsmId);
    if (link !== undefined && this.#cluster.ports.onDuty()) this.keyLater(link, materialId);
  }

  /** Has the process on duty look after a key; it need not be told twice in a moment. */
  #tellOfKey({ member: { hsmId } }: HsmLink, materialId: string): void {
    const name = `${hsmId} ${materialId}`;
    if (this.#keysUnderRepair.has(name)) return;
    this.#keysUnderRepair.add(name);
    setTimeout(() => this.#keysUnderRepair.delete(name), RETRY_MS).unref();
    noteChange(this.#cluster.ports.db, 'key-repair', name).catch((error: unknown) =>
      this.#cluster.ports.logger.warn({ err: error, materialId }, 'nobody could be told of a key'),
    );
  }

  /** Compares all HSMs that serve with the database, if that is for this process to do. */
  round(): void {
    if (!this.#cluster.ports.onDuty()) return;
    const check = performance.now() - this.#checkedAt > CHECK_VALUES_EVERY_MS;
    if (check) this.#checkedAt = performance.now();
    for (const link of this.#cluster.serving) {
      this.#inventory(link, check).catch((error: unknown) =>
        this.#cluster.ports.logger.warn({ err: error }, 'anti-entropy was interrupted'),
      );
    }
    if (performance.now() - this.#raisedAt > RAISE_EVERY_MS) this.raiseEpochsSoon();
    void this.sweep().catch(() => undefined); // logged by the HSM; the next round tries again
  }

  /**
   * Compares one HSM with the database and mends the differences.
   * @throws as bringIn
   */
  async #inventory(link: HsmLink, checkValues: boolean): Promise<void> {
    try {
      await this.#compare(link, checkValues);
    } finally {
      link.progress = undefined;
    }
  }

  async #compare(link: HsmLink, checkValues: boolean): Promise<void> {
    const { db, mac, logger, clock } = this.#cluster.ports;
    const { hsmId, clusterId } = link.member;
    const { bootId, connection } = link;
    const held = new Map((await link.connection.listKeys()).map((key) => [key.materialId, key]));
    // in the order in which a key goes its way, so that none is missed between two questions: it is made, it is there, it must go
    const creating = await materialsInCreation(db, clusterId);
    const onRecord = await keysOfCluster(db, clusterId);
    const tombstones = new Set((await listTombstones(db, mac, clusterId)).map((t) => t.materialId));
    const known = new Set(onRecord.map((key) => key.materialId));
    const wanted = onRecord.filter(({ materialId }) => !tombstones.has(materialId));
    const unknown = [...held.values()].filter(
      ({ materialId }) => !tombstones.has(materialId) && !known.has(materialId) && !creating.has(materialId),
    );
    for (const materialId of held.keys())
      if (tombstones.has(materialId)) await link.connection.destroyKey(materialId);
    for (const materialId of tombstones) await confirmTombstone(db, materialId, [hsmId]);
    if (unknown.length > 0)
      logger.warn({ hsmId, keys: unknown.length }, 'an HSM holds keys that are not on record; left alone');
    link.unknownKeys = unknown.length;
    await setQuarantine(db, { hsmId, clusterId }, unknown, clock());
    await setHoldings(
      db,
      hsmId,
      wanted.filter((key) => held.has(key.materialId)).map((key) => key.materialId),
    );
    const work = wanted.filter((key) => checkValues || !held.has(key.materialId));
    const progress = { done: 0, total: work.length };
    link.progress = progress;
    let unmended = 0;
    let refused: Error | undefined;
    const cloned: string[] = [];
    // what is not on record when the server ends is found in the HSM at the next comparison
    const recordCloned = (): Promise<void> => recordHolder(db, hsmId, cloned.splice(0));
    const queue = work.values();
    const worker = async (): Promise<void> => {
      for (const key of queue) {
        if (connection.closed || this.#cluster.session === undefined) refused ??= interrupted();
        if (refused !== undefined) return;
        try {
          if (held.has(key.materialId)) await this.#verify(link, key);
          else {
            await this.#clone(link, key);
            cloned.push(key.materialId);
            if (cloned.length >= RECORDED_AT_ONCE) await recordCloned();
          }
          progress.done += 1;
        } catch (error) {
          unmended += 1;
          if (link.member.joining && !(error instanceof NoGoodCopy)) refused ??= error as Error;
          logger.warn({ err: error, hsmId, keyArn: key.keyArn }, 'a key could not be repaired');
        }
      }
    };
    await Promise.all(Array.from({ length: KEYS_AT_ONCE }, worker)); // one queue for all workers
    if (cloned.length > 0) await recordCloned();
    if (refused === undefined && unmended === 0) link.foundInStep(clock(), bootId);
    else link.needsRepair = true;
    if (refused !== undefined) throw refused;
  }

  async #verify(link: HsmLink, key: ClusterKey): Promise<void> {
    const { check } = await link.connection.checkKey(key.materialId);
    if (check !== key.check) await this.#replace(link, key);
  }

  /** Destroys the copy that is there, and clones it anew from an HSM whose copy is good. */
  async #replace(link: HsmLink, key: ClusterKey): Promise<void> {
    if (await this.#isGood(link, key)) {
      await link.connection.forgetKey(key.materialId);
      return;
    }
    const donor = await this.#donor(link, key);
    if (donor === undefined) throw new NoGoodCopy();
    this.#cluster.ports.logger.error(
      { hsmId: link.member.hsmId, keyArn: key.keyArn },
      'an HSM held a damaged key; it is replaced by a good copy',
    );
    await link.connection.destroyKey(key.materialId);
    await this.#clone(link, key, donor);
    await addHolders(this.#cluster.ports.db, key.materialId, [link.member.hsmId]);
  }

  async #clone(link: HsmLink, key: ClusterKey, donor?: HsmLink): Promise<void> {
    const from = donor ?? (await this.#donor(link, key));
    if (from === undefined) throw new NoGoodCopy();
    await cloneKey(from, link, { materialId: key.materialId, label: key.keyArn, check: key.check });
    link.repairedAt = this.#cluster.ports.clock();
    this.#cluster.ports.logger.info({ hsmId: link.member.hsmId, keyArn: key.keyArn }, 'a key was cloned');
  }

  async #donor(needy: HsmLink, key: ClusterKey): Promise<HsmLink | undefined> {
    const others = this.#cluster.serving.filter((link) => link !== needy);
    others.sort((a, b) => a.inFlight - b.inFlight); // so that not one HSM gives all the keys
    for (const link of others) if (await this.#isGood(link, key)) return link;
    return undefined;
  }

  async #isGood(link: HsmLink, key: ClusterKey): Promise<boolean> {
    try {
      return (await link.connection.checkKey(key.materialId)).check === key.check;
    } catch {
      return false;
    }
  }
}

/** Whoever takes the HSM in next compares it anew, and must not wait until all its keys were tried in vain. */
function interrupted(): RpcError {
  return new RpcError('CONNECTION_LOST', 'the HSM was cut off or logged out while its keys were compared');
}

async function recordHolder(db: Database, hsmId: string, materialIds: readonly string[]): Promise<void> {
  await inTransaction(db, async (tx) => {
    for (const materialId of materialIds) await addHolders(tx, materialId, [hsmId]);
  });
}
