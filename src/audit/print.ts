/** Events and verifications as text for people and as JSON lines for programs; what `claviger audit` shows. */
import type { CloudTrailEvent } from './event.ts';
import { followJournal, readJournal } from './reading.ts';
import type { ReadOptions } from './reading.ts';
import { verifyJournal } from './verify.ts';

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

/**
 * Verifies the trail and prints what was found.
 * @returns whether it is whole: the command's exit status
 */
export async function printVerification(
  dir: string,
  options: { json?: boolean },
  write: (text: string) => void,
): Promise<boolean> {
  const result = await verifyJournal(dir);
  if (options.json === true) {
    write(`${JSON.stringify(result)}\n`);
    return result.ok;
  }
  for (const { file, seq, kind } of result.problems) write(`${kind}: record ${seq} in ${printable(file)}\n`);
  const count = `${result.records} record${result.records === 1 ? '' : 's'}`;
  write(result.ok ? `${count}: whole and unaltered.\n` : `${count}, ${result.problems.length} problem(s).\n`);
  return result.ok;
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
