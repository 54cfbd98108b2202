import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { RpcClient } from '../../src/rpc/client.ts';
import { FrameParser, STATUS_ERROR, encodeFrame } from '../../src/rpc/frames.ts';

const VERB = 1;
const TIMEOUT_MS = 10_000;

/** A connection that shows how many frames each write had, and whose other end answers nothing. */
function batchesOf(): { batches: number[]; client: RpcClient } {
  const batches: number[] = [];
  const parser = new FrameParser();
  const socket = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      let frames = 0;
      parser.push(chunk, () => (frames += 1));
      batches.push(frames);
      done();
    },
  });
  return { batches, client: new RpcClient(socket) };
}

describe('batches of calls', () => {
  it('leave at the end of their turn, and while an answer is awaited a millisecond later', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] });
    const { batches, client } = batchesOf();
    const call = (): void => void client.call(VERB, Buffer.alloc(1), TIMEOUT_MS).catch(() => undefined);
    test.after(() => client.close());
    for (let n = 0; n < 3; n += 1) call();
    assert.deepEqual(batches, []);
    await turn();
    assert.deepEqual(batches, [3]);
    call();
    await turn();
    assert.deepEqual(batches, [3]);
    test.mock.timers.tick(1);
    assert.deepEqual(batches, [3, 1]);
  });

  it('leave at once when they are full', async (test) => {
    const { batches, client } = batchesOf();
    test.after(() => client.close());
    for (let n = 0; n < 40; n += 1)
      void client.call(VERB, Buffer.alloc(1), TIMEOUT_MS).catch(() => undefined);
    assert.deepEqual(batches, [16, 16]);
    await turn();
    assert.deepEqual(batches, [16, 16, 8]);
  });
});

it('an error that makes no sense ends the connection, and with it the call that it was for', async () => {
  for (const nonsense of ['', '{', 'null']) {
    const socket = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        const answer = encodeFrame(chunk.readUInt32BE(4), STATUS_ERROR, Buffer.from(nonsense));
        setImmediate(() => socket.push(answer));
        done();
      },
    });
    const client = new RpcClient(socket);
    await assert.rejects(client.call(VERB, Buffer.alloc(1), TIMEOUT_MS), { code: 'CONNECTION_LOST' });
    assert.ok(client.closed);
  }
});
