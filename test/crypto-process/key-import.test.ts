/** Import of key material as the crypto process does it: what it binds, and what it does not give away. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { CryptoProcessClient, ImportKeyRequest } from '../../src/crypto-process/client.ts';
import { CryptoProcessVerb } from '../../src/crypto-process/messages.ts';
import { CryptoVerb } from '../../src/rpc/crypto-messages.ts';
import { wrap } from '../stories/wrapping.ts';
import { createPlace, startProcess, useOf } from './process.ts';
import type { KeyStorePlace, RunningProcess } from './process.ts';

const aad = Buffer.from('key, algorithm, time');
const prefix = Buffer.from('material of this key: ');

describe('key import in the crypto process', () => {
  let place: KeyStorePlace;
  let running: RunningProcess;
  let client: CryptoProcessClient;
  let wrapping: { publicKey: Buffer; sealed: Buffer };

  before(async () => {
    place = await createPlace();
    running = await startProcess(place);
    client = await running.connect();
    wrapping = await client.makeWrappingKey(2048, aad);
  });
  after(async () => {
    client.close();
    await running.end();
    place.remove();
  });

  const request = (material: Buffer, more: Partial<ImportKeyRequest> = {}): ImportKeyRequest => ({
    sealed: wrapping.sealed,
    aad,
    algorithm: 'RSAES_OAEP_SHA_256',
    wrapped: wrap(wrapping.publicKey, 'RSAES_OAEP_SHA_256', material),
    type: 'AES_256',
    keyId: 'key-1',
    ektAadPrefix: prefix,
    ...more,
  });

  it('gives an encrypted key that is bound to the material id', async () => {
    const { ekt, check, materialId } = await client.importKey(request(randomBytes(32)));
    const keyRef = randomBytes(16);
    const bound = Buffer.concat([prefix, Buffer.from(materialId.toString('hex'))]);
    assert.deepEqual(await client.loadKey(keyRef, { ekt, aad: bound }), check);
    const use = useOf(keyRef, check);
    assert.equal((await client.decrypt(use, await client.encrypt(use, Buffer.from('x')))).toString(), 'x');
    await assert.rejects(client.loadKey(keyRef, { ekt, aad: prefix }), { code: 'INVALID_ENCRYPTED_KEY' });
  });

  it('gives the same material of the same key the same id, also under a newer domain key', async () => {
    const material = randomBytes(32);
    const first = await client.importKey(request(material));
    await client.rotateDomainKey();
    const again = await client.importKey(request(material));
    assert.deepEqual(again.materialId, first.materialId);
    assert.notDeepEqual(again.check, first.check);
    const elsewhere = await client.importKey(request(material, { keyId: 'key-2' }));
    assert.notDeepEqual(elsewhere.materialId, first.materialId);
    const changed = Buffer.from(material);
    changed[31] = (changed[31] ?? 0) ^ 1;
    assert.notDeepEqual((await client.importKey(request(changed))).materialId, first.materialId);
  });

  it('opens the wrapping key for the parameters that it was made with, and for nobody by Unseal', async () => {
    const material = randomBytes(32);
    const invalid = { code: 'INVALID_IMPORT_TOKEN' };
    await assert.rejects(client.importKey(request(material, { aad: Buffer.from('other') })), invalid);
    for (const at of [0, 1, 4, 5, 30, wrapping.sealed.length - 1]) {
      const sealed = Buffer.from(wrapping.sealed);
      sealed[at] = (sealed[at] ?? 0) ^ 1;
      await assert.rejects(client.importKey(request(material, { sealed })), invalid);
    }
    for (const purpose of ['', 'import', 'claviger/import/1']) {
      await assert.rejects(client.unseal(purpose, aad, wrapping.sealed), { code: 'INVALID_SEALED_BYTES' });
    }
    await assert.rejects(client.importKey(request(randomBytes(31))), { code: 'INVALID_KEY_MATERIAL' });
    const sha1 = { wrapped: wrap(wrapping.publicKey, 'RSAES_OAEP_SHA_1', material) };
    await assert.rejects(client.importKey(request(material, sha1)), { code: 'INVALID_CIPHERTEXT' });
  });

  it('makes no wrapping key of a size that no specification has', async () => {
    for (const bits of [512, 1024, 2049, 16_384]) {
      await assert.rejects(client.makeWrappingKey(bits, aad), { code: 'INVALID_REQUEST' });
    }
  });

  it('shares no verb number with another verb', () => {
    const numbers: number[] = [...Object.values(CryptoVerb), ...Object.values(CryptoProcessVerb)];
    assert.equal(new Set(numbers).size, numbers.length);
  });
});

describe('a crypto process whose recovery kit was not proven', () => {
  it('imports nothing', async () => {
    const place = await createPlace();
    const running = await startProcess(place, { args: ['--require-recovery-proof'] });
    const client = await running.connect();
    try {
      const { sealed, publicKey } = await client.makeWrappingKey(2048, aad);
      const wrapped = wrap(publicKey, 'RSAES_OAEP_SHA_1', randomBytes(32));
      const input = { sealed, aad, wrapped, type: 'AES_256', keyId: 'k', ektAadPrefix: prefix } as const;
      await assert.rejects(client.importKey({ ...input, algorithm: 'RSAES_OAEP_SHA_1' }), {
        code: 'RECOVERY_NOT_PROVEN',
      });
    } finally {
      client.close();
      await running.end();
      place.remove();
    }
  });
});
