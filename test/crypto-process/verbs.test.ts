import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { CryptoProcessClient, EncryptedKey, GeneratedKey } from '../../src/crypto-process/client.ts';
import { CryptoProcessVerb } from '../../src/crypto-process/messages.ts';
import { RpcClient } from '../../src/rpc/client.ts';
import { CryptoVerb, encodeKeyUse } from '../../src/rpc/crypto-messages.ts';
import { createPlace, startProcess, useOf } from './process.ts';
import type { KeyStorePlace, RunningProcess } from './process.ts';

describe('the crypto process', () => {
  let place: KeyStorePlace;
  let running: RunningProcess;
  let client: CryptoProcessClient;
  const CACHE = 200;

  before(async () => {
    place = await createPlace();
    running = await startProcess(place, { args: ['--keys', String(CACHE)] });
    client = await running.connect();
  });
  after(async () => {
    client.close();
    await running.end();
    place.remove();
  });

  /** A key that is loaded. */
  async function loadedKey(): Promise<GeneratedKey & { keyRef: Buffer; aad: Buffer }> {
    const aad = Buffer.from('arn and spec');
    const keyRef = randomBytes(16);
    const key = await client.generateKey({ type: 'AES_256', aad });
    assert.deepEqual(await client.loadKey(keyRef, { ekt: key.ekt, aad }), key.check);
    return { ...key, keyRef, aad };
  }

  it('decrypts what it encrypted', async () => {
    const { keyRef, check } = await loadedKey();
    const use = useOf(keyRef, check);
    for (const plaintext of [Buffer.from('x'), randomBytes(4096)]) {
      const storePart = await client.encrypt(use, plaintext);
      assert.equal(storePart.length, plaintext.length + 76);
      assert.deepEqual(await client.decrypt(use, storePart), plaintext);
    }
  });

  it('answers data keys of 1 to 1024 bytes with ciphertexts that open as them', async () => {
    const { keyRef, check } = await loadedKey();
    const use = useOf(keyRef, check);
    for (const bytes of [1, 16, 32, 1024]) {
      const { plaintext, ciphertext } = await client.generateDataKey(use, bytes);
      assert.equal(plaintext.length, bytes);
      assert.deepEqual(await client.decrypt(use, ciphertext), plaintext);
      const alone = await client.generateDataKeyWithoutPlaintext(use, bytes);
      assert.equal((await client.decrypt(use, alone)).length, bytes);
    }
    for (const bytes of [0, 1025]) {
      await assert.rejects(client.generateDataKey(use, bytes), { code: 'INVALID_REQUEST' });
      await assert.rejects(client.generateDataKeyWithoutPlaintext(use, bytes), { code: 'INVALID_REQUEST' });
      await assert.rejects(client.random(use.requestId, bytes), { code: 'INVALID_REQUEST' });
    }
    assert.equal((await client.random(use.requestId, 1024)).length, 1024);
  });

  it('refuses a ciphertext with any byte changed, other associated data or another key, always with one error', async () => {
    const { keyRef, check } = await loadedKey();
    const other = await loadedKey();
    const use = useOf(keyRef, check);
    const storePart = Buffer.from(await client.encrypt(use, Buffer.from('attack at dawn')));
    const attempts = Array.from(storePart, (byte, i) => {
      const bad = Buffer.from(storePart);
      bad[i] = byte ^ 0x10;
      return client.decrypt(use, bad);
    });
    attempts.push(
      client.decrypt(use, storePart.subarray(0, 60)),
      client.decrypt(use, Buffer.alloc(0)),
      client.decrypt({ ...use, aad: Buffer.from('other') }, storePart),
      client.decrypt(useOf(other.keyRef, other.check), storePart),
    );
    const errors = await Promise.all(attempts.map((attempt) => attempt.then(() => 'opened', String)));
    assert.deepEqual(new Set(errors), new Set(['RpcError: the ciphertext is not valid']));
    assert.equal(errors.length, storePart.length + 4);
  });

  it('never gives the same ciphertext twice', async () => {
    const { keyRef, check } = await loadedKey();
    const use = useOf(keyRef, check);
    const parts = await Promise.all(
      Array.from({ length: 500 }, () => client.encrypt(use, Buffer.from('same'))),
    );
    assert.equal(new Set(parts.map((part) => part.toString('hex', 0, 28))).size, 500);
  });

  it('refuses to use a key that is not loaded, was forgotten, or came from another EKT', async () => {
    const { keyRef, check, aad } = await loadedKey();
    await assert.rejects(client.encrypt(useOf(randomBytes(16), check), Buffer.from('x')), {
      code: 'KEY_NOT_FOUND',
    });
    const other = await client.generateKey({ type: 'AES_256', aad });
    await client.loadKey(keyRef, { ekt: other.ekt, aad });
    await assert.rejects(client.encrypt(useOf(keyRef, check), Buffer.from('x')), {
      code: 'KEY_CHECK_FAILED',
    });
    await client.encrypt(useOf(keyRef, other.check), Buffer.from('x'));
    await client.forgetKey(keyRef);
    await assert.rejects(client.encrypt(useOf(keyRef, other.check), Buffer.from('x')), {
      code: 'KEY_NOT_FOUND',
    });
  });

  it('loads no key whose EKT or associated data was changed', async () => {
    const { ekt, aad } = await loadedKey();
    const keyRef = randomBytes(16);
    await assert.rejects(client.loadKey(keyRef, { ekt, aad: Buffer.from('another arn') }), {
      code: 'INVALID_ENCRYPTED_KEY',
    });
    for (let i = 0; i < ekt.length; i += 1) {
      const bad = Buffer.from(ekt);
      bad[i] = (bad[i] as number) ^ 1;
      await assert.rejects(client.loadKey(keyRef, { ekt: bad, aad }), /not valid|is not here/);
    }
  });

  it('has its client load the key and repeat the call, once for all calls that wait', async () => {
    const aad = Buffer.from('arn');
    const stored = new Map<string, EncryptedKey>();
    let lookups = 0;
    const loading = await running.connect({
      findKey: (keyRef) => {
        lookups += 1;
        return stored.get(keyRef.toString('hex'));
      },
    });
    const keyRef = randomBytes(16);
    const { ekt, check } = await loading.generateKey({ type: 'AES_256', aad });
    stored.set(keyRef.toString('hex'), { ekt, aad });
    const use = useOf(keyRef, check);
    const parts = await Promise.all(Array.from({ length: 50 }, () => loading.encrypt(use, Buffer.from('x'))));
    assert.equal(lookups, 1);
    for (const part of parts) assert.deepEqual(await loading.decrypt(use, part), Buffer.from('x'));
    await assert.rejects(loading.encrypt(useOf(randomBytes(16), check), Buffer.from('x')), {
      code: 'KEY_NOT_FOUND',
    });
    loading.close();
  });

  it('keeps a bounded number of keys, and goes on working with more than that', async () => {
    const aad = Buffer.from('arn');
    const keys = new Map<string, EncryptedKey & { check: Buffer }>();
    const loading = await running.connect({ findKey: (keyRef) => keys.get(keyRef.toString('hex')) });
    for (let i = 0; i < CACHE + 100; i += 1) {
      keys.set(randomBytes(16).toString('hex'), {
        aad,
        ...(await loading.generateKey({ type: 'AES_256', aad })),
      });
    }
    for (const [hex, { check }] of keys) {
      const use = useOf(Buffer.from(hex, 'hex'), check);
      assert.deepEqual(
        await loading.decrypt(use, await loading.encrypt(use, Buffer.from(hex))),
        Buffer.from(hex),
      );
    }
    const { loadedKeys } = await loading.describe();
    assert.ok(loadedKeys <= CACHE && loadedKeys > CACHE / 2, `${loadedKeys} keys`);
    loading.close();
  });

  it('opens sealed secrets for their purpose and associated data only', async () => {
    const aad = Buffer.from('AKIA');
    const sealed = Buffer.from(await client.seal('access-key', aad, Buffer.from('secret')));
    assert.deepEqual(await client.unseal('access-key', aad, sealed), Buffer.from('secret'));
    for (const attempt of [
      client.unseal('kmsuser', aad, sealed),
      client.unseal('access-key', Buffer.from('AKIB'), sealed),
      client.unseal('access-key', aad, sealed.subarray(0, 30)),
    ]) {
      await assert.rejects(attempt, { code: 'INVALID_SEALED_BYTES' });
    }
  });

  it('opens what was sealed before a domain key was rotated, and keeps its row keys', async () => {
    const { keyRef, check, ekt, aad } = await loadedKey();
    const storePart = Buffer.from(await client.encrypt(useOf(keyRef, check), Buffer.from('old')));
    const sealed = Buffer.from(await client.seal('p', aad, Buffer.from('old')));
    const rowKey = await client.deriveRowKey('rows');
    assert.equal(rowKey.length, 32);
    assert.notDeepEqual(await client.deriveRowKey('other rows'), rowKey);

    const version = await client.rotateDomainKey();
    assert.equal((await client.describe()).domainKeyVersion, version);
    const newer = await client.generateKey({ type: 'AES_256', aad });
    assert.equal(newer.ekt.readUInt32BE(2), version);
    assert.equal(ekt.readUInt32BE(2), version - 1);
    assert.deepEqual(await client.loadKey(keyRef, { ekt, aad }), check);
    assert.deepEqual(await client.decrypt(useOf(keyRef, check), storePart), Buffer.from('old'));
    assert.deepEqual(await client.unseal('p', aad, sealed), Buffer.from('old'));
    assert.deepEqual(await client.deriveRowKey('rows'), rowKey);
  });

  it('answers every verb with a short or empty payload by an error, and lives on', async () => {
    const socket = connect(running.socket);
    const rpc = new RpcClient(socket);
    const verbs = [...Object.values(CryptoVerb), ...Object.values(CryptoProcessVerb)];
    const harmless: number[] = [
      CryptoProcessVerb.Describe,
      CryptoProcessVerb.RotateDomainKey,
      CryptoProcessVerb.ForgetKey,
      CryptoProcessVerb.DeriveRowKey,
    ];
    for (const verb of verbs.filter((candidate) => !harmless.includes(candidate))) {
      for (const payload of [Buffer.alloc(0), Buffer.alloc(20, 0xff)]) {
        await assert.rejects(
          rpc.call(verb, payload, 1000),
          (error: { code: string }) => error.code !== 'INTERNAL',
        );
      }
    }
    await assert.rejects(rpc.call(199, Buffer.alloc(0), 1000), { code: 'UNKNOWN_VERB' });
    rpc.close();
    assert.ok((await client.describe()).pid > 0);
  });

  it('has no verb that gives out the key', async () => {
    const { keyRef, check, ekt, aad } = await loadedKey();
    const rpc = new RpcClient(connect(running.socket));
    // An EKT dressed up as a sealed secret (version, domain key version, box) does not open as one.
    const dressedUp = Buffer.concat([ekt.subarray(0, 1), ekt.subarray(2, 6), ekt.subarray(8)]);
    await assert.rejects(client.unseal('', aad, dressedUp), { code: 'INVALID_SEALED_BYTES' });
    const known: number[] = [...Object.values(CryptoVerb), ...Object.values(CryptoProcessVerb)];
    const unknown = Array.from({ length: 256 }, (_, verb) => verb).filter((verb) => !known.includes(verb));
    const payload = encodeKeyUse(useOf(keyRef, check), Buffer.alloc(2, 1));
    const codes = await Promise.all(
      unknown.map((verb) =>
        rpc.call(verb, payload, 2000).then(
          () => 'answered',
          (e: { code: string }) => e.code,
        ),
      ),
    );
    assert.deepEqual(new Set(codes), new Set(['UNKNOWN_VERB']));
    rpc.close();
  });
});
