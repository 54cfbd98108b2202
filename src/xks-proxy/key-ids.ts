/** Ids of external keys: those that the protocol allows, and those that Claviger gives. */
import { parseExternalKeyId } from '../xks/external-key-id.ts';

/** "uppercase or lowercase letters A through Z, the digits 0 through 9, the hyphen, the period and the underscore" (specification). */
const EXTERNAL_KEY_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** @returns false for `.` and `..` too, which a path cannot name */
export function isExternalKeyId(id: string): boolean {
  return EXTERNAL_KEY_ID.test(id) && id !== '.' && id !== '..';
}

export function isXksKeyId(id: string): boolean {
  return parseExternalKeyId(id) !== undefined;
}
