import { unsupported, validation } from '../errors.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';

/** Random bytes from the service, or from the HSMs of a custom key store. AWS: API_GenerateRandom. */
export const generateRandom = operation('GenerateRandom', {
  action: 'kms:GenerateRandom',
  readOnly: true,
  cryptographic: true,
  context: noConditions,
  audit: ({ CustomKeyStoreId }) =>
    CustomKeyStoreId === undefined ? null : { customKeyStoreId: CustomKeyStoreId },
  validate: ({ input }) => {
    if (input.NumberOfBytes === undefined) throw validation('NumberOfBytes is required.');
    if (input.Recipient !== undefined)
      throw unsupported('Claviger does not answer to attested recipients yet.');
  },

  async handle({ kms, input, caller, region, requestIdBytes }) {
    const store =
      input.CustomKeyStoreId === undefined
        ? kms.builtin
        : kms.customKeyStores.connected(input.CustomKeyStoreId, { accountId: caller.accountId, region });
    return { Plaintext: await store.random(requestIdBytes, input.NumberOfBytes as number) };
  },
});
