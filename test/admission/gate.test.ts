import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from '../../src/aws/errors.ts';
import { HeavyCompartment, StoreCompartment } from '../../src/admission/compartments.ts';
import { Gate } from '../../src/admission/gate.ts';

/** Work that ends when the test says so. */
function held<T>(): { promise: Promise<T>; end(value: T): void; fail(error: Error): void } {
  let end: (value: T) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const promise = new Promise<T>((resolve, reject) => ((end = resolve), (fail = reject)));
  return { promise, end: (value) => end(value), fail: (error) => fail(error) };
}

const isThrottled = (error: unknown): boolean =>
  error instanceof ApiError && error.code === 'ThrottlingException';

describe('the gate', () => {
  it('lets in as many as there are places, and the newest that waits when one leaves', async () => {
    const gate = new Gate({ inFlight: 2, waitMs: 10_000 });
    assert.deepEqual([gate.enter(), gate.enter()], [true, true]);
    const order: string[] = [];
    const waiting = ['first', 'second', 'third'].map(async (name) => {
      assert.equal(await gate.enter(), true);
      order.push(name);
    });
    assert.deepEqual([gate.inUse, gate.waiting], [2, 3]);
    for (let left = 0; left < 3; left += 1) {
      gate.leave();
      await new Promise(setImmediate);
    }
    await Promise.all(waiting);
    assert.deepEqual(order, ['third', 'second', 'first']);
    assert.deepEqual([gate.inUse, gate.waiting], [2, 0]);
  });

  it('refuses what has waited for too long, and only that', async () => {
    let now = 0;
    const gate = new Gate({ inFlight: 1, waitMs: 100 }, () => now);
    gate.enter();
    const old = gate.enter();
    now = 60;
    const young = gate.enter();
    now = 100;
    gate.refuseLate();
    assert.equal(await old, false);
    assert.equal(gate.waiting, 1);
    gate.leave();
    assert.equal(await young, true);
    assert.equal(gate.inUse, 1);
  });

  it('lets nobody in for a place that somebody took back', async () => {
    const gate = new Gate({ inFlight: 1, waitMs: 10_000 });
    gate.enter();
    gate.leave(); // its call is stuck in a store …
    assert.equal(gate.enter(), true);
    gate.reenter(); // … and goes on
    const third = gate.enter();
    gate.leave();
    assert.equal(gate.waiting, 1);
    gate.leave();
    assert.equal(await third, true);
  });
});

describe('the compartment of a key store', () => {
  it('gives up the places of calls that are stuck, refuses more than so many, and recovers', async () => {
    let now = 0;
    const refusals: string[] = [];
    const gate = new Gate({ inFlight: 4, waitMs: 10_000 }, () => now);
    const ports = { gate, refused: (reason: string) => refusals.push(reason), now: () => now };
    const store = new StoreCompartment({ hanging: 3, slow: 4 }, ports);
    const other = new StoreCompartment({ hanging: 3, slow: 4 }, ports);
    const works = Array.from({ length: 4 }, () => held<number>());
    const calls = works.map(({ promise }) => {
      assert.equal(gate.enter(), true);
      return store.run(() => promise);
    });
    const outsider = gate.enter();
    assert.notEqual(outsider, true);
    now = 1_000;
    store.look();
    assert.equal(await outsider, true, 'the places of stuck calls were not given up');
    assert.equal(await other.run(async () => 7), 7);
    await assert.rejects(
      store.run(async () => 8),
      isThrottled,
    );
    assert.deepEqual(refusals, ['key-store']);
    works[0]?.end(0);
    works[1]?.fail(new Error('the HSM is gone'));
    assert.equal(await calls[0], 0);
    await assert.rejects(calls[1] as Promise<number>, /the HSM is gone/);
    assert.equal(await store.run(async () => 9), 9, 'there was room again');
    works[2]?.end(2);
    works[3]?.end(3);
    assert.deepEqual(await Promise.all([calls[2], calls[3]]), [2, 3]);
    assert.equal(store.underWay, 0);
    assert.equal(gate.inUse, 5); // those who returned, and the outsider
  });

  it('gives up the places of some calls that are slow, takes more of them, and refuses none', async () => {
    let now = 0;
    const gate = new Gate({ inFlight: 3, waitMs: 10_000 }, () => now);
    const ports = { gate, refused: () => assert.fail('refused'), now: () => now };
    const store = new StoreCompartment({ hanging: 1, slow: 2 }, ports);
    const works = Array.from({ length: 4 }, () => held<void>());
    const calls = works.slice(0, 3).map(({ promise }) => {
      assert.equal(gate.enter(), true);
      return store.run(() => promise);
    });
    now = 60;
    store.look();
    assert.equal(gate.inUse, 3, 'a busy server is no slow store');
    now = 150;
    store.look();
    assert.equal(gate.inUse, 1);
    assert.equal(gate.enter(), true);
    calls.push(store.run(() => works[3]?.promise ?? Promise.resolve()));
    assert.equal(gate.inUse, 2);
    for (const work of works) work.end();
    await Promise.all(calls);
    assert.deepEqual([gate.inUse, store.underWay], [4, 0]); // no one has left yet
  });

  it('takes any number of calls while none is stuck', async () => {
    const store = new StoreCompartment(
      { hanging: 1, slow: 1 },
      {
        gate: new Gate({ inFlight: 1, waitMs: 1 }),
        refused: () => assert.fail('refused'),
        now: () => 0,
      },
    );
    const works = Array.from({ length: 50 }, () => held<void>());
    const calls = works.map(({ promise }) => store.run(() => promise));
    store.look();
    for (const work of works) work.end();
    await Promise.all(calls);
  });
});

describe('the compartment of heavy work', () => {
  it('does so much at once, holds no place at the gate meanwhile, and refuses what waited in vain', async () => {
    const refusals: string[] = [];
    const gate = new Gate({ inFlight: 2, waitMs: 10_000 });
    const heavy = new HeavyCompartment(
      { atOnce: 1, waitMs: 30 },
      { gate, refused: (reason) => refusals.push(reason), now: () => performance.now() },
    );
    const work = held<string>();
    gate.enter();
    const first = heavy.run(() => work.promise);
    gate.enter();
    let began = false;
    const second = heavy.run(async () => (began = true));
    assert.equal(gate.inUse, 0);
    await assert.rejects(second, isThrottled);
    assert.equal(began, false);
    assert.deepEqual(refusals, ['heavy']);
    work.end('signature');
    assert.equal(await first, 'signature');
    gate.enter();
    assert.equal(await heavy.run(async () => 'next'), 'next');
  });
});
