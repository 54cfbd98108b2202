import { invalidCiphertext } from '../../kms/errors.ts';
import { externalAssociatedData, fromExternal } from '../external-ciphertext.ts';
import { auditOfUse, externalKeyOf, noteLastUse, performDerived } from '../external-keys.ts';
import { operation } from '../operation.ts';

/** Opens, inside an HSM, what EncryptWithExternalKey answered. */
export const decryptWithExternalKey = operation('DecryptWithExternalKey', {
  action: 'kms:Decrypt',
  readOnly: true,
  unrecordedFails: true,
  resources: () => [],
  audit: auditOfUse,
  recorded: (call) => noteLastUse(call, 'Decrypt'),

  async handle(call) {
    const { input } = call;
    const { key, derivationKey } = await externalKeyOf(call, input.XksKeyId, 'kms:Decrypt');
    const aad = externalAssociatedData(input.AdditionalAuthenticatedData);
    const Plaintext = await performDerived(call, key, 'Decrypt', (store, use) => {
      const sealed = fromExternal(input);
      if (sealed === undefined) throw invalidCiphertext();
      return store.decryptDerived({ ...use, aad }, derivationKey, sealed);
    });
    return { Plaintext };
  },
});
