/** The keys that the recorded answers speak of, made in a running Claviger. All of them are ARNs unless they say otherwise. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import {
  CreateKeyCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateMacCommand,
  GetParametersForImportCommand,
  ImportKeyMaterialCommand,
  KMSClient,
  ReplicateKeyCommand,
  RotateKeyOnDemandCommand,
  SignCommand,
} from '@aws-sdk/client-kms';
import type { CreateKeyCommandInput, KeySpec, KeyUsageType } from '@aws-sdk/client-kms';
import { eventually } from '../claviger.ts';
import type { Claviger } from '../claviger.ts';
import { importedKey } from '../imported-key.ts';
import { wrap } from '../wrapping.ts';

export const MESSAGE = Buffer.from('some important message');
export const CONTEXT = { context: 'of the recording' };
/** AWS raised its limit from 10 to 25 after some of the recordings. */
const ROTATIONS = 25;

interface Import {
  ImportToken: Uint8Array;
  EncryptedKeyMaterial: Buffer;
}

export type World = Awaited<ReturnType<typeof createWorld>>;

/** @param regions two beside the home Region */
export async function createWorld(claviger: Claviger, [otherRegion, thirdRegion]: readonly [string, string]) {
  const home = claviger.client();
  const { endpoint, region, accountId, accessKeyId, secretAccessKey } = claviger.config();
  const credentials = { accessKeyId, secretAccessKey };
  const other = new KMSClient({ endpoint, region: otherRegion, credentials, maxAttempts: 1 });

  const create = async (input: CreateKeyCommandInput = {}, client = home): Promise<string> =>
    (await client.send(new CreateKeyCommand(input))).KeyMetadata?.Arn ?? '';
  const of = (KeySpec: KeySpec, KeyUsage: KeyUsageType): Promise<string> => create({ KeySpec, KeyUsage });
  const material = async (KeyId: string): Promise<Import> => {
    const WrappingAlgorithm = 'RSAES_OAEP_SHA_256';
    const { PublicKey = new Uint8Array(), ImportToken = new Uint8Array() } = await home.send(
      new GetParametersForImportCommand({ KeyId, WrappingAlgorithm, WrappingKeySpec: 'RSA_2048' }),
    );
    return { ImportToken, EncryptedKeyMaterial: wrap(PublicKey, WrappingAlgorithm, randomBytes(32)) };
  };
  const importInto = async (KeyId: string, more: object = {}): Promise<string> => {
    const ExpirationModel = 'KEY_MATERIAL_DOES_NOT_EXPIRE';
    const input = { KeyId, ...(await material(KeyId)), ExpirationModel, ...more } as const;
    return (await home.send(new ImportKeyMaterialCommand(input))).KeyMaterialId ?? '';
  };

  const external = (): Promise<string> => create({ Origin: 'EXTERNAL' });
  const imported = async (): Promise<string> => {
    const arn = await external();
    await importInto(arn);
    return arn;
  };

  const importedAs = (KeySpec: KeySpec, KeyUsage: KeyUsageType, bytes: Buffer): Promise<string> =>
    importedKey(home, { KeySpec, KeyUsage }, bytes);

  const [symmetric, elsewhere, unused] = await Promise.all([create(), create({}, other), create()]);
  const [hmac224, hmac256, ecc, agreement] = await Promise.all([
    of('HMAC_224', 'GENERATE_VERIFY_MAC'),
    of('HMAC_256', 'GENERATE_VERIFY_MAC'),
    of('ECC_NIST_P256', 'SIGN_VERIFY'),
    of('ECC_NIST_P256', 'KEY_AGREEMENT'),
  ]);
  const [ecc384, rsaSigning, rsa2048, rsa3072, rsa4096] = await Promise.all([
    of('ECC_NIST_P384', 'SIGN_VERIFY'),
    of('RSA_2048', 'SIGN_VERIFY'),
    of('RSA_2048', 'ENCRYPT_DECRYPT'),
    of('RSA_3072', 'ENCRYPT_DECRYPT'),
    of('RSA_4096', 'ENCRYPT_DECRYPT'),
  ]);
  const [waiting, waitingRsa, withMaterial, emptied, rotating] = await Promise.all([
    external(),
    create({ Origin: 'EXTERNAL', KeySpec: 'RSA_4096', KeyUsage: 'ENCRYPT_DECRYPT' }),
    imported(),
    imported(),
    imported(),
  ]);
  await home.send(new DeleteImportedKeyMaterialCommand({ KeyId: emptied }));
  const pendingMaterial = await importInto(rotating, { ImportType: 'NEW_KEY_MATERIAL' });
  const pkcs8 = { format: 'der', type: 'pkcs8' } as const;
  const [importedHmac, importedEcc, importedRsa] = await Promise.all([
    importedAs('HMAC_256', 'GENERATE_VERIFY_MAC', randomBytes(32)),
    importedAs(
      'ECC_NIST_P256',
      'SIGN_VERIFY',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(pkcs8),
    ),
    importedAs(
      'RSA_2048',
      'ENCRYPT_DECRYPT',
      generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(pkcs8),
    ),
  ]);
  const disabled = await create();
  await home.send(new DisableKeyCommand({ KeyId: disabled }));
  const exhausted = await create();
  for (let rotation = 0; rotation < ROTATIONS; rotation += 1) {
    await home.send(new RotateKeyOnDemandCommand({ KeyId: exhausted }));
  }
  const yearly = await create();
  await home.send(new EnableKeyRotationCommand({ KeyId: yearly }));
  const [primary, secondPrimary] = await Promise.all([
    create({ MultiRegion: true }),
    create({ MultiRegion: true }),
  ]);
  await home.send(new ReplicateKeyCommand({ KeyId: primary, ReplicaRegion: otherRegion }));
  const replica = primary.replace(region, otherRegion);
  await eventually(20_000, 'the replica is Enabled', async () => {
    const { KeyMetadata } = await other.send(new DescribeKeyCommand({ KeyId: replica }));
    return KeyMetadata?.KeyState === 'Enabled' ? true : undefined;
  });

  const encrypted = await home.send(
    new EncryptCommand({ KeyId: symmetric, Plaintext: MESSAGE, EncryptionContext: CONTEXT }),
  );
  const mac = await home.send(
    new GenerateMacCommand({ KeyId: hmac256, Message: MESSAGE, MacAlgorithm: 'HMAC_SHA_256' }),
  );
  const signed = await home.send(
    new SignCommand({ KeyId: ecc, Message: MESSAGE, SigningAlgorithm: 'ECDSA_SHA_256' }),
  );
  return {
    home,
    other,
    region,
    otherRegion,
    thirdRegion,
    accountId,
    /** Of the Region `region`; `otherRegion` for `elsewhere` and `replica`. */
    keys: {
      ...{ symmetric, elsewhere, unused, hmac224, hmac256, ecc, ecc384, agreement },
      ...{ rsaSigning, rsa2048, rsa3072, rsa4096 },
      ...{ waiting, waitingRsa, withMaterial, emptied, rotating, disabled, exhausted, yearly },
      ...{ primary, secondPrimary, replica, importedHmac, importedEcc, importedRsa },
    },
    /** Id of the material of `rotating` that waits for its rotation. */
    pendingMaterial,
    ciphertext: Buffer.from(encrypted.CiphertextBlob ?? []),
    mac: mac.Mac,
    signature: signed.Signature,
    peer: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
      format: 'der',
      type: 'spki',
    }),
    /** New material for `rotating`, wrapped. */
    wrapped: await material(rotating),
    /** Material for `waiting`, wrapped. */
    firstMaterial: await material(waiting),
    idOf: (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1),
    /** The ARN of an id, in this account. */
    arnOf: (id: string, of = region): string => `arn:aws:kms:${of}:${accountId}:key/${id}`,
  };
}
