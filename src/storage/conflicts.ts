/** Two changes at once, by processes that share the database: the second is refused, and may be tried on what is there now. */

/** The row is not any more as it was when the change was thought of. */
export class StaleRow extends Error {
  constructor(table: string) {
    super(`a row of ${table} was changed by somebody else`);
    this.name = 'StaleRow';
  }
}

/** After a change of a row as it was seen. @param rows how many it changed @throws StaleRow when that is none */
export function requireChanged(rows: bigint, table: string): void {
  if (rows === 0n) throw new StaleRow(table);
}

/** Codes of SQLite (better-sqlite3) and PostgreSQL (SQLSTATE): unique violation, serialization failure, deadlock. */
const CONFLICTS: ReadonlySet<unknown> = new Set([
  'SQLITE_CONSTRAINT_UNIQUE',
  'SQLITE_CONSTRAINT_PRIMARYKEY',
  '23505',
  '40001',
  '40P01',
]);

/** Whether a change failed because of another one, so that it may be tried again. */
export function isConflict(error: unknown): boolean {
  return error instanceof StaleRow || CONFLICTS.has((error as { code?: unknown } | null)?.code);
}
