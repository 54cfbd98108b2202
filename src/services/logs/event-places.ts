/** Where a reader stands among events: event ids, and the tokens that carry a place to the next call. */
import { createHash } from 'node:crypto';
import type { EventPlace } from '../../storage/hsm-logs.ts';
import type { HsmLogEventRow } from '../../storage/schema-hsm-logs.ts';
import { invalidToken } from './errors.ts';

export function placeOf(row: HsmLogEventRow): EventPlace {
  return { timeAt: row.time_at, hsmId: row.hsm_id, position: row.position };
}

/** 56 decimal digits, as CloudWatch Logs has them; they grow with time: milliseconds, stream, position. */
export function eventId(row: HsmLogEventRow): string {
  const stream = createHash('sha256').update(row.hsm_id).digest().readUIntBE(0, 6);
  const [time, of, at] = [row.time_at, stream, row.position].map(String) as [string, string, string];
  return time.padStart(20, '0') + of.padStart(18, '0') + at.padStart(18, '0');
}

/** `f/` and `b/` of GetLogEvents: forward or backward from a place of the stream. */
export function streamToken(direction: 'f' | 'b', { timeAt, position }: Omit<EventPlace, 'hsmId'>): string {
  return `${direction}/${String(timeAt).padStart(28, '0')}${String(position + 1).padStart(28, '0')}`;
}

/** @throws ApiError InvalidParameterException */
export function parseStreamToken(token: string): { direction: 'f' | 'b'; timeAt: number; position: number } {
  const parts = /^([fb])\/(\d{28})(\d{28})$/.exec(token);
  if (parts === null) throw invalidToken();
  const [, direction, timeAt, position] = parts as unknown as [string, 'f' | 'b', string, string];
  return { direction, timeAt: Number(timeAt), position: Number(position) - 1 };
}

/** A token that no client looks into: base64url of JSON. */
export function opaqueToken(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** @param isWanted whether this is what the operation put into its tokens @throws ApiError InvalidParameterException */
export function parseOpaqueToken<T>(token: string, isWanted: (value: unknown) => value is T): T {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    throw invalidToken();
  }
  if (!isWanted(value)) throw invalidToken();
  return value;
}

export const isText = (value: unknown): value is string => typeof value === 'string';

export function isPlace(value: unknown): value is EventPlace {
  if (typeof value !== 'object' || value === null) return false;
  const { timeAt, hsmId, position } = value as Partial<EventPlace>;
  return Number.isSafeInteger(timeAt) && isText(hsmId) && Number.isSafeInteger(position);
}
