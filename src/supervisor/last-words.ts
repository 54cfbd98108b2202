/** What a process said last: why it ended. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Of a log that has grown for years, only the end is read. */
const MOST_BYTES = 65_536;

/** The last line of a log, in words; empty when it cannot be read. */
export function lastWords(file: string): string {
  return inWords(endOf(file).trimEnd().split('\n').at(-1) ?? '');
}

function endOf(file: string): string {
  let log: number;
  try {
    log = openSync(file, 'r');
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(log);
    const bytes = Buffer.alloc(Math.min(size, MOST_BYTES));
    return bytes.toString('utf8', 0, readSync(log, bytes, 0, bytes.length, size - bytes.length));
  } finally {
    closeSync(log);
  }
}

/** The message of a log line, with its error when it has one. */
function inWords(line: string): string {
  try {
    const { msg, reason, err, error, ckr } = JSON.parse(line) as {
      msg?: string;
      reason?: string;
      err?: { message?: string };
      /** Of an HSM process: what Node or the PKCS#11 module said. */
      error?: string;
      ckr?: string;
    };
    return [msg, reason ?? err?.message ?? error ?? ckr].filter((text) => text !== undefined).join(': ');
  } catch {
    return line;
  }
}
