/** What was read of the database is remembered, and never put back over a change. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Memory } from '../../../src/services/kms/memory.ts';

interface Thing {
  value: number;
}

/** A read that ends when it is told to. */
class SlowRead {
  begun = 0;
  end: (thing: Thing | undefined) => void = () => undefined;
  readonly #thing = new Promise<Thing | undefined>((resolve) => {
    this.end = resolve;
  });
  readonly read = (): Promise<Thing | undefined> => {
    this.begun += 1;
    return this.#thing;
  };
}

const never = (): Promise<never> => assert.fail('it was in memory');

describe('the memory of what was read', () => {
  it('reads once for all who ask meanwhile', async () => {
    const memory = new Memory<Thing>(10);
    const slow = new SlowRead();
    const asked = [memory.find('a', slow.read), memory.find('a', slow.read)];
    slow.end({ value: 1 });
    assert.deepEqual(await Promise.all(asked), [{ value: 1 }, { value: 1 }]);
    assert.equal(slow.begun, 1);
    assert.deepEqual(await memory.find('a', never), { value: 1 });
  });

  it('remembers a thing though others change while it is read', async () => {
    const memory = new Memory<Thing>(10);
    const slow = new SlowRead();
    const asked = memory.find('a', slow.read);
    memory.changed('b');
    slow.end({ value: 1 });
    await asked;
    assert.deepEqual(memory.get('a'), { value: 1 });
  });

  for (const [how, change] of [
    ['it changes', (memory: Memory<Thing>) => memory.changed('a')],
    ['all may have changed', (memory: Memory<Thing>) => memory.clear()],
  ] as const) {
    it(`puts nothing back that was read before ${how}, and who asks later gets what is there now`, async () => {
      const memory = new Memory<Thing>(10);
      const [before, after] = [new SlowRead(), new SlowRead()];
      const askedBefore = memory.find('a', before.read);
      change(memory);
      const askedAfter = memory.find('a', after.read);
      after.end({ value: 2 });
      assert.deepEqual(await askedAfter, { value: 2 });
      before.end({ value: 1 });
      assert.deepEqual(await askedBefore, { value: 1 });
      assert.deepEqual(memory.get('a'), { value: 2 });
    });
  }

  it('forgets what changed, and reads it again', async () => {
    const memory = new Memory<Thing>(10);
    await memory.find('a', () => Promise.resolve({ value: 1 }));
    memory.changed('a');
    assert.equal(memory.get('a'), undefined);
    assert.deepEqual(await memory.find('a', () => Promise.resolve({ value: 2 })), { value: 2 });
  });

  it('tells of whatever was found once and goes, though it changed or was read in vain', async () => {
    const gone: string[] = [];
    const memory = new Memory<Thing>(2, (name) => gone.push(name));
    await memory.find('changed', () => Promise.resolve({ value: 1 }));
    memory.changed('changed');
    const slow = new SlowRead();
    const asked = memory.find('in vain', slow.read);
    memory.changed('in vain');
    slow.end({ value: 1 });
    await asked;
    assert.equal(memory.get('in vain'), undefined);
    memory.changed('never asked for');
    for (const name of ['b', 'c', 'd']) await memory.find(name, () => Promise.resolve({ value: 1 }));
    assert.deepEqual(gone.sort(), ['b', 'changed', 'in vain']);
  });

  it('does not remember that something is not there, nor a read that failed', async () => {
    const memory = new Memory<Thing>(10);
    assert.equal(await memory.find('a', () => Promise.resolve(undefined)), undefined);
    await assert.rejects(
      memory.find('a', () => Promise.reject(new Error('gone'))),
      /gone/,
    );
    assert.deepEqual(await memory.find('a', () => Promise.resolve({ value: 1 })), { value: 1 });
  });
});
