/**
 * `requestQuotas`: how many requests a second are taken, by account, Region and kind of request; AWS's defaults.
 * AWS: "Request quotas" (KMS developer guide).
 */
import { flag, mapping, optional, quantity } from './values.ts';
import type { Reader } from './values.ts';

/** Below one a second, such as 0.25: one in four seconds. */
const perSecond = quantity(0.001);

function quotas<Name extends string>(defaults: Readonly<Record<Name, number>>): Reader<Record<Name, number>> {
  const readers = Object.entries<number>(defaults).map(([name, rate]) => [name, optional(perSecond, rate)]);
  return mapping<Record<string, number>>(Object.fromEntries(readers) as Record<string, Reader<number>>);
}

/** Operations that have a quota of their own. For the last three AWS's figures are not known here. */
const OPERATIONS = {
  CancelKeyDeletion: 5,
  ConnectCustomKeyStore: 5,
  CreateAlias: 5,
  CreateCustomKeyStore: 5,
  CreateGrant: 50,
  CreateKey: 5,
  DeleteAlias: 15,
  DeleteCustomKeyStore: 5,
  DeleteImportedKeyMaterial: 5,
  DescribeCustomKeyStores: 5,
  DescribeKey: 2000,
  DisableKey: 5,
  DisableKeyRotation: 5,
  DisconnectCustomKeyStore: 5,
  EnableKey: 5,
  EnableKeyRotation: 15,
  GetKeyPolicy: 1000,
  GetKeyRotationStatus: 1000,
  GetParametersForImport: 0.25,
  GetPublicKey: 2000,
  ImportKeyMaterial: 5,
  ListAliases: 500,
  ListGrants: 100,
  ListKeyPolicies: 100,
  ListKeys: 500,
  ListResourceTags: 2000,
  ListRetirableGrants: 100,
  PutKeyPolicy: 15,
  ReplicateKey: 5,
  RetireGrant: 30,
  RevokeGrant: 30,
  ScheduleKeyDeletion: 15,
  TagResource: 10,
  UntagResource: 5,
  UpdateAlias: 5,
  UpdateCustomKeyStore: 5,
  UpdateKeyDescription: 5,
  UpdatePrimaryRegion: 5,
  GetKeyLastUsage: 1000,
  ListKeyRotations: 100,
  RotateKeyOnDemand: 5,
} as const;

/** Key pairs cost their making: RSA primes take seconds. Those of ML-DSA and ML-KEM: not known, as elliptic curves'. */
const DATA_KEY_PAIRS = {
  RSA_2048: 1,
  RSA_3072: 0.5,
  RSA_4096: 0.1,
  ECC_NIST_P256: 100,
  ECC_NIST_P384: 100,
  ECC_NIST_P521: 100,
  ECC_SECG_P256K1: 100,
  ECC_NIST_EDWARDS25519: 100,
  SM2: 25,
  ML_DSA_44: 100,
  ML_DSA_65: 100,
  ML_DSA_87: 100,
  ML_KEM_512: 100,
  ML_KEM_768: 100,
  ML_KEM_1024: 100,
} as const;

export interface RequestQuotas {
  /** false: no request is refused for its rate. */
  enforced: boolean;
  /** Uses of symmetric and HMAC keys, and random bytes. undefined: AWS's figure of the Region ({@link symmetricDefault}). */
  symmetric: number | undefined;
  rsa: number;
  ecc: number;
  mlDsa: number;
  mlKem: number;
  /** Of each custom key store, whoever calls, beside the caller's own. */
  customKeyStore: number;
  dataKeyPairs: Record<keyof typeof DATA_KEY_PAIRS, number>;
  operations: Record<keyof typeof OPERATIONS, number>;
}

export const requestQuotas = mapping<RequestQuotas>({
  enforced: optional(flag, true),
  symmetric: optional(perSecond),
  rsa: optional(perSecond, 1000),
  ecc: optional(perSecond, 1000),
  mlDsa: optional(perSecond, 1000),
  mlKem: optional(perSecond, 1000),
  customKeyStore: optional(perSecond, 1800),
  dataKeyPairs: quotas(DATA_KEY_PAIRS),
  operations: quotas(OPERATIONS),
});

const LARGEST_REGIONS = new Set(['us-east-1', 'us-west-2', 'eu-west-1']);
const LARGE_REGIONS = new Set([
  'us-east-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-northeast-1',
  'eu-central-1',
  'eu-west-2',
]);

/** Symmetric cryptographic requests a second that AWS takes from an account in a Region. */
export function symmetricDefault(region: string): number {
  if (LARGEST_REGIONS.has(region)) return 100_000;
  return LARGE_REGIONS.has(region) ? 20_000 : 10_000;
}
