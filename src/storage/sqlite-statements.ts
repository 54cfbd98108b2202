/** SQLite's compiled statements, kept by their text: compiling one costs some 20 µs, as much as running it. */
import type SqliteDatabase from 'better-sqlite3';
import type { SqliteDatabase as KyselyDatabase } from 'kysely';

type Statement = ReturnType<KyselyDatabase['prepare']>;

/** The program has a few hundred; lists of unlike lengths make more. */
const KEPT = 500;
/** Not pragmas: SQLite may carry them out while it compiles them (sqlite.org, "PRAGMA Statements"). */
const KEEPABLE = /^(?:select|insert|update|delete|with|begin|commit|rollback)\b/i;

/** The database as Kysely uses it, one statement after the other. */
export function keepingStatements(database: SqliteDatabase.Database): KyselyDatabase {
  const kept = new Map<string, Statement>();
  return {
    close: () => void database.close(),
    prepare: (text) => {
      let statement = kept.get(text);
      if (statement !== undefined) return statement;
      statement = database.prepare(text);
      if (!KEEPABLE.test(text)) return statement;
      const [oldest] = kept.keys();
      if (kept.size >= KEPT && oldest !== undefined) kept.delete(oldest);
      kept.set(text, statement);
      return statement;
    },
  };
}
