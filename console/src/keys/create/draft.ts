/** What the wizard has gathered so far, and what becomes of it. */
import type { CreateKeyCommandInput, KeySpec, KeyUsageType } from '@aws-sdk/client-kms';
import type { TagEditorProps } from '@cloudscape-design/components/tag-editor';
import { statementsFor } from '../policy-parts.ts';
import type { Parties } from '../policy-parts.ts';

export interface Draft extends Parties {
  readonly kind: 'symmetric' | 'asymmetric';
  readonly usage: KeyUsageType;
  readonly spec: KeySpec;
  readonly origin: 'AWS_KMS' | 'EXTERNAL' | 'AWS_CLOUDHSM';
  readonly customKeyStoreId: string;
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

/** The draft with another type, usage or spec, and the rest brought in line: a custom key store holds AES keys only. */
export function withKind(draft: Draft, kind: Kind): Draft {
  const usage = Object.keys(SPECS[kind])[0] as KeyUsageType;
  return withUsage({ ...draft, kind }, usage);
}

export function withUsage(draft: Draft, usage: KeyUsageType): Draft {
  const spec = SPECS[draft.kind][usage]?.[0] ?? 'SYMMETRIC_DEFAULT';
  const fits = spec === 'SYMMETRIC_DEFAULT' || draft.origin !== 'AWS_CLOUDHSM';
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
    ...(draft.origin === 'AWS_CLOUDHSM' ? { CustomKeyStoreId: draft.customKeyStoreId } : {}),
  };
}
