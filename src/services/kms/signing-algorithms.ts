/**
 * What each signing algorithm takes as its message. AWS: API_Sign, MessageType. DIGEST is the hash itself, EXTERNAL_MU the
 * message representative of ML-DSA (FIPS 204, section 6.2).
 */
import type { SignRequest } from '../../aws/generated/kms.ts';
import { validation } from './errors.ts';

export type MessageType = NonNullable<SignRequest['MessageType']>;

interface MessageRule {
  types: readonly MessageType[];
  digestBytes?: number;
}

const RAW_OR_DIGEST: readonly MessageType[] = ['RAW', 'DIGEST'];
const SHA_256: MessageRule = { types: RAW_OR_DIGEST, digestBytes: 32 };
const SHA_384: MessageRule = { types: RAW_OR_DIGEST, digestBytes: 48 };
const SHA_512: MessageRule = { types: RAW_OR_DIGEST, digestBytes: 64 };

const RULES: Record<string, MessageRule> = {
  RSASSA_PSS_SHA_256: SHA_256,
  RSASSA_PSS_SHA_384: SHA_384,
  RSASSA_PSS_SHA_512: SHA_512,
  RSASSA_PKCS1_V1_5_SHA_256: SHA_256,
  RSASSA_PKCS1_V1_5_SHA_384: SHA_384,
  RSASSA_PKCS1_V1_5_SHA_512: SHA_512,
  ECDSA_SHA_256: SHA_256,
  ECDSA_SHA_384: SHA_384,
  ECDSA_SHA_512: SHA_512,
  ED25519_SHA_512: { types: ['RAW'] },
  ED25519_PH_SHA_512: { types: ['DIGEST'], digestBytes: 64 },
  ML_DSA_SHAKE_256: { types: ['RAW', 'EXTERNAL_MU'] },
};

const MU_BYTES = 64;

/** @throws ApiError ValidationException when the message is not what the algorithm takes */
export function requireMessageFits(algorithm: string, messageType: MessageType, message: Buffer): void {
  const rule = RULES[algorithm];
  if (rule?.types.includes(messageType) !== true) {
    throw validation(`MessageType ${messageType} is not valid for algorithm ${algorithm}.`);
  }
  if (messageType === 'DIGEST' && message.length !== rule.digestBytes) {
    throw validation(`Digest is invalid length for algorithm ${algorithm}.`);
  }
  if (messageType === 'EXTERNAL_MU' && message.length !== MU_BYTES) {
    throw validation(`External mu is invalid length for algorithm ${algorithm}.`);
  }
}
