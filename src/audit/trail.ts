/**
 * The audit trail as operations see it: an event is durable when `record` resolves. Events of changes already lie in the
 * database's outbox (written with the change); they leave it once the journal has them.
 */
import { JournalUnavailable } from './journal.ts';
import type { Journal, OutboxEvent } from './journal.ts';
import type { Position } from './line.ts';

/** The database's outbox, as far as the trail needs it. */
export interface Outbox {
  list(): Promise<OutboxEvent[]>;
  remove(eventIds: string[]): Promise<void>;
}

/** Journaled events are removed from the outbox together, this often. */
const CLEAN_EVERY_MS = 100;

export class AuditTrail {
  readonly #journal: Journal;
  readonly #outbox: Outbox;
  /** Events of the outbox that wait for the journal. */
  readonly #underWay = new Set<string>();
  #obstacle: () => string | undefined = () => undefined;
  #journaled: string[] = [];
  #cleaning: NodeJS.Timeout | undefined;

  constructor(journal: Journal, outbox: Outbox) {
    this.#journal = journal;
    this.#outbox = outbox;
  }

  get available(): boolean {
    return this.obstacle === undefined;
  }

  /** Why calls cannot be recorded, for people; undefined when they can. */
  get obstacle(): string | undefined {
    return this.#journal.available ? this.#obstacle() : 'the audit trail cannot be written';
  }

  /** @param obstacle why calls must not be answered though the journal can be written: a required sink lags behind */
  requireAlso(obstacle: () => string | undefined): void {
    this.#obstacle = obstacle;
  }

  /** Names this process's journal. */
  get writerId(): string {
    return this.#journal.writerId;
  }

  /** The last durable record of this process's journal. */
  get position(): Position {
    return this.#journal.position;
  }

  /**
   * Takes over what a crash, or a journal that could not be written, left in the outbox; what the journal has already, or is about to
   * have, is not written again.
   * @param events of the outbox; this process's own when undefined
   */
  async replay(events?: OutboxEvent[]): Promise<void> {
    const found = events ?? (await this.#outbox.list());
    const left = found.filter(({ eventId }) => !this.#underWay.has(eventId));
    await this.#journal.replay(left);
    await this.#outbox.remove(left.map((event) => event.eventId));
  }

  /** @throws JournalUnavailable: the answer must be withheld */
  async record(event: string): Promise<void> {
    await this.#journal.append(event);
    this.#requireNoObstacle();
  }

  /** As `record`, for an event that the outbox holds. */
  async recordCommitted({ eventId, event }: { eventId: string; event: string }): Promise<void> {
    this.#underWay.add(eventId);
    try {
      await this.#journal.append(event);
    } finally {
      this.#underWay.delete(eventId);
    }
    this.#journaled.push(eventId);
    this.#cleaning ??= setTimeout(() => void this.#clean(), CLEAN_EVERY_MS);
    this.#requireNoObstacle();
  }

  #requireNoObstacle(): void {
    const obstacle = this.#obstacle();
    if (obstacle !== undefined) throw new JournalUnavailable(obstacle);
  }

  async close(): Promise<void> {
    clearTimeout(this.#cleaning);
    await this.#clean();
    await this.#journal.close();
  }

  async #clean(): Promise<void> {
    this.#cleaning = undefined;
    const done = this.#journaled;
    this.#journaled = [];
    try {
      await this.#outbox.remove(done);
    } catch {
      this.#journaled.push(...done); // tried again with the next ones; replay would pass them over
    }
  }
}
