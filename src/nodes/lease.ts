/**
 * A lease on work that one process does for all. Its holder raises a counter in the database every moment; who sees the
 * counter stand still for the lease's whole time, by a clock of its own that only goes forward, takes it over. No two
 * clocks are ever compared. The holder stops counting on it earlier than anybody else may take it, so that two never hold
 * it at once as long as clocks run at about the same speed.
 */
import type { Logger } from '../logging/logger.ts';
import { StaleRow } from '../storage/conflicts.ts';
import { findLease, insertLease, replaceLease } from '../storage/leases.ts';
import type { LeaseRow } from '../storage/schema-nodes.ts';
import type { Database, DatabaseTransaction } from '../storage/store.ts';

/** How long the counter must stand still before another process takes over. */
const TIME_MS = 3_000;
/** The holder counts on the lease for this long after it began to raise the counter. */
const TRUSTED_MS = 2_000;
const BEAT_MS = 500;
const NEVER = { steady: Number.NEGATIVE_INFINITY, wall: Number.NEGATIVE_INFINITY };

export interface LeasePorts {
  db: Database;
  logger: Logger;
  name: string;
  /** Writer id of this process: no two living processes have the same. */
  holder: string;
}

export class Lease {
  readonly #ports: LeasePorts;
  /** Another process's lease as it was seen, and when first so (performance.now()). */
  #seen: { row: LeaseRow; at: number } | undefined;
  #fence: number | undefined;
  #hasHeld = false;
  /** By performance.now(), which no setting of the clock moves, and by Date.now(), which goes on in a machine that is suspended. */
  #trustedUntil = NEVER;
  #taken: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #turning: Promise<void> | undefined;
  #stopped = false;

  constructor(ports: LeasePorts) {
    this.#ports = ports;
  }

  /** Whether this process is the one that does the work. */
  get held(): boolean {
    const { steady, wall } = this.#trustedUntil;
    return this.#fence !== undefined && performance.now() < steady && Date.now() < wall;
  }

  /** Number of the lease while nobody else is known to have taken it: another one each time that this process takes it. */
  get fence(): number | undefined {
    return this.#fence;
  }

  /** @param taken told whenever this process has become the holder */
  onTaken(taken: () => void): void {
    this.#taken = taken;
  }

  /** Competes for the lease from now on; resolves when it was tried once. @throws the database's errors of that */
  async start(): Promise<void> {
    await insertLease(this.#ports.db, this.#ports.name);
    await this.#turn();
    this.#schedule();
  }

  /**
   * To be called in a transaction that only the holder may make.
   * @throws StaleRow when another process has taken over, or may
   */
  async require(tx: DatabaseTransaction): Promise<void> {
    const row = await findLease(tx, this.#ports.name);
    if (!this.held || row?.fence !== this.#fence) throw new StaleRow('leases');
  }

  /** Gives the lease back, so that nobody has to wait for it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#turning?.catch(() => undefined);
    if (this.#fence === undefined) return;
    this.#trustedUntil = NEVER;
    const row = await findLease(this.#ports.db, this.#ports.name);
    if (row?.fence === this.#fence)
      await replaceLease(this.#ports.db, row, { holder: null, fence: row.fence });
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#turning = this.#turn()
        .catch((error: unknown) =>
          this.#ports.logger.warn({ err: error }, 'a lease could not be looked after'),
        )
        .finally(() => this.#schedule());
    }, BEAT_MS).unref();
  }

  async #turn(): Promise<void> {
    const { db, name, holder } = this.#ports;
    const began = performance.now();
    const trusted = { steady: began + TRUSTED_MS, wall: Date.now() + TRUSTED_MS };
    const row = await findLease(db, name);
    if (row === undefined) return;
    if (row.fence === this.#fence) {
      if (await replaceLease(db, row, { holder, fence: row.fence })) this.#trustedUntil = trusted;
      return;
    }
    this.#fence = undefined;
    // what this process held in an earlier life is its own still: it lives once at a time
    const isOwn = row.holder === holder && !this.#hasHeld;
    if (row.holder !== null && !isOwn && !this.#stoodStill(row, began)) return;
    const next = { holder, fence: row.fence + 1 };
    if (!(await replaceLease(db, row, next))) return;
    this.#seen = undefined;
    this.#fence = next.fence;
    this.#hasHeld = true;
    this.#trustedUntil = trusted;
    this.#ports.logger.info({ lease: name, from: row.holder, fence: next.fence }, 'took a lease');
    this.#taken();
  }

  #stoodStill(row: LeaseRow, began: number): boolean {
    const { fence, beat } = this.#seen?.row ?? {};
    // first seen now that it is read, which may have taken long: by when a reading began says nothing about the row before
    if (this.#seen === undefined || fence !== row.fence || beat !== row.beat)
      this.#seen = { row, at: performance.now() };
    return began - this.#seen.at >= TIME_MS;
  }
}
