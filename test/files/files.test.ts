/** Files are replaced as a whole or left as they were, and nothing half written lies about. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import * as durable from '../../src/files/durable.ts';
import * as promises from '../../src/files/promises.ts';

describe('files', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-files-'));
    path = join(folder, 'file');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const WAYS = [
    ['at once', (to: string, content: string) => Promise.resolve(durable.replaceFile(to, content))],
    ['without waiting', (to: string, content: string) => promises.replaceFile(to, content)],
  ] as const;
  for (const [how, replace] of WAYS) {
    it(`replaced ${how} have the new content, are their owner's alone, and leave no draft`, async () => {
      await replace(path, 'old');
      await replace(path, 'new');
      assert.equal(readFileSync(path, 'utf8'), 'new');
      assert.equal(statSync(path).mode & 0o777, 0o600);
      assert.deepEqual(readdirSync(folder), ['file']);
    });
  }

  it('have the mode that was asked for, whatever the umask', async () => {
    const before = process.umask(0o077);
    try {
      await promises.replaceFile(path, 'for all', { mode: 0o644 });
    } finally {
      process.umask(before);
    }
    assert.equal(statSync(path).mode & 0o777, 0o644);
  });

  it('that cannot be replaced stay, and the draft goes', async () => {
    mkdirSync(path);
    writeFileSync(join(path, 'inside'), ''); // nothing can be renamed onto a folder with something in it
    await assert.rejects(promises.replaceFile(path, 'new'));
    assert.deepEqual(readdirSync(folder), ['file']);
    assert.deepEqual(readdirSync(path), ['inside']);
  });

  it('are written by several at once when each has a draft of its own', async () => {
    const texts = Array.from({ length: 20 }, (_, n) => String(n).repeat(50_000));
    await Promise.all(texts.map((text, n) => promises.replaceFile(path, text, { draft: `${n}.new` })));
    assert.ok(texts.includes(readFileSync(path, 'utf8')));
    assert.deepEqual(readdirSync(folder), ['file']);
  });

  it('that are there already are not created again', () => {
    assert.equal(durable.createFile(path, Buffer.from('first')), true);
    assert.equal(durable.createFile(path, Buffer.from('second')), false);
    assert.equal(readFileSync(path, 'utf8'), 'first');
    assert.deepEqual(readdirSync(folder), ['file']);
  });

  it('may be missing when they are removed', () => {
    durable.removeFile(path);
    writeFileSync(path, '');
    durable.removeFile(path);
    assert.deepEqual(readdirSync(folder), []);
  });
});
