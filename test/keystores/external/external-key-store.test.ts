/** The external key store: both encryptions for real, with the crypto process's verbs and a real proxy. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { BuiltinKeyStore } from '../../../src/keystores/builtin/builtin-key-store.ts';
import { ExternalKeyStore } from '../../../src/keystores/external/external-key-store.ts';
import { ProxyClient } from '../../../src/keystores/external/proxy-client.ts';
import { ProxyFailed } from '../../../src/keystores/external/proxy-failures.ts';
import type { ProxyFailure } from '../../../src/keystores/external/proxy-failures.ts';
import { CiphertextRejected, KeyStoreUnavailable } from '../../../src/keystores/key-store.ts';
import type { KeyStore, KeyUseContext } from '../../../src/keystores/key-store.ts';
import { builtinMaterial, builtinStore } from '../../golden/stores.ts';
import { startXksProxy } from '../../xks/xks-proxy.ts';
import type { XksProxy } from '../../xks/xks-proxy.ts';

const KEY_ARN = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const PLAINTEXT = Buffer.from('attack at dawn');
const ID_BYTES = 16;
const idOf = (sealed: Buffer): Buffer => sealed.subarray(0, ID_BYTES);

describe('the external key store', () => {
  let proxy: XksProxy;
  let client: ProxyClient;
  let builtin: Awaited<ReturnType<typeof builtinStore>>;
  let store: ExternalKeyStore;
  let use: KeyUseContext;

  before(async () => {
    proxy = await startXksProxy({ keys: { 'key-1': {}, 'key-2': {} } });
    client = new ProxyClient({ ...proxy.clientOptions, mayConnectTo: () => true, timeoutMs: 5_000 });
    const key = randomBytes(32).toString('hex');
    builtin = await builtinStore({ version: 1, createdAt: '2026-11-24T00:00:00.000Z', key });
    store = new ExternalKeyStore({ proxy: () => client, inner: builtin.store });
    use = await useOf(builtin.store);
  });
  after(async () => {
    client.close();
    await builtin.close();
    await proxy.close();
  });
  beforeEach(() => {
    proxy.requests.length = 0;
  });
  afterEach(() => proxy.misbehave(undefined));

  const fails = (failure: ProxyFailure, run: () => Promise<unknown>): Promise<void> =>
    assert.rejects(run, (error) => error instanceof ProxyFailed && error.failure === failure);

  it('opens what it sealed, of any length', async () => {
    for (const length of [1, 2, 31, 32, 1000, 4095, 4096]) {
      const plaintext = randomBytes(length);
      const sealed = await store.encrypt(use, plaintext);
      assert.deepEqual(await store.decrypt(use, sealed), plaintext);
      assert.ok(sealed.length <= 6144 - 24, 'a CiphertextBlob has up to 6144 bytes');
    }
  });

  it('makes data keys that it opens again, with and without their plaintext', async () => {
    for (const bytes of [1, 32, 1024]) {
      const { plaintext, sealed } = await store.generateDataKey(use, bytes);
      assert.equal(plaintext.length, bytes);
      assert.deepEqual(await store.decrypt(use, sealed), plaintext);
      const silent = await store.generateDataKeyWithoutPlaintext(use, bytes);
      assert.equal((await store.decrypt(use, silent)).length, bytes);
    }
    assert.equal((await store.random(use.requestId, 24)).length, 24);
  });

  it('has a sealed form as docs/formats.md says it', async () => {
    const sealed = await store.encrypt(use, PLAINTEXT);
    const [version, metadataBytes, ivBytes] = sealed.subarray(ID_BYTES);
    assert.deepEqual([version, metadataBytes, ivBytes], [1, 1, 12]);
    const inner = PLAINTEXT.length + 76;
    assert.equal(sealed.length, ID_BYTES + 3 + 1 + 12 + 16 + inner);
    assert.equal(store.suite, 3);
  });

  it('tells the proxy of the call, and nothing of its content', async () => {
    const spoken = { ...use, external: { ...external('key-1'), viaService: 's3.us-east-1.amazonaws.com' } };
    const sealed = await store.encrypt(spoken, PLAINTEXT);
    await store.decrypt({ ...spoken, external: { ...spoken.external, operation: 'Decrypt' } }, sealed);
    assert.deepEqual(
      proxy.requests.map((one) => [one.operation, one.externalKeyId, one.requestMetadata]),
      ['Encrypt', 'Decrypt'].map((operation) => [
        operation,
        'key-1',
        {
          awsPrincipalArn: spoken.external.principalArn,
          kmsKeyArn: KEY_ARN,
          kmsOperation: operation,
          kmsRequestId: use.requestId
            .toString('hex')
            .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
          kmsViaService: 's3.us-east-1.amazonaws.com',
        },
      ]),
    );
    const wantedAad = createHash('sha256')
      .update(Buffer.concat([Buffer.from('claviger xks associated data v1\0'), use.aad, idOf(sealed)]))
      .digest('base64');
    for (const { body } of proxy.requests) {
      assert.equal(body.additionalAuthenticatedData, wantedAad);
      const told = Buffer.concat(
        Object.values(body).map((part) => Buffer.from(typeof part === 'string' ? part : '', 'base64')),
      );
      assert.ok(!told.includes(PLAINTEXT), 'the message is encrypted already');
      assert.ok(!told.includes('department'), 'the encryption context stays here');
    }
  });

  it('seals twice: neither the proxy nor the KMS key opens a message alone', async () => {
    const sealed = await store.encrypt(use, PLAINTEXT);
    await assert.rejects(builtin.store.decrypt(use, sealed), CiphertextRejected);
    const bound = { ...use, aad: Buffer.concat([use.aad, idOf(sealed)]) };
    const ciphertext = sealed.subarray(ID_BYTES + 3 + 1 + 12 + 16);
    await assert.rejects(builtin.store.decrypt(bound, ciphertext), CiphertextRejected);
    const opened = Buffer.from(String(proxy.requests[0]?.body.plaintext), 'base64');
    assert.deepEqual(await builtin.store.decrypt(bound, opened), PLAINTEXT);
  });

  it('opens nothing that was changed, in whichever byte', async () => {
    const sealed = await store.encrypt(use, PLAINTEXT);
    let rejected = 0;
    for (const at of sealed.keys()) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] as number) ^ 1;
      await assert.rejects(
        store.decrypt(use, changed),
        (error) => {
          if (error instanceof CiphertextRejected) rejected += 1;
          else
            assert.ok(error instanceof ProxyFailed && error.failure === 'invalid-ciphertext', String(error));
          return true;
        },
        `byte ${at}`,
      );
    }
    // version and length of the IV; another length of the metadata leaves parts that are whole and wrong
    assert.equal(rejected, 2);
    for (const length of [0, 1, 15, 16, 17, 18, 19, 31, 47, 48]) {
      proxy.requests.length = 0;
      await assert.rejects(store.decrypt(use, sealed.subarray(0, length)), CiphertextRejected);
      assert.equal(proxy.requests.length, 0, 'the proxy is not asked');
    }
    await fails('invalid-ciphertext', () => store.decrypt(use, sealed.subarray(0, sealed.length - 1)));
    await fails('invalid-ciphertext', () => store.decrypt(use, Buffer.concat([sealed, Buffer.alloc(1)])));
    assert.deepEqual(await store.decrypt(use, sealed), PLAINTEXT);
  });

  it('opens nothing with another encryption context, external key or KMS key', async () => {
    const sealed = await store.encrypt(use, PLAINTEXT);
    await fails('invalid-ciphertext', () => store.decrypt({ ...use, aad: Buffer.from('other') }, sealed));
    await fails('invalid-ciphertext', () => store.decrypt({ ...use, external: external('key-2') }, sealed));
    const other = await useOf(builtin.store);
    await fails('bad-inner-ciphertext', () => store.decrypt({ ...use, material: other.material }, sealed));
  });

  it('does not take from the proxy what it did not give to it', async () => {
    const sealed = await store.encrypt(use, PLAINTEXT);
    proxy.misbehave('other plaintext');
    await fails('bad-inner-ciphertext', () => store.decrypt(use, sealed));

    // the message of another context, which the proxy opens as if it were this one
    const aad = Buffer.from('another context');
    await store.encrypt({ ...use, aad }, PLAINTEXT);
    const inner = proxy.requests.at(-1)?.body.plaintext;
    proxy.misbehave({ operations: ['Decrypt'], alter: () => ({ plaintext: inner }) });
    await fails('bad-inner-ciphertext', () => store.decrypt(use, sealed));

    // another message of the same key and context
    await store.encrypt(use, Buffer.from('retreat at dawn'));
    const swapped = proxy.requests.at(-1)?.body.plaintext;
    proxy.misbehave({ operations: ['Decrypt'], alter: () => ({ plaintext: swapped }) });
    const longer = await store.encrypt(use, Buffer.from('advance at noon'));
    await fails('bad-inner-ciphertext', () => store.decrypt(use, longer));

    proxy.misbehave({ operations: ['Encrypt'], otherKey: 'key-2' });
    const elsewhere = await store.encrypt(use, PLAINTEXT);
    proxy.misbehave(undefined);
    await fails('invalid-ciphertext', () => store.decrypt(use, elsewhere));
    assert.deepEqual(await store.decrypt(use, sealed), PLAINTEXT);
  });

  it('gives no data key when the proxy did not encrypt it, and wipes its plaintext', async () => {
    let plaintext: Buffer | undefined;
    const watched: KeyStore = {
      suite: 1,
      encrypt: (...args) => builtin.store.encrypt(...args),
      decrypt: (...args) => builtin.store.decrypt(...args),
      random: (...args) => builtin.store.random(...args),
      generateDataKeyWithoutPlaintext: (...args) => builtin.store.generateDataKeyWithoutPlaintext(...args),
      async generateDataKey(...args) {
        const key = await builtin.store.generateDataKey(...args);
        plaintext = key.plaintext;
        assert.ok(plaintext.some((byte) => byte !== 0));
        return key;
      },
    };
    const watching = new ExternalKeyStore({ proxy: () => client, inner: watched });
    proxy.misbehave('wrong CDIV');
    await fails('invalid-response', () => watching.generateDataKey(use, 32));
    assert.deepEqual(plaintext, Buffer.alloc(32));
    await fails('invalid-response', () => watching.generateDataKeyWithoutPlaintext(use, 32));
    await fails('invalid-response', () => watching.encrypt(use, PLAINTEXT));
  });

  it('says when its own half is not there, and does not blame the proxy', async () => {
    const gone = new KeyStoreUnavailable('gone');
    const inner = new Proxy({} as KeyStore, { get: () => () => Promise.reject(gone) });
    const broken = new ExternalKeyStore({ proxy: () => client, inner });
    const sealed = await store.encrypt(use, PLAINTEXT);
    for (const run of [
      () => broken.encrypt(use, PLAINTEXT),
      () => broken.decrypt(use, sealed),
      () => broken.generateDataKey(use, 32),
      () => broken.generateDataKeyWithoutPlaintext(use, 32),
      () => broken.random(use.requestId, 32),
    ])
      await assert.rejects(run, (error) => error === gone);
  });

  it('asks the client that there is now', async () => {
    const second = await startXksProxy();
    const to = new ProxyClient({ ...second.clientOptions, mayConnectTo: () => true, timeoutMs: 5_000 });
    let now = client;
    const moved = new ExternalKeyStore({ proxy: () => now, inner: builtin.store });
    await moved.encrypt(use, PLAINTEXT);
    now = to;
    await moved.encrypt(use, PLAINTEXT);
    assert.deepEqual([proxy.requests.length, second.requests.length], [1, 1]);
    to.close();
    await second.close();
  });

  it('is not used without saying for which external key', async () => {
    const bare = { ...use, external: undefined };
    const sealed = await store.encrypt(use, PLAINTEXT);
    proxy.requests.length = 0;
    for (const run of [
      () => store.encrypt(bare, PLAINTEXT),
      () => store.decrypt(bare, sealed),
      () => store.generateDataKey(bare, 32),
      () => store.generateDataKeyWithoutPlaintext(bare, 32),
    ])
      await assert.rejects(
        run,
        (error) => !(error instanceof KeyStoreUnavailable) && /says nothing/.test(String(error)),
      );
    assert.equal(proxy.requests.length, 0);
  });
});

const external = (externalKeyId: string) => ({
  externalKeyId,
  principalArn: 'arn:aws:iam::111122223333:user/alice',
  operation: 'Encrypt',
  viaService: undefined,
});

/** A use of a new KMS key of its own material, for `key-1` of the proxy. */
async function useOf(builtin: BuiltinKeyStore): Promise<KeyUseContext> {
  const materialId = randomBytes(32).toString('hex');
  const { encryptedKey } = await builtin.createKey(materialId, KEY_ARN, 'AES_256');
  return {
    material: builtinMaterial(materialId, encryptedKey),
    keyArn: KEY_ARN,
    requestId: randomBytes(16),
    aad: Buffer.from('header of the ciphertext, department: 10401'),
    external: external('key-1'),
  };
}
