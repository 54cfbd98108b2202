/** Import of key material through the official SDK: every way to wrap it, its life, and all that is refused. */
import assert from 'node:assert/strict';
import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateMacCommand,
  GetKeyPolicyCommand,
  GetParametersForImportCommand,
  GetPublicKeyCommand,
  ImportKeyMaterialCommand,
  ListKeyRotationsCommand,
  PutKeyPolicyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  TagResourceCommand,
  UpdateKeyDescriptionCommand,
  VerifyCommand,
} from '@aws-sdk/client-kms';
import type {
  CreateKeyCommandInput,
  ImportKeyMaterialCommandInput,
  ImportKeyMaterialCommandOutput,
  KMSClient,
  KeyMetadata,
  RotationsListEntry,
  WrappingKeySpec,
} from '@aws-sdk/client-kms';
import { startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';
import { refusal } from './refusal.ts';
import { WRAPPINGS, wrap } from './wrapping.ts';
import type { Wrapping } from './wrapping.ts';

const hello = Buffer.from('hello, owner');
const FOR_EVER = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const;

describe('import of key material', () => {
  let claviger: Claviger;
  let kms: KMSClient;
  before(async () => {
    claviger = await startClaviger();
    kms = claviger.client();
  });
  after(() => claviger.remove());

  const newKey = async (input: CreateKeyCommandInput = {}): Promise<string> =>
    (await kms.send(new CreateKeyCommand({ Origin: 'EXTERNAL', ...input }))).KeyMetadata?.KeyId ?? '';
  const describeKey = async (KeyId: string): Promise<KeyMetadata> => {
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
    assert.ok(KeyMetadata);
    return KeyMetadata;
  };
  const arnOf = async (KeyId: string): Promise<string> => (await describeKey(KeyId)).Arn ?? '';

  interface Way {
    wrapping?: Wrapping;
    spec?: WrappingKeySpec;
  }
  /** A wrapping key takes a while to make, and may be used more than once. */
  const parameters = new Map<string, { PublicKey: Uint8Array; ImportToken: Uint8Array }>();
  const wrapped = async (
    KeyId: string,
    material: Buffer,
    { wrapping = 'RSAES_OAEP_SHA_256', spec = 'RSA_2048' }: Way = {},
  ): Promise<{ KeyId: string; ImportToken: Uint8Array; EncryptedKeyMaterial: Buffer }> => {
    const input = { KeyId, WrappingAlgorithm: wrapping, WrappingKeySpec: spec };
    const name = JSON.stringify(input);
    const { PublicKey, ImportToken } =
      parameters.get(name) ?? (await kms.send(new GetParametersForImportCommand(input)));
    assert.ok(PublicKey && ImportToken);
    parameters.set(name, { PublicKey, ImportToken });
    return { KeyId, ImportToken, EncryptedKeyMaterial: wrap(PublicKey, wrapping, material) };
  };
  const importInto = async (
    KeyId: string,
    material: Buffer,
    more: Partial<ImportKeyMaterialCommandInput> = {},
    way?: Way,
  ): Promise<ImportKeyMaterialCommandOutput> =>
    kms.send(
      new ImportKeyMaterialCommand({ ...(await wrapped(KeyId, material, way)), ...FOR_EVER, ...more }),
    );
  const materials = async (KeyId: string): Promise<RotationsListEntry[]> => {
    const input = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' } as const;
    return (await kms.send(new ListKeyRotationsCommand(input))).Rotations ?? [];
  };
  const encrypt = async (KeyId: string): Promise<Uint8Array> =>
    (await kms.send(new EncryptCommand({ KeyId, Plaintext: hello }))).CiphertextBlob ?? new Uint8Array();
  const decrypt = async (CiphertextBlob: Uint8Array): Promise<Buffer> =>
    Buffer.from((await kms.send(new DecryptCommand({ CiphertextBlob }))).Plaintext ?? []);

  it('makes a key that waits for its material', async () => {
    const KeyId = await newKey();
    const metadata = await describeKey(KeyId);
    assert.equal(metadata.KeyState, 'PendingImport');
    assert.equal(metadata.Enabled, false);
    assert.equal(metadata.Origin, 'EXTERNAL');
    assert.equal('CurrentKeyMaterialId' in metadata, false);
    assert.equal('ExpirationModel' in metadata, false);
    const pending = `${metadata.Arn} is pending import.`;
    for (const command of [
      new EncryptCommand({ KeyId, Plaintext: hello }),
      new EnableKeyCommand({ KeyId }),
      new DisableKeyCommand({ KeyId }),
      new RotateKeyOnDemandCommand({ KeyId }),
    ]) {
      const error = await refusal(kms.send(command as EnableKeyCommand));
      assert.deepEqual([error.name, error.message], ['KMSInvalidStateException', pending]);
    }
    const rsa = await newKey({ KeySpec: 'RSA_4096', KeyUsage: 'SIGN_VERIFY' });
    const error = await refusal(kms.send(new RotateKeyOnDemandCommand({ KeyId: rsa })));
    assert.equal(error.message, `${await arnOf(rsa)} is pending import.`);
  });

  it('lets everything be done with a waiting key that needs no material', async () => {
    const KeyId = await newKey();
    const Tags = [{ TagKey: 'a', TagValue: 'b' }];
    await kms.send(new TagResourceCommand({ KeyId, Tags }));
    await kms.send(new CreateAliasCommand({ AliasName: 'alias/waiting', TargetKeyId: KeyId }));
    await kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: 'waits' }));
    const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId }));
    await kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
    assert.deepEqual(await materials(KeyId), []);
    const early = await refusal(kms.send(new CancelKeyDeletionCommand({ KeyId })));
    assert.equal(early.message, `${await arnOf(KeyId)} is not pending deletion.`);
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId }));
    assert.equal((await describeKey(KeyId)).KeyState, 'PendingDeletion');
  });

  it('gives parameters that are valid for 24 hours, fresh ones each time', async () => {
    const KeyId = await newKey();
    const input = { KeyId, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const;
    const one = await kms.send(new GetParametersForImportCommand(input));
    const two = await kms.send(new GetParametersForImportCommand(input));
    assert.equal(one.KeyId, await arnOf(KeyId));
    const hours = ((one.ParametersValidTo?.getTime() ?? 0) - Date.now()) / 3_600_000;
    assert.ok(hours > 23.9 && hours <= 24);
    assert.notDeepEqual(one.PublicKey, two.PublicKey);
    assert.notDeepEqual(one.ImportToken, two.ImportToken);
  });

  for (const wrapping of WRAPPINGS) {
    it(`takes material that was wrapped with ${wrapping}`, async () => {
      const KeyId = await newKey();
      const material = randomBytes(32);
      const { KeyMaterialId, KeyId: Arn } = await importInto(KeyId, material, {}, { wrapping });
      assert.match(KeyMaterialId ?? '', /^[0-9a-f]{64}$/);
      assert.equal(Arn, await arnOf(KeyId));
      const metadata = await describeKey(KeyId);
      assert.equal(metadata.KeyState, 'Enabled');
      assert.equal(metadata.ExpirationModel, 'KEY_MATERIAL_DOES_NOT_EXPIRE');
      assert.equal(metadata.CurrentKeyMaterialId, KeyMaterialId);
      assert.deepEqual(await decrypt(await encrypt(KeyId)), hello);
    });
  }

  it('takes wrapping keys of 3072 and 4096 bits too', async () => {
    for (const spec of ['RSA_3072', 'RSA_4096'] as const) {
      const KeyId = await newKey();
      await importInto(KeyId, randomBytes(32), {}, { spec, wrapping: 'RSA_AES_KEY_WRAP_SHA_256' });
      assert.deepEqual(await decrypt(await encrypt(KeyId)), hello);
    }
  });

  it('gives the same material the same id in one key and another id in another key', async () => {
    const [one, two] = [await newKey(), await newKey()];
    const material = randomBytes(32);
    const first = await importInto(one, material);
    const again = await importInto(one, material);
    const other = await importInto(two, material);
    assert.equal(again.KeyMaterialId, first.KeyMaterialId);
    assert.notEqual(other.KeyMaterialId, first.KeyMaterialId);
    const CiphertextBlob = await encrypt(one);
    const error = await refusal(kms.send(new DecryptCommand({ CiphertextBlob, KeyId: two })));
    assert.equal(error.name, 'IncorrectKeyException');
  });

  it('deletes material at once, and opens old ciphertexts when the same is imported again', async () => {
    const KeyId = await newKey();
    const material = randomBytes(32);
    const { KeyMaterialId } = await importInto(KeyId, material);
    const CiphertextBlob = await encrypt(KeyId);
    const deleted = await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId }));
    assert.deepEqual([deleted.KeyId, deleted.KeyMaterialId], [await arnOf(KeyId), KeyMaterialId]);
    const metadata = await describeKey(KeyId);
    assert.equal(metadata.KeyState, 'PendingImport');
    assert.equal(metadata.CurrentKeyMaterialId, KeyMaterialId);
    const pending = await refusal(decrypt(CiphertextBlob));
    assert.equal(pending.message, `${metadata.Arn} is pending import.`);
    await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId })); // nothing is there: no effect

    const other = await refusal(importInto(KeyId, randomBytes(32)));
    assert.equal(other.name, 'IncorrectKeyMaterialException');
    await importInto(KeyId, material);
    assert.deepEqual(await decrypt(CiphertextBlob), hello);
  });

  it('enables a key again that was disabled when its material went, and keeps pending deletion', async () => {
    const KeyId = await newKey();
    const material = randomBytes(32);
    await importInto(KeyId, material);
    await kms.send(new DisableKeyCommand({ KeyId }));
    await importInto(KeyId, material);
    assert.equal((await describeKey(KeyId)).KeyState, 'Disabled');
    await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId }));
    await importInto(KeyId, material);
    assert.equal((await describeKey(KeyId)).KeyState, 'Enabled');
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId }));
    await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId }));
    assert.equal((await describeKey(KeyId)).KeyState, 'PendingDeletion');
    await kms.send(new CancelKeyDeletionCommand({ KeyId }));
    assert.equal((await describeKey(KeyId)).KeyState, 'PendingImport');
  });

  it('deletes material that expires, without being asked', async () => {
    const KeyId = await newKey();
    const ValidTo = new Date(Date.now() + 2_000);
    await importInto(KeyId, randomBytes(32), { ExpirationModel: undefined, ValidTo });
    assert.equal((await describeKey(KeyId)).ExpirationModel, 'KEY_MATERIAL_EXPIRES');
    for (;;) {
      const { KeyState } = await describeKey(KeyId);
      if (KeyState === 'PendingImport') break;
      assert.ok(Date.now() < ValidTo.getTime() + 10_000, 'the material is still there');
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    assert.ok(Date.now() >= ValidTo.getTime());
  });

  it('keeps new material pending until the key is rotated on demand', async () => {
    const KeyId = await newKey();
    const materialOne = randomBytes(32);
    const materialTwo = randomBytes(32);
    const one = (await importInto(KeyId, materialOne, { KeyMaterialDescription: 'first of 2026' }))
      .KeyMaterialId;
    const none = await refusal(kms.send(new RotateKeyOnDemandCommand({ KeyId })));
    assert.equal(none.name, 'KMSInvalidStateException');
    assert.equal(
      none.message,
      `No available key material pending rotation for the key: ${await arnOf(KeyId)}.`,
    );
    const old = await encrypt(KeyId);
    const two = (await importInto(KeyId, materialTwo, { ImportType: 'NEW_KEY_MATERIAL' })).KeyMaterialId;
    assert.equal((await describeKey(KeyId)).CurrentKeyMaterialId, one);
    assert.deepEqual(
      (await materials(KeyId)).map((m) => [m.KeyMaterialId, m.KeyMaterialState, m.ImportState]),
      [
        [one, 'CURRENT', 'IMPORTED'],
        [two, 'PENDING_ROTATION', 'IMPORTED'],
      ],
    );
    const third = randomBytes(32);
    const busy = await refusal(importInto(KeyId, third, { ImportType: 'NEW_KEY_MATERIAL' }));
    assert.equal(busy.name, 'KMSInvalidStateException');
    assert.match(
      busy.message,
      new RegExp(
        `^New key material \\(id: [0-9a-f]{64}\\) cannot be imported into KMS key ${await arnOf(KeyId)}, ` +
          `because another key material \\(id: ${two}\\) is pending rotation\\.$`,
      ),
    );

    await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
    const listed = await materials(KeyId);
    assert.deepEqual(
      listed.map((m) => [m.KeyMaterialId, m.KeyMaterialState, m.RotationType]),
      [
        [one, 'NON_CURRENT', undefined],
        [two, 'CURRENT', 'ON_DEMAND'],
      ],
    );
    assert.equal(listed[0]?.KeyMaterialDescription, 'first of 2026');
    assert.equal((await describeKey(KeyId)).CurrentKeyMaterialId, two);
    const { KeyMaterialId } = await kms.send(new DecryptCommand({ CiphertextBlob: old }));
    assert.equal(KeyMaterialId, one);

    // the key needs all its materials: without the older one it is pending import, though the current one is there
    await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId, KeyMaterialId: one }));
    assert.equal((await describeKey(KeyId)).KeyState, 'PendingImport');
    assert.equal((await materials(KeyId))[0]?.ImportState, 'PENDING_IMPORT');
    await importInto(KeyId, materialOne, { ImportType: 'EXISTING_KEY_MATERIAL', KeyMaterialId: one });
    assert.deepEqual(await decrypt(old), hello);
    assert.equal((await materials(KeyId))[0]?.KeyMaterialDescription, 'first of 2026');
  });

  it('forgets pending material that is deleted', async () => {
    const KeyId = await newKey();
    await importInto(KeyId, randomBytes(32));
    const pending = await importInto(KeyId, randomBytes(32), { ImportType: 'NEW_KEY_MATERIAL' });
    const { KeyMaterialId } = pending;
    await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId, KeyMaterialId }));
    assert.equal((await materials(KeyId)).length, 1);
    assert.equal((await describeKey(KeyId)).KeyState, 'Enabled');
    const gone = await refusal(kms.send(new DeleteImportedKeyMaterialCommand({ KeyId, KeyMaterialId })));
    assert.equal(gone.name, 'NotFoundException');
  });

  it('survives a restart of all processes', async () => {
    const KeyId = await newKey();
    const material = randomBytes(32);
    await importInto(KeyId, material);
    const CiphertextBlob = await encrypt(KeyId);
    const input = await wrapped(KeyId, material);
    await claviger.restart();
    kms = claviger.client();
    assert.deepEqual(await decrypt(CiphertextBlob), hello);
    await kms.send(new ImportKeyMaterialCommand({ ...input, ...FOR_EVER }));
  });

  describe('of other specs', () => {
    const pkcs8 = { format: 'der', type: 'pkcs8' } as const;
    const privateKeys: [string, CreateKeyCommandInput, () => Buffer, string][] = [
      ...(['P-256', 'P-384', 'P-521'] as const).map(
        (curve, i): [string, CreateKeyCommandInput, () => Buffer, string] => [
          curve,
          {
            KeySpec: (['ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_NIST_P521'] as const)[i],
            KeyUsage: 'SIGN_VERIFY',
          },
          () => generateKeyPairSync('ec', { namedCurve: curve }).privateKey.export(pkcs8),
          `ECDSA_SHA_${['256', '384', '512'][i]}`,
        ],
      ),
      [
        'secp256k1',
        { KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY' },
        () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey.export(pkcs8),
        'ECDSA_SHA_256',
      ],
      [
        'Ed25519',
        { KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' },
        () => generateKeyPairSync('ed25519').privateKey.export(pkcs8),
        'ED25519_SHA_512',
      ],
      [
        'RSA_2048',
        { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' },
        () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(pkcs8),
        'RSASSA_PSS_SHA_256',
      ],
    ];
    for (const [name, spec, generate, algorithm] of privateKeys) {
      it(`takes a private key of ${name} and signs with it`, async () => {
        const KeyId = await newKey(spec);
        const privateKey = generate();
        const way = { wrapping: 'RSA_AES_KEY_WRAP_SHA_256' } as const;
        await importInto(KeyId, privateKey, {}, way);
        const metadata = await describeKey(KeyId);
        assert.equal(metadata.KeyState, 'Enabled');
        assert.equal('CurrentKeyMaterialId' in metadata, false);
        const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }));
        const own = createPublicKey(createPrivateKey({ key: privateKey, ...pkcs8 }));
        assert.deepEqual(Buffer.from(PublicKey ?? []), own.export({ format: 'der', type: 'spki' }));
        const message = { KeyId, Message: hello, SigningAlgorithm: algorithm as 'ECDSA_SHA_256' };
        const { Signature } = await kms.send(new SignCommand(message));
        await kms.send(new VerifyCommand({ ...message, Signature }));
        const another = generate();
        const other = await refusal(importInto(KeyId, another, {}, way));
        assert.equal(other.name, 'IncorrectKeyMaterialException');
        const asNew = { ImportType: 'NEW_KEY_MATERIAL' } as const;
        assert.equal(
          (await refusal(importInto(KeyId, another, asNew, way))).name,
          'IncorrectKeyMaterialException',
        );
        await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId }));
        await importInto(KeyId, privateKey, {}, way);
        assert.equal((await describeKey(KeyId)).KeyState, 'Enabled');
      });
    }

    it('computes with an HMAC key as its owner does', async () => {
      const KeyId = await newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
      const material = randomBytes(40);
      await importInto(KeyId, material);
      const { Mac } = await kms.send(
        new GenerateMacCommand({ KeyId, Message: hello, MacAlgorithm: 'HMAC_SHA_256' }),
      );
      assert.deepEqual(Buffer.from(Mac ?? []), createHmac('sha256', material).update(hello).digest());
    });

    it('does not take material of another kind or size', async () => {
      const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(pkcs8);
      const rsa3 = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).privateKey.export(
        pkcs8,
      );
      const mismatched = Buffer.from(ec);
      mismatched[mismatched.length - 1] = (mismatched.at(-1) ?? 0) ^ 1; // the public half is no longer its own
      const wrong: [CreateKeyCommandInput, Buffer][] = [
        [{}, randomBytes(31)],
        [{}, randomBytes(33)],
        [{}, ec],
        [{ KeySpec: 'HMAC_384', KeyUsage: 'GENERATE_VERIFY_MAC' }, randomBytes(47)],
        [{ KeySpec: 'HMAC_384', KeyUsage: 'GENERATE_VERIFY_MAC' }, randomBytes(129)],
        [{ KeySpec: 'ECC_NIST_P384', KeyUsage: 'SIGN_VERIFY' }, ec],
        [{ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }, mismatched],
        [{ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }, randomBytes(32)],
        [{ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }, rsa3],
      ];
      const keys = new Map<string, string>();
      for (const [spec, material] of wrong) {
        const KeyId = keys.get(JSON.stringify(spec)) ?? (await newKey(spec));
        keys.set(JSON.stringify(spec), KeyId);
        const error = await refusal(
          importInto(KeyId, material, {}, { wrapping: 'RSA_AES_KEY_WRAP_SHA_256' }),
        );
        assert.equal(error.name, 'IncorrectKeyMaterialException', JSON.stringify(spec));
        assert.equal((await describeKey(KeyId)).KeyState, 'PendingImport');
      }
    });
  });

  describe('is refused', () => {
    it('for keys whose material KMS or a key store made', async () => {
      const { customKeyStoreId: CustomKeyStoreId } = claviger.config();
      const inCluster = { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId } as const;
      for (const input of [{ Origin: 'AWS_KMS' } as const, inCluster]) {
        const KeyId = await newKey(input);
        const ways = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const;
        const bytes = Buffer.from('x');
        for (const command of [
          new GetParametersForImportCommand({ KeyId, ...ways }),
          new ImportKeyMaterialCommand({
            KeyId,
            ImportToken: bytes,
            EncryptedKeyMaterial: bytes,
            ...FOR_EVER,
          }),
          new DeleteImportedKeyMaterialCommand({ KeyId }),
        ]) {
          const error = await refusal(kms.send(command as DeleteImportedKeyMaterialCommand));
          assert.equal(error.name, 'UnsupportedOperationException');
          assert.equal(
            error.message,
            `${await arnOf(KeyId)} origin is ${input.Origin} which is not valid for this operation.`,
          );
        }
      }
    });

    it('for wrappings that are withdrawn, Chinese, or too short for the material', async () => {
      const wrong: [CreateKeyCommandInput, string, string][] = [
        [{}, 'RSAES_PKCS1_V1_5', 'RSA_2048'],
        [{}, 'SM2PKE', 'SM2'],
        [{}, 'RSAES_OAEP_SHA_256', 'SM2'],
        [{ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }, 'RSAES_OAEP_SHA_256', 'RSA_4096'],
        [{ KeySpec: 'ECC_NIST_P521', KeyUsage: 'SIGN_VERIFY' }, 'RSAES_OAEP_SHA_1', 'RSA_2048'],
      ];
      for (const [spec, algorithm, wrappingSpec] of wrong) {
        const error = await refusal(
          kms.send(
            new GetParametersForImportCommand({
              KeyId: await newKey(spec),
              WrappingAlgorithm: algorithm as 'RSAES_OAEP_SHA_256',
              WrappingKeySpec: wrappingSpec as 'RSA_2048',
            }),
          ),
        );
        assert.equal(error.name, 'UnsupportedOperationException', algorithm);
      }
    });

    it('with a token that is of another key, altered, or no token at all', async () => {
      const KeyId = await newKey();
      const good = await wrapped(KeyId, randomBytes(32));
      const token = Buffer.from(good.ImportToken);
      const altered = [...Array(44).keys(), 44, 48, 60, 100, token.length - 1].map((at) => {
        const copy = Buffer.from(token);
        copy[at] = (copy[at] ?? 0) ^ 1;
        return copy;
      });
      const elsewhere = (await wrapped(await newKey(), randomBytes(32))).ImportToken;
      for (const ImportToken of [...altered, token.subarray(0, 60), Buffer.from('x'), elsewhere]) {
        const error = await refusal(
          kms.send(new ImportKeyMaterialCommand({ ...good, ...FOR_EVER, ImportToken })),
        );
        // a token may look expired before it is found to be altered
        assert.match(error.name, /^(InvalidImportToken|ExpiredImportToken)Exception$/);
      }
      parameters.clear();
      const others = (await wrapped(KeyId, randomBytes(32))).ImportToken;
      const swapped = { ...good, ...FOR_EVER, ImportToken: others };
      const error = await refusal(kms.send(new ImportKeyMaterialCommand(swapped)));
      assert.equal(error.name, 'InvalidCiphertextException');
      await kms.send(new ImportKeyMaterialCommand({ ...good, ...FOR_EVER }));
    });

    it('when the wrapped material was altered anywhere', async () => {
      for (const wrapping of WRAPPINGS) {
        const KeyId = await newKey();
        const good = await wrapped(KeyId, randomBytes(32), { wrapping });
        for (const at of [0, 100, 255, good.EncryptedKeyMaterial.length - 1]) {
          const EncryptedKeyMaterial = Buffer.from(good.EncryptedKeyMaterial);
          EncryptedKeyMaterial[at] = (EncryptedKeyMaterial[at] ?? 0) ^ 1;
          const error = await refusal(
            kms.send(new ImportKeyMaterialCommand({ ...good, ...FOR_EVER, EncryptedKeyMaterial })),
          );
          assert.equal(error.name, 'InvalidCiphertextException');
        }
      }
    });

    it('when expiration, type or id contradict each other', async () => {
      const KeyId = await newKey();
      const material = randomBytes(32);
      const unknown = await refusal(importInto(KeyId, material, { ImportType: 'EXISTING_KEY_MATERIAL' }));
      assert.equal(unknown.name, 'IncorrectKeyMaterialException');
      const { KeyMaterialId } = await importInto(KeyId, material);
      const tomorrow = new Date(Date.now() + 86_400_000);
      const cases: [Partial<ImportKeyMaterialCommandInput>, string, string?][] = [
        [
          { ExpirationModel: undefined },
          'ValidationException',
          'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES',
        ],
        [{ ValidTo: tomorrow }, 'ValidationException'],
        [{ ImportType: 'NEW_KEY_MATERIAL' }, 'IncorrectKeyMaterialException'],
        [{ ImportType: 'NEW_KEY_MATERIAL', KeyMaterialId }, 'ValidationException'],
        [{ KeyMaterialId: '0'.repeat(64) }, 'IncorrectKeyMaterialException'],
      ];
      for (const [more, code, message] of cases) {
        const error = await refusal(importInto(KeyId, material, more));
        assert.equal(error.name, code, JSON.stringify(more));
        if (message !== undefined) assert.equal(error.message, message);
      }
    });

    it('while the deletion of the key is pending', async () => {
      const KeyId = await newKey();
      const good = await wrapped(KeyId, randomBytes(32));
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId }));
      const error = await refusal(kms.send(new ImportKeyMaterialCommand({ ...good, ...FOR_EVER })));
      assert.equal(error.message, `${await arnOf(KeyId)} is pending deletion.`);
    });
  });
});
