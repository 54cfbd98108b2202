/** Checkpoints of an HSM's log: the text that is signed never changes, and any change of a checkpoint breaks its signature. */
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  checkpointLine,
  isSigned,
  parseCheckpoint,
  signCheckpoint,
  signedText,
} from '../../src/hsm-log/checkpoint.ts';

const OWNER = { hsmId: 'hsm-lgavqitns2a', clusterId: 'cluster-1o36p5xeo5k' };
const STANDING = { entries: 3, timeMicros: 1_732_000_000_000_000, chain: 'a'.repeat(64) };

describe("a checkpoint of an HSM's log", () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signed = signCheckpoint(OWNER, STANDING, privateKey);

  it('signs the text of docs/formats.md', () => {
    const text = signedText(OWNER, STANDING);
    assert.equal(
      createHash('sha256').update(text).digest('hex'),
      'e2347e72fa90563609e9c08fe176ef0b55f8963d0de34caf07dc4af7fce308f9',
    );
  });

  it('is read back from its line, and is signed', () => {
    const read = parseCheckpoint(checkpointLine(signed).trimEnd());
    assert.deepEqual(read, signed);
    assert.ok(isSigned(OWNER, signed, publicKey));
  });

  it('is not signed for another HSM, cluster, number, time or chain value, nor by another key', () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    assert.ok(!isSigned(OWNER, signed, other));
    assert.ok(!isSigned({ ...OWNER, hsmId: 'hsm-other' }, signed, publicKey));
    assert.ok(!isSigned({ ...OWNER, clusterId: 'cluster-other' }, signed, publicKey));
    for (const change of [{ entries: 4 }, { timeMicros: 1 }, { chain: 'b'.repeat(64) }])
      assert.ok(!isSigned(OWNER, { ...signed, ...change }, publicKey));
  });

  it('is none when a line is cut off or no checkpoint', () => {
    const line = checkpointLine(signed).trimEnd();
    for (const text of ['', 'x', line.slice(0, 60), `${line} more`])
      assert.equal(parseCheckpoint(text), undefined);
  });
});
