/** Encryption in the HSM: what it seals it opens, and nothing else. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { CryptoVerb, encodeRandom } from '../../src/rpc/crypto-messages.ts';
import { HsmVerb } from '../../src/rpc/hsm-messages.ts';
import type { KeyReport } from '../../src/rpc/hsm-messages.ts';
import * as t from './fixture.ts';

describe('ciphertexts of an HSM', () => {
  let user: t.TestClient;
  let key: KeyReport;
  before(async () => {
    t.requireSoftHsm();
    user = await t.loginTo(await t.newActiveHsm());
    key = await t.generateKey(user);
  });
  after(t.cleanUp);

  it('opens plaintexts from 1 to 4096 bytes and refuses none and 4097', async () => {
    for (const length of [1, 15, 16, 17, 4096]) {
      const plaintext = randomBytes(length);
      const sealed = await t.encrypt(user, key, plaintext);
      assert.equal(sealed.length, 40 + 12 + length + 16);
      assert.deepEqual(await t.decrypt(user, key, sealed), plaintext);
    }
    for (const length of [0, 4097])
      assert.equal(await t.outcome(t.encrypt(user, key, Buffer.alloc(length))), 'BAD_REQUEST');
    assert.equal(await t.outcome(t.generateDataKey(user, key, 1025)), 'BAD_REQUEST');
    await t.encrypt(user, key, Buffer.from('still works'));
  });

  it('answers INVALID_CIPHERTEXT for each byte flipped, and for what is cut or longer', async () => {
    const plaintext = randomBytes(33);
    const sealed = await t.encrypt(user, key, plaintext);
    const wrong: Buffer[] = Array.from(sealed, (_, at) => {
      const copy = Buffer.from(sealed);
      copy.writeUInt8(copy.readUInt8(at) ^ 0x80, at);
      return copy;
    });
    for (let length = 0; length < sealed.length; length++) wrong.push(sealed.subarray(0, length));
    wrong.push(Buffer.concat([sealed, Buffer.alloc(1)]));
    for (const bytes of wrong)
      assert.equal(await t.outcome(t.decrypt(user, key, bytes)), 'INVALID_CIPHERTEXT');
    assert.deepEqual(await t.decrypt(user, key, sealed), plaintext); // and the session is as it was
  });

  it('opens nothing under other associated data or another key', async () => {
    const sealed = await t.encrypt(user, key, Buffer.from('x'), Buffer.from('a'));
    const other = await t.generateKey(user);
    assert.equal(await t.outcome(t.decrypt(user, key, sealed, Buffer.from('b'))), 'INVALID_CIPHERTEXT');
    assert.equal(await t.outcome(t.decrypt(user, key, sealed, Buffer.alloc(0))), 'INVALID_CIPHERTEXT');
    assert.equal(await t.outcome(t.decrypt(user, other, sealed, Buffer.from('a'))), 'INVALID_CIPHERTEXT');
  });

  it('uses a key only under its own check value', async () => {
    const wrong = { ...key, check: '00'.repeat(16) };
    assert.equal(await t.outcome(t.encrypt(user, wrong, Buffer.from('x'))), 'KEY_CHECK_FAILED');
    const unknown = { ...key, materialId: t.newMaterialId() };
    assert.equal(await t.outcome(t.encrypt(user, unknown, Buffer.from('x'))), 'KEY_NOT_FOUND');
  });

  it('never uses a nonce twice under a message key', async () => {
    const seen = new Set<string>();
    for (let round = 0; round < 3; round++) {
      const all = await Promise.all(
        Array.from({ length: 500 }, () => t.encrypt(user, key, Buffer.from('same'))),
      );
      for (const sealed of all) seen.add(sealed.subarray(0, 52).toString('hex'));
      await user.json(HsmVerb.ForgetKey, { materialId: key.materialId });
    }
    assert.equal(seen.size, 1500);
    assert.equal(new Set(Array.from(seen, (text) => text.slice(0, 80))).size, 3); // a message key per life of the cache
  });

  it('gives random bytes that do not repeat', async () => {
    const random = (): Promise<Buffer> =>
      user.rpc.call(CryptoVerb.Random, encodeRandom(randomBytes(16), 1024), 5000);
    const all = await Promise.all(Array.from({ length: 40 }, random));
    const blocks = new Set(
      all.flatMap((bytes) =>
        Array.from({ length: 64 }, (_, at) => bytes.toString('hex', 16 * at, 16 * at + 16)),
      ),
    );
    assert.equal(blocks.size, 40 * 64);
  });

  it('takes in no clone that was tampered with', async () => {
    const wrappedKey = randomBytes(384).toString('base64');
    const request = { materialId: t.newMaterialId(), label: 'x', wrappedKey };
    assert.equal(await t.outcome(user.json(HsmVerb.ImportKey, request)), 'IMPORT_FAILED');
    const short = { ...request, wrappedKey: randomBytes(383).toString('base64') };
    assert.equal(await t.outcome(user.json(HsmVerb.ImportKey, short)), 'IMPORT_FAILED');
    assert.equal(
      (await user.json<KeyReport[]>(HsmVerb.ListKeys)).some(
        ({ materialId }) => materialId === request.materialId,
      ),
      false,
    );
  });
});
