import { lowerCamel } from '../../../audit/event.ts';
import { formatExternalKeyId } from '../../../xks/external-key-id.ts';
import { noteLastUse, performDerived, showKey } from '../external-keys.ts';
import { allowedKey } from '../key-access.ts';
import { operation } from '../operation.ts';

/**
 * A new external key on top of a KMS key in an HSM cluster: a derivation key is made in an HSM and leaves it wrapped under the KMS key.
 * Nothing is kept here: the id that is answered is the external key.
 */
export const generateExternalKey = operation('GenerateExternalKey', {
  action: 'kms:GenerateDataKeyWithoutPlaintext',
  readOnly: true,
  unrecordedFails: true,
  resources: () => [],
  audit: lowerCamel,
  recorded: (call) => noteLastUse(call, 'GenerateDataKeyWithoutPlaintext'),

  async handle(call) {
    const key = await allowedKey(call, call.input.KeyId, 'kms:GenerateDataKeyWithoutPlaintext');
    showKey(call, key);
    const derivationKey = await performDerived(call, key, 'GenerateDataKeyWithoutPlaintext', (store, use) =>
      store.generateDerivationKey(use),
    );
    const XksKeyId = formatExternalKeyId({ keyId: key.keyId, derivationKey });
    call.responseElements = { xksKeyId: XksKeyId }; // whoever has lost it finds it there
    return { XksKeyId, KeyId: key.arn };
  },
});
