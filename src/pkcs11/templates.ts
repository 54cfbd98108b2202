/**
 * What each kind of object looks like (docs: the object table of the security design). Data, read by the processes and by
 * the tests that attack the objects. MODIFIABLE=false must come last in templates for C_UnwrapKey: SoftHSM refuses the
 * attributes after it with CKR_ATTRIBUTE_READ_ONLY (measured, 2.6.1).
 */
import pkcs11js from 'pkcs11js';
import type { Attribute, Template } from 'pkcs11js';
import type { NativeAttribute } from '../native/addon.ts';

/** PKCS#11 2.40; pkcs11js 2.1.7 has no name for it. */
export const CKA_COPYABLE = 0x171;

/** `CK_ULONG` as bytes. */
export function ulong(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** A value of CKA_ALLOWED_MECHANISMS. */
function mechanisms(...types: readonly number[]): Buffer {
  return Buffer.concat(types.map(ulong));
}

function attributes(
  entries: Iterable<readonly [type: number, value: boolean | number | string | Buffer]>,
): Template {
  return Array.from(entries, ([type, value]) => ({ type, value }));
}

/** The same template for the native addon, which takes bytes. */
export function nativeTemplate(template: Template): NativeAttribute[] {
  return template.map(({ type, value }) => [type, valueBytes(value)] as const);
}

/** An attribute's value as the module has it. */
export function valueBytes(value: Attribute['value']): Buffer {
  if (typeof value === 'boolean') return Buffer.from([value ? 1 : 0]);
  if (typeof value === 'number') return ulong(value);
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  if (Buffer.isBuffer(value)) return value;
  throw new TypeError('an attribute has a value that PKCS#11 does not know');
}

/**
 * A KMS key, as it must be in the token: it wraps and unwraps message keys (AES key wrap, RFC 3394) and can do nothing
 * else; it leaves the HSM only under a public key that the security officer made trusted.
 */
const KMS_KEY: Template = attributes([
  [pkcs11js.CKA_PRIVATE, true],
  [pkcs11js.CKA_SENSITIVE, true],
  [pkcs11js.CKA_EXTRACTABLE, true],
  [pkcs11js.CKA_WRAP_WITH_TRUSTED, true],
  [pkcs11js.CKA_WRAP, true],
  [pkcs11js.CKA_UNWRAP, true],
  [pkcs11js.CKA_ENCRYPT, false],
  [pkcs11js.CKA_DECRYPT, false],
  [pkcs11js.CKA_SIGN, false],
  [pkcs11js.CKA_VERIFY, false],
  [pkcs11js.CKA_DERIVE, false],
  [pkcs11js.CKA_ALLOWED_MECHANISMS, mechanisms(pkcs11js.CKM_AES_KEY_WRAP)],
]);

const SECRET_AES = attributes([
  [pkcs11js.CKA_CLASS, pkcs11js.CKO_SECRET_KEY],
  [pkcs11js.CKA_KEY_TYPE, pkcs11js.CKK_AES],
]);

const AES_256_LENGTH = attributes([[pkcs11js.CKA_VALUE_LEN, 32]]);

/** For C_GenerateKey: the KMS key as the session object that `kmsKeyInToken` then copies into the token. */
export const KMS_KEY_GENERATED: Template = [
  ...AES_256_LENGTH,
  ...KMS_KEY,
  ...attributes([[pkcs11js.CKA_TOKEN, false]]),
];

/** For C_UnwrapKey of a clone: as KMS_KEY_GENERATED. */
export const KMS_KEY_UNWRAPPED: Template = [
  ...SECRET_AES,
  ...attributes([[pkcs11js.CKA_TOKEN, false]]),
  ...KMS_KEY,
];

/**
 * For C_CopyObject of a session object into the token. Creating a token object at once leaves half-written objects when
 * the process is killed; the copy is one write (24 kills, none half-written). COPYABLE stays true, because SoftHSM takes
 * COPYABLE=false in no copy (CKR_ATTRIBUTE_READ_ONLY); as the object is not modifiable, it refuses every copy of it that
 * differs in any attribute, and an identical one gives nothing.
 * @param id 16 bytes, CKA_ID
 * @param label for people only; look up by id
 */
export function kmsKeyInToken(id: Buffer, label: string): Template {
  return attributes([
    [pkcs11js.CKA_TOKEN, true],
    [pkcs11js.CKA_ID, id],
    [pkcs11js.CKA_LABEL, label],
    [pkcs11js.CKA_MODIFIABLE, false],
  ]);
}

/**
 * What a KMS key in a token must be, whoever made it; read back after creation and before its first use. Not its length:
 * SoftHSM gives an unwrapped key the VALUE_LEN 0.
 */
export const KMS_KEY_REQUIRED: Template = [
  ...SECRET_AES,
  ...KMS_KEY,
  ...attributes([
    [pkcs11js.CKA_TOKEN, true],
    [pkcs11js.CKA_MODIFIABLE, false],
  ]),
];

/** Finds KMS keys of a token; with an id, one of them. */
export function kmsKeySearch(id?: Buffer): Template {
  return [
    ...SECRET_AES,
    ...attributes([
      [pkcs11js.CKA_TOKEN, true],
      [pkcs11js.CKA_WRAP_WITH_TRUSTED, true],
      ...(id === undefined ? [] : [[pkcs11js.CKA_ID, id] as const]),
    ]),
  ];
}

/**
 * A message key: encrypts and decrypts (AES-GCM), lives in the session. Not PRIVATE: SoftHSM is three times faster so, and
 * nothing is lost inside a process that serves one module alone. Extractable until it was wrapped once.
 */
const MESSAGE_KEY = attributes([
  [pkcs11js.CKA_TOKEN, false],
  [pkcs11js.CKA_PRIVATE, false],
  [pkcs11js.CKA_SENSITIVE, true],
  [pkcs11js.CKA_ENCRYPT, true],
  [pkcs11js.CKA_DECRYPT, true],
  [pkcs11js.CKA_WRAP, false],
  [pkcs11js.CKA_UNWRAP, false],
  [pkcs11js.CKA_SIGN, false],
  [pkcs11js.CKA_VERIFY, false],
  [pkcs11js.CKA_DERIVE, false],
  [pkcs11js.CKA_ALLOWED_MECHANISMS, mechanisms(pkcs11js.CKM_AES_GCM)],
]);

export const MESSAGE_KEY_GENERATED: Template = [
  ...AES_256_LENGTH,
  ...MESSAGE_KEY,
  ...attributes([[pkcs11js.CKA_EXTRACTABLE, true]]),
];

/** Closes a message key after it was wrapped: it never leaves the module again. */
export const MESSAGE_KEY_CLOSED: Template = attributes([[pkcs11js.CKA_EXTRACTABLE, false]]);

export const MESSAGE_KEY_UNWRAPPED: Template = [
  ...SECRET_AES,
  ...MESSAGE_KEY,
  ...attributes([
    [pkcs11js.CKA_EXTRACTABLE, false],
    [pkcs11js.CKA_MODIFIABLE, false],
  ]),
];

/** The same for a message key that is derived: never extractable. */
export const MESSAGE_KEY_DERIVED: Template = [
  ...SECRET_AES,
  ...AES_256_LENGTH,
  ...MESSAGE_KEY,
  ...attributes([[pkcs11js.CKA_EXTRACTABLE, false]]),
];

/** What message keys are derived from, and nothing else: not PRIVATE, as they are not. */
const DERIVATION_KEY = attributes([
  [pkcs11js.CKA_TOKEN, false],
  [pkcs11js.CKA_PRIVATE, false],
  [pkcs11js.CKA_SENSITIVE, true],
  [pkcs11js.CKA_ENCRYPT, false],
  [pkcs11js.CKA_DECRYPT, false],
  [pkcs11js.CKA_WRAP, false],
  [pkcs11js.CKA_UNWRAP, false],
  [pkcs11js.CKA_SIGN, false],
  [pkcs11js.CKA_VERIFY, false],
  [pkcs11js.CKA_DERIVE, true],
  [pkcs11js.CKA_ALLOWED_MECHANISMS, mechanisms(pkcs11js.CKM_AES_CBC_ENCRYPT_DATA)],
]);

/** For C_GenerateKey: wrapped once and destroyed. */
export const DERIVATION_KEY_GENERATED: Template = [
  ...AES_256_LENGTH,
  ...DERIVATION_KEY,
  ...attributes([[pkcs11js.CKA_EXTRACTABLE, true]]),
];

export const DERIVATION_KEY_UNWRAPPED: Template = [
  ...SECRET_AES,
  ...DERIVATION_KEY,
  ...attributes([
    [pkcs11js.CKA_EXTRACTABLE, false],
    [pkcs11js.CKA_MODIFIABLE, false],
  ]),
];

/** A public, fixed AES key for check values: only ever wrapped. @param value 32 bytes */
export function testKey(value: Buffer): Template {
  return [
    ...SECRET_AES,
    ...attributes([
      [pkcs11js.CKA_TOKEN, false],
      [pkcs11js.CKA_PRIVATE, false],
      [pkcs11js.CKA_SENSITIVE, false],
      [pkcs11js.CKA_EXTRACTABLE, true],
      [pkcs11js.CKA_ENCRYPT, false],
      [pkcs11js.CKA_DECRYPT, false],
      [pkcs11js.CKA_VALUE, value],
    ]),
  ];
}

/** A known AES-256 key with ENCRYPT and DECRYPT, for known-answer tests of AES-GCM. @param value 32 bytes */
export function knownAnswerKey(value: Buffer): Template {
  return [
    ...SECRET_AES,
    ...attributes([
      [pkcs11js.CKA_TOKEN, false],
      [pkcs11js.CKA_PRIVATE, false],
      [pkcs11js.CKA_ENCRYPT, true],
      [pkcs11js.CKA_DECRYPT, true],
      [pkcs11js.CKA_VALUE, value],
    ]),
  ];
}

export const TRANSPORT_KEY_BITS = 3072;
export const TRANSPORT_KEY_LABEL = 'transport';
const PUBLIC_EXPONENT = Buffer.from([1, 0, 1]);

/** Public half of the HSM's own transport key pair. Not trusted here: only peers' halves are. */
export const TRANSPORT_PUBLIC: Template = attributes([
  [pkcs11js.CKA_TOKEN, true],
  [pkcs11js.CKA_PRIVATE, false],
  [pkcs11js.CKA_MODULUS_BITS, TRANSPORT_KEY_BITS],
  [pkcs11js.CKA_PUBLIC_EXPONENT, PUBLIC_EXPONENT],
  [pkcs11js.CKA_WRAP, true],
  [pkcs11js.CKA_ENCRYPT, false],
  [pkcs11js.CKA_VERIFY, false],
  [pkcs11js.CKA_LABEL, TRANSPORT_KEY_LABEL],
]);

const TRANSPORT_PRIVATE: Template = attributes([
  [pkcs11js.CKA_TOKEN, true],
  [pkcs11js.CKA_PRIVATE, true],
  [pkcs11js.CKA_SENSITIVE, true],
  [pkcs11js.CKA_EXTRACTABLE, false],
  [pkcs11js.CKA_UNWRAP, true],
  [pkcs11js.CKA_DECRYPT, false],
  [pkcs11js.CKA_SIGN, false],
  [pkcs11js.CKA_LABEL, TRANSPORT_KEY_LABEL],
  [pkcs11js.CKA_ALLOWED_MECHANISMS, mechanisms(pkcs11js.CKM_RSA_PKCS_OAEP)],
  [CKA_COPYABLE, false],
  [pkcs11js.CKA_MODIFIABLE, false],
]);

/** Whatever the transport key unwraps has these attributes, or it is not unwrapped (CKR_TEMPLATE_INCONSISTENT). */
const TRANSPORT_UNWRAP_TEMPLATE: Template = attributes([
  [pkcs11js.CKA_SENSITIVE, true],
  [pkcs11js.CKA_PRIVATE, true],
  [pkcs11js.CKA_EXTRACTABLE, true],
  [pkcs11js.CKA_WRAP_WITH_TRUSTED, true],
  [pkcs11js.CKA_WRAP, true],
  [pkcs11js.CKA_UNWRAP, true],
  [pkcs11js.CKA_ENCRYPT, false],
  [pkcs11js.CKA_DECRYPT, false],
]);

/** Private half, for the native C_GenerateKeyPair (pkcs11js cannot pass a template inside a template). */
export const TRANSPORT_PRIVATE_NATIVE: readonly NativeAttribute[] = [
  [pkcs11js.CKA_UNWRAP_TEMPLATE, nativeTemplate(TRANSPORT_UNWRAP_TEMPLATE)],
  ...nativeTemplate(TRANSPORT_PRIVATE),
];

export function transportSearch(objectClass: 'public' | 'private'): Template {
  return attributes([
    [pkcs11js.CKA_CLASS, objectClass === 'public' ? pkcs11js.CKO_PUBLIC_KEY : pkcs11js.CKO_PRIVATE_KEY],
    [pkcs11js.CKA_TOKEN, true],
    [pkcs11js.CKA_LABEL, TRANSPORT_KEY_LABEL],
  ]);
}

export interface RsaPublicKey {
  /** Big-endian. */
  modulus: Buffer;
  publicExponent: Buffer;
}

const PEER_LABEL_PREFIX = 'peer:';

/** A peer's transport public key. Only the security officer can make an object with TRUSTED=true (CKR_ATTRIBUTE_READ_ONLY). */
export function peerPublicKey(hsmId: string, key: RsaPublicKey): Template {
  return attributes([
    [pkcs11js.CKA_CLASS, pkcs11js.CKO_PUBLIC_KEY],
    [pkcs11js.CKA_KEY_TYPE, pkcs11js.CKK_RSA],
    [pkcs11js.CKA_TOKEN, true],
    [pkcs11js.CKA_PRIVATE, false],
    [pkcs11js.CKA_WRAP, true],
    [pkcs11js.CKA_TRUSTED, true],
    [pkcs11js.CKA_ENCRYPT, false],
    [pkcs11js.CKA_VERIFY, false],
    [pkcs11js.CKA_MODULUS, key.modulus],
    [pkcs11js.CKA_PUBLIC_EXPONENT, key.publicExponent],
    [pkcs11js.CKA_LABEL, PEER_LABEL_PREFIX + hsmId],
    [pkcs11js.CKA_MODIFIABLE, false],
  ]);
}

/** Trusted peers' keys; with an HSM id, those of one peer. */
export function peerSearch(hsmId?: string): Template {
  return attributes([
    [pkcs11js.CKA_CLASS, pkcs11js.CKO_PUBLIC_KEY],
    [pkcs11js.CKA_TOKEN, true],
    [pkcs11js.CKA_TRUSTED, true],
    ...(hsmId === undefined ? [] : [[pkcs11js.CKA_LABEL, PEER_LABEL_PREFIX + hsmId] as const]),
  ]);
}

/** The HSM id in a peer object's label. */
export function peerOfLabel(label: string): string | undefined {
  return label.startsWith(PEER_LABEL_PREFIX) ? label.slice(PEER_LABEL_PREFIX.length) : undefined;
}

const EPOCH_LABEL = 'epoch';

/** The epoch object (CKO_DATA): shows when a token was rolled back. */
export function epochObject(value: Buffer): Template {
  const content = attributes([
    [pkcs11js.CKA_PRIVATE, true],
    [pkcs11js.CKA_VALUE, value],
  ]);
  return [...EPOCH_SEARCH, ...content];
}

export const EPOCH_SEARCH: Template = attributes([
  [pkcs11js.CKA_CLASS, pkcs11js.CKO_DATA],
  [pkcs11js.CKA_TOKEN, true],
  [pkcs11js.CKA_LABEL, EPOCH_LABEL],
]);
