/** When access keys and roles were last used: noted in memory with each request, written to the database now and then. */
import { listLastUses, putLastUses } from '../../storage/last-uses.ts';
import type { LastUseRow } from '../../storage/schema-iam.ts';
import type { Database } from '../../storage/store.ts';

export class LastUses {
  readonly #db: Database;
  readonly #uses = new Map<string, LastUseRow>();
  readonly #unwritten = new Set<string>();
  /** Of the newest use that the database is known to have, milliseconds since 1970. */
  #readUntil = 0;

  private constructor(db: Database) {
    this.#db = db;
  }

  static async load(db: Database): Promise<LastUses> {
    const uses = new LastUses(db);
    await uses.#read();
    return uses;
  }

  /** @param subject access key id, or unique id of a role @param now milliseconds since 1970 */
  note(subject: string, service: string, region: string, now: number): void {
    const known = this.#uses.get(subject);
    if (known === undefined) {
      this.#uses.set(subject, { subject, used_at: now, service_name: service, region });
    } else {
      known.used_at = now;
      known.service_name = service;
      known.region = region;
    }
    this.#unwritten.add(subject);
  }

  of(subject: string): Readonly<LastUseRow> | undefined {
    return this.#uses.get(subject);
  }

  /** Of what was deleted. */
  forget(subject: string): void {
    this.#uses.delete(subject);
    this.#unwritten.delete(subject);
  }

  /** Writes what was noted since the last time, and takes over what other processes wrote. */
  async flush(): Promise<void> {
    await this.#write();
    await this.#read();
  }

  async #read(): Promise<void> {
    for (const row of await listLastUses(this.#db, this.#readUntil)) {
      this.#readUntil = Math.max(this.#readUntil, row.used_at);
      if (row.used_at > (this.#uses.get(row.subject)?.used_at ?? 0)) this.#uses.set(row.subject, row);
    }
  }

  async #write(): Promise<void> {
    if (this.#unwritten.size === 0) return;
    const subjects = [...this.#unwritten];
    this.#unwritten.clear();
    const rows = subjects.flatMap((subject) => this.#uses.get(subject) ?? []);
    try {
      await putLastUses(
        this.#db,
        rows.map((row) => ({ ...row })),
      );
    } catch (error) {
      for (const { subject } of rows) this.#unwritten.add(subject);
      throw error;
    }
  }
}
