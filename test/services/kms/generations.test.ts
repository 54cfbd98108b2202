import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Generations } from '../../../src/services/kms/generations.ts';

it('a bounded memory keeps what is asked for again, and tells what goes', () => {
  const gone: string[] = [];
  const memory = new Generations<number>(8, (name) => gone.push(name));
  memory.set('hot', 1);
  for (let n = 0; n < 100; n += 1) {
    memory.set(`cold-${n}`, n);
    assert.equal(memory.get('hot'), 1, `after ${n} others`);
    assert.ok(memory.size <= 8);
  }
  assert.ok(!gone.includes('hot'));
  assert.equal(memory.get('cold-0'), undefined);
  assert.equal(gone.length, 101 - memory.size);
  assert.equal(new Set(gone).size, gone.length);
});

it('what is replaced in a bounded memory is so at once, wherever it stood', () => {
  const gone: string[] = [];
  const memory = new Generations<number>(4, (name) => gone.push(name));
  for (const name of ['a', 'b', 'c']) memory.set(name, 0); // a and b are the older generation now
  memory.set('a', 1);
  assert.deepEqual([memory.get('a'), memory.get('b'), memory.get('c')], [1, 0, 0]);
  assert.deepEqual(gone, []);
  memory.clear();
  assert.deepEqual([memory.size, memory.get('a')], [0, undefined]);
});
