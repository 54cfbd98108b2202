import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { TAG_BYTES, decrypt, deriveKey, encryptInto } from '../../src/seal/primitives.ts';
import { createRandomPool } from '../../src/crypto-process/randomness.ts';
import vectors from './vectors.json' with { type: 'json' };

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

interface AeadFile {
  testGroups: {
    ivSize: number;
    keySize: number;
    tagSize: number;
    tests: {
      tcId: number;
      key: string;
      iv: string;
      aad: string;
      msg: string;
      ct: string;
      tag: string;
      result: string;
    }[];
  }[];
}

const wycheproof = resolve(
  process.env['CLAVIGER_VECTORS'] ?? resolve(import.meta.dirname, '../../../shared/vectors'),
  'wycheproof/aes_gcm_test.json.gz',
);

describe('the key derivation function', () => {
  it('gives the frozen outputs', () => {
    for (const { key, label, context, length, output } of vectors.kdf) {
      assert.equal(deriveKey(hex(key), label, hex(context), length).toString('hex'), output);
    }
  });

  const openssl = spawnSync('openssl', ['version'], { encoding: 'utf8' });
  const hasKbkdf = openssl.status === 0 && openssl.stdout.startsWith('OpenSSL 3');
  it(
    "is SP 800-108's counter mode as OpenSSL has it",
    { skip: hasKbkdf ? false : 'needs the command openssl 3' },
    () => {
      for (const { key, label, context, length, output } of vectors.kdf.filter(
        (vector) => vector.context !== '',
      )) {
        const options = [
          'mac:HMAC',
          'digest:SHA256',
          'mode:COUNTER',
          `hexkey:${key}`,
          `salt:${label}`,
          `hexinfo:${context}`,
        ];
        const run = spawnSync(
          'openssl',
          ['kdf', '-keylen', String(length), ...options.flatMap((option) => ['-kdfopt', option]), 'KBKDF'],
          { encoding: 'utf8' },
        );
        assert.equal(run.stdout.replace(/[:\s]/g, '').toLowerCase(), output, run.stderr);
      }
    },
  );

  it('gives outputs without a common prefix for different lengths, labels and contexts', () => {
    const key = Buffer.alloc(32, 1);
    const starts = [
      deriveKey(key, 'a', Buffer.from('b'), 32),
      deriveKey(key, 'a', Buffer.from('b'), 64),
      deriveKey(key, 'ab', Buffer.alloc(0), 32),
      deriveKey(key, 'a', Buffer.from('c'), 32),
    ].map((output) => output.toString('hex', 0, 16));
    assert.equal(new Set(starts).size, starts.length);
  });
});

describe('AES-256-GCM', () => {
  const reason = existsSync(wycheproof) ? false : `no vectors at ${wycheproof}`;
  it('answers as Wycheproof says (96-bit IVs, 256-bit keys, 128-bit tags)', { skip: reason }, () => {
    const file = JSON.parse(gunzipSync(readFileSync(wycheproof)).toString('utf8')) as AeadFile;
    const groups = file.testGroups.filter((g) => g.ivSize === 96 && g.keySize === 256 && g.tagSize === 128);
    let cases = 0;
    for (const test of groups.flatMap((group) => group.tests)) {
      const [key, iv, aad, message] = [hex(test.key), hex(test.iv), hex(test.aad), hex(test.msg)];
      const sealed = Buffer.concat([hex(test.ct), hex(test.tag)]);
      const opened = decrypt(key, iv, aad, sealed);
      cases += 1;
      if (test.result !== 'valid') {
        assert.equal(opened, undefined, `case ${test.tcId}`);
        continue;
      }
      assert.deepEqual(opened, message, `case ${test.tcId}`);
      const target = Buffer.alloc(3 + message.length + TAG_BYTES);
      encryptInto(target, 3, key, iv, aad, message);
      assert.deepEqual(target.subarray(3), sealed, `case ${test.tcId}`);
    }
    assert.ok(cases > 60, `only ${cases} cases`);
  });

  it('refuses a shortened tag', () => {
    const [key, iv, aad] = [Buffer.alloc(32, 1), Buffer.alloc(12, 2), Buffer.from('aad')];
    const target = Buffer.alloc(5 + TAG_BYTES);
    encryptInto(target, 0, key, iv, aad, Buffer.from('hello'));
    assert.deepEqual(decrypt(key, iv, aad, target), Buffer.from('hello'));
    for (let length = 0; length < target.length; length += 1) {
      assert.equal(decrypt(key, iv, aad, target.subarray(0, length)), undefined);
    }
  });
});

describe('the pool of random bytes', () => {
  it('never hands out the same bytes twice, and fills what it was asked to and nothing else', () => {
    const fillRandom = createRandomPool();
    const seen = new Set<string>();
    for (let i = 0; i < 5000; i += 1) {
      const target = Buffer.alloc(20);
      fillRandom(target, 2, 18);
      assert.equal(target.readUInt16BE(0), 0);
      assert.equal(target.readUInt16BE(18), 0);
      seen.add(target.toString('hex', 2, 18));
    }
    assert.equal(seen.size, 5000);
    const large = Buffer.alloc(20_000);
    fillRandom(large, 0, large.length);
    assert.notDeepEqual(large.subarray(0, 10_000), large.subarray(10_000));
    assert.ok(large.some((byte) => byte !== 0));
  });
});
