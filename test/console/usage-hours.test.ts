/** The hours of the console's usage graph. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countByHour, lastHours } from '../../console/src/keys/tabs/usage-hours.ts';

const at = (day: number, hour: number, minute: number): Date => new Date(2026, 5, day, hour, minute);

describe('the usage graph', () => {
  const hours = lastHours(at(15, 10, 30).getTime());

  it('has the last 24 hours of the clock, the present one last', () => {
    assert.equal(hours.length, 24);
    assert.equal(hours[0], at(14, 11, 0).getTime());
    assert.equal(hours.at(-1), at(15, 10, 0).getTime());
  });

  it('counts what was in the same hour a day ago in no hour of today', () => {
    const counts = countByHour(hours, [at(14, 10, 45), at(14, 11, 0), at(15, 10, 5), at(15, 10, 29)]);
    assert.deepEqual(counts.at(0), { x: '11:00', y: 1 });
    assert.deepEqual(counts.at(-1), { x: '10:00', y: 2 });
    assert.equal(
      counts.reduce((sum, { y }) => sum + y, 0),
      3,
    );
  });
});
