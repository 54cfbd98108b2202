/**
 * Ciphertexts that were made once and are opened by every later version, since what users keep must open for ever. Never
 * change ciphertexts.json: a new format gets new entries beside the old ones.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { sealedBytes } from '../../src/hsm/message-keys.ts';
import type { BuiltinKeyStore } from '../../src/keystores/builtin/builtin-key-store.ts';
import { ExternalKeyStore } from '../../src/keystores/external/external-key-store.ts';
import { ProxyClient } from '../../src/keystores/external/proxy-client.ts';
import type { KeyUseContext } from '../../src/keystores/key-store.ts';
import {
  externalAssociatedData,
  fromExternal,
  toExternal,
} from '../../src/services/claviger/external-ciphertext.ts';
import { formatExternalKeyId, parseExternalKeyId } from '../../src/xks/external-key-id.ts';
import { associatedData, encodeHeader, parseCiphertext } from '../../src/services/kms/ciphertext.ts';
import { requireSoftHsm } from '../hsm/fixture.ts';
import { startXksProxy } from '../xks/xks-proxy.ts';
import type { XksProxy } from '../xks/xks-proxy.ts';
import {
  openEncryptedKey,
  openExternal,
  openSuite1,
  openSuite2,
  openSuite3,
  readEnvelope,
} from './opener.ts';
import { builtinMaterial, builtinStore, hsmCipher } from './stores.ts';
import type { StoredDomainKey } from './stores.ts';

interface GoldenKey {
  suite: 1 | 2 | 3;
  arn: string;
  /** What encrypted material is bound to. */
  owner: string;
  materialId: string;
  encryptedKey: string | null;
  key: string;
  /** Suite 3: the key of the external key manager. */
  externalKey?: string;
}

interface Golden {
  domainKey: StoredDomainKey;
  keys: Record<string, GoldenKey>;
  ciphertexts: {
    name: string;
    key: string;
    encryptionContext: Record<string, string>;
    plaintext: string;
    ciphertext: string;
  }[];
  /** What external keys on top of the key `HSM cluster` encrypted. */
  external: {
    name: string;
    xksKeyId: string;
    additionalData: string;
    plaintext: string;
    metadata: string;
    nonce: string;
    ciphertext: string;
    tag: string;
  }[];
}

const golden = JSON.parse(readFileSync(new URL('ciphertexts.json', import.meta.url), 'utf8')) as Golden;
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const keyOf = (name: string): GoldenKey => golden.keys[name] as GoldenKey;
/** Without Claviger. */
const openFromPage = (
  { suite, key, externalKey = '' }: Pick<GoldenKey, 'suite' | 'key' | 'externalKey'>,
  ciphertext: Buffer,
  context: Record<string, string>,
): Buffer => {
  if (suite === 3) return openSuite3(hex(key), ciphertext, context, hex(externalKey));
  return (suite === 1 ? openSuite1 : openSuite2)(hex(key), ciphertext, context);
};

describe('golden ciphertexts', () => {
  let builtin: Awaited<ReturnType<typeof builtinStore>>;
  let hsm: ReturnType<typeof hsmCipher>;
  let proxy: XksProxy;
  let external: ExternalKeyStore;
  const hsmKey = keyOf('HSM cluster');

  before(async () => {
    requireSoftHsm();
    builtin = await builtinStore(golden.domainKey);
    hsm = hsmCipher(hsmKey.materialId, hex(hsmKey.key));
    const versions = [hex(keyOf('external').externalKey ?? '')];
    proxy = await startXksProxy({ keys: { golden: { versions } } });
    const client = new ProxyClient({ ...proxy.clientOptions, mayConnectTo: () => true, timeoutMs: 5_000 });
    external = new ExternalKeyStore({ proxy: () => client, inner: builtin.store });
  });
  after(async () => {
    hsm.close();
    await proxy.close();
    await builtin.close();
  });

  const useOf = (key: GoldenKey, arn: string, aad: Buffer): KeyUseContext => ({
    material: builtinMaterial(key.materialId, hex(key.encryptedKey ?? '')),
    keyArn: arn,
    requestId: randomBytes(16),
    aad,
    external: { externalKeyId: 'golden', principalArn: key.arn, operation: 'Decrypt' },
  });
  /** As Decrypt does it. */
  const open = async (
    key: GoldenKey,
    arn: string,
    blob: Buffer,
    context: Record<string, string>,
  ): Promise<Buffer> => {
    const parsed = parseCiphertext(blob);
    assert.ok(parsed);
    assert.equal(parsed.suite, key.suite);
    assert.equal(parsed.keyId, arn.split('/')[1]);
    assert.equal(parsed.materialPrefix, key.materialId.slice(0, 8));
    const aad = associatedData(parsed.header, context);
    if (key.suite === 2) return Buffer.from(hsm.cipher.open(hsm.record, aad, parsed.sealed));
    return (key.suite === 3 ? external : builtin.store).decrypt(useOf(key, arn, aad), parsed.sealed);
  };

  for (const { name, key: keyName, encryptionContext, plaintext, ciphertext } of golden.ciphertexts) {
    const key = keyOf(keyName);

    it(`are opened by this version: ${name}`, async () => {
      assert.equal((await open(key, key.arn, hex(ciphertext), encryptionContext)).toString('hex'), plaintext);
    });

    it(`are opened without Claviger, from docs/formats.md: ${name}`, () => {
      const opened = openFromPage(key, hex(ciphertext), encryptionContext);
      assert.equal(opened.toString('hex'), plaintext);
    });

    it(`do not open with another encryption context: ${name}`, async () => {
      const wrong = { ...encryptionContext, department: '10402' };
      await assert.rejects(open(key, key.arn, hex(ciphertext), wrong));
      assert.throws(() => openFromPage(key, hex(ciphertext), wrong));
    });
  }

  for (const entry of golden.external) {
    const [additionalData, plaintext, metadata, nonce, ciphertext, tag] = (
      ['additionalData', 'plaintext', 'metadata', 'nonce', 'ciphertext', 'tag'] as const
    ).map((member) => hex(entry[member])) as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];
    const openHere = (data: Buffer): Buffer => {
      const sealed = fromExternal({
        ...{ CiphertextMetadata: metadata, InitializationVector: nonce },
        ...{ Ciphertext: ciphertext, AuthenticationTag: tag },
      });
      const id = parseExternalKeyId(entry.xksKeyId);
      assert.ok(sealed !== undefined && id !== undefined);
      return hsm.derived.open(hsm.record, id.derivationKey, externalAssociatedData(data), sealed);
    };
    const openElsewhere = (data: Buffer): Buffer =>
      openExternal(hex(hsmKey.key), entry.xksKeyId, { metadata, nonce, ciphertext, tag }, data);

    it(`of an external key are opened by this version and without Claviger: ${entry.name}`, () => {
      for (const open of [openHere, openElsewhere]) {
        assert.deepEqual(Buffer.from(open(additionalData)), plaintext);
        assert.throws(() => open(Buffer.concat([additionalData, Buffer.from('!')])));
      }
    });
  }

  it('of a multi-Region key are opened under the ARN of every related key, and of none else', async () => {
    const key = keyOf('built-in multi-Region');
    const entries = golden.ciphertexts.filter((entry) => entry.key === 'built-in multi-Region');
    assert.equal(entries.length, 2);
    const fresh = async (arn: string): Promise<string[]> => {
      const store = await builtinStore(golden.domainKey); // one that has not loaded the key yet
      const openIn = (entry: Golden['ciphertexts'][number], keyStore: BuiltinKeyStore): Promise<Buffer> => {
        const parsed = parseCiphertext(hex(entry.ciphertext));
        assert.ok(parsed);
        const aad = associatedData(parsed.header, entry.encryptionContext);
        return keyStore.decrypt(useOf(key, arn, aad), parsed.sealed);
      };
      try {
        const opened = await Promise.all(entries.map((entry) => openIn(entry, store.store)));
        return opened.map((bytes) => bytes.toString('hex'));
      } finally {
        await store.close();
      }
    };
    const plaintexts = entries.map((entry) => entry.plaintext);
    assert.deepEqual(await fresh(key.arn.replace('us-east-1', 'eu-west-1')), plaintexts);
    await assert.rejects(fresh(key.arn.replace('111122223333', '444455556666')), /INVALID_ENCRYPTED_KEY/);
    await assert.rejects(fresh(key.arn.replace(/.$/, 'c')), /INVALID_ENCRYPTED_KEY/);
  });

  it('have keys that open without Claviger, from what rests in its database', () => {
    let opened = 0;
    for (const { encryptedKey, owner, materialId, key } of Object.values(golden.keys)) {
      if (encryptedKey === null) continue;
      const bytes = openEncryptedKey(hex(golden.domainKey.key), hex(encryptedKey), { owner, materialId });
      assert.equal(bytes.toString('hex'), key);
      opened += 1;
    }
    assert.equal(opened, 3);
  });

  it('stand in docs/formats.md as they are, and open', () => {
    const page = readFileSync(new URL('../../docs/formats.md', import.meta.url), 'utf8');
    const shown = [...page.matchAll(/```\nKMS key +([0-9a-f]+)\n((?:[a-z ]+ [0-9a-f]+\n)+)```/g)];
    assert.equal(shown.length, 3);
    for (const [, key = '', parts = ''] of shown) {
      const ciphertext = hex(parts.replaceAll(/^[a-z ]*  |\n/gm, ''));
      const suite = ciphertext[1] as 1 | 2;
      assert.equal(openFromPage({ suite, key }, ciphertext, {}).toString(), 'attack at dawn');
      assert.ok(golden.ciphertexts.some((entry) => entry.ciphertext === ciphertext.toString('hex')));
    }
  });

  it('are what is still made today: new ciphertexts open without Claviger too', async () => {
    const context = { ﬀ: 'one', '😀': 'two', a: '' };
    for (const key of Object.values(golden.keys)) {
      const plaintext = randomBytes(33);
      const header = encodeHeader({
        suite: key.suite,
        keyId: key.arn.split('/')[1] ?? '',
        materialPrefix: key.materialId.slice(0, 8),
      });
      const aad = associatedData(header, context);
      let storePart: Buffer = Buffer.alloc(sealedBytes(plaintext.length));
      if (key.suite === 2) hsm.cipher.seal(hsm.record, aad, plaintext, storePart, 0);
      else {
        const store = key.suite === 3 ? external : builtin.store;
        storePart = await store.encrypt(useOf(key, key.arn, aad), plaintext);
      }
      const blob = Buffer.concat([header, storePart]);
      assert.deepEqual(openFromPage(key, blob, context), plaintext);
      assert.equal(readEnvelope(blob).keyId, key.arn.split('/')[1]);
    }
    const derivationKey = hsm.derived.generate(hsm.record);
    const xksKeyId = formatExternalKeyId({ keyId: hsmKey.arn.split('/')[1] ?? '', derivationKey });
    const data = randomBytes(40);
    const made = toExternal(
      hsm.derived.seal(hsm.record, derivationKey, externalAssociatedData(data), Buffer.from('new')),
    );
    const { CiphertextMetadata: metadata, InitializationVector: nonce, Ciphertext: ciphertext } = made;
    const parts = { metadata, nonce, ciphertext, tag: made.AuthenticationTag };
    assert.deepEqual(openExternal(hex(hsmKey.key), xksKeyId, parts, data), Buffer.from('new'));
  });
});
