/** Every operation of this build through the official SDK, over both key stores, rightly and wrongly. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateRandomCommand,
  GetKeyPolicyCommand,
  ListAliasesCommand,
  ListKeyPoliciesCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import type { CreateKeyCommandInput, KMSClient, KeyMetadata } from '@aws-sdk/client-kms';
import { startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';
import { refusal } from './refusal.ts';

const hello = Buffer.from('hello, HSM');

/** Bytes of a ciphertext that say which key it was made with: the flag of multi-Region ids, and the id (docs/formats.md). */
const KEY_ID_BYTES = new Set([2, ...Array.from({ length: 16 }, (_, i) => 4 + i)]);

describe('KMS operations through the AWS SDK', () => {
  let claviger: Claviger;
  let kms: KMSClient;
  let region: string;
  let account: string;
  let store: string;
  const keys: Record<'builtin' | 'cluster', string> = { builtin: '', cluster: '' };

  const newKey = async (input: CreateKeyCommandInput = {}): Promise<KeyMetadata> => {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand(input));
    assert.ok(KeyMetadata);
    return KeyMetadata;
  };
  const arnOf = (id: string): string => `arn:aws:kms:${region}:${account}:key/${id}`;

  before(async () => {
    claviger = await startClaviger();
    kms = claviger.client();
    ({ region, accountId: account, customKeyStoreId: store } = claviger.config());
    keys.builtin = (await newKey()).KeyId ?? '';
    keys.cluster = (await newKey({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: store })).KeyId ?? '';
  });
  after(() => claviger.remove());

  describe('CreateKey', () => {
    it('gives the metadata of a built-in key as AWS does', async () => {
      const metadata = await newKey({ Description: 'mine', Tags: [{ TagKey: 'a', TagValue: 'b' }] });
      assert.match(metadata.KeyId ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      assert.match(metadata.CurrentKeyMaterialId ?? '', /^[0-9a-f]{64}$/);
      const { KeyId, Arn, CreationDate, CurrentKeyMaterialId, ...rest } = metadata;
      assert.equal(Arn, arnOf(KeyId ?? ''));
      assert.ok(Math.abs(Date.now() - (CreationDate?.getTime() ?? 0)) < 60_000);
      assert.ok(CurrentKeyMaterialId);
      assert.deepEqual(rest, {
        AWSAccountId: account,
        CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
        Description: 'mine',
        Enabled: true,
        EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
        KeyManager: 'CUSTOMER',
        KeySpec: 'SYMMETRIC_DEFAULT',
        KeyState: 'Enabled',
        KeyUsage: 'ENCRYPT_DECRYPT',
        MultiRegion: false,
        Origin: 'AWS_KMS',
      });
    });

    it('names key store and cluster of a key in a custom key store, and no key material id', async () => {
      const { KeyMetadata: metadata } = await kms.send(new DescribeKeyCommand({ KeyId: keys.cluster }));
      assert.equal(metadata?.Origin, 'AWS_CLOUDHSM');
      assert.equal(metadata?.CustomKeyStoreId, store);
      assert.equal(metadata?.CloudHsmClusterId, claviger.config().clusterId);
      assert.equal(metadata?.CurrentKeyMaterialId, undefined);
    });

    const wrong: [string, CreateKeyCommandInput, string, RegExp | string][] = [
      [
        'a cluster origin without a key store',
        { Origin: 'AWS_CLOUDHSM' },
        'ValidationException',
        /CustomKeyStoreId/,
      ],
      [
        'a key store that is unknown',
        { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: 'cks-00000000000000000' },
        'CustomKeyStoreNotFoundException',
        '',
      ],
      [
        'a usage that the spec has not',
        { KeyUsage: 'SIGN_VERIFY' },
        'ValidationException',
        'KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT',
      ],
      [
        'no usage for another spec',
        { KeySpec: 'HMAC_256' },
        'ValidationException',
        'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
      ],
      [
        'reserved tags',
        { Tags: [{ TagKey: 'aws:x', TagValue: '' }] },
        'TagException',
        'Tags beginning with aws: are reserved',
      ],
      [
        'duplicate tags',
        {
          Tags: [
            { TagKey: 'x', TagValue: '' },
            { TagKey: 'x', TagValue: '' },
          ],
        },
        'TagException',
        'Duplicate tag keys',
      ],
      [
        'too many tags',
        { Tags: Array.from({ length: 51 }, (_, i) => ({ TagKey: `t${i}`, TagValue: '' })) },
        'TagException',
        'Too many tags',
      ],
      ['a policy that is no JSON', { Policy: '{' }, 'MalformedPolicyDocumentException', /./],
    ];
    for (const [what, input, code, message] of wrong) {
      it(`refuses ${what}`, async () => {
        const error = await refusal(kms.send(new CreateKeyCommand(input)));
        assert.equal(error.name, code);
        assert.equal(error.$metadata.httpStatusCode, 400);
        if (message instanceof RegExp) assert.match(error.message, message);
        else if (message !== '') assert.equal(error.message, message);
      });
    }

    for (const spec of ['RSA_2048', 'HMAC_256'] as const) {
      it(`refuses ${spec} in a custom key store`, async () => {
        const error = await refusal(
          newKey({
            Origin: 'AWS_CLOUDHSM',
            CustomKeyStoreId: store,
            KeySpec: spec,
            KeyUsage: spec === 'RSA_2048' ? 'SIGN_VERIFY' : 'GENERATE_VERIFY_MAC',
          }),
        );
        assert.match(error.name, /ValidationException|UnsupportedOperationException/);
      });
    }
  });

  for (const kind of ['builtin', 'cluster'] as const) {
    describe(`cryptography in the ${kind} key store`, () => {
      const context = { department: 'finance', ünï: '✓' };

      it('decrypts what it encrypted, whatever the order of the context', async () => {
        const encrypted = await kms.send(
          new EncryptCommand({ KeyId: keys[kind], Plaintext: hello, EncryptionContext: context }),
        );
        assert.equal(encrypted.KeyId, arnOf(keys[kind]));
        const reordered = Object.fromEntries(Object.entries(context).reverse());
        const decrypted = await kms.send(
          new DecryptCommand({ CiphertextBlob: encrypted.CiphertextBlob, EncryptionContext: reordered }),
        );
        assert.deepEqual(Buffer.from(decrypted.Plaintext ?? []), hello);
        assert.equal(decrypted.KeyId, arnOf(keys[kind]));
        assert.equal(decrypted.KeyMaterialId === undefined, kind === 'cluster');
      });

      it('encrypts 1 and 4096 bytes, and no more', async () => {
        for (const length of [1, 4096]) {
          const { CiphertextBlob } = await kms.send(
            new EncryptCommand({ KeyId: keys[kind], Plaintext: Buffer.alloc(length, 7) }),
          );
          const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob, KeyId: keys[kind] }));
          assert.equal(Plaintext?.length, length);
        }
        const error = await refusal(
          kms.send(new EncryptCommand({ KeyId: keys[kind], Plaintext: Buffer.alloc(4097) })),
        );
        assert.equal(error.name, 'ValidationException');
        assert.equal(
          error.message,
          "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
        );
      });

      it('refuses every altered byte, cut and foreign context alike', async () => {
        const { CiphertextBlob } = await kms.send(
          new EncryptCommand({ KeyId: keys[kind], Plaintext: hello, EncryptionContext: context }),
        );
        const blob = Buffer.from(CiphertextBlob ?? []);
        const tampered = [...blob.keys()].map((i) => {
          const copy = Buffer.from(blob);
          copy[i] = (copy[i] as number) ^ 1;
          return copy;
        });
        tampered.push(blob.subarray(0, -1), blob.subarray(0, 20), Buffer.concat([blob, blob]));
        const errors = await Promise.all(
          tampered.map((CiphertextBlob) =>
            refusal(kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: context }))),
          ),
        );
        // as on AWS: a key that is not there is denied like one that the caller may not use
        const expected = errors.map((_, i) =>
          KEY_ID_BYTES.has(i) ? 'AccessDeniedException' : 'InvalidCiphertextException',
        );
        assert.deepEqual(
          errors.map((e) => e.name),
          expected,
        );
        const foreign: (Record<string, string> | undefined)[] = [
          undefined,
          {},
          { department: 'Finance', ünï: '✓' },
        ];
        for (const EncryptionContext of foreign) {
          const error = await refusal(
            kms.send(new DecryptCommand({ CiphertextBlob: blob, EncryptionContext })),
          );
          assert.equal(error.name, 'InvalidCiphertextException');
        }
      });

      it('says IncorrectKeyException when another key is named', async () => {
        const { CiphertextBlob } = await kms.send(
          new EncryptCommand({ KeyId: keys[kind], Plaintext: hello }),
        );
        const other = kind === 'builtin' ? keys.cluster : keys.builtin;
        const error = await refusal(kms.send(new DecryptCommand({ CiphertextBlob, KeyId: other })));
        assert.equal(error.name, 'IncorrectKeyException');
        assert.equal(
          error.message,
          'The key ID in the request does not identify a CMK that can perform this operation.',
        );
      });

      it('makes data keys of every length that decrypt to themselves', async () => {
        const asked = [
          [{ KeySpec: 'AES_256' as const }, 32],
          [{ KeySpec: 'AES_128' as const }, 16],
          [{ NumberOfBytes: 1 }, 1],
          [{ NumberOfBytes: 1024 }, 1024],
        ] as const;
        for (const [input, length] of asked) {
          const made = await kms.send(
            new GenerateDataKeyCommand({ KeyId: keys[kind], EncryptionContext: context, ...input }),
          );
          assert.equal(made.Plaintext?.length, length);
          const opened = await kms.send(
            new DecryptCommand({ CiphertextBlob: made.CiphertextBlob, EncryptionContext: context }),
          );
          assert.deepEqual(opened.Plaintext, made.Plaintext);
        }
        const hidden = await kms.send(
          new GenerateDataKeyWithoutPlaintextCommand({ KeyId: keys[kind], KeySpec: 'AES_256' }),
        );
        assert.equal((hidden as { Plaintext?: unknown }).Plaintext, undefined);
        const opened = await kms.send(new DecryptCommand({ CiphertextBlob: hidden.CiphertextBlob }));
        assert.equal(opened.Plaintext?.length, 32);
      });

      it('wants either a key spec or a number of bytes', async () => {
        for (const input of [{}, { KeySpec: 'AES_256' as const, NumberOfBytes: 5 }]) {
          const error = await refusal(kms.send(new GenerateDataKeyCommand({ KeyId: keys[kind], ...input })));
          assert.equal(error.message, 'Please specify either number of bytes or key spec.');
        }
      });

      it('re-encrypts into the other key store', async () => {
        const { CiphertextBlob } = await kms.send(
          new EncryptCommand({ KeyId: keys[kind], Plaintext: hello, EncryptionContext: context }),
        );
        const other = kind === 'builtin' ? keys.cluster : keys.builtin;
        const moved = await kms.send(
          new ReEncryptCommand({
            CiphertextBlob,
            SourceEncryptionContext: context,
            DestinationKeyId: other,
            DestinationEncryptionContext: { new: 'one' },
          }),
        );
        assert.equal(moved.SourceKeyId, arnOf(keys[kind]));
        assert.equal(moved.KeyId, arnOf(other));
        const opened = await kms.send(
          new DecryptCommand({ CiphertextBlob: moved.CiphertextBlob, EncryptionContext: { new: 'one' } }),
        );
        assert.deepEqual(Buffer.from(opened.Plaintext ?? []), hello);
      });

      it('answers DryRun with DryRunOperationException', async () => {
        const error = await refusal(
          kms.send(new EncryptCommand({ KeyId: keys[kind], Plaintext: hello, DryRun: true })),
        );
        assert.equal(error.name, 'DryRunOperationException');
        assert.equal(error.message, 'The request would have succeeded, but the DryRun option is set.');
      });

      it('is refused by a disabled key, and works again when enabled', async () => {
        const { KeyId } = await newKey(
          kind === 'cluster' ? { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: store } : {},
        );
        const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: hello }));
        await kms.send(new DisableKeyCommand({ KeyId }));
        for (const command of [
          new EncryptCommand({ KeyId, Plaintext: hello }),
          new DecryptCommand({ CiphertextBlob }),
        ]) {
          const error = await refusal(kms.send(command as EncryptCommand));
          assert.equal(error.name, 'DisabledException');
          assert.equal(error.message, `${arnOf(KeyId ?? '')} is disabled.`);
        }
        await kms.send(new EnableKeyCommand({ KeyId }));
        const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob }));
        assert.deepEqual(Buffer.from(Plaintext ?? []), hello);
      });

      it('waits 7 to 30 days before a key is deleted, and can be called off', async () => {
        const { KeyId } = await newKey(
          kind === 'cluster' ? { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: store } : {},
        );
        for (const PendingWindowInDays of [6, 31]) {
          const error = await refusal(
            kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays })),
          );
          assert.equal(error.name, 'ValidationException');
        }
        const early = await refusal(kms.send(new CancelKeyDeletionCommand({ KeyId })));
        assert.equal(early.message, `${arnOf(KeyId ?? '')} is not pending deletion.`);
        const scheduled = await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
        assert.equal(scheduled.KeyState, 'PendingDeletion');
        const days = ((scheduled.DeletionDate?.getTime() ?? 0) - Date.now()) / 86_400_000;
        assert.ok(days > 6.9 && days < 7.1);
        for (const command of [
          new EncryptCommand({ KeyId, Plaintext: hello }),
          new ScheduleKeyDeletionCommand({ KeyId }),
          new TagResourceCommand({ KeyId, Tags: [] }),
        ]) {
          const error = await refusal(kms.send(command as EncryptCommand));
          assert.equal(error.name, 'KMSInvalidStateException');
          assert.equal(error.message, `${arnOf(KeyId ?? '')} is pending deletion.`);
        }
        await kms.send(new CancelKeyDeletionCommand({ KeyId }));
        const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
        assert.equal(KeyMetadata?.KeyState, 'Disabled');
        assert.equal(KeyMetadata?.DeletionDate, undefined);
      });
    });
  }

  describe('GenerateRandom', () => {
    it('comes from the service and from the cluster', async () => {
      for (const CustomKeyStoreId of [undefined, store]) {
        const random = await kms.send(new GenerateRandomCommand({ NumberOfBytes: 1024, CustomKeyStoreId }));
        assert.equal(random.Plaintext?.length, 1024);
        assert.ok(new Set(random.Plaintext).size > 200);
      }
    });

    it('wants a number of bytes', async () => {
      const none = await refusal(kms.send(new GenerateRandomCommand({})));
      assert.equal(none.message, 'NumberOfBytes is required.');
      const unknown = await refusal(
        kms.send(new GenerateRandomCommand({ NumberOfBytes: 1, CustomKeyStoreId: 'cks-00000000000000000' })),
      );
      assert.equal(unknown.name, 'CustomKeyStoreNotFoundException');
    });
  });

  describe('key identifiers', () => {
    const cases: [string, () => string, string, () => string][] = [
      ['a malformed id', () => 'fake-key-id', 'NotFoundException', () => "Invalid keyId 'fake-key-id'"],
      [
        '32 hex digits',
        () => '134f2428cec14b25a1ae9048164dba47',
        'NotFoundException',
        () => "Invalid keyId '134f2428cec14b25a1ae9048164dba47'",
      ],
      [
        'an unknown id',
        () => '134f2428-cec1-4b25-a1ae-9048164dba47',
        'NotFoundException',
        () => `Key '${arnOf('134f2428-cec1-4b25-a1ae-9048164dba47')}' does not exist`,
      ],
      [
        'an ARN of another Region',
        () => arnOf(keys.builtin).replace(region, 'eu-west-3'),
        'NotFoundException',
        () => 'Invalid arn eu-west-3',
      ],
      [
        'an unknown alias',
        () => 'alias/nobody',
        'NotFoundException',
        () => `Alias arn:aws:kms:${region}:${account}:alias/nobody is not found.`,
      ],
      [
        'an ARN that is none of KMS',
        () => 'arn:aws:s3:::bucket',
        'InvalidArnException',
        () => 'Invalid arn arn:aws:s3:::bucket',
      ],
    ];
    for (const [what, id, code, message] of cases) {
      it(`refuses ${what}`, async () => {
        const error = await refusal(kms.send(new DescribeKeyCommand({ KeyId: id() })));
        assert.equal(error.name, code);
        assert.equal(error.message, message());
      });
    }

    it('takes key id, key ARN, alias name and alias ARN', async () => {
      await kms.send(new CreateAliasCommand({ AliasName: 'alias/forms', TargetKeyId: arnOf(keys.builtin) }));
      for (const KeyId of [
        keys.builtin,
        arnOf(keys.builtin),
        'alias/forms',
        `arn:aws:kms:${region}:${account}:alias/forms`,
      ]) {
        const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
        assert.equal(KeyMetadata?.KeyId, keys.builtin);
      }
      const error = await refusal(kms.send(new EnableKeyCommand({ KeyId: 'alias/forms' })));
      assert.equal(error.message, 'Key Aliases are not supported for this operation.');
    });
  });

  describe('aliases', () => {
    it('are made, listed, moved and removed', async () => {
      await kms.send(new CreateAliasCommand({ AliasName: 'alias/one', TargetKeyId: keys.builtin }));
      const twice = await refusal(
        kms.send(new CreateAliasCommand({ AliasName: 'alias/one', TargetKeyId: keys.cluster })),
      );
      assert.equal(twice.name, 'AlreadyExistsException');
      assert.equal(
        twice.message,
        `An alias with the name arn:aws:kms:${region}:${account}:alias/one already exists`,
      );
      await kms.send(new UpdateAliasCommand({ AliasName: 'alias/one', TargetKeyId: keys.cluster }));
      const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: 'alias/one' }));
      assert.equal(KeyMetadata?.KeyId, keys.cluster);
      const { Aliases } = await kms.send(new ListAliasesCommand({ KeyId: keys.cluster }));
      assert.deepEqual(
        Aliases?.map((a) => [a.AliasName, a.TargetKeyId]),
        [['alias/one', keys.cluster]],
      );
      await kms.send(new DeleteAliasCommand({ AliasName: 'alias/one' }));
      const gone = await refusal(kms.send(new DeleteAliasCommand({ AliasName: 'alias/one' })));
      assert.equal(gone.name, 'NotFoundException');
    });

    it('follow the rules for names', async () => {
      const make = (AliasName: string): Promise<Error> =>
        refusal(kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: keys.builtin })));
      assert.match((await make('noprefix')).message, /^Alias must start with the prefix "alias\/"/);
      assert.equal((await make('alias/a:b')).message, 'alias/a:b contains invalid characters for an alias');
      assert.equal((await make('alias/aws/s3')).name, 'NotAuthorizedException');
      const toAlias = await refusal(
        kms.send(new CreateAliasCommand({ AliasName: 'alias/x', TargetKeyId: 'alias/forms' })),
      );
      assert.equal(toAlias.message, 'Aliases must refer to keys. Not aliases');
    });

    it('are at most 50 for a key', async () => {
      const { KeyId } = await newKey();
      for (let i = 0; i < 50; i += 1) {
        await kms.send(new CreateAliasCommand({ AliasName: `alias/many-${i}`, TargetKeyId: KeyId }));
      }
      const error = await refusal(
        kms.send(new CreateAliasCommand({ AliasName: 'alias/many-50', TargetKeyId: KeyId })),
      );
      assert.equal(error.name, 'LimitExceededException');
      const { KeyId: other } = await newKey();
      await kms.send(new CreateAliasCommand({ AliasName: 'alias/many-50', TargetKeyId: other }));
      const move = (AliasName: string): Promise<unknown> =>
        kms.send(new UpdateAliasCommand({ AliasName, TargetKeyId: KeyId }));
      assert.equal((await refusal(move('alias/many-50'))).name, 'LimitExceededException');
      await move('alias/many-0'); // it is this key's already
      const seen: string[] = [];
      let Marker: string | undefined;
      do {
        const page = await kms.send(new ListAliasesCommand({ KeyId, Limit: 20, Marker }));
        seen.push(...(page.Aliases ?? []).map((a) => a.AliasName ?? ''));
        assert.equal(page.Truncated, page.NextMarker !== undefined);
        Marker = page.NextMarker;
      } while (Marker !== undefined);
      assert.equal(new Set(seen).size, 50);
    });
  });

  describe('tags, policies, descriptions', () => {
    it('keep tags', async () => {
      const KeyId = keys.builtin;
      await kms.send(
        new TagResourceCommand({
          KeyId,
          Tags: [
            { TagKey: 'a', TagValue: '1' },
            { TagKey: 'b', TagValue: '2' },
          ],
        }),
      );
      await kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a', TagValue: '3' }] }));
      await kms.send(new UntagResourceCommand({ KeyId, TagKeys: ['b', 'never'] }));
      const { Tags } = await kms.send(new ListResourceTagsCommand({ KeyId }));
      assert.deepEqual(Tags, [{ TagKey: 'a', TagValue: '3' }]);
      const many = Array.from({ length: 50 }, (_, i) => ({ TagKey: `k${i}`, TagValue: '' }));
      const error = await refusal(kms.send(new TagResourceCommand({ KeyId, Tags: many })));
      assert.equal(error.name, 'TagException');
      assert.equal((await kms.send(new ListResourceTagsCommand({ KeyId }))).Tags?.length, 1);
    });

    it('keep the key policy and refuse one that locks its author out', async () => {
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
      const KeyId = KeyMetadata?.KeyId;
      const { Policy, PolicyName } = await kms.send(new GetKeyPolicyCommand({ KeyId }));
      assert.equal(PolicyName, 'default');
      assert.match(Policy ?? '', /"Enable IAM User Permissions"/);
      const allowing = (AWS: string, ...Action: string[]): string =>
        JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { AWS }, Action, Resource: '*' }],
        });
      const put = (text: string, BypassPolicyLockoutSafetyCheck?: boolean): Promise<unknown> =>
        kms.send(
          new PutKeyPolicyCommand({
            KeyId,
            PolicyName: 'default',
            Policy: text,
            BypassPolicyLockoutSafetyCheck,
          }),
        );
      const lockout = allowing(account, 'kms:Encrypt', 'kms:GetKeyPolicy', 'kms:ListKeyPolicies');
      const error = await refusal(put(lockout));
      assert.equal(error.name, 'MalformedPolicyDocumentException');
      assert.equal(
        error.message,
        'The new key policy will not allow you to update the key policy in the future.',
      );
      const unknown = await refusal(put(allowing(`arn:aws:iam::${account}:user/nobody`, 'kms:*')));
      assert.equal(unknown.message, 'Policy contains a statement with one or more invalid principals.');
      const long = await refusal(put(lockout.padEnd(32_769)));
      assert.equal(long.name, 'LimitExceededException');
      assert.equal((await kms.send(new GetKeyPolicyCommand({ KeyId }))).Policy, Policy);
      await put(lockout, true);
      assert.equal((await kms.send(new GetKeyPolicyCommand({ KeyId }))).Policy, lockout);
      assert.deepEqual((await kms.send(new ListKeyPoliciesCommand({ KeyId }))).PolicyNames, ['default']);
      const lockedOut = await refusal(put(Policy ?? '', true));
      assert.equal(lockedOut.name, 'AccessDeniedException');
      assert.equal(
        lockedOut.message,
        `User: arn:aws:iam::${account}:root is not authorized to perform: kms:PutKeyPolicy on resource: ` +
          `${KeyMetadata?.Arn} because no resource-based policy allows the kms:PutKeyPolicy action`,
      );
    });

    it('keep descriptions', async () => {
      await kms.send(new UpdateKeyDescriptionCommand({ KeyId: keys.cluster, Description: 'new words' }));
      const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: keys.cluster }));
      assert.equal(KeyMetadata?.Description, 'new words');
    });
  });

  it('lists every key exactly once, in pages, and refuses a foreign marker', async () => {
    const seen: string[] = [];
    let Marker: string | undefined;
    do {
      const page = await kms.send(new ListKeysCommand({ Limit: 2, Marker }));
      seen.push(...(page.Keys ?? []).map((k) => k.KeyId ?? ''));
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    assert.equal(new Set(seen).size, seen.length);
    assert.ok(seen.includes(keys.builtin) && seen.includes(keys.cluster));
    const error = await refusal(kms.send(new ListKeysCommand({ Marker: 'nonsense' })));
    assert.equal(error.name, 'InvalidMarkerException');
  });
});
