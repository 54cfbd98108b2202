/** The order in which files are copied that others write to, and what is not copied. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { ChangedMeanwhile, copyTree } from '../../src/backup/copy-tree.ts';

describe('a copy of a folder', () => {
  const root = mkdtempSync(join(tmpdir(), 'claviger-copy-'));
  const from = join(root, 'from');
  const to = join(root, 'to');
  const write = (path: string, content: string): void => {
    mkdirSync(join(from, path, '..'), { recursive: true });
    writeFileSync(join(from, path), content);
  };
  const copied = (): string[] =>
    readdirSync(to, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(to.length + 1))
      .sort();

  beforeEach(() => {
    for (const path of [from, to]) rmSync(path, { recursive: true, force: true });
  });
  after(() => rmSync(root, { recursive: true }));

  it('has content, rights and owners of the files, and counts them', async () => {
    write('a/b/c.json', 'hello');
    chmodSync(join(from, 'a/b/c.json'), 0o640);
    chmodSync(join(from, 'a/b'), 0o750);
    assert.deepEqual(await copyTree(from, to), { files: 1, bytes: 5 });
    assert.equal(readFileSync(join(to, 'a/b/c.json'), 'utf8'), 'hello');
    assert.equal(statSync(join(to, 'a/b/c.json')).mode & 0o777, 0o640);
    assert.equal(statSync(join(to, 'a/b')).mode & 0o777, 0o750);
  });

  it('may be of one file, or of nothing', async () => {
    write('x.json', '1');
    assert.deepEqual(await copyTree(join(from, 'x.json'), join(root, 'x.json')), { files: 1, bytes: 1 });
    assert.deepEqual(await copyTree(join(from, 'absent'), join(to, 'absent')), { files: 0, bytes: 0 });
  });

  it('leaves out what belongs to processes that run, and what is asked', async () => {
    for (const path of [
      '.lock',
      'lock',
      'server-1.lock',
      'head.json.new',
      'x.draft',
      'listening.json',
      'secret/a',
      'kept',
    ])
      write(path, '');
    const socket = createServer().listen(join(from, 'admin.sock'));
    await copyTree(from, to, (path) => path === 'secret');
    await new Promise((resolve) => socket.close(resolve));
    assert.deepEqual(copied(), ['kept']);
  });

  it('takes what says how far a journal has come before the journal, and public keys after it', async () => {
    const order = [
      'w/checkpoints.log',
      'w/head.json',
      'w/journal-0000000000000001.log',
      'w/journal-0000000000000009.log',
    ];
    for (const path of [...order].reverse()) write(path, path);
    write('keys.json', '');
    await copyTree(from, to);
    const times = [...order, 'keys.json'].map(
      (path) => statSync(join(to, path), { bigint: true }).birthtimeNs,
    );
    assert.deepEqual(
      times,
      [...times].sort((a, b) => (a < b ? -1 : 1)),
    );
  });

  it('goes on without a state that was replaced, and not without a part of a journal', async () => {
    for (const [path, refused] of [
      ['key.object', false],
      ['00000000000000000000.log', true],
    ] as const) {
      write(path, '');
      write('a.json', '');
      // gone between the listing and its turn
      const vanish = (name: string): boolean => {
        if (name === path) setImmediate(() => rmSync(join(from, path), { force: true }));
        return false;
      };
      const copy = copyTree(from, join(to, path), vanish);
      if (refused) await assert.rejects(copy, ChangedMeanwhile);
      else assert.equal((await copy).files, 1);
    }
  });
});
