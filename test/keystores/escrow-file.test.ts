/** The escrow file after a crash, or a full disk, in the middle of a line. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFile, mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { appendEscrow } from '../../src/keystores/hsm-cluster/escrow-file.ts';
import type { EscrowEntry } from '../../src/keystores/hsm-cluster/escrow-file.ts';
import { readEscrowFile } from '../../src/operator/recover.ts';

const CLUSTER = 'cluster-1o36p5xeo5k';
const LINE_BYTES_LEFT = 100;

function newEntry(name: string): EscrowEntry {
  const [materialId, check] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')];
  const wrappedKey = randomBytes(384).toString('base64');
  return { clusterId: CLUSTER, materialId, keyArn: `arn:${name}`, check, wrappedKey };
}

describe('the escrow file', () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'claviger-escrow-'));
  });
  after(() => rm(dir, { recursive: true, force: true }));

  it('keeps each key that was made after a line was cut off, and the keys before it', async () => {
    const file = join(dir, 'cut', 'keys.jsonl');
    const [first, lost, next, last] = ['first', 'lost', 'next', 'last'].map(newEntry) as [
      EscrowEntry,
      EscrowEntry,
      EscrowEntry,
      EscrowEntry,
    ];
    await appendEscrow(file, first);
    const whole = Buffer.byteLength(`${JSON.stringify(first)}\n`);
    await appendEscrow(file, lost);
    await truncate(file, whole + LINE_BYTES_LEFT);
    await appendEscrow(file, next);
    await appendEscrow(file, last);
    assert.deepEqual(await readEscrowFile(file, CLUSTER), { keys: [first, next, last], unreadable: [2] });
  });

  it('is read where an earlier version wrote an entry right behind one that was cut off', async () => {
    const file = join(dir, 'keys.jsonl');
    const [first, lost, next] = ['first', 'lost', 'next'].map(newEntry) as [
      EscrowEntry,
      EscrowEntry,
      EscrowEntry,
    ];
    const cutOff = JSON.stringify(lost).slice(0, LINE_BYTES_LEFT);
    await appendFile(file, `${JSON.stringify(first)}\n${cutOff}${JSON.stringify(next)}\n${cutOff}`);
    assert.deepEqual(await readEscrowFile(file, CLUSTER), { keys: [first, next], unreadable: [] });
  });
});
