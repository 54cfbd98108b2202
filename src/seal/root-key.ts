/**
 * The root key in a PKCS#11 token: what its object looks like, and wrapping under it. The only thing it can do is to wrap and
 * unwrap (AES key wrap, RFC 3394: 40 bytes, with an integrity check of 64 bits); it can neither leave the token nor be
 * changed. Whoever holds the PIN can unwrap domain keys, as this process does; nobody can take the root key along.
 */
import pkcs11js from 'pkcs11js';
import { attempt, pkcs11Failure } from '../pkcs11/errors.ts';
import { AES_KEY_GENERATION, AES_KEY_WRAP, WRAPPED_AES256_BYTES } from '../pkcs11/mechanisms.ts';
import { findObjects, readAttributes } from '../pkcs11/module.ts';
import type { Handle, Pkcs11Module, Template } from '../pkcs11/module.ts';
import { CKA_COPYABLE, ulong } from '../pkcs11/templates.ts';
import { DOMAIN_KEY_BYTES, SealError } from './seal.ts';
import type { OpeningSeal } from './seal.ts';

/** For people who look into the token. The key is found by its id. */
const ROOT_KEY_LABEL = 'claviger root key';

/** @param id 16 bytes, CKA_ID */
function rootKeyTemplate(id: Buffer): Template {
  return [
    { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_SECRET_KEY },
    { type: pkcs11js.CKA_KEY_TYPE, value: pkcs11js.CKK_AES },
    { type: pkcs11js.CKA_VALUE_LEN, value: 32 },
    { type: pkcs11js.CKA_TOKEN, value: true },
    { type: pkcs11js.CKA_PRIVATE, value: true },
    { type: pkcs11js.CKA_ID, value: id },
    { type: pkcs11js.CKA_LABEL, value: ROOT_KEY_LABEL },
    { type: pkcs11js.CKA_SENSITIVE, value: true },
    { type: pkcs11js.CKA_EXTRACTABLE, value: false },
    { type: pkcs11js.CKA_WRAP, value: true },
    { type: pkcs11js.CKA_UNWRAP, value: true },
    { type: pkcs11js.CKA_ENCRYPT, value: false },
    { type: pkcs11js.CKA_DECRYPT, value: false },
    { type: pkcs11js.CKA_SIGN, value: false },
    { type: pkcs11js.CKA_VERIFY, value: false },
    { type: pkcs11js.CKA_DERIVE, value: false },
    { type: pkcs11js.CKA_ALLOWED_MECHANISMS, value: ulong(pkcs11js.CKM_AES_KEY_WRAP) },
    { type: CKA_COPYABLE, value: false },
    { type: pkcs11js.CKA_MODIFIABLE, value: false },
  ];
}

/** Domain keys pass through the token as session objects that live for one call. */
const PASSING_KEY: Template = [
  { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_SECRET_KEY },
  { type: pkcs11js.CKA_KEY_TYPE, value: pkcs11js.CKK_AES },
  { type: pkcs11js.CKA_TOKEN, value: false },
  { type: pkcs11js.CKA_SENSITIVE, value: false },
  { type: pkcs11js.CKA_EXTRACTABLE, value: true },
  { type: pkcs11js.CKA_ENCRYPT, value: false },
  { type: pkcs11js.CKA_DECRYPT, value: false },
];

/** Where a root key lives: a session that is logged in. */
export interface TokenSession {
  module: Pkcs11Module;
  session: Handle;
}

/** @throws Pkcs11Failure */
export function generateRootKey({ module, session }: TokenSession, id: Buffer): void {
  attempt(() => module.calls.C_GenerateKey(session, AES_KEY_GENERATION, rootKeyTemplate(id)));
}

/** @throws SealError ROOT_KEY_MISSING */
export function findRootKey({ module, session }: TokenSession, id: Buffer): Handle {
  const found = findObjects(module, session, [
    { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_SECRET_KEY },
    { type: pkcs11js.CKA_TOKEN, value: true },
    { type: pkcs11js.CKA_ID, value: id },
  ]);
  const [rootKey] = found;
  if (rootKey === undefined || found.length > 1) {
    throw new SealError(
      'ROOT_KEY_MISSING',
      `the system HSM holds ${found.length} root keys with the recorded id instead of one: ` +
        'recover the key store with two shares of the recovery kit',
    );
  }
  return rootKey;
}

/** The seal of a root key. AES key wrap has no associated data: the caller checks that it got the version it wanted. */
export function rootKeySeal({ module, session }: TokenSession, rootKey: Handle): OpeningSeal {
  return {
    wrap(domainKey) {
      return attempt(() => {
        const value = { type: pkcs11js.CKA_VALUE, value: domainKey };
        const object = module.calls.C_CreateObject(session, [...PASSING_KEY, value]);
        try {
          const wrapped = Buffer.alloc(WRAPPED_AES256_BYTES);
          return module.calls.C_WrapKey(session, AES_KEY_WRAP, rootKey, object, wrapped);
        } finally {
          module.calls.C_DestroyObject(session, object);
        }
      });
    },

    unwrap(wrapped, version) {
      let object: Handle;
      try {
        object = module.calls.C_UnwrapKey(session, AES_KEY_WRAP, rootKey, wrapped, PASSING_KEY);
      } catch (error) {
        const reason = pkcs11Failure(error).message;
        throw new SealError(
          'WRAPPED_KEY_INVALID',
          `the root key does not open domain key ${version} (${reason})`,
        );
      }
      try {
        const [value] = readAttributes(module, session, object, [pkcs11js.CKA_VALUE]);
        const domainKey = Buffer.allocUnsafeSlow(DOMAIN_KEY_BYTES);
        value?.copy(domainKey);
        const complete = value?.length === DOMAIN_KEY_BYTES;
        value?.fill(0);
        if (complete) return domainKey;
        throw new SealError(
          'WRAPPED_KEY_INVALID',
          `domain key ${version} does not have ${DOMAIN_KEY_BYTES} bytes`,
        );
      } finally {
        attempt(() => module.calls.C_DestroyObject(session, object));
      }
    },
  };
}
