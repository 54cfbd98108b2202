/**
 * A thief of the user's PIN and of the token's files runs PKCS#11 himself, against a token that an HSM process made. Every
 * call that would take a key out, change what it may do, or make him trusted fails with its code.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pkcs11js from 'pkcs11js';
import { attempt, Pkcs11Failure } from '../../src/pkcs11/errors.ts';
import {
  AES_KEY_GENERATION,
  AES_KEY_WRAP,
  RSA_OAEP,
  aesDerivation,
  aesGcm,
} from '../../src/pkcs11/mechanisms.ts';
import * as driver from '../../src/pkcs11/module.ts';
import * as templates from '../../src/pkcs11/templates.ts';
import { HsmVerb } from '../../src/rpc/hsm-messages.ts';
import * as t from '../hsm/fixture.ts';

describe('a token under attack by who has its PIN', () => {
  let module: driver.Pkcs11Module;
  let session: driver.Handle;
  let key: driver.Handle;
  let secondKey: driver.Handle;
  let peer: driver.Handle;
  let transport: driver.Handle;
  let cloneForUs: Buffer;
  const cwd = process.cwd();

  const ckr = (call: () => unknown): string => {
    try {
      attempt(call);
      return 'CKR_OK';
    } catch (error) {
      if (error instanceof Pkcs11Failure) return error.ckr;
      throw error;
    }
  };
  const one = (template: driver.Template): driver.Handle => {
    const [found, ...more] = driver.findObjects(module, session, template);
    assert.ok(found !== undefined && more.length === 0);
    return found;
  };
  const ownKey = (...attributes: driver.Template): driver.Handle =>
    module.calls.C_GenerateKey(session, AES_KEY_GENERATION, [
      { type: pkcs11js.CKA_VALUE_LEN, value: 32 },
      { type: pkcs11js.CKA_TOKEN, value: false },
      ...attributes,
    ]);
  const kwp = { mechanism: 0x210a };

  before(async () => {
    t.requireSoftHsm();
    const [a, b] = await Promise.all([
      t.newActiveHsm({ hsmId: 'hsm-a' }),
      t.newActiveHsm({ hsmId: 'hsm-b' }),
    ]);
    await t.enrolEachOther(a, b);
    const [userA, userB] = [await t.loginTo(a), await t.loginTo(b)];
    const [first, ofB] = [await t.generateKey(userA), await t.generateKey(userB)];
    const second = await t.generateKey(userA);
    const request = { materialId: ofB.materialId, peerHsmId: 'hsm-a' };
    const { wrappedKey } = await userB.json<{ wrappedKey: string }>(HsmVerb.ExportKey, request);
    cloneForUs = Buffer.from(wrappedKey, 'base64');
    await Promise.all([a.kill(), b.kill()]);

    const stolen = join(await t.temporaryFolder(), 'stolen');
    await cp(a.dir, stolen, { recursive: true });
    for (const token of await readdir(join(stolen, 'tokens')))
      await chmod(join(stolen, 'tokens', token, 'token.object'), 0o600);
    process.chdir(stolen);
    process.env['SOFTHSM2_CONF'] = './softhsm2.conf';
    module = driver.loadModule(t.SOFTHSM);
    driver.initialiseModule(module);
    const token = driver.findToken(module, 'kmsuser');
    assert.ok(token);
    session = driver.openSession(module, token.slot);
    driver.login(module, session, 'user', t.USER_PASSWORD);
    key = one(templates.kmsKeySearch(Buffer.from(first.materialId, 'hex')));
    secondKey = one(templates.kmsKeySearch(Buffer.from(second.materialId, 'hex')));
    peer = one(templates.peerSearch('hsm-b'));
    transport = one(templates.transportSearch('private'));
  });
  after(async () => {
    driver.finaliseModule(module);
    process.chdir(cwd);
    await t.cleanUp();
  });

  it('reads no key value', () => {
    assert.equal(
      ckr(() => driver.readAttributes(module, session, key, [pkcs11js.CKA_VALUE])),
      'CKR_ATTRIBUTE_SENSITIVE',
    );
  });

  it('wraps no KMS key under a key of his own', () => {
    const own = ownKey({ type: pkcs11js.CKA_WRAP, value: true }, { type: pkcs11js.CKA_DECRYPT, value: true });
    for (const mechanism of [kwp, AES_KEY_WRAP]) {
      const wrap = (): unknown => module.calls.C_WrapKey(session, mechanism, own, key, Buffer.alloc(600));
      assert.equal(ckr(wrap), 'CKR_KEY_NOT_WRAPPABLE');
    }
  });

  it('wraps no KMS key under another KMS key', () => {
    const wrap = (): unknown =>
      module.calls.C_WrapKey(session, AES_KEY_WRAP, key, secondKey, Buffer.alloc(600));
    assert.equal(ckr(wrap), 'CKR_KEY_NOT_WRAPPABLE');
  });

  it('wraps nothing with a KMS key but by AES key wrap', () => {
    const own = ownKey({ type: pkcs11js.CKA_EXTRACTABLE, value: true });
    assert.equal(
      ckr(() => module.calls.C_WrapKey(session, kwp, key, own, Buffer.alloc(600))),
      'CKR_MECHANISM_INVALID',
    );
  });

  it('neither encrypts nor decrypts with a KMS key', () => {
    const ecb = { mechanism: pkcs11js.CKM_AES_ECB };
    assert.equal(
      ckr(() => module.calls.C_EncryptInit(session, ecb, key)),
      'CKR_KEY_FUNCTION_NOT_PERMITTED',
    );
    assert.equal(
      ckr(() => module.calls.C_DecryptInit(session, ecb, key)),
      'CKR_KEY_FUNCTION_NOT_PERMITTED',
    );
  });

  it('derives nothing from a KMS key, and does nothing else with a derivation key', () => {
    const derive = (base: driver.Handle): driver.Handle =>
      module.calls.C_DeriveKey(session, aesDerivation(randomBytes(16)), base, templates.MESSAGE_KEY_DERIVED);
    assert.equal(
      ckr(() => derive(key)),
      'CKR_KEY_FUNCTION_NOT_PERMITTED',
    );
    const made = module.calls.C_GenerateKey(session, AES_KEY_GENERATION, templates.DERIVATION_KEY_GENERATED);
    const wrapped = module.calls.C_WrapKey(session, AES_KEY_WRAP, key, made, Buffer.alloc(40));
    const base = module.calls.C_UnwrapKey(
      session,
      AES_KEY_WRAP,
      key,
      wrapped,
      templates.DERIVATION_KEY_UNWRAPPED,
    );
    const gcm = aesGcm(randomBytes(12), Buffer.alloc(0));
    const calls: [string, () => unknown, string][] = [
      ['encrypts', () => module.calls.C_EncryptInit(session, gcm, base), 'CKR_KEY_FUNCTION_NOT_PERMITTED'],
      ['decrypts', () => module.calls.C_DecryptInit(session, gcm, base), 'CKR_KEY_FUNCTION_NOT_PERMITTED'],
      [
        'wraps',
        () => module.calls.C_WrapKey(session, AES_KEY_WRAP, base, made, Buffer.alloc(40)),
        'CKR_KEY_FUNCTION_NOT_PERMITTED',
      ],
      [
        'is wrapped again',
        () => module.calls.C_WrapKey(session, AES_KEY_WRAP, key, base, Buffer.alloc(40)),
        'CKR_KEY_UNEXTRACTABLE',
      ],
      [
        'derives in another way',
        () =>
          module.calls.C_DeriveKey(
            session,
            { mechanism: pkcs11js.CKM_AES_ECB_ENCRYPT_DATA, parameter: randomBytes(32) },
            base,
            templates.MESSAGE_KEY_DERIVED,
          ),
        'CKR_MECHANISM_INVALID',
      ],
    ];
    for (const [what, call, code] of calls) assert.equal(ckr(call), code, what);
    for (const handle of [base, derive(base)])
      assert.equal(
        ckr(() => driver.readAttributes(module, session, handle, [pkcs11js.CKA_VALUE])),
        'CKR_ATTRIBUTE_SENSITIVE',
      );
  });

  it('changes no attribute of a KMS key', () => {
    const changes: [number, boolean][] = [
      [pkcs11js.CKA_WRAP_WITH_TRUSTED, false],
      [pkcs11js.CKA_SENSITIVE, false],
      [pkcs11js.CKA_DECRYPT, true],
      [pkcs11js.CKA_ENCRYPT, true],
      [pkcs11js.CKA_DERIVE, true],
      [pkcs11js.CKA_TRUSTED, true],
      [pkcs11js.CKA_MODIFIABLE, true],
    ];
    for (const [type, value] of changes) {
      assert.equal(
        ckr(() => module.calls.C_SetAttributeValue(session, key, [{ type, value }])),
        'CKR_ACTION_PROHIBITED',
      );
    }
  });

  it('makes no copy of a KMS key that differs from it', () => {
    const differences: [number, boolean][] = [
      [pkcs11js.CKA_TOKEN, false],
      [pkcs11js.CKA_MODIFIABLE, true],
      [pkcs11js.CKA_DECRYPT, true],
      [pkcs11js.CKA_WRAP_WITH_TRUSTED, false],
    ];
    for (const [type, value] of differences) {
      assert.equal(
        ckr(() => module.calls.C_CopyObject(session, key, [{ type, value }])),
        'CKR_ATTRIBUTE_READ_ONLY',
      );
    }
    const copy = module.calls.C_CopyObject(session, key, []); // SoftHSM lets him have an identical one
    assert.equal(
      ckr(() =>
        module.calls.C_SetAttributeValue(session, copy, [{ type: pkcs11js.CKA_DECRYPT, value: true }]),
      ),
      'CKR_ACTION_PROHIBITED',
    );
    module.calls.C_DestroyObject(session, copy);
  });

  it('makes no trusted object', () => {
    const modulus = randomBytes(384);
    modulus[0] = 0xc1;
    const forged = templates.peerPublicKey('hsm-thief', { modulus, publicExponent: Buffer.from([1, 0, 1]) });
    assert.equal(
      ckr(() => module.calls.C_CreateObject(session, forged)),
      'CKR_ATTRIBUTE_READ_ONLY',
    );
    assert.equal(
      ckr(() => ownKey({ type: pkcs11js.CKA_TRUSTED, value: true })),
      'CKR_ATTRIBUTE_READ_ONLY',
    );
  });

  it('unwraps a clone only as a key that is as locked up as the original', () => {
    const unwrap = (template: driver.Template): driver.Handle =>
      module.calls.C_UnwrapKey(session, RSA_OAEP, transport, cloneForUs, template);
    const changed = (type: number, value: boolean): driver.Template =>
      templates.KMS_KEY_UNWRAPPED.map((attribute) => (attribute.type === type ? { type, value } : attribute));
    const drifts: [number, boolean][] = [
      [pkcs11js.CKA_SENSITIVE, false],
      [pkcs11js.CKA_WRAP_WITH_TRUSTED, false],
      [pkcs11js.CKA_ENCRYPT, true],
      [pkcs11js.CKA_DECRYPT, true],
      [pkcs11js.CKA_PRIVATE, false],
    ];
    for (const [type, value] of drifts) {
      assert.equal(
        ckr(() => unwrap(changed(type, value))),
        'CKR_TEMPLATE_INCONSISTENT',
        `0x${type.toString(16)}`,
      );
    }
    assert.equal(
      ckr(() => unwrap(templates.KMS_KEY_UNWRAPPED)),
      'CKR_OK',
    ); // the blob itself was right
  });

  it('neither decrypts with the transport key nor reads or wraps it', () => {
    assert.equal(
      ckr(() => module.calls.C_DecryptInit(session, RSA_OAEP, transport)),
      'CKR_KEY_FUNCTION_NOT_PERMITTED',
    );
    assert.equal(
      ckr(() => driver.readAttributes(module, session, transport, [pkcs11js.CKA_PRIVATE_EXPONENT])),
      'CKR_ATTRIBUTE_SENSITIVE',
    );
    const own = ownKey({ type: pkcs11js.CKA_WRAP, value: true });
    assert.equal(
      ckr(() => module.calls.C_WrapKey(session, kwp, own, transport, Buffer.alloc(4096))),
      'CKR_KEY_UNEXTRACTABLE',
    );
  });

  it('gets a key out only wrapped for a peer that the officer enrolled', () => {
    assert.equal(
      ckr(() => module.calls.C_WrapKey(session, RSA_OAEP, peer, key, Buffer.alloc(600))),
      'CKR_OK',
    );
    const unenrolled = one(templates.transportSearch('public'));
    assert.equal(
      ckr(() => module.calls.C_WrapKey(session, RSA_OAEP, unenrolled, key, Buffer.alloc(600))),
      'CKR_KEY_NOT_WRAPPABLE',
    );
  });
});
