import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DomainKeys } from '../../src/crypto-process/domain-keys.ts';
import { checkValue, openKey, sealKey } from '../../src/crypto-process/encrypted-key.ts';
import { createKeyCache } from '../../src/crypto-process/key-cache.ts';
import { OVERHEAD_BYTES, decryptMessage, encryptMessage } from '../../src/crypto-process/message-cipher.ts';
import type { FillRandom } from '../../src/crypto-process/randomness.ts';
import { deriveRowKey, openSecret, sealSecret } from '../../src/crypto-process/secrets.ts';
import { RpcError } from '../../src/rpc/frames.ts';
import vectors from './vectors.json' with { type: 'json' };

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** Hands out the given bytes, in order. */
function fixedRandom(bytes: Buffer): FillRandom {
  let at = 0;
  return (target, start, end) => {
    at += bytes.copy(target, start, at, at + end - start);
  };
}

/** One domain key, of the given number. */
function oneDomainKey(version: number, key: Buffer): DomainKeys {
  const domainKey = { version, createdAt: '2026-01-01T00:00:00.000Z', key };
  return {
    newest: () => domainKey,
    first: () => domainKey,
    byVersion(wanted: number) {
      if (wanted !== version) throw new RpcError('DOMAIN_KEY_UNKNOWN', 'unknown');
      return domainKey;
    },
  } as DomainKeys;
}

/** Every message that is one byte away, one byte shorter, or one byte longer. */
function* damaged(good: Buffer): Generator<Buffer> {
  for (let i = 0; i < good.length; i += 1) {
    const bad = Buffer.from(good);
    bad[i] = (bad[i] as number) ^ (1 << (i % 8));
    yield bad;
  }
  yield good.subarray(0, good.length - 1);
  yield Buffer.concat([good, Buffer.alloc(1)]);
  yield Buffer.alloc(0);
}

const hasCode = (code: string) => ({ name: 'RpcError', code });

describe("the store's part of a ciphertext", () => {
  const { key, random, aad, plaintext, storePart } = vectors.message;

  it('has the frozen form', () => {
    const target = Buffer.alloc(hex(plaintext).length + OVERHEAD_BYTES);
    encryptMessage(target, 0, hex(key), hex(aad), hex(plaintext), fixedRandom(hex(random)));
    assert.equal(target.toString('hex'), storePart);
    assert.deepEqual(decryptMessage(hex(key), hex(aad), hex(storePart)), hex(plaintext));
  });

  it('does not open with a byte changed, whichever it is, and never says which', () => {
    let refused = 0;
    const messages = new Set<string>();
    for (const bad of damaged(hex(storePart))) {
      try {
        decryptMessage(hex(key), hex(aad), bad);
      } catch (error) {
        assert.equal((error as RpcError).code, 'INVALID_CIPHERTEXT');
        messages.add((error as RpcError).message);
        refused += 1;
      }
    }
    assert.equal(refused, hex(storePart).length + 3);
    assert.equal(messages.size, 1);
  });

  it('does not open with other associated data or another key', () => {
    for (const bad of damaged(hex(aad))) {
      assert.throws(() => decryptMessage(hex(key), bad, hex(storePart)), hasCode('INVALID_CIPHERTEXT'));
    }
    assert.throws(
      () => decryptMessage(Buffer.alloc(32), hex(aad), hex(storePart)),
      hasCode('INVALID_CIPHERTEXT'),
    );
  });
});

describe('the encrypted key (EKT)', () => {
  const vector = vectors.encryptedKey;
  const domainKeys = oneDomainKey(vector.domainKeyVersion, hex(vector.domainKey));

  it('has the frozen form', () => {
    const key = { typeCode: vector.type, bytes: hex(vector.key) };
    const ekt = sealKey(domainKeys, key, hex(vector.aad), fixedRandom(hex(vector.random)));
    assert.equal(ekt.toString('hex'), vector.ekt);
    assert.deepEqual(openKey(domainKeys, ekt, hex(vector.aad)), key);
  });

  it('carries keys of other types and lengths', () => {
    const key = { typeCode: 9, bytes: Buffer.alloc(4900, 7) };
    const ekt = sealKey(domainKeys, key, Buffer.alloc(0), fixedRandom(hex(vector.random)));
    assert.deepEqual(openKey(domainKeys, ekt, Buffer.alloc(0)), key);
  });

  it('does not open with a byte or its associated data changed', () => {
    for (const bad of damaged(hex(vector.ekt))) {
      assert.throws(
        () => openKey(domainKeys, bad, hex(vector.aad)),
        (error: RpcError) => ['INVALID_ENCRYPTED_KEY', 'DOMAIN_KEY_UNKNOWN'].includes(error.code),
      );
    }
    assert.throws(() => openKey(domainKeys, hex(vector.ekt), Buffer.from('arM')), {
      code: 'INVALID_ENCRYPTED_KEY',
    });
  });

  it('is named by its check value', () => {
    const ekt = hex(vector.ekt);
    const checks = new Set([checkValue(ekt).toString('hex')]);
    for (const bad of damaged(ekt)) checks.add(checkValue(bad).toString('hex'));
    assert.equal(checks.size, ekt.length + 4);
    assert.equal(checkValue(ekt).length, 16);
  });
});

describe('sealed secrets and row keys', () => {
  const vector = vectors.secret;
  const domainKeys = oneDomainKey(vector.domainKeyVersion, hex(vector.domainKey));
  const purpose = Buffer.from(vector.purpose);

  it('have the frozen form', () => {
    const sealed = sealSecret(
      domainKeys,
      purpose,
      hex(vector.aad),
      hex(vector.secret),
      fixedRandom(hex(vector.random)),
    );
    assert.equal(sealed.toString('hex'), vector.sealed);
    assert.deepEqual(openSecret(domainKeys, purpose, hex(vector.aad), sealed), hex(vector.secret));
    assert.equal(
      deriveRowKey(oneDomainKey(1, hex(vectors.rowKey.firstDomainKey)), Buffer.from('rows')).toString('hex'),
      vectors.rowKey.key,
    );
  });

  it('do not open for another purpose, with other associated data, or with a byte changed', () => {
    const sealed = hex(vector.sealed);
    const refused = { code: 'INVALID_SEALED_BYTES' };
    assert.throws(() => openSecret(domainKeys, Buffer.from('access-kez'), hex(vector.aad), sealed), refused);
    assert.throws(() => openSecret(domainKeys, purpose, Buffer.from('AKIB'), sealed), refused);
    for (const bad of damaged(sealed)) {
      assert.throws(
        () => openSecret(domainKeys, purpose, hex(vector.aad), bad),
        (error: RpcError) => ['INVALID_SEALED_BYTES', 'DOMAIN_KEY_UNKNOWN'].includes(error.code),
      );
    }
  });
});

describe('the cache of loaded keys', () => {
  const ref = (n: number): Buffer => Buffer.from([n]);
  const key = (n: number) => ({ check: Buffer.alloc(16), typeCode: 1, bytes: Buffer.alloc(32, n) });

  it('lets go of the key that was used longest ago, and wipes it', () => {
    const cache = createKeyCache(3);
    const first = key(1);
    const second = key(2);
    cache.set(ref(1), first);
    cache.set(ref(2), second);
    cache.set(ref(3), key(3));
    assert.equal(cache.get(ref(1)), first);
    cache.set(ref(4), key(4));
    assert.equal(cache.size, 3);
    assert.equal(cache.get(ref(2)), undefined);
    assert.deepEqual(second.bytes, Buffer.alloc(32));
    assert.equal(cache.get(ref(1)), first);
    assert.deepEqual(first.bytes, Buffer.alloc(32, 1));
  });

  it('wipes what is forgotten, replaced or cleared', () => {
    const cache = createKeyCache(10);
    const keys = [key(1), key(2), key(3)] as const;
    cache.set(ref(1), keys[0]);
    cache.set(ref(1), keys[1]);
    cache.set(ref(2), keys[2]);
    cache.forget(ref(1));
    assert.equal(cache.get(ref(1)), undefined);
    cache.clear();
    for (const { bytes } of keys) assert.deepEqual(bytes, Buffer.alloc(32));
    assert.equal(cache.size, 0);
  });
});
