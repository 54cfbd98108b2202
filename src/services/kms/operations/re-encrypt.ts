import { isOaep, requirePlaintextFits } from '../asymmetric-encryption.ts';
import { encryptionAlgorithm, noConditions, written } from '../condition-context.ts';
import type { Call } from '../call.ts';
import type { KmsKey } from '../key.ts';
import { operation } from '../operation.ts';
import { admit, findKey, finishDryRun, requireKeyState, requireUsage } from '../pipeline.ts';
import { validation } from '../errors.ts';
import {
  apiMaterialId,
  encryptUnder,
  ignoresCiphertext,
  keyOfCiphertext,
  namedSource,
  openCiphertext,
  requireContextSuits,
  requireEncryptionAlgorithm,
  requireOpenable,
} from '../symmetric.ts';
import type { Source } from '../symmetric.ts';

/**
 * Opens a ciphertext and encrypts what was in it under another key; the caller never sees the plaintext. There is no
 * kms:ReEncrypt permission: both halves are authorised by themselves. AWS: API_ReEncrypt.
 */
export const reEncrypt = operation('ReEncrypt', {
  action: 'kms:ReEncryptFrom',
  readOnly: true,
  cryptographic: true,
  authorizes: 'itself',
  context: noConditions,
  audit: (input) => ({
    sourceEncryptionAlgorithm: input.SourceEncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT',
    sourceEncryptionContext: input.SourceEncryptionContext,
    sourceKeyId: input.SourceKeyId,
    destinationKeyId: input.DestinationKeyId,
    destinationEncryptionAlgorithm: input.DestinationEncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT',
    destinationEncryptionContext: input.DestinationEncryptionContext,
  }),

  async handle(call) {
    const { input } = call;
    const source = await sourceOf(call);
    const destination = await admitBoth(call, source);
    requireUsage(call, destination, 'ENCRYPT_DECRYPT');
    const sourceAlgorithm = requireEncryptionAlgorithm(source.key, input.SourceEncryptionAlgorithm);
    const destinationAlgorithm = requireEncryptionAlgorithm(
      destination,
      input.DestinationEncryptionAlgorithm,
    );
    requireContextSuits(input.SourceEncryptionContext, sourceAlgorithm);
    requireContextSuits(input.DestinationEncryptionContext, destinationAlgorithm);
    requireKeyState(call, source.key);
    requireKeyState(call, destination);
    if (ignoresCiphertext(input)) finishDryRun(call);
    const opened = await openCiphertext(call, source, {
      blob: input.CiphertextBlob as Buffer,
      algorithm: sourceAlgorithm,
      context: input.SourceEncryptionContext,
    });
    try {
      if (isOaep(destinationAlgorithm))
        requirePlaintextFits(destination, destinationAlgorithm, opened.plaintext);
      finishDryRun(call);
      const CiphertextBlob = await encryptUnder(call, destination, {
        algorithm: destinationAlgorithm,
        plaintext: opened.plaintext,
        context: input.DestinationEncryptionContext,
      });
      const sourceMaterial = apiMaterialId(source.key, opened.material);
      const destinationMaterial = apiMaterialId(destination, destination.material);
      const store = source.key.customKeyStoreId ?? destination.customKeyStoreId;
      if (store !== null) call.note({ customKeyStoreId: store });
      if (source.key.externalKeyId !== null) call.note({ sourceXksKeyId: source.key.externalKeyId });
      if (destination.externalKeyId !== null) call.note({ destinationXksKeyId: destination.externalKeyId });
      if (sourceMaterial !== undefined) call.note({ sourceKeyMaterialId: sourceMaterial });
      if (destinationMaterial !== undefined) call.note({ destinationKeyMaterialId: destinationMaterial });
      return {
        CiphertextBlob,
        SourceKeyId: source.key.arn,
        KeyId: destination.arn,
        SourceEncryptionAlgorithm: sourceAlgorithm as 'SYMMETRIC_DEFAULT',
        DestinationEncryptionAlgorithm: destinationAlgorithm as 'SYMMETRIC_DEFAULT',
        SourceKeyMaterialId: sourceMaterial,
        DestinationKeyMaterialId: destinationMaterial,
      };
    } finally {
      opened.plaintext.fill(0);
    }
  },
});

/** @throws ApiError ValidationException, and as `keyOfCiphertext` */
async function sourceOf(call: Call<'ReEncrypt'>): Promise<Source> {
  const { CiphertextBlob, SourceEncryptionAlgorithm, SourceKeyId } = call.input;
  const action = 'kms:ReEncryptFrom';
  if (ignoresCiphertext(call.input)) {
    if (SourceKeyId === undefined) {
      throw validation('SourceKeyId is required when the ciphertext is ignored.');
    }
    return namedSource(call, action, SourceKeyId);
  }
  if (CiphertextBlob === undefined) throw validation('CiphertextBlob is required.');
  return keyOfCiphertext(call, action, CiphertextBlob, SourceKeyId, SourceEncryptionAlgorithm);
}

/**
 * Each half by its own permission, algorithm and encryption context.
 * @throws ApiError AccessDeniedException, and as `requireOpenable`
 */
async function admitBoth(call: Call<'ReEncrypt'>, source: Source): Promise<KmsKey> {
  const { input } = call;
  // of a destination that is not there the caller learns after it was let in to the source
  const destination = await settled(() => findKey(call, input.DestinationKeyId, 'any', 'kms:ReEncryptTo'));
  const same = 'key' in destination && destination.key.arn === source.key.arn;
  const half = (algorithm: string | undefined) => () => ({
    ...encryptionAlgorithm(algorithm),
    'kms:ReEncryptOnSameKey': written(same),
  });
  await admit(call, source.key, 'kms:ReEncryptFrom', {
    acrossAccounts: true,
    identifier: input.SourceKeyId,
    foundBy: input.SourceKeyId === undefined ? 'ciphertext' : undefined,
    context: half(input.SourceEncryptionAlgorithm),
    encryptionContext: input.SourceEncryptionContext,
  });
  requireOpenable(source);
  if ('error' in destination) throw destination.error;
  await admit(call, destination.key, 'kms:ReEncryptTo', {
    acrossAccounts: true,
    identifier: input.DestinationKeyId,
    context: half(input.DestinationEncryptionAlgorithm),
    encryptionContext: input.DestinationEncryptionContext,
  });
  return destination.key;
}

async function settled(find: () => KmsKey | Promise<KmsKey>): Promise<{ key: KmsKey } | { error: Error }> {
  try {
    return { key: await find() };
  } catch (error) {
    return { error: error as Error };
  }
}
