/** A process that is kept running: what happens to it, or keeps it from being started, must not end who runs it. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from '../../src/supervisor/child.ts';
import { eventually } from '../stories/claviger.ts';

const PATIENCE_MS = 15_000;

describe('a process that is kept running', () => {
  let dir: string;
  let child: Child | undefined;
  const failures: (Error | undefined)[] = [];
  /** Process ids, in the order in which they said that they are up. */
  const up: number[] = [];

  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'claviger-child-'));
    writeFileSync(
      join(dir, 'main.mjs'),
      "process.on('disconnect', () => process.exit());\nprocess.send({ up: process.pid });\n",
    );
  });
  afterEach(async () => {
    await child?.stop();
    child = undefined;
    up.length = 0;
    failures.length = 0;
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  const begin = async (logs: string): Promise<Child> => {
    mkdirSync(logs);
    child = new Child({
      name: 'one',
      main: join(dir, 'main.mjs'),
      ipc: true,
      args: () => [],
      logFile: join(logs, 'one.log'),
      onMessage: (message) => up.push((message as { up: number }).up),
      onFailure: (_times, error) => failures.push(error),
    });
    await comesUp(1);
    return child;
  };
  const comesUp = (times: number): Promise<true> =>
    eventually(PATIENCE_MS, `${times} starts`, () => (up.length >= times ? true : undefined));

  it('is started again although somebody removed the folder of its log', async () => {
    const logs = join(dir, 'removed');
    await begin(logs);
    rmSync(logs, { recursive: true });
    process.kill(up[0] as number, 'SIGKILL');
    await comesUp(2);
  });

  it('is tried again while it cannot be started, and the reason is told', async () => {
    const logs = join(dir, 'blocked');
    await begin(logs);
    rmSync(logs, { recursive: true });
    writeFileSync(logs, 'no folder');
    process.kill(up[0] as number, 'SIGKILL');
    // the first is its death, of which its log tells
    await eventually(PATIENCE_MS, 'two tries', () => (failures.length >= 3 ? true : undefined));
    assert.deepEqual(failures[0], undefined);
    assert.match(failures[1]?.message ?? '', /EEXIST|ENOTDIR/);
    rmSync(logs);
    await comesUp(2);
  });

  it('is given longer and longer pauses, and told of, when it ends each time that it has come up', async () => {
    writeFileSync(
      join(dir, 'fleeting.mjs'),
      'process.stdout.write(`${JSON.stringify({ up: process.pid })}\\n`, () => process.exit(1));\n',
    );
    mkdirSync(join(dir, 'fleeting'));
    const times: number[] = [];
    const at: number[] = [];
    child = new Child({
      name: 'fleeting',
      main: join(dir, 'fleeting.mjs'),
      args: () => [],
      logFile: join(dir, 'fleeting', 'one.log'),
      onMessage: (message) => up.push((message as { up: number }).up),
      onStart: () => at.push(performance.now()),
      onFailure: (number) => times.push(number),
    });
    await comesUp(5);
    assert.deepEqual(times.slice(0, 4), [1, 2, 3, 4]);
    const [first = 0, second = 0, , fourth = 0, fifth = 0] = at;
    assert.ok(fifth - fourth > 2 * (second - first), 'the pause grows');
  });

  it('is back at once, and not told of, when it had been up for a while', async () => {
    const one = await begin(join(dir, 'long-lived'));
    await sleep(1_200);
    process.kill(one.pid as number, 'SIGKILL');
    await comesUp(2);
    assert.deepEqual(failures, []);
  });

  it('may be told things after its death, before that is known', async () => {
    const one = await begin(join(dir, 'logs'));
    process.kill(up[0] as number, 'SIGKILL');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300); // it dies while nothing is heard here
    for (let times = 0; times < 3; times += 1) one.send({ any: 'thing' });
    await comesUp(2);
  });

  it('need not be waited for when it has ended, though a process of its own still holds its output', async () => {
    writeFileSync(
      join(dir, 'parent.mjs'),
      "import { spawn } from 'node:child_process';\n" +
        "const own = spawn('sleep', ['60'], { stdio: ['ignore', 'inherit', 'ignore'], detached: true });\n" +
        'process.stdout.write(`${JSON.stringify({ up: own.pid })}\\n`, () => process.exit());\n',
    );
    mkdirSync(join(dir, 'parents'));
    child = new Child({
      name: 'parent',
      main: join(dir, 'parent.mjs'),
      args: () => [],
      logFile: join(dir, 'parents', 'one.log'),
      onMessage: (message) => up.push((message as { up: number }).up),
    });
    await comesUp(1);
    const [own = 0] = up;
    try {
      await sleep(1_000); // it has ended by then
      const stopped = await Promise.race([child.stop().then(() => true), sleep(PATIENCE_MS, false)]);
      assert.ok(stopped);
    } finally {
      process.kill(own);
    }
  });
});
