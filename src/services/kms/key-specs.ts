/** Key specs as data: which usages and algorithms each has. AWS: "Key spec reference". One row per spec. */
import type { KeyType } from '../../keystores/builtin/builtin-key-store.ts';

export type KeyUsage =
  'ENCRYPT_DECRYPT' | 'SIGN_VERIFY' | 'GENERATE_VERIFY_MAC' | 'KEY_AGREEMENT' | 'ENCAPSULATE_DECAPSULATE';

interface KeySpecRow {
  kind: 'symmetric' | 'asymmetric' | 'hmac';
  usages: readonly KeyUsage[];
  /** How the crypto process names the kind of key. */
  keyType: KeyType;
  /** Algorithms by usage, in the order in which AWS lists them. */
  encryption?: readonly string[];
  signing?: readonly string[];
  mac?: readonly string[];
  agreement?: readonly string[];
  encapsulation?: readonly string[];
  /** RSA: bytes of the modulus. */
  modulusBytes?: number;
}

const SIGN: readonly KeyUsage[] = ['SIGN_VERIFY'];
const MAC: readonly KeyUsage[] = ['GENERATE_VERIFY_MAC'];
const KEM: readonly KeyUsage[] = ['ENCAPSULATE_DECAPSULATE'];
const SIGN_OR_AGREE: readonly KeyUsage[] = ['SIGN_VERIFY', 'KEY_AGREEMENT'];

const RSA = {
  kind: 'asymmetric',
  usages: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'],
  encryption: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
  signing: [
    'RSASSA_PKCS1_V1_5_SHA_256',
    'RSASSA_PKCS1_V1_5_SHA_384',
    'RSASSA_PKCS1_V1_5_SHA_512',
    'RSASSA_PSS_SHA_256',
    'RSASSA_PSS_SHA_384',
    'RSASSA_PSS_SHA_512',
  ],
} as const;

const asymmetric = (
  keyType: KeyType,
  usages: readonly KeyUsage[],
  algorithms: Partial<KeySpecRow>,
): KeySpecRow => ({ kind: 'asymmetric', keyType, usages, ...algorithms });

const hmac = (keyType: KeyType, algorithm: string): KeySpecRow => ({
  kind: 'hmac',
  keyType,
  usages: MAC,
  mac: [algorithm],
});

const ECDH = ['ECDH'];
const ML_DSA = ['ML_DSA_SHAKE_256'];
const ML_KEM = ['ML_KEM'];

const ROWS: Record<string, KeySpecRow> = {
  SYMMETRIC_DEFAULT: {
    kind: 'symmetric',
    usages: ['ENCRYPT_DECRYPT'],
    keyType: 'AES_256',
    encryption: ['SYMMETRIC_DEFAULT'],
  },
  RSA_2048: { ...RSA, keyType: 'RSA_2048', modulusBytes: 256 },
  RSA_3072: { ...RSA, keyType: 'RSA_3072', modulusBytes: 384 },
  RSA_4096: { ...RSA, keyType: 'RSA_4096', modulusBytes: 512 },
  ECC_NIST_P256: asymmetric('ECC_NIST_P256', SIGN_OR_AGREE, {
    signing: ['ECDSA_SHA_256'],
    agreement: ECDH,
  }),
  ECC_NIST_P384: asymmetric('ECC_NIST_P384', SIGN_OR_AGREE, {
    signing: ['ECDSA_SHA_384'],
    agreement: ECDH,
  }),
  ECC_NIST_P521: asymmetric('ECC_NIST_P521', SIGN_OR_AGREE, {
    signing: ['ECDSA_SHA_512'],
    agreement: ECDH,
  }),
  ECC_SECG_P256K1: asymmetric('ECC_SECG_P256K1', SIGN, { signing: ['ECDSA_SHA_256'] }),
  ECC_NIST_EDWARDS25519: asymmetric('ECC_NIST_EDWARDS25519', SIGN, {
    signing: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'],
  }),
  HMAC_224: hmac('HMAC_224', 'HMAC_SHA_224'),
  HMAC_256: hmac('HMAC_256', 'HMAC_SHA_256'),
  HMAC_384: hmac('HMAC_384', 'HMAC_SHA_384'),
  HMAC_512: hmac('HMAC_512', 'HMAC_SHA_512'),
  ML_DSA_44: asymmetric('ML_DSA_44', SIGN, { signing: ML_DSA }),
  ML_DSA_65: asymmetric('ML_DSA_65', SIGN, { signing: ML_DSA }),
  ML_DSA_87: asymmetric('ML_DSA_87', SIGN, { signing: ML_DSA }),
  ML_KEM_512: asymmetric('ML_KEM_512', KEM, { encapsulation: ML_KEM }),
  ML_KEM_768: asymmetric('ML_KEM_768', KEM, { encapsulation: ML_KEM }),
  ML_KEM_1024: asymmetric('ML_KEM_1024', KEM, { encapsulation: ML_KEM }),
};

/** The row of a spec that can be created; undefined for SM2, which AWS has in its China Regions only. */
export function keySpecRow(spec: string): KeySpecRow | undefined {
  return ROWS[spec];
}

/** How the crypto process names the kind of key. @throws Error for a spec that cannot be created */
export function keyTypeOf(spec: string): KeyType {
  const row = keySpecRow(spec);
  if (row === undefined) throw new Error(`no key of spec ${spec} can exist`);
  return row.keyType;
}

/** The algorithm list that KeyMetadata and GetPublicKey show: the one of the key's usage. */
export function algorithmsOf(key: { spec: string; usage: KeyUsage }): {
  EncryptionAlgorithms?: readonly string[] | undefined;
  SigningAlgorithms?: readonly string[] | undefined;
  MacAlgorithms?: readonly string[] | undefined;
  KeyAgreementAlgorithms?: readonly string[] | undefined;
  EncapsulationAlgorithms?: readonly string[] | undefined;
} {
  const row = keySpecRow(key.spec);
  switch (key.usage) {
    case 'ENCRYPT_DECRYPT':
      return { EncryptionAlgorithms: row?.encryption };
    case 'SIGN_VERIFY':
      return { SigningAlgorithms: row?.signing };
    case 'GENERATE_VERIFY_MAC':
      return { MacAlgorithms: row?.mac };
    case 'KEY_AGREEMENT':
      return { KeyAgreementAlgorithms: row?.agreement };
    case 'ENCAPSULATE_DECAPSULATE':
      return { EncapsulationAlgorithms: row?.encapsulation };
  }
}
