/** What CreateGrant takes: which operations suit which key, and which constraints. AWS: API_CreateGrant; "Grant operations". */
import type { CreateGrantRequest, GrantConstraints, GrantOperation } from '../../aws/generated/kms.ts';
import type { Grant } from '../../access/grant.ts';
import { validation } from './errors.ts';
import { keySpecRow } from './key-specs.ts';
import type { KeyUsage } from './key-specs.ts';
import type { KmsKey } from './key.ts';

const MAX_PAIRS = 8;
const MAX_LENGTH = 384;

const EVERY_KEY: readonly GrantOperation[] = ['CreateGrant', 'DescribeKey', 'RetireGrant'];

const SYMMETRIC: readonly GrantOperation[] = [
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
];

const ASYMMETRIC_BY_USAGE: Record<KeyUsage, readonly GrantOperation[]> = {
  ENCRYPT_DECRYPT: ['Decrypt', 'Encrypt', 'GetPublicKey', 'ReEncryptFrom', 'ReEncryptTo'],
  SIGN_VERIFY: ['GetPublicKey', 'Sign', 'Verify'],
  KEY_AGREEMENT: ['DeriveSharedSecret', 'GetPublicKey'],
  ENCAPSULATE_DECAPSULATE: ['Decapsulate', 'Encapsulate', 'GetPublicKey'],
  GENERATE_VERIFY_MAC: [],
};

/** The operations that a grant on such a key may have. */
export function grantOperations(key: Pick<KmsKey, 'spec' | 'usage'>): readonly GrantOperation[] {
  const kind = keySpecRow(key.spec)?.kind;
  if (kind === 'symmetric') return [...EVERY_KEY, ...SYMMETRIC];
  if (kind === 'hmac') return [...EVERY_KEY, 'GenerateMac', 'VerifyMac'];
  return [...EVERY_KEY, ...ASYMMETRIC_BY_USAGE[key.usage]];
}

/** @throws ApiError ValidationException */
export function requireGrantFits(key: KmsKey, input: CreateGrantRequest): void {
  requireOnePrincipal(input);
  if (input.Operations.length === 0) throw validation('A grant must have at least one operation.');
  const fitting = grantOperations(key);
  for (const name of input.Operations) {
    if (!fitting.includes(name)) {
      throw validation(
        `The operation ${name} is not valid for a grant on a key with KeySpec ${key.spec} and KeyUsage ${key.usage}.`,
      );
    }
  }
  requireConstraints(key, input);
}

function requireOnePrincipal(input: CreateGrantRequest): void {
  if ((input.GranteePrincipal === undefined) === (input.GranteeServicePrincipal === undefined)) {
    throw validation('Exactly one of GranteePrincipal and GranteeServicePrincipal must be specified.');
  }
  if (input.RetiringPrincipal !== undefined && input.RetiringServicePrincipal !== undefined) {
    throw validation('Only one of RetiringPrincipal and RetiringServicePrincipal may be specified.');
  }
  if (input.GranteeServicePrincipal === undefined) return;
  if (input.RetiringPrincipal === undefined && input.RetiringServicePrincipal === undefined) {
    throw validation('A grant to a service must have a retiring principal.');
  }
  if (input.Constraints?.SourceArn === undefined) {
    throw validation('A grant to a service must have a SourceArn constraint.');
  }
}

function requireConstraints(key: KmsKey, { Constraints, GranteeServicePrincipal }: CreateGrantRequest): void {
  if (Constraints === undefined) return;
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset, SourceArn } = Constraints;
  // only services act for a source, so that nobody else could ever meet it
  if (SourceArn !== undefined && GranteeServicePrincipal === undefined) {
    throw validation('A SourceArn constraint needs a GranteeServicePrincipal.');
  }
  if (equals !== undefined && subset !== undefined) {
    throw validation('Only one of EncryptionContextEquals and EncryptionContextSubset may be specified.');
  }
  const pairs = equals ?? subset;
  if (pairs === undefined) return;
  if (keySpecRow(key.spec)?.kind !== 'symmetric') {
    throw validation('Encryption context constraints are valid only for symmetric encryption keys.');
  }
  if (subset !== undefined && Object.keys(subset).length === 0) {
    throw validation('EncryptionContextSubset must have at least one encryption context pair.');
  }
}

/**
 * What is looked at before the caller is known to be allowed, for policies look through it, and grants are kept in memory.
 * @throws ApiError ValidationException
 */
export function requireShortConstraints(constraints: GrantConstraints | undefined): void {
  for (const pairs of [constraints?.EncryptionContextEquals, constraints?.EncryptionContextSubset]) {
    const texts = Object.entries(pairs ?? {});
    if (texts.length > MAX_PAIRS)
      throw validation(`A grant constraint may have at most ${MAX_PAIRS} encryption context pairs.`);
    if (texts.flat().some((text) => text.length > MAX_LENGTH))
      throw validation(
        `A name or value of an encryption context in a grant constraint may have at most ${MAX_LENGTH} characters.`,
      );
  }
}

/** What a grant's constraints say of encryption contexts. */
export function constraintsOf(constraints: GrantConstraints | undefined): Grant['constraints'] {
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset } = constraints ?? {};
  if (equals !== undefined) return { kind: 'EncryptionContextEquals', pairs: equals };
  return subset === undefined ? undefined : { kind: 'EncryptionContextSubset', pairs: subset };
}

/** Constraints as they are stored, the same text for the same constraints; null for none. */
export function encodeConstraints(constraints: GrantConstraints | undefined): string | null {
  if (constraints === undefined) return null;
  const { EncryptionContextEquals, EncryptionContextSubset, SourceArn } = constraints;
  const text = JSON.stringify({
    EncryptionContextEquals: sorted(EncryptionContextEquals),
    EncryptionContextSubset: sorted(EncryptionContextSubset),
    SourceArn,
  });
  return text === '{}' ? null : text;
}

/** Names are the client's: `__proto__` is one like any other. */
function sorted(pairs: Record<string, string> | undefined): Record<string, string> | undefined {
  if (pairs === undefined) return undefined;
  const copy = Object.create(null) as Record<string, string>;
  for (const name of Object.keys(pairs).sort()) copy[name] = pairs[name] as string;
  return copy;
}
