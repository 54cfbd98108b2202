/** What `claviger hsm` prints: tables for people, JSON for programs. */
import type { HsmReport } from '../../operator/every-hsm.ts';

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Columns as wide as their widest cell; nothing but the heading when there are no rows. */
export function printTable(heading: readonly string[], rows: readonly (readonly string[])[]): void {
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  for (const row of all) {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    process.stdout.write(`${cells.join('  ').trimEnd()}\n`);
  }
}

/**
 * One line for each HSM, and what to do when some failed. A failure makes the exit code 1.
 * @param values whether reports carry something that programs want
 */
export function printReports(reports: readonly HsmReport<unknown>[], json: boolean | undefined): void {
  const failed = reports.filter(({ outcome }) => outcome === 'failed');
  if (failed.length > 0) process.exitCode = 1;
  if (json === true) {
    printJson(reports);
    return;
  }
  printTable(
    ['HSM', 'OUTCOME', ''],
    reports.map(({ hsmId, outcome, code, message }) => [
      hsmId,
      outcome,
      code === undefined ? message : `${code}: ${message}`,
    ]),
  );
  if (failed.length > 0 && failed.length < reports.length)
    process.stdout.write(
      `\n${reports.length - failed.length} of ${reports.length} HSMs are as wanted. Mend the others and repeat the command.\n`,
    );
}

/** Progress and what a person must compare: never part of the output that programs read. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
