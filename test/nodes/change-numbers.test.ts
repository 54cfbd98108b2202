/** Which numbers are asked for again, and for how long. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ChangeNumbers } from '../../src/nodes/change-numbers.ts';

const MINUTE = 60_000;

function missing(numbers: ChangeNumbers): [number, number][] {
  return numbers.missing.map(({ from, to }) => [from, to]);
}

it('numbers of changes are missing when a higher one was seen', () => {
  const numbers = new ChangeNumbers(10);
  for (const seq of [11, 13, 14, 20]) numbers.saw(seq);
  assert.equal(numbers.newest, 20);
  assert.deepEqual(missing(numbers), [
    [12, 12],
    [15, 19],
  ]);
});

it('numbers of changes are no more missing when they appear, in whatever order', () => {
  const numbers = new ChangeNumbers(0);
  numbers.saw(9);
  for (const seq of [4, 1, 8]) numbers.saw(seq);
  assert.deepEqual(missing(numbers), [
    [2, 3],
    [5, 7],
  ]);
  for (const seq of [6, 2, 7, 3, 5]) numbers.saw(seq);
  assert.deepEqual(missing(numbers), []);
  assert.equal(numbers.newest, 9);
});

it('numbers of changes are missing from the beginning where it is said so', () => {
  const numbers = new ChangeNumbers(50, [{ from: 40, to: 41 }]);
  numbers.saw(41);
  assert.deepEqual(missing(numbers), [[40, 40]]);
});

it('numbers of changes are asked for during a minute, each for its own', () => {
  const numbers = new ChangeNumbers(1);
  numbers.saw(4);
  numbers.pass(MINUTE / 2);
  numbers.saw(3); // what is left of a gap is as old as it was
  numbers.saw(6);
  numbers.pass(MINUTE / 2 - 1);
  assert.deepEqual(missing(numbers), [
    [2, 2],
    [5, 5],
  ]);
  numbers.pass(1);
  assert.deepEqual(missing(numbers), [[5, 5]]);
  numbers.pass(MINUTE / 2);
  assert.deepEqual(missing(numbers), []);
});
