/** Multi-Region keys through the official SDK: one endpoint, three Regions, and a clock that the test moves. */
import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DecapsulateCommand,
  DecryptCommand,
  DeriveSharedSecretCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncapsulateCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyPairCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
  GenerateMacCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  GetPublicKeyCommand,
  ListAliasesCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
  ReEncryptCommand,
  ReplicateKeyCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  UpdateKeyDescriptionCommand,
  UpdatePrimaryRegionCommand,
  VerifyCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import type { KMSClient, KeyMetadata, KeySpec, KeyUsageType } from '@aws-sdk/client-kms';
import { deleteDueKeys } from '../../src/jobs/key-deletion.ts';
import { completeMultiRegionChanges } from '../../src/jobs/multi-region.ts';
import { startClockedServer } from './clocked-server.ts';
import type { ClockedServer } from './clocked-server.ts';
import { refusal } from './refusal.ts';

const HOME = 'us-east-1';
const WEST = 'us-west-2';
const EUROPE = 'eu-west-1';
const DAY_MS = 86_400_000;
const MRK = /^mrk-[0-9a-f]{32}$/;

describe('multi-Region keys', () => {
  let server: ClockedServer;
  let home: KMSClient;
  let west: KMSClient;
  let europe: KMSClient;

  const arnOf = (region: string, id: string): string => `arn:aws:kms:${region}:${server.accountId}:key/${id}`;
  const describeIn = async (client: KMSClient, id: string): Promise<KeyMetadata> => {
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: id }));
    assert.ok(KeyMetadata);
    return KeyMetadata;
  };
  const newPrimary = async (): Promise<string> => {
    const { KeyMetadata } = await home.send(new CreateKeyCommand({ MultiRegion: true }));
    return KeyMetadata?.KeyId ?? '';
  };
  /** A primary key at home with complete replicas in the given Regions. */
  const newRelated = async (...regions: string[]): Promise<string> => {
    const id = await newPrimary();
    for (const ReplicaRegion of regions) {
      await home.send(new ReplicateKeyCommand({ KeyId: id, ReplicaRegion }));
    }
    await completeMultiRegionChanges(server.kms);
    return id;
  };
  const encrypt = async (client: KMSClient, id: string, text: string): Promise<Uint8Array> => {
    const { CiphertextBlob } = await client.send(
      new EncryptCommand({ KeyId: id, Plaintext: Buffer.from(text), EncryptionContext: { a: 'b' } }),
    );
    return CiphertextBlob as Uint8Array;
  };
  const decrypt = async (client: KMSClient, blob: Uint8Array): Promise<string> => {
    const { Plaintext } = await client.send(
      new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: { a: 'b' } }),
    );
    return Buffer.from(Plaintext as Uint8Array).toString();
  };
  const schedule = (client: KMSClient, id: string, days: number) =>
    client.send(new ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays: days }));

  before(async () => {
    server = await startClockedServer();
    [home, west, europe] = [server.client(HOME), server.client(WEST), server.client(EUROPE)];
  });
  after(() => server.remove());

  describe('Regions', () => {
    it('are told apart by what a request is signed for: keys, aliases and lists are each Region’s own', async () => {
      const { KeyMetadata } = await west.send(new CreateKeyCommand({}));
      const id = KeyMetadata?.KeyId ?? '';
      assert.equal(KeyMetadata?.Arn, arnOf(WEST, id));
      await west.send(new CreateAliasCommand({ AliasName: 'alias/regional', TargetKeyId: id }));
      const listed = async (client: KMSClient): Promise<boolean> =>
        (await client.send(new ListKeysCommand({ Limit: 1000 }))).Keys?.some((k) => k.KeyId === id) ?? false;
      assert.equal(await listed(west), true);
      assert.equal(await listed(home), false);
      const { Aliases } = await home.send(new ListAliasesCommand({}));
      assert.deepEqual(
        Aliases?.filter((a) => a.AliasName?.startsWith('alias/aws/') !== true),
        [],
      );
      const unknown = await refusal(describeIn(home, id));
      assert.equal(unknown.name, 'NotFoundException');
      assert.equal(unknown.message, `Key '${arnOf(HOME, id)}' does not exist`);
    });

    it('refuse the ARN of a key of another Region', async () => {
      const id = await newRelated(WEST);
      const error = await refusal(describeIn(home, arnOf(WEST, id)));
      assert.equal(error.name, 'NotFoundException');
      assert.equal(error.message, 'Invalid arn us-west-2');
    });

    it('that are not served are refused with the signature', async () => {
      const error = await refusal(server.client('ap-southeast-2').send(new ListKeysCommand({})));
      assert.equal(error.name, 'InvalidSignatureException');
    });
  });

  describe('CreateKey', () => {
    it('makes a lone primary key with an id of its own kind', async () => {
      const { KeyMetadata } = await home.send(new CreateKeyCommand({ MultiRegion: true }));
      const id = KeyMetadata?.KeyId ?? '';
      assert.match(id, MRK);
      assert.equal(KeyMetadata?.MultiRegion, true);
      assert.match(KeyMetadata.CurrentKeyMaterialId ?? '', /^[0-9a-f]{64}$/);
      assert.deepEqual(KeyMetadata.MultiRegionConfiguration, {
        MultiRegionKeyType: 'PRIMARY',
        PrimaryKey: { Arn: arnOf(HOME, id), Region: HOME },
        ReplicaKeys: [],
      });
    });

    it('says nothing of Regions in a single-Region key', async () => {
      const { KeyMetadata } = await home.send(new CreateKeyCommand({ MultiRegion: false }));
      assert.equal(KeyMetadata?.MultiRegion, false);
      assert.equal(KeyMetadata.MultiRegionConfiguration, undefined);
    });
  });

  describe('ReplicateKey', () => {
    it('makes a key with its own policy, description and tags, first Creating and then Enabled', async () => {
      const id = await newPrimary();
      await home.send(new UpdateKeyDescriptionCommand({ KeyId: id, Description: 'at home' }));
      const Policy = JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { AWS: server.accountId }, Action: 'kms:*', Resource: '*' },
        ],
      });
      const Tags = [{ TagKey: 'where', TagValue: 'west' }];
      const answer = await home.send(
        new ReplicateKeyCommand({ KeyId: id, ReplicaRegion: WEST, Policy, Description: 'out west', Tags }),
      );
      const made = answer.ReplicaKeyMetadata;
      assert.equal(answer.ReplicaPolicy, Policy);
      assert.deepEqual(answer.ReplicaTags, Tags);
      assert.equal(made?.Arn, arnOf(WEST, id));
      assert.equal(made.KeyState, 'Creating');
      assert.equal(made.Enabled, false);
      assert.equal(made.CurrentKeyMaterialId, undefined);
      assert.deepEqual(made.MultiRegionConfiguration, {
        MultiRegionKeyType: 'REPLICA',
        PrimaryKey: { Arn: arnOf(HOME, id), Region: HOME },
        ReplicaKeys: [{ Arn: arnOf(WEST, id), Region: WEST }],
      });
      const creating = await refusal(encrypt(west, id, 'too early'));
      assert.equal(creating.name, 'KMSInvalidStateException');
      assert.equal(creating.message, `${arnOf(WEST, id)} is creating.`);

      assert.equal(await completeMultiRegionChanges(server.kms), 2);
      assert.equal(await completeMultiRegionChanges(server.kms), 0);
      const [primary, replica] = [await describeIn(home, id), await describeIn(west, id)];
      assert.equal(replica.KeyState, 'Enabled');
      assert.equal(replica.Enabled, true);
      assert.equal(replica.Description, 'out west');
      assert.equal(primary.Description, 'at home');
      assert.equal(replica.CurrentKeyMaterialId, primary.CurrentKeyMaterialId);
      assert.equal(primary.MultiRegionConfiguration?.MultiRegionKeyType, 'PRIMARY');
      assert.deepEqual(primary.MultiRegionConfiguration.ReplicaKeys, [
        { Arn: arnOf(WEST, id), Region: WEST },
      ]);
      assert.deepEqual((await west.send(new ListResourceTagsCommand({ KeyId: id }))).Tags, Tags);
      assert.deepEqual((await home.send(new ListResourceTagsCommand({ KeyId: id }))).Tags, []);
      assert.equal((await west.send(new GetKeyPolicyCommand({ KeyId: id }))).Policy, Policy);
    });

    it('gives the default policy and an empty description when nothing is said', async () => {
      const id = await newPrimary();
      const answer = await home.send(new ReplicateKeyCommand({ KeyId: id, ReplicaRegion: EUROPE }));
      assert.equal(answer.ReplicaKeyMetadata?.Description, '');
      assert.match(answer.ReplicaPolicy ?? '', /"Id" : "key-default-1"/);
      assert.equal(answer.ReplicaTags, undefined);
      await completeMultiRegionChanges(server.kms);
    });

    it('refuses a Region that has a related key already, the primary key’s own included', async () => {
      const id = await newRelated(WEST);
      for (const ReplicaRegion of [WEST, HOME]) {
        const error = await refusal(home.send(new ReplicateKeyCommand({ KeyId: id, ReplicaRegion })));
        assert.equal(error.name, 'AlreadyExistsException');
      }
    });

    it('makes one replica when two are asked for at once', async () => {
      const id = await newPrimary();
      const outcomes = await Promise.allSettled(
        [1, 2].map(() => home.send(new ReplicateKeyCommand({ KeyId: id, ReplicaRegion: WEST }))),
      );
      assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
      await completeMultiRegionChanges(server.kms);
      assert.equal((await describeIn(home, id)).MultiRegionConfiguration?.ReplicaKeys?.length, 1);
    });

    it('refuses every key that is not a primary key', async () => {
      const id = await newRelated(WEST);
      const single = (await home.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
      const cases: [KMSClient, string, string][] = [
        [west, id, arnOf(WEST, id)],
        [home, single, arnOf(HOME, single)],
      ];
      for (const [client, KeyId, arn] of cases) {
        const error = await refusal(client.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: EUROPE })));
        assert.equal(error.name, 'UnsupportedOperationException');
        assert.equal(error.message, `${arn} is not a multi-region primary key.`);
      }
    });

    it('refuses a Region that is not served, wrong tags and a policy that locks out', async () => {
      const id = await newPrimary();
      const wrong: [object, string][] = [
        [{ ReplicaRegion: 'ap-southeast-2' }, 'ValidationException'],
        [{ ReplicaRegion: 'nowhere' }, 'ValidationException'],
        [{ ReplicaRegion: WEST, Tags: [{ TagKey: 'aws:x', TagValue: '' }] }, 'TagException'],
        [
          { ReplicaRegion: WEST, Policy: '{"Version":"2012-10-17","Statement":[]}' },
          'MalformedPolicyDocumentException',
        ],
      ];
      for (const [input, name] of wrong) {
        const error = await refusal(
          home.send(new ReplicateKeyCommand({ KeyId: id, ReplicaRegion: WEST, ...input })),
        );
        assert.equal(error.name, name, JSON.stringify(input));
      }
      assert.deepEqual((await describeIn(home, id)).MultiRegionConfiguration?.ReplicaKeys, []);
    });

    it('refuses keys by their state', async () => {
      const id = await newPrimary();
      const replicate = () => refusal(home.send(new ReplicateKeyCommand({ KeyId: id, ReplicaRegion: WEST })));
      await home.send(new DisableKeyCommand({ KeyId: id }));
      const disabled = await replicate();
      assert.equal(disabled.name, 'DisabledException');
      assert.equal(disabled.message, `${arnOf(HOME, id)} is disabled.`);
      await schedule(home, id, 7);
      const pending = await replicate();
      assert.equal(pending.name, 'KMSInvalidStateException');
      assert.equal(pending.message, `${arnOf(HOME, id)} is pending deletion.`);
    });
  });

  describe('related keys', () => {
    it('open each other’s ciphertexts, in every direction', async () => {
      const id = await newRelated(WEST, EUROPE);
      const clients = [home, west, europe];
      for (const from of clients) {
        const blob = await encrypt(from, id, 'interoperable');
        for (const to of clients) assert.equal(await decrypt(to, blob), 'interoperable');
      }
    });

    it('name the key of the Region that was asked, and open data keys of another', async () => {
      const id = await newRelated(WEST);
      const made = await home.send(new GenerateDataKeyCommand({ KeyId: id, KeySpec: 'AES_256' }));
      const opened = await west.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob, KeyId: id }));
      assert.equal(opened.KeyId, arnOf(WEST, id));
      assert.equal(opened.KeyMaterialId, made.KeyMaterialId);
      assert.deepEqual(opened.Plaintext, made.Plaintext);
      const again = await west.send(
        new ReEncryptCommand({ CiphertextBlob: made.CiphertextBlob, DestinationKeyId: id }),
      );
      assert.equal(again.SourceKeyId, arnOf(WEST, id));
      const back = await home.send(new DecryptCommand({ CiphertextBlob: again.CiphertextBlob }));
      assert.deepEqual(back.Plaintext, made.Plaintext);
    });

    it('do not open a ciphertext in a Region without a related key, nor one of another multi-Region key', async () => {
      const id = await newRelated(WEST);
      const blob = await encrypt(home, id, 'not here');
      const elsewhere = await refusal(decrypt(europe, blob));
      assert.equal(elsewhere.name, 'AccessDeniedException');
      assert.match(
        elsewhere.message,
        /resource associated with this ciphertext because the resource does not exist in this Region/,
      );
      const other = Buffer.from(blob);
      Buffer.from((await newRelated(WEST)).slice(4), 'hex').copy(other, 4);
      assert.equal((await refusal(decrypt(west, other))).name, 'InvalidCiphertextException');
    });

    it('of every other kind work together too: signatures, codes, shared secrets and RSA ciphertexts', async () => {
      const made = async (KeySpec: KeySpec, KeyUsage: KeyUsageType): Promise<string> => {
        const input = { MultiRegion: true, KeySpec, KeyUsage };
        const id = (await home.send(new CreateKeyCommand(input))).KeyMetadata?.KeyId ?? '';
        assert.match(id, MRK);
        await home.send(new ReplicateKeyCommand({ KeyId: id, ReplicaRegion: WEST }));
        await completeMultiRegionChanges(server.kms);
        const replica = await describeIn(west, id);
        assert.deepEqual([replica.KeySpec, replica.KeyUsage], [KeySpec, KeyUsage]);
        return id;
      };
      const Message = Buffer.from('signed in one Region');

      const signer = await made('ECC_NIST_P256', 'SIGN_VERIFY');
      const signing = { KeyId: signer, Message, SigningAlgorithm: 'ECDSA_SHA_256' } as const;
      const { Signature } = await west.send(new SignCommand(signing));
      assert.equal((await home.send(new VerifyCommand({ ...signing, Signature }))).SignatureValid, true);
      const publicKeys = await Promise.all(
        [home, west].map((client) => client.send(new GetPublicKeyCommand({ KeyId: signer }))),
      );
      assert.deepEqual(publicKeys[0]?.PublicKey, publicKeys[1]?.PublicKey);
      assert.equal(publicKeys[1]?.KeyId, arnOf(WEST, signer));

      const mac = {
        KeyId: await made('HMAC_256', 'GENERATE_VERIFY_MAC'),
        Message,
        MacAlgorithm: 'HMAC_SHA_256',
      } as const;
      const { Mac } = await home.send(new GenerateMacCommand(mac));
      assert.equal((await west.send(new VerifyMacCommand({ ...mac, Mac }))).MacValid, true);

      const KeyId = await made('RSA_2048', 'ENCRYPT_DECRYPT');
      const oaep = { KeyId, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' } as const;
      const { CiphertextBlob } = await home.send(new EncryptCommand({ ...oaep, Plaintext: Message }));
      const opened = await west.send(new DecryptCommand({ ...oaep, CiphertextBlob }));
      assert.deepEqual(Buffer.from(opened.Plaintext ?? ''), Message);

      const agreeing = await made('ECC_NIST_P384', 'KEY_AGREEMENT');
      const { publicKey: PublicKey } = generateKeyPairSync('ec', {
        namedCurve: 'P-384',
        publicKeyEncoding: { type: 'spki', format: 'der' },
        privateKeyEncoding: { type: 'pkcs8', format: 'der' },
      });
      const [one, other] = await Promise.all(
        [home, west].map((client) =>
          client.send(
            new DeriveSharedSecretCommand({ KeyId: agreeing, KeyAgreementAlgorithm: 'ECDH', PublicKey }),
          ),
        ),
      );
      assert.equal(one?.SharedSecret?.length, 48);
      assert.deepEqual(one.SharedSecret, other?.SharedSecret);

      const kem = {
        KeyId: await made('ML_KEM_768', 'ENCAPSULATE_DECAPSULATE'),
        EncapsulationAlgorithm: 'ML_KEM',
      } as const;
      const { SharedSecret, SharedSecretCiphertextBlob } = await home.send(new EncapsulateCommand(kem));
      const decapsulated = await west.send(new DecapsulateCommand({ ...kem, SharedSecretCiphertextBlob }));
      assert.equal(decapsulated.SharedSecret?.length, 32);
      assert.deepEqual(decapsulated.SharedSecret, SharedSecret);
    });

    it('open the private keys of each other’s data key pairs', async () => {
      const id = await newRelated(WEST);
      const input = { KeyId: id, KeyPairSpec: 'ECC_NIST_P256' } as const;
      const pair = await home.send(new GenerateDataKeyPairCommand(input));
      const open = async (CiphertextBlob: Uint8Array | undefined): Promise<Buffer> =>
        Buffer.from((await west.send(new DecryptCommand({ CiphertextBlob }))).Plaintext ?? '');
      assert.deepEqual(
        await open(pair.PrivateKeyCiphertextBlob),
        Buffer.from(pair.PrivateKeyPlaintext ?? ''),
      );

      const closed = await home.send(new GenerateDataKeyPairWithoutPlaintextCommand(input));
      const key = await open(closed.PrivateKeyCiphertextBlob);
      const publicKey = createPublicKey(createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
      assert.deepEqual(
        publicKey.export({ format: 'der', type: 'spki' }),
        Buffer.from(closed.PublicKey ?? ''),
      );
    });

    it('are enabled, disabled, described and deleted each by itself', async () => {
      const id = await newRelated(WEST);
      const blob = await encrypt(home, id, 'still');
      await west.send(new DisableKeyCommand({ KeyId: id }));
      assert.equal((await refusal(decrypt(west, blob))).message, `${arnOf(WEST, id)} is disabled.`);
      assert.equal(await decrypt(home, blob), 'still');
      await west.send(new EnableKeyCommand({ KeyId: id }));
      assert.equal(await decrypt(west, blob), 'still');
    });
  });

  describe('UpdatePrimaryRegion', () => {
    it('swaps the roles of two keys, through Updating, and no ciphertext is lost', async () => {
      const id = await newRelated(WEST, EUROPE);
      const blob = await encrypt(home, id, 'before');
      await home.send(new UpdatePrimaryRegionCommand({ KeyId: id, PrimaryRegion: WEST }));
      const states = async (): Promise<(string | undefined)[]> =>
        Promise.all([home, west, europe].map(async (client) => (await describeIn(client, id)).KeyState));
      assert.deepEqual(await states(), ['Updating', 'Updating', 'Enabled']);
      assert.equal((await describeIn(west, id)).Enabled, false);
      assert.equal(await decrypt(west, blob), 'before');
      const refused: [KMSClient, { send: () => Promise<unknown> }][] = [
        [home, { send: () => home.send(new DisableKeyCommand({ KeyId: id })) }],
        [home, { send: () => schedule(home, id, 7) }],
      ];
      for (const [, { send }] of refused) {
        const error = await refusal(send());
        assert.equal(error.name, 'KMSInvalidStateException');
        assert.equal(error.message, `${arnOf(HOME, id)} is updating.`);
      }

      await completeMultiRegionChanges(server.kms);
      assert.deepEqual(await states(), ['Enabled', 'Enabled', 'Enabled']);
      for (const [client, type] of [
        [home, 'REPLICA'],
        [west, 'PRIMARY'],
        [europe, 'REPLICA'],
      ] as const) {
        const { MultiRegionConfiguration } = await describeIn(client, id);
        assert.deepEqual(MultiRegionConfiguration, {
          MultiRegionKeyType: type,
          PrimaryKey: { Arn: arnOf(WEST, id), Region: WEST },
          ReplicaKeys: [EUROPE, HOME].map((region) => ({ Arn: arnOf(region, id), Region: region })),
        });
      }
      const former = await refusal(
        home.send(new UpdatePrimaryRegionCommand({ KeyId: id, PrimaryRegion: EUROPE })),
      );
      assert.equal(former.message, `${arnOf(HOME, id)} is not a multi-region primary key.`);
      assert.equal(await decrypt(europe, await encrypt(home, id, 'after')), 'after');
    });

    it('and ReplicateKey leave automatic rotation shown as it is while keys change', async () => {
      const id = await newRelated(WEST);
      await home.send(new EnableKeyRotationCommand({ KeyId: id, RotationPeriodInDays: 100 }));
      await home.send(new ReplicateKeyCommand({ KeyId: id, ReplicaRegion: EUROPE }));
      const shown = async (client: KMSClient): Promise<unknown[]> => {
        const status = await client.send(new GetKeyRotationStatusCommand({ KeyId: id }));
        return [
          (await describeIn(client, id)).KeyState,
          status.KeyRotationEnabled,
          status.RotationPeriodInDays,
        ];
      };
      assert.deepEqual(await shown(europe), ['Creating', true, 100]);
      await completeMultiRegionChanges(server.kms);
      await home.send(new UpdatePrimaryRegionCommand({ KeyId: id, PrimaryRegion: WEST }));
      for (const client of [home, west]) assert.deepEqual(await shown(client), ['Updating', true, 100]);
      await completeMultiRegionChanges(server.kms);
    });

    it('refuses a Region without a replica, the primary key’s own, and keys that are not enabled', async () => {
      const id = await newRelated(WEST);
      const update = (PrimaryRegion: string) =>
        refusal(home.send(new UpdatePrimaryRegionCommand({ KeyId: id, PrimaryRegion })));
      const missing = await update(EUROPE);
      assert.equal(missing.name, 'NotFoundException');
      assert.equal(missing.message, `Key '${arnOf(EUROPE, id)}' does not exist`);
      assert.equal((await update(HOME)).name, 'UnsupportedOperationException');
      await west.send(new DisableKeyCommand({ KeyId: id }));
      const disabled = await update(WEST);
      assert.equal(disabled.name, 'DisabledException');
      assert.equal(disabled.message, `${arnOf(WEST, id)} is disabled.`);
      assert.equal((await describeIn(home, id)).KeyState, 'Enabled');
    });
  });

  describe('deletion', () => {
    it('of a primary key waits for its replicas, and its window begins when the last one is gone', async () => {
      const id = await newRelated(WEST, EUROPE);
      const answer = await schedule(home, id, 10);
      assert.equal(answer.KeyState, 'PendingReplicaDeletion');
      assert.equal(answer.DeletionDate, undefined);
      assert.equal(answer.PendingWindowInDays, 10);
      const waiting = await describeIn(home, id);
      assert.equal(waiting.KeyState, 'PendingReplicaDeletion');
      assert.equal(waiting.PendingDeletionWindowInDays, 10);
      assert.equal(waiting.DeletionDate, undefined);
      const unusable = await refusal(encrypt(home, id, 'x'));
      assert.equal(unusable.name, 'KMSInvalidStateException');
      assert.equal(unusable.message, `${arnOf(HOME, id)} is pending replica deletion.`);

      const blob = await encrypt(west, id, 'replicas live on');
      await schedule(west, id, 7);
      server.pass(7 * DAY_MS + 1000);
      await deleteDueKeys(server.kms);
      assert.equal((await refusal(describeIn(west, id))).name, 'NotFoundException');
      assert.equal((await describeIn(home, id)).KeyState, 'PendingReplicaDeletion');
      assert.deepEqual(
        (await describeIn(europe, id)).MultiRegionConfiguration?.ReplicaKeys?.map((key) => key.Region),
        [EUROPE],
      );
      assert.equal(await decrypt(europe, blob), 'replicas live on');

      await schedule(europe, id, 7);
      server.pass(7 * DAY_MS + 1000);
      const gone = server.kms.clock();
      await deleteDueKeys(server.kms);
      const pending = await describeIn(home, id);
      assert.equal(pending.KeyState, 'PendingDeletion');
      assert.equal(pending.PendingDeletionWindowInDays, undefined);
      const wait = (pending.DeletionDate?.getTime() ?? 0) - gone;
      assert.ok(Math.abs(wait - 10 * DAY_MS) < 5000, `${wait} ms`);
      server.pass(10 * DAY_MS + 5000);
      await deleteDueKeys(server.kms);
      assert.equal((await refusal(describeIn(home, id))).name, 'NotFoundException');
    });

    it('of a lone primary key, and of one whose replicas are gone, begins at once', async () => {
      const id = await newRelated(WEST);
      await schedule(west, id, 7);
      server.pass(7 * DAY_MS + 1000);
      await deleteDueKeys(server.kms);
      assert.deepEqual((await describeIn(home, id)).MultiRegionConfiguration?.ReplicaKeys, []);
      const answer = await schedule(home, id, 7);
      assert.equal(answer.KeyState, 'PendingDeletion');
      assert.ok(answer.DeletionDate);
    });

    it('is taken back with CancelKeyDeletion, and the key is then disabled', async () => {
      const id = await newRelated(WEST);
      await schedule(home, id, 8);
      await home.send(new CancelKeyDeletionCommand({ KeyId: id }));
      const metadata = await describeIn(home, id);
      assert.equal(metadata.KeyState, 'Disabled');
      assert.equal(metadata.PendingDeletionWindowInDays, undefined);
      await schedule(west, id, 7);
      server.pass(7 * DAY_MS + 1000);
      await deleteDueKeys(server.kms);
      assert.equal((await describeIn(home, id)).KeyState, 'Disabled');
      await home.send(new EnableKeyCommand({ KeyId: id }));
    });

    it('frees the Region for a new replica, which opens the old ciphertexts', async () => {
      const id = await newRelated(WEST);
      const blob = await encrypt(west, id, 'made by the first replica');
      await schedule(west, id, 7);
      server.pass(7 * DAY_MS + 1000);
      await deleteDueKeys(server.kms);
      await home.send(new ReplicateKeyCommand({ KeyId: id, ReplicaRegion: WEST }));
      await completeMultiRegionChanges(server.kms);
      assert.equal(await decrypt(west, blob), 'made by the first replica');
    });

    it('may be asked for while a replica is still Creating, which has its material when it is taken back', async () => {
      const id = await newPrimary();
      await home.send(new ReplicateKeyCommand({ KeyId: id, ReplicaRegion: WEST }));
      await schedule(west, id, 7);
      await completeMultiRegionChanges(server.kms);
      assert.equal((await describeIn(west, id)).KeyState, 'PendingDeletion');
      await west.send(new CancelKeyDeletionCommand({ KeyId: id }));
      await west.send(new EnableKeyCommand({ KeyId: id }));
      assert.equal(await decrypt(home, await encrypt(west, id, 'whole')), 'whole');
    });
  });

  describe('the audit trail', () => {
    it('has a replication in both Regions, and its synchronisation under the primary key alone', async () => {
      const id = await newRelated(WEST);
      const ours = (await server.events()).filter((event) =>
        event.resources?.some((resource) => resource.ARN.endsWith(id)),
      );
      const [made, replicated, created, synchronized] = ours;
      assert.deepEqual(
        ours.map((event) => [event.eventName, event.awsRegion]),
        [
          ['CreateKey', HOME],
          ['ReplicateKey', HOME],
          ['CreateKey', WEST],
          ['SynchronizeMultiRegionKey', HOME],
        ],
      );
      assert.equal(made?.requestParameters?.['multiRegion'], true);
      const shown = replicated?.responseElements?.['replicaKeyMetadata'] as Record<string, unknown>;
      assert.deepEqual(replicated?.requestParameters, {
        keyId: id,
        replicaRegion: WEST,
        bypassPolicyLockoutSafetyCheck: false,
        description: '',
      });
      assert.equal(shown['keyState'], 'Creating');
      assert.deepEqual(shown['multiRegionConfiguration'], {
        multiRegionKeyType: 'REPLICA',
        primaryKey: { arn: arnOf(HOME, id), region: HOME },
        replicaKeys: [{ arn: arnOf(WEST, id), region: WEST }],
      });
      assert.match(String(shown['creationDate']), /^[A-Z][a-z]{2} \d+, \d{4}, /);
      assert.equal(created?.requestID, replicated?.requestID);
      assert.equal(created?.userIdentity.type, 'Root');
      assert.deepEqual(
        created?.resources?.map((resource) => resource.ARN),
        [arnOf(WEST, id)],
      );
      assert.equal(synchronized?.eventType, 'AwsApiCall');
      assert.deepEqual(synchronized.userIdentity, {
        accountId: server.accountId,
        invokedBy: 'AWS Internal',
      });
      assert.equal(synchronized.requestParameters, null);
      assert.deepEqual(
        synchronized.resources?.map((resource) => resource.ARN),
        [arnOf(HOME, id)],
      );
    });

    it('has a change of the primary Region in both Regions, and a refused one once', async () => {
      const id = await newRelated(WEST);
      await refusal(home.send(new UpdatePrimaryRegionCommand({ KeyId: id, PrimaryRegion: EUROPE })));
      await home.send(new UpdatePrimaryRegionCommand({ KeyId: id, PrimaryRegion: WEST }));
      await completeMultiRegionChanges(server.kms);
      const updates = (await server.events()).filter(
        (event) => event.eventName === 'UpdatePrimaryRegion' && event.requestParameters?.['keyId'] === id,
      );
      assert.deepEqual(
        updates.map((event) => [
          event.awsRegion,
          event.errorCode,
          event.resources?.map((resource) => resource.ARN),
        ]),
        [
          [HOME, 'NotFoundException', undefined],
          [HOME, undefined, [arnOf(HOME, id)]],
          [WEST, undefined, [arnOf(WEST, id)]],
        ],
      );
    });
  });
});
