import { validation } from '../errors.ts';
import { encryptionAlgorithm } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { admit, findKey, finishDryRun, requireKeyState } from '../pipeline.ts';
import { answerFor, recipientConditions, requireValidRecipient } from '../recipient.ts';
import {
  apiMaterialId,
  keyOfCiphertext,
  openCiphertext,
  requireContextFits,
  requireEncryptionAlgorithm,
} from '../symmetric.ts';

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
    const ignoresCiphertext =
      input.DryRun === true && input.DryRunModifiers?.includes('IGNORE_CIPHERTEXT') === true;
    if (ignoresCiphertext || input.CiphertextBlob === undefined) {
      if (!ignoresCiphertext) throw validation('CiphertextBlob is required.');
      if (input.KeyId === undefined) throw validation('KeyId is required when the ciphertext is ignored.');
      const named = await findKey(call, input.KeyId, 'any', 'kms:Decrypt');
      await admit(call, named, 'kms:Decrypt', { acrossAccounts: true, identifier: input.KeyId });
      requireKeyState(call, named);
      finishDryRun(call);
    }
    const blob = input.CiphertextBlob as Buffer;
    const source = await keyOfCiphertext(call, 'kms:Decrypt', blob, input.KeyId, input.EncryptionAlgorithm);
    const { key } = source;
    await admit(call, key, 'kms:Decrypt', {
      acrossAccounts: true,
      identifier: input.KeyId,
      foundBy: input.KeyId === undefined ? 'ciphertext' : undefined,
    });
    const algorithm = requireEncryptionAlgorithm(key, input.EncryptionAlgorithm);
    requireContextFits(input.EncryptionContext, algorithm);
    requireKeyState(call, key);
    const { plaintext, material } = await openCiphertext(call, source, {
      blob,
      algorithm,
      context: input.EncryptionContext,
    });
    finishDryRun(call);
    return {
      KeyId: key.arn,
      ...answerFor(call, 'Plaintext', plaintext),
      EncryptionAlgorithm: algorithm as 'SYMMETRIC_DEFAULT',
      KeyMaterialId: apiMaterialId(key, material),
    };
  },
});
