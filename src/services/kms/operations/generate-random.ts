import type { KeyStore } from '../../../keystores/key-store.ts';
import type { Call } from '../call.ts';
import { validation } from '../errors.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { answerFor, recipientConditions, requireValidRecipient } from '../recipient.ts';

/** @throws ApiError as CustomKeyStores.ofHsms; ThrottlingException */
function customStore({ kms, caller, region }: Call<'GenerateRandom'>, storeId: string): KeyStore {
  const store = kms.customKeyStores.ofHsms(storeId, { accountId: caller.accountId, region });
  kms.quotas.countStore(storeId);
  return store;
}

/** Random bytes from the service, or from the HSMs of a custom key store. AWS: API_GenerateRandom. */
export const generateRandom = operation('GenerateRandom', {
  action: 'kms:GenerateRandom',
  readOnly: true,
  cryptographic: true,
  context: noConditions,
  audit: ({ CustomKeyStoreId }) =>
    CustomKeyStoreId === undefined ? null : { customKeyStoreId: CustomKeyStoreId },
  precheck: requireValidRecipient,
  conditions: recipientConditions,
  validate: ({ input }) => {
    if (input.NumberOfBytes === undefined) throw validation('NumberOfBytes is required.');
  },

  async handle(call) {
    const { kms, input, requestIdBytes } = call;
    const { CustomKeyStoreId: storeId } = input;
    const store = storeId === undefined ? kms.builtin : customStore(call, storeId);
    const bytes = await kms.compartments.store(store).random(requestIdBytes, input.NumberOfBytes as number);
    return answerFor(call, 'Plaintext', bytes);
  },
});
