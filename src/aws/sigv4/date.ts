/** The date of a signature and the five minutes around it. */
import { incompleteSignature, invalidSignature } from '../errors.ts';
import { amzDate } from './canonical.ts';

export const SKEW_MS = 5 * 60 * 1000;

const BASIC = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const HTTP_DATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

export interface SignatureDate {
  /** YYYYMMDDTHHMMSSZ */
  readonly text: string;
  readonly time: number;
}

/**
 * @param text X-Amz-Date, or a Date header in HTTP's form
 * @throws ApiError IncompleteSignatureException
 */
export function parseSignatureDate(text: string): SignatureDate {
  const basic = BASIC.exec(text);
  if (basic !== null) {
    const [, year, month, day, hour, minute, second] = basic;
    const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
    if (!Number.isNaN(time) && amzDate(new Date(time)) === text) return { text, time };
  } else if (HTTP_DATE.test(text)) {
    const time = Date.parse(text);
    if (!Number.isNaN(time)) return { text: amzDate(new Date(time)), time };
  }
  throw incompleteSignature(
    `Date must be in ISO-8601 'basic format'. Got '${text}'. See http://en.wikipedia.org/wiki/ISO_8601`,
  );
}

/**
 * Five minutes each way; a presigned request may say that it ends sooner, never later.
 * @throws ApiError InvalidSignatureException
 */
export function requireCurrent(date: SignatureDate, now: number, expiresSeconds: number | undefined): void {
  const lifetime = Math.min(SKEW_MS, (expiresSeconds ?? Infinity) * 1000);
  if (now - date.time > lifetime) {
    const allowed = lifetime === SKEW_MS ? '5 min.' : `${expiresSeconds} s.`;
    throw invalidSignature(
      `Signature expired: ${date.text} is now earlier than ${amzDate(new Date(now - lifetime))} (${amzDate(new Date(now))} - ${allowed})`,
    );
  }
  if (date.time - now > SKEW_MS) {
    throw invalidSignature(
      `Signature not yet current: ${date.text} is still later than ${amzDate(new Date(now + SKEW_MS))} (${amzDate(new Date(now))} + 5 min.)`,
    );
  }
}
