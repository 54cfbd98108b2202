/** Keys whose material a test brings with it. */
import {
  CreateKeyCommand,
  GetParametersForImportCommand,
  ImportKeyMaterialCommand,
} from '@aws-sdk/client-kms';
import type { CreateKeyCommandInput, KMSClient } from '@aws-sdk/client-kms';
import { wrap } from './wrapping.ts';

const WrappingAlgorithm = 'RSA_AES_KEY_WRAP_SHA_256';

/** @param material raw bytes, or a private key as DER PKCS#8 @returns the ARN of an enabled key */
export async function importedKey(
  kms: KMSClient,
  input: Pick<CreateKeyCommandInput, 'KeySpec' | 'KeyUsage'>,
  material: Buffer,
): Promise<string> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Origin: 'EXTERNAL', ...input }));
  const KeyId = KeyMetadata?.Arn ?? '';
  const { PublicKey = new Uint8Array(), ImportToken } = await kms.send(
    new GetParametersForImportCommand({ KeyId, WrappingAlgorithm, WrappingKeySpec: 'RSA_2048' }),
  );
  const EncryptedKeyMaterial = wrap(PublicKey, WrappingAlgorithm, material);
  const ExpirationModel = 'KEY_MATERIAL_DOES_NOT_EXPIRE';
  await kms.send(new ImportKeyMaterialCommand({ KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel }));
  return KeyId;
}
