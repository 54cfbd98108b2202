/** Encryption under keys that are derived in the HSM: what it seals it opens, and nothing else. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { CryptoVerb, encodeKeyUse } from '../../src/rpc/crypto-messages.ts';
import { HsmVerb } from '../../src/rpc/hsm-messages.ts';
import type { HsmVitals, KeyReport } from '../../src/rpc/hsm-messages.ts';
import * as t from './fixture.ts';

const SALT_BYTES = 16;
const OVERHEAD = SALT_BYTES + 12 + 16;
const AAD = Buffer.from('associated data');
const NOTHING = Buffer.alloc(0);

describe('derived keys of an HSM', () => {
  let user: t.TestClient;
  let key: KeyReport;
  let derivationKey: Buffer;
  before(async () => {
    t.requireSoftHsm();
    user = await t.loginTo(await t.newActiveHsm());
    key = await t.generateKey(user);
    derivationKey = await generate();
  });
  after(t.cleanUp);

  const call = (verb: number, of: KeyReport, aad: Buffer, ...input: [Buffer, Buffer?]): Promise<Buffer> => {
    const [keyRef, check] = [Buffer.from(of.materialId, 'hex'), Buffer.from(of.check, 'hex')];
    const use = { keyRef, check, requestId: randomBytes(16), aad };
    return user.rpc.call(verb, encodeKeyUse(use, ...input), 5_000);
  };
  const generate = (of = key): Promise<Buffer> =>
    call(CryptoVerb.GenerateDerivationKey, of, NOTHING, NOTHING);
  const seal = (plaintext: Buffer, under = derivationKey, of = key, aad = AAD): Promise<Buffer> =>
    call(CryptoVerb.EncryptDerived, of, aad, under, plaintext);
  const open = (sealed: Buffer, under = derivationKey, of = key, aad = AAD): Promise<Buffer> =>
    call(CryptoVerb.DecryptDerived, of, aad, under, sealed);

  it('open plaintexts from 1 to 4300 bytes; none and 4301 are refused', async () => {
    for (const length of [1, 15, 16, 17, 4300]) {
      const plaintext = randomBytes(length);
      const sealed = await seal(plaintext);
      assert.equal(sealed.length, length + OVERHEAD);
      assert.deepEqual(await open(sealed), plaintext);
    }
    for (const length of [0, 4301]) assert.equal(await t.outcome(seal(Buffer.alloc(length))), 'BAD_REQUEST');
    assert.equal(
      await t.outcome(call(CryptoVerb.EncryptDerived, key, AAD, derivationKey.subarray(1))),
      'BAD_REQUEST',
    );
    assert.equal(
      await t.outcome(call(CryptoVerb.GenerateDerivationKey, key, AAD, randomBytes(1))),
      'BAD_REQUEST',
    );
  });

  it('answer INVALID_CIPHERTEXT for each byte flipped, and for what is cut or longer', async () => {
    const plaintext = randomBytes(33);
    const sealed = await seal(plaintext);
    const wrong: Buffer[] = Array.from(sealed, (_, at) => {
      const copy = Buffer.from(sealed);
      copy.writeUInt8(copy.readUInt8(at) ^ 0x80, at);
      return copy;
    });
    for (let length = 0; length < sealed.length; length++) wrong.push(sealed.subarray(0, length));
    wrong.push(Buffer.concat([sealed, Buffer.alloc(1)]));
    for (const bytes of wrong) assert.equal(await t.outcome(open(bytes)), 'INVALID_CIPHERTEXT');
    assert.deepEqual(await open(sealed), plaintext); // and the session is as it was
  });

  it('open nothing under other associated data, another derivation key or another KMS key', async () => {
    const sealed = await seal(Buffer.from('x'));
    assert.equal(await t.outcome(open(sealed, derivationKey, key, NOTHING)), 'INVALID_CIPHERTEXT');
    assert.equal(await t.outcome(open(sealed, await generate())), 'INVALID_CIPHERTEXT');
    const other = await t.generateKey(user);
    assert.equal(await t.outcome(open(sealed, derivationKey, other)), 'DERIVATION_KEY_INVALID');
    assert.equal(await t.outcome(open(sealed, await generate(other), other)), 'INVALID_CIPHERTEXT');
  });

  it('are derived from nothing that the KMS key has not wrapped', async () => {
    const sealed = await seal(Buffer.from('x'));
    for (let at = 0; at < derivationKey.length; at++) {
      const wrong = Buffer.from(derivationKey);
      wrong.writeUInt8(wrong.readUInt8(at) ^ 1, at);
      assert.equal(await t.outcome(seal(Buffer.from('x'), wrong)), 'DERIVATION_KEY_INVALID');
      assert.equal(await t.outcome(open(sealed, wrong)), 'DERIVATION_KEY_INVALID');
    }
    assert.deepEqual(await open(sealed), Buffer.from('x'));
  });

  it('are used only under the check value of their KMS key', async () => {
    const wrong = { ...key, check: '00'.repeat(16) };
    assert.equal(await t.outcome(seal(Buffer.from('x'), derivationKey, wrong)), 'KEY_CHECK_FAILED');
    assert.equal(await t.outcome(generate({ ...key, materialId: t.newMaterialId() })), 'KEY_NOT_FOUND');
  });

  it('never use a nonce twice, and have a new salt after the HSM forgot them', async () => {
    const all: Buffer[] = [];
    for (let round = 0; round < 3; round++) {
      all.push(...(await Promise.all(Array.from({ length: 300 }, () => seal(Buffer.from('same'))))));
      await user.json(HsmVerb.ForgetKey, { materialId: key.materialId });
    }
    assert.equal(new Set(all.map((sealed) => sealed.toString('hex', 0, SALT_BYTES))).size, 3);
    assert.equal(new Set(all.map((sealed) => sealed.toString('hex', 0, SALT_BYTES + 12))).size, all.length);
    for (const sealed of all) assert.deepEqual(await open(sealed), Buffer.from('same'));
  });

  it('are gone from the module when their KMS key is forgotten', async () => {
    await user.json(HsmVerb.ForgetKey, { materialId: key.materialId });
    const held = async (): Promise<number> => (await user.json<HsmVitals>(HsmVerb.Vitals)).messageKeys;
    const before = await held();
    const sealed = await Promise.all([seal(Buffer.from('x')), seal(Buffer.from('x'), await generate())]);
    await open(sealed[0]);
    assert.equal(await held(), before + 4); // two derivation keys, and a message key of each
    await user.json(HsmVerb.ForgetKey, { materialId: key.materialId });
    assert.equal(await held(), before);
  });

  it('open after a restart of the process, as the derivation key is with the caller', async () => {
    const dir = await t.newHsmFolder();
    const hsm = await t.bringUp(await t.startHsm(dir));
    await hsm.officer.json(HsmVerb.CreateUser, { name: 'kmsuser', password: t.USER_PASSWORD });
    const client = user;
    user = await t.loginTo(hsm);
    const lasting = await t.generateKey(user);
    const wrapped = await generate(lasting);
    const sealed = await seal(Buffer.from('kept'), wrapped, lasting);
    await hsm.kill('SIGKILL');
    user = await t.loginTo(await t.startHsm(dir));
    assert.deepEqual(await open(sealed, wrapped, lasting), Buffer.from('kept'));
    user = client;
  });
});
