import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pkcs11js from 'pkcs11js';
import { attempt, pkcs11Failure } from '../../src/pkcs11/errors.ts';
import { AES_KEY_WRAP } from '../../src/pkcs11/mechanisms.ts';
import {
  finaliseModule,
  findToken,
  initialiseModule,
  loadModule,
  login,
  openSession,
  readAttributes,
} from '../../src/pkcs11/module.ts';
import type { Handle } from '../../src/pkcs11/module.ts';
import { openPin, readHostSecret } from '../../src/seal/host-secret.ts';
import { findRootKey, rootKeySeal } from '../../src/seal/root-key.ts';
import type { TokenSession } from '../../src/seal/root-key.ts';
import { DEFAULT_TOKEN_LABEL, createSystemHsm, openSystemHsm } from '../../src/seal/system-hsm.ts';

const SOFTHSM = '/usr/lib/softhsm/libsofthsm2.so';

describe('the root key in the system HSM', () => {
  let root: string;
  let token: TokenSession;
  let rootKey: Handle;
  let wrappedBefore: Buffer;
  const domainKey = randomBytes(32);

  before(() => {
    root = mkdtempSync(join(tmpdir(), 'rk-'));
    const options = { folder: join(root, 'system-hsm'), hostSecretFile: join(root, 'host.secret') };
    const made = createSystemHsm(options);
    wrappedBefore = made.seal.wrap(domainKey, 1);
    made.close();
    const opened = openSystemHsm(options);
    assert.deepEqual(opened.seal.unwrap(wrappedBefore, 1), domainKey);
    opened.close();

    // From here on as an attacker who has the PIN.
    const sealed = readFileSync(join(root, 'system-hsm', 'pin.sealed'));
    const pin = openPin(readHostSecret(options.hostSecretFile), sealed).toString();
    const module = loadModule(SOFTHSM);
    initialiseModule(module);
    const found = findToken(module, DEFAULT_TOKEN_LABEL);
    assert.ok(found);
    token = { module, session: openSession(module, found.slot) };
    login(module, token.session, 'user', pin);
    rootKey = findRootKey(token, Buffer.from(opened.rootKeyId, 'hex'));
  });
  after(() => {
    finaliseModule(token.module);
    rmSync(root, { recursive: true, force: true });
  });

  /** The name of what the module answers to an attack. */
  function answerTo(attack: (calls: TokenSession['module']['calls'], session: Handle) => unknown): string {
    try {
      attempt(() => attack(token.module.calls, token.session));
      return 'CKR_OK';
    } catch (error) {
      return pkcs11Failure(error).message;
    }
  }

  it('cannot be read, exported, used on data, changed or copied, even with the PIN', () => {
    const iv = Buffer.alloc(16);
    const wrapping = token.module.calls.C_GenerateKey(
      token.session,
      { mechanism: pkcs11js.CKM_AES_KEY_GEN },
      [
        { type: pkcs11js.CKA_VALUE_LEN, value: 32 },
        { type: pkcs11js.CKA_WRAP, value: true },
        { type: pkcs11js.CKA_DECRYPT, value: true },
      ],
    );
    assert.deepEqual(
      {
        read: answerTo(() => readAttributes(token.module, token.session, rootKey, [pkcs11js.CKA_VALUE])),
        export: answerTo((p, s) => p.C_WrapKey(s, AES_KEY_WRAP, wrapping, rootKey, Buffer.alloc(64))),
        decrypt: answerTo((p, s) =>
          p.C_DecryptInit(s, { mechanism: pkcs11js.CKM_AES_CBC, parameter: iv }, rootKey),
        ),
        encrypt: answerTo((p, s) =>
          p.C_EncryptInit(s, { mechanism: pkcs11js.CKM_AES_CBC, parameter: iv }, rootKey),
        ),
        change: answerTo((p, s) =>
          p.C_SetAttributeValue(s, rootKey, [{ type: pkcs11js.CKA_DECRYPT, value: true }]),
        ),
        copy: answerTo((p, s) => p.C_CopyObject(s, rootKey, [{ type: pkcs11js.CKA_DECRYPT, value: true }])),
      },
      {
        read: 'CKR_ATTRIBUTE_SENSITIVE',
        export: 'CKR_KEY_UNEXTRACTABLE',
        decrypt: 'CKR_KEY_FUNCTION_NOT_PERMITTED',
        encrypt: 'CKR_KEY_FUNCTION_NOT_PERMITTED',
        change: 'CKR_ACTION_PROHIBITED',
        copy: 'CKR_ACTION_PROHIBITED',
      },
    );
  });

  it('opens what it wrapped before the token was closed, and nothing that was altered', () => {
    const seal = rootKeySeal(token, rootKey);
    assert.deepEqual(seal.unwrap(wrappedBefore, 1), domainKey);
    for (let i = 0; i < wrappedBefore.length; i += 1) {
      const bad = Buffer.from(wrappedBefore);
      bad[i] = (bad[i] as number) ^ 1;
      assert.throws(() => seal.unwrap(bad, 1), { code: 'WRAPPED_KEY_INVALID' });
    }
    assert.throws(() => seal.unwrap(wrappedBefore.subarray(8), 1), { code: 'WRAPPED_KEY_INVALID' });
    assert.throws(() => seal.unwrap(Buffer.alloc(0), 1), { code: 'WRAPPED_KEY_INVALID' });
  });

  it('leaves no domain key behind in the token', () => {
    const seal = rootKeySeal(token, rootKey);
    seal.unwrap(seal.wrap(domainKey, 2), 2);
    const { calls } = token.module;
    calls.C_FindObjectsInit(token.session, [{ type: pkcs11js.CKA_EXTRACTABLE, value: true }]);
    const extractable = calls.C_FindObjects(token.session, 10);
    calls.C_FindObjectsFinal(token.session);
    const values = extractable.map((handle) => {
      const answer = answerTo(() =>
        readAttributes(token.module, token.session, handle, [pkcs11js.CKA_VALUE]),
      );
      return answer;
    });
    assert.ok(!values.includes('CKR_OK'), 'a readable key is in the token');
  });
});
