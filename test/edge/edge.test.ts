/** The HTTP edge by itself, with handlers that fail. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { EDGE_LIMITS, createEdge } from '../../src/edge/edge.ts';
import type { EdgeAnswer } from '../../src/edge/edge.ts';
import { eventually } from '../stories/claviger.ts';

const LIMIT_MS = 30_000;

/** A server whose answers wait until the test releases them. */
async function holdingServer(test: TestContext) {
  const refusals: string[] = [];
  const held: (() => void)[] = [];
  const state = { holding: true, taken: 0 };
  const server = createEdge({
    handle: async () => {
      state.taken += 1;
      if (state.holding) await new Promise<void>((resolve) => held.push(resolve));
      return { status: 200, headers: ['Content-Length', '2'], body: 'ok' };
    },
    limits: { connections: 100, bodyMegabytes: 1 },
    refused: (reason) => refusals.push(reason),
    failed: () => assert.fail('nothing fails here'),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  test.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const open = async () => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    await once(socket, 'connect');
    return { socket, answers: () => received.split('HTTP/1.1 200').length - 1 };
  };
  const release = (): void => {
    for (const end of held.splice(0)) end();
  };
  return { state, refusals, open, release, url: `http://127.0.0.1:${port}/` };
}

const SHORT = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}';
const LONG_BYTES = EDGE_LIMITS.bodyBytes;

describe('requests that a client sends ahead of their answers', () => {
  it('are answered in their order, as many as may be', async (test) => {
    const { state, open, release } = await holdingServer(test);
    const { socket, answers } = await open();
    for (let round = 1; round <= 3; round += 1) {
      socket.write(SHORT.repeat(EDGE_LIMITS.pipelined));
      await eventually(
        LIMIT_MS,
        'all requests',
        () => state.taken === round * EDGE_LIMITS.pipelined || undefined,
      );
      release();
      await eventually(
        LIMIT_MS,
        'all answers',
        () => answers() === round * EDGE_LIMITS.pipelined || undefined,
      );
    }
    socket.destroy();
  });

  it('end their connection when they are more, and are told of', async (test) => {
    const { state, refusals, open } = await holdingServer(test);
    const { socket } = await open();
    socket.write(SHORT.repeat(EDGE_LIMITS.pipelined * 100));
    await once(socket, 'close');
    assert.ok(state.taken <= EDGE_LIMITS.pipelined, `${state.taken} were taken on`);
    assert.deepEqual(refusals, ['connections']);
  });

  it('give back the room of their bodies when their connection ends before they were answered', async (test) => {
    const { state, open, release, url } = await holdingServer(test);
    for (let round = 1; round <= 8; round += 1) {
      const { socket } = await open();
      socket.write(SHORT);
      socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${LONG_BYTES}\r\n\r\n{`);
      await eventually(LIMIT_MS, 'the first request', () => state.taken === round || undefined);
      socket.destroy();
      await once(socket, 'close');
    }
    release();
    state.holding = false;
    const body = ' '.repeat(LONG_BYTES);
    await eventually(LIMIT_MS, 'room', async () => {
      const { status } = await fetch(url, { method: 'POST', body });
      return status === 200 || undefined;
    });
  });
});

describe('the HTTP edge', () => {
  const FAILING: [what: string, handle: () => Promise<EdgeAnswer>, error: RegExp][] = [
    ['a handler that throws', () => Promise.reject(new Error('broken')), /broken/],
    [
      'an answer that cannot be sent',
      () => Promise.resolve({ status: 200, headers: ['x-name', 'two\r\nlines'], body: '' }),
      /Invalid character in header/,
    ],
  ];
  for (const [what, handle, expected] of FAILING) {
    it(`tells of ${what}, ends the connection, and goes on`, async () => {
      const failures: unknown[] = [];
      const server = createEdge({
        handle: () =>
          failures.length === 0 ? handle() : Promise.resolve({ status: 200, headers: [], body: 'ok' }),
        limits: { connections: 10, bodyMegabytes: 1 },
        refused: () => assert.fail('nothing is too much here'),
        failed: (error) => failures.push(error),
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      try {
        await assert.rejects(
          fetch(url, { method: 'POST', body: '{}', signal: AbortSignal.timeout(10_000) }),
          /fetch failed/,
        );
        assert.equal(failures.length, 1);
        assert.match(String(failures[0]), expected);
        assert.equal(await (await fetch(url, { method: 'POST', body: '{}' })).text(), 'ok');
      } finally {
        server.close();
        server.closeAllConnections();
      }
    });
  }
});
