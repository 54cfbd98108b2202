import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { encodeFrame } from '../../src/rpc/frames.ts';
import { serveConnection } from '../../src/rpc/server.ts';

const VERB = 1;
const ANSWER = Buffer.alloc(10_000);
const ONE_REQUEST = encodeFrame(1, VERB, Buffer.alloc(0));
const REQUESTS_AT_ONCE = 10;
const CHUNKS = 100;

describe('a caller who does not read the answers', () => {
  it('is not read further, until they are read', async (test) => {
    const unread: (() => void)[] = [];
    const socket = new Duplex({
      read: () => undefined,
      write: (_chunk, _encoding, done) => void unread.push(done),
      writev: (_chunks, done) => void unread.push(done),
    });
    test.after(() => socket.destroy());
    let answered = 0;
    const handlers = {
      [VERB]() {
        answered += 1;
        return ANSWER;
      },
    };
    serveConnection(socket, undefined, handlers);
    for (let chunk = 0; chunk < CHUNKS; chunk += 1) {
      socket.push(Buffer.concat(Array.from({ length: REQUESTS_AT_ONCE }, () => ONE_REQUEST)));
      await turn();
    }
    const most = 1024 * 1024 + REQUESTS_AT_ONCE * (ANSWER.length + ONE_REQUEST.length);
    assert.ok(socket.writableLength > 0 && socket.writableLength <= most, `${socket.writableLength} bytes`);
    assert.ok(answered < CHUNKS * REQUESTS_AT_ONCE);
    for (
      let turns = 0;
      turns < CHUNKS * REQUESTS_AT_ONCE && answered < CHUNKS * REQUESTS_AT_ONCE;
      turns += 1
    ) {
      unread.shift()?.();
      await turn();
    }
    assert.equal(answered, CHUNKS * REQUESTS_AT_ONCE);
  });
});
