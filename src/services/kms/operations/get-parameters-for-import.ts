import { requireExternal, requireWrapping } from '../import-rules.ts';
import { encodeClaims } from '../import-token.ts';
import { operation } from '../operation.ts';

const LIFE_MS = 24 * 3_600_000;

/**
 * A fresh public key to wrap key material with, and the token that lets it be imported within 24 hours. The private key is
 * in the token, sealed: nothing is stored. AWS: API_GetParametersForImport.
 */
export const getParametersForImport = operation('GetParametersForImport', {
  action: 'kms:GetParametersForImport',
  readOnly: true,
  key: { from: 'KeyId', forms: 'id' },
  context: ({ WrappingAlgorithm, WrappingKeySpec }) => ({
    'kms:WrappingAlgorithm': WrappingAlgorithm,
    'kms:WrappingKeySpec': WrappingKeySpec,
  }),
  audit: ({ KeyId, WrappingAlgorithm, WrappingKeySpec }) => ({
    keyId: KeyId,
    wrappingAlgorithm: WrappingAlgorithm,
    wrappingKeySpec: WrappingKeySpec,
  }),
  validate: ({ key, input }) => {
    requireExternal(key);
    requireWrapping(key.spec, input);
  },

  async handle({ key, kms, input, now }) {
    const { algorithm, modulusBits } = requireWrapping(key.spec, input);
    const validTo = Math.floor((now + LIFE_MS) / 1000) * 1000;
    const claims = encodeClaims({ algorithm, modulusBits, validTo }, key.arn);
    const { publicKey, sealed } = await kms.compartments.generation(`RSA_${modulusBits}`, () =>
      kms.builtin.makeWrappingKey(modulusBits, claims),
    );
    return {
      KeyId: key.arn,
      ImportToken: Buffer.concat([claims, sealed]),
      PublicKey: publicKey,
      ParametersValidTo: new Date(validTo),
    };
  },
});
