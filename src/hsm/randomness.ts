/** Random bytes of the module, fetched in batches: one call for many data keys. */
import type { PartitionSession } from './partition-session.ts';

const BATCH_BYTES = 4096;

export class RandomPool {
  readonly #session: PartitionSession;
  readonly #pool = Buffer.allocUnsafeSlow(BATCH_BYTES);
  #at = BATCH_BYTES;

  constructor(session: PartitionSession) {
    this.#session = session;
  }

  /** Fills `target`; bytes that were handed out are wiped here. @throws Error of the module */
  fill(target: Buffer): void {
    if (target.length > BATCH_BYTES) throw new RangeError('more random bytes than a batch has');
    if (this.#at + target.length > BATCH_BYTES) {
      this.#session.module.calls.C_GenerateRandom(this.#session.objects, this.#pool);
      this.#at = 0;
    }
    const end = this.#at + target.length;
    this.#pool.copy(target, 0, this.#at, end);
    this.#pool.fill(0, this.#at, end);
    this.#at = end;
  }

  wipe(): void {
    this.#pool.fill(0);
    this.#at = BATCH_BYTES;
  }
}
