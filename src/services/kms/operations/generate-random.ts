import { validation } from '../errors.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { answerFor, recipientConditions, requireValidRecipient } from '../recipient.ts';

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
    const { kms, input, caller, region, requestIdBytes } = call;
    const store =
      input.CustomKeyStoreId === undefined
        ? kms.builtin
        : kms.customKeyStores.connected(input.CustomKeyStoreId, { accountId: caller.accountId, region });
    const bytes = await kms.compartments.store(store).random(requestIdBytes, input.NumberOfBytes as number);
    return answerFor(call, 'Plaintext', bytes);
  },
});
