/**
 * When each key was last used. Uses are noted in memory and written down now and then, with the journal's position up to
 * which they are known; at start, what the journal has after it is read again. So no use costs a write of its own, and a
 * crash loses none (docs/decisions/0014). AWS: API_GetKeyLastUsage.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readJournal } from '../../audit/reading.ts';
import type { JournalRecord } from '../../audit/reading.ts';
import { listWriters } from '../../audit/writers.ts';
import type { KeyLastUsageTrackingOperation } from '../../aws/generated/kms.ts';
import { installationValue, installationValues, setInstallationValue } from '../../storage/accounts.ts';
import { findLastUsage, putLastUsages } from '../../storage/key-last-usage.ts';
import type { KeyLastUsageRow } from '../../storage/schema-grants.ts';
import type { Database } from '../../storage/store.ts';

/** The API's list: it has no encapsulation, and no reading of public keys. */
const TRACKED: ReadonlySet<string> = new Set<KeyLastUsageTrackingOperation>([
  'Decrypt',
  'DeriveSharedSecret',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'ReEncrypt',
  'Sign',
  'Verify',
  'VerifyMac',
]);

/** Uses for an external key store of somebody else are those of the key, under the names that the API has (services/claviger). */
const USED_AS: Readonly<Record<string, KeyLastUsageTrackingOperation>> = {
  DecryptWithExternalKey: 'Decrypt',
  EncryptWithExternalKey: 'Encrypt',
  GenerateExternalKey: 'GenerateDataKeyWithoutPlaintext',
};

const ROWS_PER_TRANSACTION = 100;
/**
 * Installation values, one for each writer: the last record of its journal whose uses are written down; what comes after is
 * read again at start.
 */
const POSITION_PREFIX = 'last_usage_position:';
const TRACKING_SINCE = 'last_usage_tracking_since';

export interface LastUsagePorts {
  db: Database;
  clock: () => number;
  /** The folder of all journals. */
  journalDir: string;
  /** This server's own journal: its writer id and the number of the last durable record. */
  writerId: string;
  position: () => number;
}

/** How far each writer's journal has been written down. */
export async function lastUsagePositions(db: Database): Promise<Record<string, number>> {
  const values = await installationValues(db, POSITION_PREFIX);
  return Object.fromEntries(
    values.map(({ name, value }) => [name.slice(POSITION_PREFIX.length), Number(value)]),
  );
}

/** A successful use, as its audit event shows it. */
export interface KeyUse {
  operation: string;
  /** Milliseconds since 1970. */
  time: number;
  eventId: string;
  requestId: string;
}

export class LastUsages {
  readonly #ports: LastUsagePorts;
  /** Of keys that were used since the last time that uses were written down. */
  #noted = new Map<string, KeyUse>();
  #flushing: Promise<void> | undefined;
  #trackingSince = 0;

  private constructor(ports: LastUsagePorts) {
    this.#ports = ports;
  }

  /** Takes up what a crash left in the journal only. */
  static async open(ports: LastUsagePorts): Promise<LastUsages> {
    const usages = new LastUsages(ports);
    await usages.#takeUp();
    return usages;
  }

  /** Since when uses are known of. Milliseconds since 1970. */
  get trackingSince(): number {
    return this.#trackingSince;
  }

  static tracks(operation: string): boolean {
    return TRACKED.has(operation);
  }

  /** Call it once the use is in the journal. */
  note(keyArn: string, use: KeyUse): void {
    this.#noted.set(keyArn, use);
  }

  /** The last use of a key; undefined when there was none. */
  async of(keyArn: string): Promise<KeyUse | undefined> {
    const noted = this.#noted.get(keyArn);
    const row = await findLastUsage(this.#ports.db, keyArn); // another process may have seen a later one
    return row === undefined || row.used_at <= (noted?.time ?? 0)
      ? noted
      : { operation: row.operation, time: row.used_at, eventId: row.event_id, requestId: row.request_id };
  }

  /** Drops what is noted of a key that was deleted. */
  forget(keyArn: string): void {
    this.#noted.delete(keyArn);
  }

  /** Writes down what was noted. One at a time; resolves when it is in the database. */
  flush(): Promise<void> {
    this.#flushing ??= this.#write().finally(() => (this.#flushing = undefined));
    return this.#flushing;
  }

  async #write(): Promise<void> {
    // in this order: a use that the position covers was noted before, in the turn in which it became durable
    const position = this.#ports.position();
    const uses = [...this.#noted];
    for (let at = 0; at < uses.length; at += ROWS_PER_TRANSACTION) {
      await putLastUsages(this.#ports.db, uses.slice(at, at + ROWS_PER_TRANSACTION).map(rowOf));
      await nextTurn(); // many keys may have been used: calls go on in between
    }
    await this.#savePosition(position);
    for (const [keyArn, use] of uses) if (this.#noted.get(keyArn) === use) this.#noted.delete(keyArn);
  }

  async #takeUp(): Promise<void> {
    const { db, clock, journalDir, writerId } = this.#ports;
    if ((await installationValue(db, TRACKING_SINCE)) === undefined)
      await setInstallationValue(db, TRACKING_SINCE, String(clock()));
    const saved = await installationValue(db, `${POSITION_PREFIX}${writerId}`);
    if (saved === undefined) await this.#savePosition(this.#ports.position());
    else {
      const others = (await listWriters(journalDir)).map((writer) => [writer, Infinity] as const);
      const after = { ...Object.fromEntries(others), [writerId]: Number(saved) };
      for await (const record of readJournal(journalDir, { after })) this.#noteRecord(record);
    }
    this.#trackingSince = Number(await installationValue(db, TRACKING_SINCE));
  }

  async #savePosition(position: number): Promise<void> {
    const { db, writerId } = this.#ports;
    await setInstallationValue(db, `${POSITION_PREFIX}${writerId}`, String(position));
  }

  #noteRecord({ event }: JournalRecord): void {
    const { eventSource, eventName, errorCode, eventID, requestID, eventTime, resources } = event;
    const operation = trackedAs(eventSource, eventName);
    if (operation === undefined || errorCode !== undefined) return;
    const use = {
      operation,
      time: Date.parse(eventTime),
      eventId: eventID,
      requestId: requestID ?? '',
    };
    for (const { ARN } of resources ?? []) this.note(ARN, use);
  }
}

function trackedAs(eventSource: string, eventName: string): string | undefined {
  if (eventSource === 'claviger.amazonaws.com') return USED_AS[eventName];
  return eventSource === 'kms.amazonaws.com' && TRACKED.has(eventName) ? eventName : undefined;
}

function rowOf([keyArn, use]: [string, KeyUse]): KeyLastUsageRow {
  return {
    key_arn: keyArn,
    operation: use.operation,
    used_at: use.time,
    event_id: use.eventId,
    request_id: use.requestId,
  };
}
