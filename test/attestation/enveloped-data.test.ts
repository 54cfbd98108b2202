import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { envelopFor } from '../../src/attestation/enveloped-data.ts';
import { openEnveloped } from './enclave.ts';

describe('enveloped data', () => {
  for (const modulusLength of [2048, 3072, 4096]) {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength });

    it(`is opened by OpenSSL and by Node with a key of ${modulusLength} bits`, (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'claviger-cms-'));
      t.after(() => rmSync(folder, { recursive: true }));
      const key = join(folder, 'key.pem');
      writeFileSync(key, privateKey.export({ format: 'pem', type: 'pkcs8' }));
      for (const length of [1, 15, 16, 32, 1000, 4096]) {
        const plaintext = randomBytes(length);
        const cms = envelopFor(publicKey, plaintext);
        assert.ok(cms.length <= 6144, 'the longest CiphertextForRecipient');
        assert.deepEqual(openEnveloped(privateKey, cms), plaintext);
        const opened = execFileSync('openssl', ['cms', '-decrypt', '-inform', 'DER', '-inkey', key], {
          input: cms,
        });
        assert.deepEqual(opened, plaintext);
      }
    });
  }

  it('is for nobody else, and never the same twice', () => {
    const mine = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const plaintext = Buffer.from('a secret');
    const cms = envelopFor(mine.publicKey, plaintext);
    assert.throws(() => openEnveloped(other.privateKey, cms));
    assert.notDeepEqual(envelopFor(mine.publicKey, plaintext), cms);
    assert.ok(!cms.includes(plaintext));
  });

  it('has the frame that AWS’s client for enclaves reads: indefinite lengths, two versions 2', () => {
    const spki = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
    const cms = envelopFor(createPublicKey(spki.export({ format: 'pem', type: 'spki' })), Buffer.alloc(32));
    const hex = cms.toString('hex');
    assert.ok(
      hex.startsWith('308006092a864886f70d010703a08030800201023182'),
      'ContentInfo, EnvelopedData, its version, the set',
    );
    assert.ok(hex.includes('0201028014'), 'version 2 and a key identifier');
    assert.ok(hex.includes('308006092a864886f70d010701'), 'EncryptedContentInfo, data');
    assert.ok(hex.includes('a0800430'), 'one octet string of 48 bytes');
    assert.ok(hex.endsWith('0000'.repeat(5)), 'five ends of contents');
  });
});
