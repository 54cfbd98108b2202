/** Events and verifications as text for people and as JSON lines for programs; what `claviger audit` shows. */
import type { CloudTrailEvent } from './event.ts';
import { followJournal, readJournal } from './reading.ts';
import type { ReadOptions } from './reading.ts';
import { readPublicKeys } from './public-keys.ts';
import { validateLogs } from './validate-logs.ts';
import type { LogValidation } from './validate-logs.ts';
import { verifyJournal } from './verify.ts';
import type { VerifyOptions } from './verify.ts';

export interface PrintEventsOptions extends ReadOptions {
  /** Goes on with what comes in, until `signal` is aborted. */
  follow?: boolean;
  signal?: AbortSignal;
  /** One CloudTrail record a line. */
  json?: boolean;
  /** Only events of this operation, such as `Decrypt`. */
  name?: string;
  /** Only events of this key: id, ARN, or the identifier that the caller sent, such as an alias. */
  key?: string;
}

/** Prints the trail's events, oldest first. */
export async function printEvents(
  dir: string,
  options: PrintEventsOptions,
  write: (text: string) => void,
): Promise<void> {
  const signal = options.signal ?? new AbortController().signal;
  const records =
    options.follow === true ? followJournal(dir, { ...options, signal }) : readJournal(dir, options);
  for await (const { event, bytes } of records) {
    if (options.name !== undefined && event.eventName !== options.name) continue;
    if (options.key !== undefined && !concernsKey(event, options.key)) continue;
    write(options.json === true ? `${bytes.toString('utf8')}\n` : `${eventLine(event)}\n`);
  }
}

export interface VerificationOptions extends VerifyOptions {
  json?: boolean;
  /** A bucket that is a folder: its log and digest files are validated too. */
  logs?: string;
}

/**
 * Verifies the trail and prints what was found.
 * @returns whether it is whole: the command's exit status
 */
export async function printVerification(
  dir: string,
  options: VerificationOptions,
  write: (text: string) => void,
): Promise<boolean> {
  const journal = await verifyJournal(dir, options);
  const logs =
    options.logs === undefined
      ? undefined
      : await validateLogs(options.logs, await readPublicKeys(options.anchor ?? dir, 'digest'));
  const ok = journal.ok && logs?.ok !== false;
  if (options.json === true) {
    write(`${JSON.stringify(logs === undefined ? journal : { ...journal, ok, logs })}\n`);
    return ok;
  }
  for (const { file, seq, kind } of journal.problems) {
    const what = kind === 'forged' ? 'line' : 'record';
    write(`${kind}: ${what} ${seq} in ${printable(file)}\n`);
  }
  const count = `${journal.records} record${journal.records === 1 ? '' : 's'}`;
  write(
    journal.ok ? `${count}: whole and unaltered.\n` : `${count}, ${journal.problems.length} problem(s).\n`,
  );
  if (journal.signed !== undefined) write(`Signed checkpoints reach to record ${journal.signed}.\n`);
  for (const { writer, last, reason, time } of journal.removals ?? []) {
    const why = reason === 'age' ? 'for their age' : 'for the size of the journal';
    write(`Records 1 to ${last} of ${writer} were removed ${why} (signed tombstone of ${time}).\n`);
  }
  if (logs !== undefined) writeLogs(logs, write);
  return ok;
}

function writeLogs(logs: LogValidation, write: (text: string) => void): void {
  for (const { file, kind } of logs.problems) write(`${kind}: ${printable(file)}\n`);
  for (const [region, { from, to }] of Object.entries(logs.reach)) {
    write(`Digests of ${printable(region)} reach from ${printable(from)} to ${printable(to)}.\n`);
  }
  const wrong = logs.digests === 0 ? 'nothing to check by' : `${logs.problems.length} problem(s)`;
  const verdict = logs.ok ? 'valid' : wrong;
  write(`${logs.digests} digest file(s), ${logs.logFiles} log file(s): ${verdict}.\n`);
}

/** One event for people: time, operation, caller, key, and the error if there was one. */
export function eventLine(event: CloudTrailEvent): string {
  const columns = [
    event.eventTime,
    event.eventName.padEnd(28),
    principal(event).padEnd(24),
    (event.resources ?? []).map(({ ARN }) => lastPart(ARN)).join(' ') || '-',
    ...(event.errorCode === undefined ? [] : [`${event.errorCode}: ${event.errorMessage ?? ''}`]),
  ];
  return printable(columns.join('  ').trimEnd());
}

/** `user/Alice`, `assumed-role/Role/session`, `root`; the account or service where the event names no ARN. */
function principal({ userIdentity }: CloudTrailEvent): string {
  const { arn, invokedBy, principalId, accountId } = userIdentity;
  return arn === undefined ? (invokedBy ?? principalId ?? accountId ?? '-') : lastPart(arn);
}

/** An ARN's resource part. */
function lastPart(arn: string): string {
  return arn.split(':').slice(5).join(':') || arn;
}

function concernsKey(event: CloudTrailEvent, key: string): boolean {
  const resources = event.resources ?? [];
  if (resources.some(({ ARN }) => ARN === key || ARN.endsWith(`:key/${key}`) || ARN.endsWith(`:${key}`)))
    return true;
  return event.requestParameters?.['keyId'] === key;
}

/** Callers choose parts of what is printed: control characters must not reach a terminal. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
