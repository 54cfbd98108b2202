/**
 * Answers for attested recipients: what Decrypt, DeriveSharedSecret, GenerateDataKey, GenerateDataKeyPair and GenerateRandom
 * share. The document is parsed, and the answer encrypted, in the server process: it holds no key, and the plaintext passes
 * through it anyway. AWS: "Cryptographic attestation support in AWS KMS".
 */
import type { ConditionContext } from '../../access/access-control.ts';
import { AttestationRejected } from '../../attestation/document.ts';
import type { AttestedPlatform } from '../../attestation/document.ts';
import { envelopFor } from '../../attestation/enveloped-data.ts';
import type { AttestedRecipient } from '../../attestation/verifier.ts';
import type { Call } from './call.ts';
import { validation } from './errors.ts';

/** Operations whose input has a Recipient. */
type AttestedOperation =
  'Decrypt' | 'DeriveSharedSecret' | 'GenerateDataKey' | 'GenerateDataKeyPair' | 'GenerateRandom';

const recipients = new WeakMap<object, AttestedRecipient>();

/**
 * The call's recipient, verified once; undefined when the call names none. From then on the audit event shows it.
 * @throws ApiError ValidationException
 */
export function recipientOf<N extends AttestedOperation>(call: Call<N>): AttestedRecipient | undefined {
  const known = recipients.get(call);
  const { Recipient } = call.input;
  if (known !== undefined || Recipient === undefined) return known;
  if (Recipient.AttestationDocument === undefined) throw validation('AttestationDocument is required.');
  if (Recipient.KeyEncryptionAlgorithm === undefined) throw validation('KeyEncryptionAlgorithm is required.');
  const recipient = verified(call, Recipient.AttestationDocument);
  recipients.set(call, recipient);
  call.note({ recipient: shownInEvents(recipient) });
  return recipient;
}

function verified<N extends AttestedOperation>(call: Call<N>, document: Buffer): AttestedRecipient {
  try {
    return call.kms.verifyAttestation(document, call.now);
  } catch (error) {
    if (!(error instanceof AttestationRejected)) throw error;
    throw validation(`The attestation document is not valid: ${error.message}.`);
  }
}

/** For `precheck`: a document that is wrong ends the call before anything is looked up. */
export function requireValidRecipient<N extends AttestedOperation>(call: Call<N>): void {
  recipientOf(call);
}

/**
 * A secret as the answer carries it: under the recipient's key when the call has one, and else in the clear as `member`.
 * @param clear is wiped unless it is given back
 */
export function answerFor<N extends AttestedOperation, Member extends string>(
  call: Call<N>,
  member: Member,
  clear: Buffer,
): Partial<Record<Member | 'CiphertextForRecipient', Buffer>> {
  type Answer = Partial<Record<Member | 'CiphertextForRecipient', Buffer>>;
  const recipient = recipientOf(call);
  if (recipient === undefined) return { [member]: clear } as Answer;
  try {
    return { CiphertextForRecipient: envelopFor(recipient.publicKey, clear) } as Answer;
  } finally {
    clear.fill(0);
  }
}

const CONDITION_KEYS: Record<AttestedPlatform, string> = {
  NitroEnclave: 'kms:RecipientAttestation:PCR',
  NitroTPM: 'kms:RecipientAttestation:NitroTPMPCR',
};

/**
 * Condition keys of the call's recipient, for access control; none without one.
 * @throws ApiError as `recipientOf`
 */
export function recipientConditions<N extends AttestedOperation>(call: Call<N>): ConditionContext {
  const recipient = recipientOf(call);
  return recipient === undefined ? {} : attestationConditions(recipient);
}

/**
 * Every register by its number, and an enclave's image, in lower-case hex. AWS: "AWS KMS condition keys for attested
 * platforms".
 */
export function attestationConditions({
  platform,
  pcrs,
}: Pick<AttestedRecipient, 'platform' | 'pcrs'>): ConditionContext {
  const keys = [...pcrs].map(([index, value]) => [CONDITION_KEYS[platform] + index, value.toString('hex')]);
  const image = platform === 'NitroEnclave' ? pcrs.get(0) : undefined;
  return {
    ...(Object.fromEntries(keys) as ConditionContext),
    ...(image !== undefined && { 'kms:RecipientAttestation:ImageSha384': image.toString('hex') }),
  };
}

/** Registers that CloudTrail shows, under which names. AWS: "Monitoring requests for Nitro enclaves" and "… NitroTPM". */
const SHOWN: Record<AttestedPlatform, { prefix: string; registers: readonly number[] }> = {
  NitroEnclave: { prefix: 'attestationDocumentEnclavePCR', registers: [1, 2, 3, 4, 8] },
  NitroTPM: { prefix: 'attestationDocumentNitroTPMPCR', registers: [4, 7, 8, 9, 16, 23] },
};

/** In base64, as CloudTrail shows registers. */
function shownInEvents({ platform, moduleId, pcrs }: AttestedRecipient): Record<string, string> {
  const { prefix, registers } = SHOWN[platform];
  const shown: Record<string, string> = { attestationDocumentModuleId: moduleId };
  const image = platform === 'NitroEnclave' ? pcrs.get(0) : undefined;
  if (image !== undefined) shown['attestationDocumentEnclaveImageDigest'] = image.toString('base64');
  for (const register of registers) {
    const value = pcrs.get(register);
    if (value !== undefined) shown[`${prefix}${register}`] = value.toString('base64');
  }
  return shown;
}
