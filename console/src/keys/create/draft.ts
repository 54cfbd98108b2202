/** What the wizard has gathered so far, and what becomes of it. */
import type { CreateKeyCommandInput, CustomKeyStoreType, KeySpec, KeyUsageType } from '@aws-sdk/client-kms';
import type { TagEditorProps } from '@cloudscape-design/components/tag-editor';
import { statementsFor } from '../policy-parts.ts';
import type { Parties } from '../policy-parts.ts';

export interface Draft extends Parties {
  readonly kind: 'symmetric' | 'asymmetric';
  readonly usage: KeyUsageType;
  readonly spec: KeySpec;
  /** A custom key store as origin is named as its type. */
  readonly origin: 'AWS_KMS' | 'EXTERNAL' | CustomKeyStoreType;
  /** For the origins that are a custom key store only. */
  readonly customKeyStoreId: string;
  /** Of a key in an external key store only. */
  readonly externalKeyId: string;
  readonly multiRegion: boolean;
  readonly alias: string;
  readonly description: string;
  readonly tags: readonly TagEditorProps.Tag[];
  /** The document when the user wrote it; made from the above when undefined. */
  readonly policy: string | undefined;
}

export const EMPTY: Draft = {
  kind: 'symmetric',
  usage: 'ENCRYPT_DECRYPT',
  spec: 'SYMMETRIC_DEFAULT',
  origin: 'AWS_KMS',
  customKeyStoreId: '',
  externalKeyId: '',
  multiRegion: false,
  alias: '',
  description: '',
  tags: [],
  administrators: [],
  administratorsMayDelete: true,
  users: [],
  policy: undefined,
};

type Kind = Draft['kind'];

const RSA: readonly KeySpec[] = ['RSA_2048', 'RSA_3072', 'RSA_4096'];
const NIST: readonly KeySpec[] = ['ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_NIST_P521'];

/** Key specs by type and usage; the first is the one to begin with. AWS: "Key type reference". */
export const SPECS: Readonly<Record<Kind, Partial<Record<KeyUsageType, readonly KeySpec[]>>>> = {
  symmetric: {
    ENCRYPT_DECRYPT: ['SYMMETRIC_DEFAULT'],
    GENERATE_VERIFY_MAC: ['HMAC_256', 'HMAC_224', 'HMAC_384', 'HMAC_512'],
  },
  asymmetric: {
    ENCRYPT_DECRYPT: RSA,
    SIGN_VERIFY: [
      ...RSA,
      ...NIST,
      'ECC_SECG_P256K1',
      'ECC_NIST_EDWARDS25519',
      'ML_DSA_44',
      'ML_DSA_65',
      'ML_DSA_87',
    ],
    KEY_AGREEMENT: NIST,
    ENCAPSULATE_DECAPSULATE: ['ML_KEM_768', 'ML_KEM_512', 'ML_KEM_1024'],
  },
};

export const USAGE_TEXTS: Partial<Record<KeyUsageType, string>> = {
  ENCRYPT_DECRYPT: 'Encrypt and decrypt',
  GENERATE_VERIFY_MAC: 'Generate and verify MAC',
  SIGN_VERIFY: 'Sign and verify',
  KEY_AGREEMENT: 'Key agreement',
  ENCAPSULATE_DECAPSULATE: 'Encapsulate and decapsulate',
};

export const isStore = (origin: Draft['origin']): origin is CustomKeyStoreType =>
  origin === 'AWS_CLOUDHSM' || origin === 'EXTERNAL_KEY_STORE';

/** The draft with another origin: a custom key store is of one type, and its keys are of one Region. */
export function withOrigin(draft: Draft, origin: Draft['origin']): Draft {
  return {
    ...draft,
    origin,
    customKeyStoreId: origin === draft.origin ? draft.customKeyStoreId : '',
    multiRegion: isStore(origin) ? false : draft.multiRegion,
  };
}

/** What keeps the draft from being a key in its custom key store; undefined for other origins. */
export function storeProblem({ origin, customKeyStoreId, externalKeyId }: Draft): string | undefined {
  if (!isStore(origin)) return undefined;
  if (customKeyStoreId === '') return 'Choose the custom key store of the key.';
  if (origin !== 'EXTERNAL_KEY_STORE') return undefined;
  return externalKeyId.trim() === ''
    ? 'Give the id of the external key.'
    : externalKeyIdProblem(externalKeyId);
}

/** What is wrong with the id of an external key; undefined for a good one, and for none. AWS: API_CreateKey. */
export function externalKeyIdProblem(id: string): string | undefined {
  return id.trim() === '' || /^[a-zA-Z0-9_.-]{1,128}$/.test(id.trim())
    ? undefined
    : 'The id of an external key has up to 128 letters, digits, and - _ . only.';
}

/** The draft with another type, usage or spec, and the rest brought in line: a custom key store holds AES keys only. */
export function withKind(draft: Draft, kind: Kind): Draft {
  const usage = Object.keys(SPECS[kind])[0] as KeyUsageType;
  return withUsage({ ...draft, kind }, usage);
}

export function withUsage(draft: Draft, usage: KeyUsageType): Draft {
  const spec = SPECS[draft.kind][usage]?.[0] ?? 'SYMMETRIC_DEFAULT';
  const fits = spec === 'SYMMETRIC_DEFAULT' || !isStore(draft.origin);
  return { ...draft, usage, spec, origin: fits ? draft.origin : 'AWS_KMS' };
}

/** The key policy of the draft: the account's root user, then administrators, then users. */
export function policyOf(draft: Draft, accountId: string): string {
  if (draft.policy !== undefined) return draft.policy;
  const Statement = [
    {
      Sid: 'Enable IAM User Permissions',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${accountId}:root` },
      Action: 'kms:*',
      Resource: '*',
    },
    ...statementsFor(draft, draft.usage),
  ];
  return JSON.stringify({ Version: '2012-10-17', Id: 'key-console-1', Statement }, null, 2);
}

export function inputOf(draft: Draft, accountId: string): CreateKeyCommandInput {
  return {
    KeySpec: draft.spec,
    KeyUsage: draft.usage,
    Origin: draft.origin,
    MultiRegion: draft.multiRegion,
    Description: draft.description,
    Policy: policyOf(draft, accountId),
    Tags: draft.tags
      .filter(({ markedForRemoval }) => markedForRemoval !== true)
      .map(({ key, value }) => ({ TagKey: key, TagValue: value })),
    ...(isStore(draft.origin) ? { CustomKeyStoreId: draft.customKeyStoreId } : {}),
    ...(draft.origin === 'EXTERNAL_KEY_STORE' ? { XksKeyId: draft.externalKeyId.trim() } : {}),
  };
}
