/**
 * Delivery of the HSMs' logs: pulls what is new from every HSM, proves chain and signature, adds it to the copy, and puts
 * management events into the log streams. Each entry arrives once: the copy's end says what to ask for, and a stream's row says in
 * the same transaction as its events which entries it has. Both are kept in memory for as long as this process is on duty: when
 * it is again, they are where another one has left them.
 */
import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import type { LogText } from '../rpc/hsm-messages.ts';
import { isSigned } from '../hsm-log/checkpoint.ts';
import { FIRST_CHAIN, parseLine } from '../hsm-log/line.ts';
import { linesOf, listSegments, segmentStart } from '../hsm-log/segments.ts';
import { StaleRow } from '../storage/conflicts.ts';
import {
  findLogStream,
  insertLogEvents,
  insertLogStream,
  lastKeyHandle,
  replaceLogStream,
} from '../storage/hsm-logs.ts';
import { inTransactionOnDuty } from '../storage/leases.ts';
import type { Duty } from '../storage/leases.ts';
import type { HsmLogEventRow, HsmLogStreamRow } from '../storage/schema-hsm-logs.ts';
import type { Database, DatabaseTransaction, Queryable } from '../storage/store.ts';
import type { Logger } from '../logging/logger.ts';
import type { Alarm, TrailNumbers } from './alarm.ts';
import { auditText, isAuditEvent } from './audit-text.ts';
import { checkLines } from './checked-lines.ts';
import type { LogPlace } from './checked-lines.ts';
import { LogCopy, listGenerations, nothingDelivered, readCopyStates, writeCopyState } from './log-copy.ts';

/** An HSM whose log can be read now. */
export interface LogSource {
  hsmId: string;
  clusterId: string;
  /** Of the HSM's certificate, checked under the trust anchor. */
  publicKey: KeyObject;
  /** PEM. */
  certificate: string;
  read(from: number, maxBytes: number): Promise<LogText>;
}

export interface DeliveryPorts {
  db: Database;
  /** Where copies are kept: `<data>/server/hsm-logs`. */
  folder: string;
  logger: Logger;
  clock: () => number;
  /** HSMs that can be asked. */
  sources(): LogSource[];
  /** All HSMs that are in a cluster, whether or not they can be asked. */
  members(): readonly { hsm_id: string; cluster_id: string }[];
  alarm(alarm: Alarm): Promise<void>;
  numbers: TrailNumbers;
}

/** Small enough that checking one does not hold up requests noticeably. */
const CHUNK_BYTES = 64 * 1024;
/** A stream's row is brought up to date this often when there were only uses of keys. */
const ROW_EVERY_MS = 60_000;
const STATE_EVERY_MS = 1_000;

interface Delivered {
  source: LogSource;
  copy: LogCopy;
  /** As far as was delivered. */
  row: HsmLogStreamRow;
  /** As the database has it: uses of keys alone are not written down at once. */
  stored: HsmLogStreamRow;
  rowAt: number;
  stateAt: number;
}

export class HsmLogDelivery {
  readonly #ports: DeliveryPorts;
  readonly #logs = new Map<string, Delivered>();
  /** The members that the states speak of. */
  #noted: string | undefined;
  #duty: Duty | undefined;
  /** The lease under which all this was read: as long as it lasts nobody else delivers. */
  #fence: number | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(ports: DeliveryPorts) {
    this.#ports = ports;
  }

  /**
   * One round over all HSMs that answer, for as long as this process is on duty; one that fails is asked again in the next
   * round.
   */
  run(duty: Duty): Promise<void> {
    this.#running = this.#round(duty);
    return this.#running;
  }

  /** Ends once the round that is under way has ended; HSMs should have been disconnected before. */
  async close(): Promise<void> {
    await this.#running.catch(() => undefined);
    this.#forgetAll();
  }

  async #round(duty: Duty): Promise<void> {
    if (!duty.held) return;
    if (duty.fence !== this.#fence) this.#forgetAll(); // others may have delivered since
    [this.#duty, this.#fence] = [duty, duty.fence];
    this.#noteMembers();
    await Promise.all(
      this.#ports.sources().map((source) =>
        this.#pull(source).catch((error: unknown) => {
          this.#ports.logger.warn({ err: error, hsmId: source.hsmId }, "an HSM's log could not be delivered");
        }),
      ),
    );
  }

  #forgetAll(): void {
    for (const { copy } of this.#logs.values()) copy.close();
    this.#logs.clear();
    this.#noted = undefined;
  }

  /** To be asked just before anything is written. @throws StaleRow when another process is on duty now, or may be */
  #requireDuty(): Duty {
    const duty = this.#duty;
    if (duty?.held !== true || duty.fence !== this.#fence) throw new StaleRow('leases');
    return duty;
  }

  async #pull(source: LogSource): Promise<void> {
    const log = await this.#open(source);
    for (;;) {
      const { text, checkpoint } = await source.read(log.copy.place.sequence, CHUNK_BYTES);
      if (!isSigned(source, checkpoint, source.publicKey)) {
        await this.#alarm(log, log.copy.place.sequence, "the log's signature is not that of the HSM");
        return; // nothing of it is taken until it is signed
      }
      const before = log.copy.place;
      if (checkpoint.entries < before.sequence) {
        const reason = `the HSM has ${checkpoint.entries} entries, though ${before.sequence} were delivered`;
        await this.#beginAnew(log, { sequence: 0, chain: undefined }, reason);
        continue;
      }
      const { lines, place, broken } = checkLines(text, before);
      this.#requireDuty();
      await this.#orForget(log, async () => {
        await log.copy.append(lines, place);
        await this.#index(log, lines, place);
      });
      this.#ports.numbers.hsmLogEntries += lines.length;
      if (broken !== undefined) {
        await this.#beginAnew(log, { sequence: place.sequence, chain: undefined }, broken);
        continue;
      }
      if (place.sequence < checkpoint.entries) {
        if (lines.length > 0) continue;
        throw new Error(`the HSM does not give entry ${place.sequence} of ${checkpoint.entries}`);
      }
      if (place.chain !== undefined && place.chain !== checkpoint.chain) {
        const reason = `the HSM signed another chain value at ${checkpoint.entries} entries than its entries have`;
        await this.#beginAnew(log, { sequence: place.sequence, chain: undefined }, reason);
        return;
      }
      this.#requireDuty();
      log.copy.keep(checkpoint);
      this.#noteComplete(log, checkpoint.timeMicros);
      return;
    }
  }

  async #open(source: LogSource): Promise<Delivered> {
    const known = this.#logs.get(source.hsmId);
    if (known !== undefined) {
      known.source = source;
      return known;
    }
    const { db, folder } = this.#ports;
    const row = (await findLogStream(db, source.hsmId)) ?? (await this.#beginStream(source));
    this.#requireDuty(); // opening a copy cuts off a line that is not whole
    const copy = LogCopy.open(folder, source.hsmId, {
      generation: row.generation,
      sequence: row.next_sequence,
      chain: row.chain ?? (row.next_sequence === 0 ? FIRST_CHAIN : undefined),
    });
    const log: Delivered = { source, copy, row, stored: row, rowAt: 0, stateAt: 0 };
    this.#logs.set(source.hsmId, log);
    await this.#orForget(log, () => this.#catchUp(log));
    return log;
  }

  /** The stream is there from now on, if it is empty. */
  async #beginStream(source: LogSource): Promise<HsmLogStreamRow> {
    const row = newStream(source, this.#ports.clock());
    await inTransactionOnDuty(this.#ports.db, this.#requireDuty(), (tx) => insertLogStream(tx, row));
    return row;
  }

  /** When copy and database cannot both take what there is, the next round opens the copy anew and catches up. */
  async #orForget(log: Delivered, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      log.copy.close();
      this.#logs.delete(log.source.hsmId);
      throw error;
    }
  }

  /** Brings entries into the stream that a crash left in the copy alone. */
  async #catchUp(log: Delivered): Promise<void> {
    for (const { generation, dir, startsAt } of listGenerations(this.#ports.folder, log.source.hsmId)) {
      if (generation < log.row.generation) continue;
      if (generation > log.row.generation) log.row = { ...log.row, generation, next_sequence: startsAt };
      for (const segment of listSegments(dir)) {
        let lines: string[] = [];
        let sequence = segmentStart(segment);
        const flush = async (): Promise<void> => {
          await this.#index(log, lines, { sequence, chain: lines.at(-1)?.slice(-64) });
          lines = [];
        };
        for await (const line of linesOf(join(dir, segment))) {
          sequence += 1;
          if (sequence <= log.row.next_sequence) continue;
          lines.push(line);
          if (lines.length >= 1000) await flush();
        }
        await flush();
      }
    }
  }

  /** Puts the management events among the lines into the stream. */
  async #index(log: Delivered, lines: readonly string[], place: LogPlace): Promise<void> {
    if (lines.length === 0 || place.sequence <= log.row.next_sequence) return;
    const now = this.#ports.clock();
    const first = place.sequence - lines.length;
    const fresh = lines.slice(Math.max(0, log.row.next_sequence - first));
    const management = fresh.filter((line) => !line.includes(' USE_KEY '));
    const read: HsmLogStreamRow = { ...log.row, next_sequence: place.sequence, chain: place.chain ?? null };
    if (management.length === 0) {
      log.row = read;
      if (now - log.rowAt >= ROW_EVERY_MS) await this.#store(log, async () => ({ row: read, events: [] }));
      return;
    }
    await this.#store(log, async (tx) => {
      const rows = await eventRows(tx, read, management, now);
      const times = rows.map(({ time_at }) => time_at);
      const next: HsmLogStreamRow = {
        ...read,
        next_position: read.next_position + rows.length,
        first_event_at: Math.min(read.first_event_at ?? Infinity, ...times),
        last_event_at: Math.max(read.last_event_at ?? 0, ...times),
        last_ingested_at: now,
        stored_bytes: read.stored_bytes + rows.reduce((sum, { message }) => sum + message.length, 0),
      };
      return { row: next, events: rows };
    });
  }

  /**
   * Writes a stream's row, together with the events that it counts.
   * @throws StaleRow when another process is on duty now, or has delivered
   */
  async #store(
    log: Delivered,
    make: (tx: DatabaseTransaction) => Promise<{ row: HsmLogStreamRow; events: HsmLogEventRow[] }>,
  ): Promise<void> {
    const { db, clock } = this.#ports;
    log.row = await inTransactionOnDuty(db, this.#requireDuty(), async (tx) => {
      const { row, events } = await make(tx);
      await replaceLogStream(tx, log.stored, row);
      await insertLogEvents(tx, events);
      return row;
    });
    log.stored = log.row;
    log.rowAt = clock();
  }

  /** The log broke: says so, and goes on in a new generation, so that what comes after is not lost too. */
  async #beginAnew(log: Delivered, from: LogPlace, reason: string): Promise<void> {
    await this.#alarm(log, log.copy.place.sequence, reason);
    this.#requireDuty();
    await this.#orForget(log, async () => {
      const generation = log.copy.generation + 1;
      const copy = LogCopy.begin(this.#ports.folder, log.source.hsmId, { generation, ...from });
      log.copy.close();
      log.copy = copy;
      const row = { ...log.row, generation, next_sequence: from.sequence, chain: null };
      await this.#store(log, async () => ({ row, events: [] }));
    });
  }

  #alarm({ source, copy }: Delivered, sequence: number, reason: string): Promise<void> {
    const { hsmId, clusterId } = source;
    return this.#ports.alarm({
      kind: 'hsm-log-broken',
      id: `hsm-log:${hsmId}:${copy.generation}:${sequence}`,
      what: `the log of ${hsmId} is broken at entry ${sequence}: ${reason}`,
      detail: { hsmId, clusterId, sequence, reason },
      clusterId,
    });
  }

  #noteComplete(log: Delivered, completeUntilMicros: number): void {
    const { numbers, clock, folder } = this.#ports;
    const { hsmId, clusterId, certificate } = log.source;
    numbers.hsmLogCompleteUntil.set(hsmId, completeUntilMicros / 1_000_000);
    if (clock() - log.stateAt < STATE_EVERY_MS) return;
    log.stateAt = clock();
    const { generation, place } = log.copy;
    const state = { hsmId, clusterId, generation, entries: place.sequence, completeUntilMicros };
    const member = this.#ports.members().some(({ hsm_id }) => hsm_id === hsmId); // one that has left is read to its end
    writeCopyState(folder, { ...state, member, certificate });
  }

  /** Says in the copies' states which HSMs more is to come from. */
  #noteMembers(): void {
    const members = new Map(this.#ports.members().map((hsm) => [hsm.hsm_id, hsm.cluster_id]));
    const names = [...members.keys()].join(' ');
    if (names === this.#noted) return;
    const states = readCopyStates(this.#ports.folder);
    for (const state of states) {
      const member = members.has(state.hsmId);
      if (state.member !== member) writeCopyState(this.#ports.folder, { ...state, member });
    }
    for (const [hsmId, clusterId] of members) {
      if (states.some((state) => state.hsmId === hsmId)) continue;
      writeCopyState(this.#ports.folder, nothingDelivered(hsmId, clusterId));
    }
    this.#noted = names;
  }
}

function newStream({ hsmId, clusterId }: LogSource, now: number): HsmLogStreamRow {
  return {
    hsm_id: hsmId,
    cluster_id: clusterId,
    generation: 0,
    next_sequence: 0,
    chain: null,
    next_position: 0,
    first_event_at: null,
    last_event_at: null,
    last_ingested_at: null,
    stored_bytes: 0,
    created_at: now,
  };
}

async function eventRows(
  db: Queryable,
  stream: HsmLogStreamRow,
  lines: readonly string[],
  now: number,
): Promise<HsmLogEventRow[]> {
  const rows: HsmLogEventRow[] = [];
  const handles = new Map<string, string>();
  for (const line of lines) {
    const entry = parseLine(line);
    if (entry === undefined || !isAuditEvent(entry)) continue;
    const { materialId } = entry;
    let keyHandle = entry.keyHandle;
    if (keyHandle === undefined && materialId !== undefined)
      keyHandle = handles.get(materialId) ?? (await lastKeyHandle(db, stream.hsm_id, materialId));
    if (materialId !== undefined && keyHandle !== undefined) handles.set(materialId, keyHandle);
    const position = stream.next_position + rows.length;
    rows.push({
      hsm_id: stream.hsm_id,
      position,
      cluster_id: stream.cluster_id,
      time_at: Math.floor(entry.timeMicros / 1000),
      ingested_at: now,
      material_id: materialId ?? null,
      key_handle: keyHandle ?? null,
      message: auditText(entry, position, keyHandle),
    });
  }
  return rows;
}
