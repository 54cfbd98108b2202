/** The HTTP edge by itself, with handlers that fail. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { createEdge } from '../../src/server/edge.ts';
import type { EdgeAnswer } from '../../src/server/edge.ts';

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
