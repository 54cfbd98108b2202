/** Images of HSMs: what goes in comes out, and only in the same backup history, whole and unchanged. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createHash } from 'node:crypto';
import { copyImage, lineageKey, restoreImage, writeImage } from '../../src/supervisor/hsm-images.ts';

const LINEAGE = 'a'.repeat(64);

describe('an image of an HSM', () => {
  let dir: string;
  let image: string;
  let sha256: string;
  let key: Buffer;
  const files: Record<string, Buffer> = {
    'committed.json': Buffer.from('{"version":1}'),
    'key-owners/30': Buffer.alloc(0),
    'sums/token/one.object': Buffer.from('0'.repeat(64)),
    'tokens/token/one.object': randomBytes(200_000),
    'tokens/token/token.object': randomBytes(321),
  };
  const left = {
    'identity/hsm.key': Buffer.from('private'),
    'log/0.log': Buffer.from('log'),
    'hsm.json': Buffer.from('{}'),
  };
  const fresh = (): string => mkdtempSync(join(dir, 'restored-'));
  const contents = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .sort();
  const source = () => ({
    hsmDir: join(dir, 'hsm'),
    hsmId: 'hsm-aaaaaaaaaaa',
    clusterId: 'cluster-aaaaaaaaaaa',
    backupId: 'backup-aaaaaaaaaaa',
    lineage: LINEAGE,
  });

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'claviger-images-'));
    for (const [path, content] of Object.entries({ ...files, ...left })) {
      mkdirSync(join(dir, 'hsm', path, '..'), { recursive: true });
      writeFileSync(join(dir, 'hsm', path), content);
    }
    key = lineageKey(join(dir, 'lineages'), LINEAGE);
    image = join(dir, 'backups', 'us-east-1', 'backup.image');
    sha256 = await writeImage(image, source(), key);
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  it('gives back users, keys and their sums, and neither identity nor log nor configuration', async () => {
    const target = fresh();
    await restoreImage(image, sha256, key, target);
    assert.deepEqual(contents(target), Object.keys(files).sort());
    for (const [path, content] of Object.entries(files))
      assert.ok(readFileSync(join(target, path)).equals(content), path);
  });

  it('shows nothing of its content, and is for its owner alone', () => {
    const bytes = readFileSync(image);
    assert.equal(bytes.indexOf(files['tokens/token/token.object'] ?? ''), -1);
    assert.equal(bytes.indexOf('token.object'), -1);
    assert.equal(statSync(image).mode & 0o777, 0o600);
    assert.equal(statSync(join(dir, 'lineages', `${LINEAGE}.key`)).mode & 0o777, 0o600);
  });

  it('has another key each time', async () => {
    const other = join(dir, 'other.image');
    await writeImage(other, source(), key);
    assert.notDeepEqual(readFileSync(other).subarray(-64), readFileSync(image).subarray(-64));
  });

  it('is not restored into another backup history', async () => {
    const foreign = lineageKey(join(dir, 'lineages'), 'b'.repeat(64));
    await assert.rejects(restoreImage(image, sha256, foreign, fresh()), /another backup history/);
  });

  it('is not restored when it is not the file on record', async () => {
    await assert.rejects(restoreImage(image, '0'.repeat(64), key, fresh()), /not the one on record/);
  });

  it('is not restored when a bit was changed or the end is missing, even where the record was changed with it', async () => {
    const whole = readFileSync(image);
    const broken = join(dir, 'broken.image');
    const tries = [
      ...Array.from({ length: 40 }, (_, i) => {
        const bytes = Buffer.from(whole);
        const at = Math.floor(((bytes.length - 1) * i) / 39);
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        return bytes;
      }),
      whole.subarray(0, -1),
      whole.subarray(0, 100),
      Buffer.alloc(0),
      Buffer.concat([whole, Buffer.alloc(1)]),
    ];
    for (const bytes of tries) {
      writeFileSync(broken, bytes);
      const digest = createHash('sha256').update(bytes).digest('hex');
      await assert.rejects(restoreImage(broken, digest, key, fresh()));
    }
  });

  it('leaves nothing behind when it cannot be made: the next try has another name', async () => {
    const half = join(dir, 'half');
    mkdirSync(join(half, 'key-owners'), { recursive: true });
    writeFileSync(join(half, 'committed.json'), '{}');
    const file = join(dir, 'failed', 'backup.image');
    await assert.rejects(writeImage(file, { ...source(), hsmDir: half }, key), { code: 'ENOENT' });
    await assert.rejects(copyImage(join(dir, 'no.image'), file), { code: 'ENOENT' });
    assert.deepEqual(contents(join(dir, 'failed')), []);
  });

  it('is the same after it was copied', async () => {
    const copy = join(dir, 'backups', 'us-west-2', 'copy.image');
    assert.equal(await copyImage(image, copy), sha256);
    await restoreImage(copy, sha256, key, fresh());
  });
});
