import { externalAssociatedData, toExternal } from '../external-ciphertext.ts';
import { auditOfUse, externalKeyOf, noteLastUse, performDerived } from '../external-keys.ts';
import { operation } from '../operation.ts';

/** Encrypts up to 4300 bytes under an external key, inside an HSM. The ciphertext is as long as the plaintext. */
export const encryptWithExternalKey = operation('EncryptWithExternalKey', {
  action: 'kms:Encrypt',
  readOnly: true,
  unrecordedFails: true,
  resources: () => [],
  audit: auditOfUse,
  recorded: (call) => noteLastUse(call, 'Encrypt'),

  async handle(call) {
    const { XksKeyId, Plaintext, AdditionalAuthenticatedData } = call.input;
    const { key, derivationKey } = await externalKeyOf(call, XksKeyId, 'kms:Encrypt');
    const aad = externalAssociatedData(AdditionalAuthenticatedData);
    const sealed = await performDerived(call, key, 'Encrypt', (store, use) =>
      store.encryptDerived({ ...use, aad }, derivationKey, Plaintext),
    );
    return toExternal(sealed);
  },
});
