/** What an error of the PostgreSQL client means for whoever waits, and whether its connection can be used again. */
import pg from 'pg';
import { DatabaseTimeout, DatabaseUnavailable, TextRefused } from './store.ts';

/** PostgreSQL manual, appendix A: classes 08 (connection), 57P (operator intervention) and others that end a session. */
const ENDS_SESSION = /^(?:08|57P|25006|25P0[2-4]|53300)/;
/** query_canceled (statement_timeout) and lock_not_available (lock_timeout). */
const TIMEOUTS: ReadonlySet<string> = new Set(['57014', '55P03']);
/** character_not_in_repertoire and untranslatable_character: SQLite keeps such texts. */
const TEXTS_REFUSED: ReadonlySet<string> = new Set(['22021', '22P05']);
const CLIENT_TIMEOUT = /timeout/i;

export interface JudgedError {
  error: unknown;
  /** The connection must not be used again. */
  broken: boolean;
}

/** Errors that are about a statement stay as they are; their SQLSTATE is in `code`. */
export function judge(error: unknown): JudgedError {
  if (error instanceof DatabaseUnavailable) return { error, broken: true };
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof pg.DatabaseError)) {
    // not the server's word but the client's: the connection broke, or did not answer
    const Kind = CLIENT_TIMEOUT.test(message) ? DatabaseTimeout : DatabaseUnavailable;
    return { error: new Kind(`the database is not there: ${message}`, { cause: error }), broken: true };
  }
  const code = error.code ?? '';
  if (TIMEOUTS.has(code)) {
    return {
      error: new DatabaseTimeout(`the database took too long: ${message}`, { cause: error }),
      broken: false,
    };
  }
  if (ENDS_SESSION.test(code) || error.severity === 'FATAL' || error.severity === 'PANIC') {
    return {
      error: new DatabaseUnavailable(`the database ended the connection: ${message}`, { cause: error }),
      broken: true,
    };
  }
  if (TEXTS_REFUSED.has(code)) return { error: new TextRefused({ cause: error }), broken: false };
  return { error, broken: false };
}
