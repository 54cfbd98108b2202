/** Times as the console shows them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dateText } from '../../console/src/layout/dates.ts';

describe('a time in the console', () => {
  it('names its time zone', () => {
    const date = new Date('2026-06-15T10:30:00Z');
    const parts = new Intl.DateTimeFormat(undefined, { timeZoneName: 'short' }).formatToParts(date);
    const zone = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
    assert.ok(zone !== '' && dateText(date).includes(zone), dateText(date));
  });
});
