/**
 * When access keys and roles were last used: noted in memory with each request, written to the database now and then, where
 * other processes find it. A crash loses what was noted since. AWS: API_GetAccessKeyLastUsed, API_RoleLastUsed (IAM).
 */
import { findLastUse, putLastUses } from '../../storage/last-uses.ts';
import type { LastUseRow } from '../../storage/schema-iam.ts';
import type { Database } from '../../storage/store.ts';

const ROWS_PER_TRANSACTION = 100;

export class LastUses {
  readonly #db: Database;
  /** Of what was used since the last time that uses were written, by subject. */
  readonly #noted = new Map<string, Readonly<LastUseRow>>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** @param subject access key id, or unique id of a role @param now milliseconds since 1970 */
  note(subject: string, service: string, region: string, now: number): void {
    this.#noted.set(subject, { subject, used_at: now, service_name: service, region });
  }

  /** The last use; undefined when there was none. @throws the database's errors */
  async of(subject: string): Promise<Readonly<LastUseRow> | undefined> {
    const noted = this.#noted.get(subject);
    const row = await findLastUse(this.#db, subject); // another process may have seen a later one
    return row === undefined || row.used_at <= (noted?.used_at ?? 0) ? noted : row;
  }

  /** Of what was deleted. */
  forget(subject: string): void {
    this.#noted.delete(subject);
  }

  /** Writes what was noted since the last time. @throws the database's errors: the next time writes it */
  async flush(): Promise<void> {
    const uses = [...this.#noted.values()];
    for (let at = 0; at < uses.length; at += ROWS_PER_TRANSACTION)
      await putLastUses(this.#db, uses.slice(at, at + ROWS_PER_TRANSACTION));
    // what was used again meanwhile stays noted
    for (const use of uses) if (this.#noted.get(use.subject) === use) this.#noted.delete(use.subject);
  }
}
