/** Sockets for commands on the server's machine, wherever its data folder is. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, it } from 'node:test';
import { localSocketPath } from '../../src/server/local-socket.ts';
import { serveOperator } from '../../src/server/operator-socket.ts';
import type { Kms } from '../../src/services/kms/kms.ts';

const root = mkdtempSync(join(tmpdir(), 'claviger-socket-'));
after(() => rmSync(root, { recursive: true, force: true }));

for (const [what, serverDir] of [
  ['short', join(root, 'server')],
  ['too long for a socket in it', join(root, 'x'.repeat(120), 'server')],
] as const) {
  it(`commands reach a server whose folder has a path that is ${what}`, async () => {
    mkdirSync(serverDir, { recursive: true, mode: 0o700 });
    const server = await serveOperator(serverDir, {} as Kms);
    const path = localSocketPath(serverDir, 'operator.sock');
    try {
      assert.equal(statSync(path).mode & 0o777, 0o600);
      assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
      await new Promise<void>((resolve, reject) => {
        const socket = connect(path, () => {
          socket.destroy();
          resolve();
        });
        socket.once('error', reject);
      });
    } finally {
      await new Promise((resolve) => server.close(resolve));
      if (!path.startsWith(root)) rmSync(dirname(path), { recursive: true });
    }
  });
}
