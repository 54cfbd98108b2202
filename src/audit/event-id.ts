/**
 * Ids of audit events: UUIDs of version 7 (RFC 9562, section 5.7). They begin with the time, so that indexes by id grow at their
 * end; ids without an order would change a page of the event history's index for each event, more pages the longer it is.
 */
import { randomUUID } from 'node:crypto';

let latest = -1;
let beginning = '';

/** @param time milliseconds since 1970 */
export function newEventId(time: number): string {
  if (time !== latest) {
    const digits = time.toString(16).padStart(12, '0');
    beginning = `${digits.slice(0, 8)}-${digits.slice(8)}-7`;
    latest = time;
  }
  return beginning + randomUUID().slice(beginning.length);
}
