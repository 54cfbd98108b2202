/** The mechanisms that Claviger uses, with the only parameters it allows for them. */
import pkcs11js from 'pkcs11js';
import type { Mechanism } from 'pkcs11js';

export const GCM_NONCE_BYTES = 12;
export const GCM_TAG_BYTES = 16;
/** RFC 3394: an AES-256 key wrapped is 8 bytes longer than itself. */
export const WRAPPED_AES256_BYTES = 40;

/**
 * AES-GCM. SoftHSM takes nonces of one byte and tags of 32 bits, therefore both are fixed here: 12 and 16 bytes
 * (NIST SP 800-38D section 5.2.1.1). The object holds `nonce` and `aad` themselves, no copies.
 */
export function aesGcm(nonce: Buffer, aad: Buffer): Mechanism {
  return {
    mechanism: pkcs11js.CKM_AES_GCM,
    parameter: {
      type: pkcs11js.CK_PARAMS_AES_GCM_v240,
      iv: nonce,
      ivBits: GCM_NONCE_BYTES * 8,
      aad,
      tagBits: GCM_TAG_BYTES * 8,
    } as Mechanism['parameter'],
  };
}

/** AES key wrap, RFC 3394. */
export const AES_KEY_WRAP: Mechanism = { mechanism: pkcs11js.CKM_AES_KEY_WRAP };

export const AES_KEY_GENERATION: Mechanism = { mechanism: pkcs11js.CKM_AES_KEY_GEN };

/** RSA-OAEP with SHA-1 and MGF1-SHA-1: SoftHSM has no other hash for it, and no label (measured, 2.6.1). */
export const RSA_OAEP: Mechanism = {
  mechanism: pkcs11js.CKM_RSA_PKCS_OAEP,
  parameter: {
    type: pkcs11js.CK_PARAMS_RSA_OAEP,
    hashAlg: pkcs11js.CKM_SHA_1,
    mgf: pkcs11js.CKG_MGF1_SHA1,
    source: 1, // CKZ_DATA_SPECIFIED, with no data
  } as Mechanism['parameter'],
};

/** Random bytes that make one derived key differ from the others. */
export const DERIVATION_SALT_BYTES = 16;
/** Second block of what is encrypted for a derived key; its first is the salt. */
const DERIVATION_CONSTANT = Buffer.from('claviger xks key', 'latin1');

/**
 * Derives an AES-256 key: the AES-CBC encryption, with an initialization vector of zeros, of salt and constant (PKCS#11 2.40,
 * "Key derivation by data encryption"; pkcs11js 2.1.7 has no parameter for the ECB form). Length and form are fixed: without the base
 * key nobody knows two salts whose derived keys have a block in common.
 * @param salt 16 bytes
 */
export function aesDerivation(salt: Buffer): Mechanism {
  return {
    mechanism: pkcs11js.CKM_AES_CBC_ENCRYPT_DATA,
    parameter: {
      type: pkcs11js.CK_PARAMS_AES_CBC,
      iv: Buffer.alloc(16),
      data: Buffer.concat([salt, DERIVATION_CONSTANT]),
    } as Mechanism['parameter'],
  };
}
