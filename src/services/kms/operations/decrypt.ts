import type { Call } from '../call.ts';
import { encryptionAlgorithm } from '../condition-context.ts';
import { validation } from '../errors.ts';
import { operation } from '../operation.ts';
import { admit, finishDryRun, requireKeyState } from '../pipeline.ts';
import { answerFor, recipientConditions, requireValidRecipient } from '../recipient.ts';
import {
  ignoresCiphertext,
  keyOfCiphertext,
  materialIdUnlessFor,
  namedSource,
  openCiphertext,
  requireContextSuits,
  requireEncryptionAlgorithm,
  requireOpenable,
} from '../symmetric.ts';
import type { Source } from '../symmetric.ts';

/**
 * Opens a ciphertext. The key is the one that the ciphertext names; authorisation is for that key, before anything is
 * opened. AWS: API_Decrypt.
 */
export const decrypt = operation('Decrypt', {
  action: 'kms:Decrypt',
  readOnly: true,
  cryptographic: true,
  authorizes: 'itself',
  context: ({ EncryptionAlgorithm }) => encryptionAlgorithm(EncryptionAlgorithm),
  encryptionContext: ({ EncryptionContext }) => EncryptionContext,
  audit: ({ KeyId, EncryptionContext, EncryptionAlgorithm }) => ({
    encryptionAlgorithm: EncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT',
    keyId: KeyId,
    encryptionContext: EncryptionContext,
  }),
  precheck: requireValidRecipient,
  conditions: recipientConditions,

  async handle(call) {
    const { input } = call;
    const source = await sourceOf(call);
    const { key } = source;
    await admit(call, key, 'kms:Decrypt', {
      acrossAccounts: true,
      identifier: input.KeyId,
      foundBy: input.KeyId === undefined ? 'ciphertext' : undefined,
    });
    requireOpenable(source);
    const algorithm = requireEncryptionAlgorithm(key, input.EncryptionAlgorithm);
    requireContextSuits(input.EncryptionContext, algorithm);
    requireKeyState(call, key);
    if (ignoresCiphertext(input)) finishDryRun(call);
    const { plaintext, material } = await openCiphertext(call, source, {
      blob: input.CiphertextBlob as Buffer,
      algorithm,
      context: input.EncryptionContext,
    });
    if (input.DryRun === true) plaintext.fill(0);
    finishDryRun(call);
    return {
      KeyId: key.arn,
      ...answerFor(call, 'Plaintext', plaintext),
      EncryptionAlgorithm: algorithm as 'SYMMETRIC_DEFAULT',
      KeyMaterialId: materialIdUnlessFor(input.Recipient, key, material),
    };
  },
});

/** @throws ApiError ValidationException, and as `keyOfCiphertext` */
async function sourceOf(call: Call<'Decrypt'>): Promise<Source> {
  const { CiphertextBlob, EncryptionAlgorithm, KeyId } = call.input;
  if (ignoresCiphertext(call.input)) {
    if (KeyId === undefined) throw validation('KeyId is required when the ciphertext is ignored.');
    return namedSource(call, 'kms:Decrypt', KeyId);
  }
  if (CiphertextBlob === undefined) throw validation('CiphertextBlob is required.');
  return keyOfCiphertext(call, 'kms:Decrypt', CiphertextBlob, KeyId, EncryptionAlgorithm);
}
