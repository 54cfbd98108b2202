/** Work on key objects: in order, one sync for those that wait together, and nothing of it stays when that sync fails. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeyWork } from '../../src/hsm/key-work.ts';
import type { Uncommitted } from '../../src/hsm/key-work.ts';

describe('work on key objects', () => {
  const happened: string[] = [];
  let full = false;
  const work = new KeyWork((serial) => {
    happened.push(`sync ${serial}`);
    if (full) throw new Error('no space');
  });
  const piece =
    (name: string): (() => Uncommitted<string>) =>
    () => {
      happened.push(name);
      return {
        result: name,
        serial: 'token',
        undo: () => void happened.push(`undo ${name}`),
        committed: () => void happened.push(`committed ${name}`),
      };
    };
  const take = (): string[] => happened.splice(0);

  it('syncs once for all that were waiting, before any of them is answered', async () => {
    assert.deepEqual(await Promise.all(['a', 'b', 'c'].map((name) => work.add(piece(name)))), [
      'a',
      'b',
      'c',
    ]);
    assert.deepEqual(take(), ['a', 'b', 'c', 'sync token', 'committed a', 'committed b', 'committed c']);
  });

  it('lets the event loop turn between two pieces', async () => {
    const done = Promise.all([work.add(piece('a')), work.add(piece('b'))]);
    setImmediate(() => happened.push('something else'));
    await done;
    assert.deepEqual(take().slice(0, 3), ['a', 'something else', 'b']);
  });

  it('takes everything back when the sync fails, and goes on', async () => {
    full = true;
    const outcomes = await Promise.allSettled([work.add(piece('a')), work.add(piece('b'))]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    assert.deepEqual(take(), ['a', 'b', 'sync token', 'undo a', 'undo b']);
    full = false;
    assert.equal(await work.add(piece('c')), 'c');
    take();
  });

  it('rejects a piece that fails with its own error, and does the others', async () => {
    const failing = work.add((): Uncommitted<string> => {
      throw new Error('its own');
    });
    const other = work.add(piece('a'));
    await assert.rejects(failing, /its own/);
    assert.equal(await other, 'a');
    take();
  });
});
