/** Rotation and AWS managed keys through the official SDK. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  ListAliasesCommand,
  ListKeyRotationsCommand,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import type { AliasListEntry, CreateKeyCommandInput, KMSClient, KeyMetadata } from '@aws-sdk/client-kms';
import type { CloudTrailEvent } from '../../src/audit/event.ts';
import { readJournal } from '../../src/audit/reading.ts';
import { startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';
import { refusal } from './refusal.ts';

const DAY = 86_400_000;
const hello = Buffer.from('hello, material');

describe('rotation and AWS managed keys', () => {
  let claviger: Claviger;
  let kms: KMSClient;
  before(async () => {
    claviger = await startClaviger();
    kms = claviger.client();
  });
  after(() => claviger.remove());

  const newKey = async (input: CreateKeyCommandInput = {}): Promise<KeyMetadata> => {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand(input));
    assert.ok(KeyMetadata);
    return KeyMetadata;
  };
  const materialOf = async (KeyId: string | undefined): Promise<string | undefined> =>
    (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.CurrentKeyMaterialId;
  const statusOf = async (KeyId: string | undefined): Promise<Record<string, unknown>> => {
    const { $metadata, ...status } = await kms.send(new GetKeyRotationStatusCommand({ KeyId }));
    assert.equal($metadata.httpStatusCode, 200);
    return status;
  };
  const events = async (...names: string[]): Promise<CloudTrailEvent[]> => {
    const found: CloudTrailEvent[] = [];
    for await (const { event } of readJournal(join(claviger.dataDir, 'server', 'audit')))
      if (names.includes(event.eventName)) found.push(event);
    return found;
  };

  describe('EnableKeyRotation and DisableKeyRotation', () => {
    it('set what GetKeyRotationStatus shows', async () => {
      const { KeyId, Arn } = await newKey();
      assert.deepEqual(await statusOf(KeyId), { KeyId: Arn, KeyRotationEnabled: false });
      for (const [RotationPeriodInDays, days] of [
        [undefined, 365],
        [90, 90],
        [2560, 2560],
      ]) {
        await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays }));
        const { NextRotationDate, ...status } = await statusOf(KeyId);
        assert.deepEqual(status, { KeyId: Arn, KeyRotationEnabled: true, RotationPeriodInDays: days });
        const off = (NextRotationDate as Date).getTime() - Date.now() - (days ?? 0) * DAY;
        assert.ok(Math.abs(off) < 60_000);
      }
      await kms.send(new DisableKeyRotationCommand({ KeyId }));
      await kms.send(new DisableKeyRotationCommand({ KeyId }));
      assert.deepEqual(await statusOf(KeyId), { KeyId: Arn, KeyRotationEnabled: false });
    });

    it('take periods of 90 to 2560 days', async () => {
      const { KeyId } = await newKey();
      for (const [days, words] of [
        [89, 'greater than or equal to 90'],
        [2561, 'less than or equal to 2560'],
      ] as const) {
        const error = await refusal(
          kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: days })),
        );
        assert.equal(error.name, 'ValidationException');
        assert.equal(
          error.message,
          `1 validation error detected: Value '${days}' at 'rotationPeriodInDays' failed to satisfy constraint: ` +
            `Member must have value ${words}`,
        );
      }
    });

    it('are off while deletion is pending and come back with the key', async () => {
      const { KeyId, Arn } = await newKey();
      await kms.send(new EnableKeyRotationCommand({ KeyId }));
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId }));
      assert.deepEqual(await statusOf(KeyId), { KeyId: Arn, KeyRotationEnabled: false });
      const error = await refusal(kms.send(new DisableKeyRotationCommand({ KeyId })));
      assert.equal(error.message, `${Arn} is pending deletion.`);
      await kms.send(new CancelKeyDeletionCommand({ KeyId }));
      assert.equal((await statusOf(KeyId))['KeyRotationEnabled'], true);
      const disabled = await refusal(kms.send(new EnableKeyRotationCommand({ KeyId })));
      assert.deepEqual([disabled.name, disabled.message], ['DisabledException', `${Arn} is disabled.`]);
    });
  });

  describe('RotateKeyOnDemand', () => {
    it('gives new ciphertexts new material and opens the old ones', async () => {
      const { KeyId, Arn, CurrentKeyMaterialId: first } = await newKey();
      const before = await kms.send(new EncryptCommand({ KeyId, Plaintext: hello }));
      const rotated = await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
      assert.equal(rotated.KeyId, Arn);
      const second = await materialOf(KeyId);
      assert.notEqual(second, first);
      const dataKey = await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
      assert.equal(dataKey.KeyMaterialId, second);

      const old = await kms.send(new DecryptCommand({ CiphertextBlob: before.CiphertextBlob }));
      assert.deepEqual([Buffer.from(old.Plaintext ?? []), old.KeyMaterialId], [hello, first]);
      const moved = await kms.send(
        new ReEncryptCommand({ CiphertextBlob: before.CiphertextBlob, DestinationKeyId: KeyId }),
      );
      assert.deepEqual([moved.SourceKeyMaterialId, moved.DestinationKeyMaterialId], [first, second]);

      await claviger.restart();
      kms = claviger.client();
      const later = await kms.send(new DecryptCommand({ CiphertextBlob: before.CiphertextBlob }));
      assert.deepEqual(Buffer.from(later.Plaintext ?? []), hello);
    });

    it('is possible 25 times in the life of a key, listed page by page', async () => {
      const { KeyId, Arn, CurrentKeyMaterialId: first } = await newKey();
      for (let i = 0; i < 25; i += 1) await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
      const error = await refusal(kms.send(new RotateKeyOnDemandCommand({ KeyId })));
      assert.equal(error.name, 'LimitExceededException');
      assert.equal(
        error.message,
        'The on-demand rotations limit has been reached for the given keyId. ' +
          `No more on-demand rotations can be performed for this key: ${Arn}`,
      );
      const listed: (string | undefined)[] = [];
      let Marker: string | undefined;
      do {
        const page = await kms.send(new ListKeyRotationsCommand({ KeyId, Limit: 10, Marker }));
        for (const entry of page.Rotations ?? []) {
          assert.equal(entry.RotationType, 'ON_DEMAND');
          assert.equal(entry.KeyId, Arn);
          assert.equal('ImportState' in entry, false);
          listed.push(entry.KeyMaterialId);
        }
        Marker = page.NextMarker;
      } while (Marker !== undefined);
      assert.equal(new Set(listed).size, 25);
      assert.equal(listed.includes(first), false);
      assert.equal(listed.at(-1), await materialOf(KeyId));
      const all = await kms.send(
        new ListKeyRotationsCommand({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }),
      );
      assert.equal(all.Rotations?.[0]?.KeyMaterialId, first);
      assert.equal(all.Rotations?.length, 26);
    });

    it('of many at once makes each one count', async () => {
      const { KeyId } = await newKey();
      await Promise.all(Array.from({ length: 8 }, () => kms.send(new RotateKeyOnDemandCommand({ KeyId }))));
      const { Rotations } = await kms.send(new ListKeyRotationsCommand({ KeyId }));
      assert.equal(Rotations?.length, 8);
      assert.equal(Rotations.filter((entry) => entry.KeyMaterialState === 'CURRENT').length, 1);
    });

    it('is on record, followed by the service event of the rotation', async () => {
      const { KeyId, Arn } = await newKey();
      await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
      const recorded = (await events('RotateKeyOnDemand', 'RotateKey')).slice(-2);
      assert.deepEqual(
        recorded.map((event) => [event.eventName, event.eventType, event.readOnly]),
        [
          ['RotateKeyOnDemand', 'AwsApiCall', false],
          ['RotateKey', 'AwsServiceEvent', false],
        ],
      );
      assert.deepEqual(recorded[0]?.requestParameters, { keyId: KeyId });
      assert.deepEqual(recorded[0]?.responseElements, { keyId: Arn });
      assert.deepEqual(recorded[1]?.serviceEventDetails, { rotationType: 'ON_DEMAND', keyId: KeyId });
    });

    it('needs an enabled key', async () => {
      const { KeyId, Arn } = await newKey();
      await kms.send(new DisableKeyCommand({ KeyId }));
      const disabled = await refusal(kms.send(new RotateKeyOnDemandCommand({ KeyId })));
      assert.deepEqual([disabled.name, disabled.message], ['DisabledException', `${Arn} is disabled.`]);
      await kms.send(new EnableKeyCommand({ KeyId }));
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId }));
      const pending = await refusal(kms.send(new RotateKeyOnDemandCommand({ KeyId })));
      assert.equal(pending.message, `${Arn} is pending deletion.`);
    });
  });

  describe('keys that cannot rotate', () => {
    const commands = (KeyId: string | undefined): [string, () => Promise<unknown>][] => [
      ['EnableKeyRotation', () => kms.send(new EnableKeyRotationCommand({ KeyId }))],
      ['DisableKeyRotation', () => kms.send(new DisableKeyRotationCommand({ KeyId }))],
      ['GetKeyRotationStatus', () => kms.send(new GetKeyRotationStatusCommand({ KeyId }))],
      ['ListKeyRotations', () => kms.send(new ListKeyRotationsCommand({ KeyId }))],
      ['RotateKeyOnDemand', () => kms.send(new RotateKeyOnDemandCommand({ KeyId }))],
    ];

    it('are asymmetric and HMAC keys, of which AWS says nothing more', async () => {
      for (const input of [
        { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
        { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
      ] as const) {
        const { KeyId } = await newKey(input);
        for (const [name, send] of commands(KeyId)) {
          assert.equal((await refusal(send())).name, 'UnsupportedOperationException', name);
        }
      }
    });

    it('are keys in custom key stores', async () => {
      const { customKeyStoreId: CustomKeyStoreId } = claviger.config();
      const { KeyId, Arn } = await newKey({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId });
      for (const [name, send] of commands(KeyId)) {
        const error = await refusal(send());
        assert.equal(error.name, 'UnsupportedOperationException', name);
        assert.equal(error.message, `${Arn} origin is AWS_CLOUDHSM which is not valid for this operation.`);
      }
    });

    it('are keys with imported material, as far as automatic rotation goes', async () => {
      const { KeyId, Arn } = await newKey({ Origin: 'EXTERNAL' });
      for (const [name, send] of commands(KeyId).slice(0, 2)) {
        const error = await refusal(send());
        assert.equal(error.name, 'UnsupportedOperationException', name);
        assert.equal(error.message, `${Arn} origin is EXTERNAL which is not valid for this operation.`);
      }
      assert.deepEqual(await statusOf(KeyId), { KeyId: Arn, KeyRotationEnabled: false });
    });
  });

  describe('AWS managed keys', () => {
    const aliases = async (Limit: number): Promise<AliasListEntry[]> => {
      const found: AliasListEntry[] = [];
      let Marker: string | undefined;
      do {
        const page = await kms.send(new ListAliasesCommand({ Limit, Marker }));
        found.push(...(page.Aliases ?? []));
        Marker = page.NextMarker;
      } while (Marker !== undefined);
      return found;
    };

    it('are listed by their predefined aliases before they are made', async () => {
      const listed = await aliases(7);
      const names = listed.map((alias) => alias.AliasName ?? '');
      assert.deepEqual(names, [...names].sort());
      for (const name of [
        's3',
        'ebs',
        'rds',
        'secretsmanager',
        'ssm',
        'lambda',
        'dynamodb',
        'sqs',
        'sns',
        'kinesis',
      ]) {
        const alias = listed.find((entry) => entry.AliasName === `alias/aws/${name}`);
        assert.match(alias?.AliasArn ?? '', new RegExp(`:alias/aws/${name}$`));
        assert.equal(alias?.TargetKeyId, undefined);
        assert.equal(alias?.CreationDate, undefined);
      }
      const unmade = await refusal(
        kms.send(new EncryptCommand({ KeyId: 'alias/aws/ebs', Plaintext: hello })),
      );
      assert.equal(unmade.name, 'NotFoundException');
    });

    it('are made once, by DescribeKey, by name or ARN, also when many ask at once', async () => {
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => kms.send(new DescribeKeyCommand({ KeyId: 'alias/aws/s3' }))),
      );
      const ids = new Set(answers.map(({ KeyMetadata }) => KeyMetadata?.KeyId));
      assert.equal(ids.size, 1);
      const metadata = answers[0]?.KeyMetadata;
      assert.equal(metadata?.KeyManager, 'AWS');
      assert.equal(metadata.KeyState, 'Enabled');
      assert.equal(metadata.Origin, 'AWS_KMS');
      assert.equal(
        metadata.Description,
        'Default key that protects my S3 objects when no other key is defined',
      );
      const arn = (metadata.Arn ?? '').replace(/key\/.*/, 'alias/aws/sqs');
      const { KeyMetadata: other } = await kms.send(new DescribeKeyCommand({ KeyId: arn }));
      assert.equal(other?.KeyManager, 'AWS');
      assert.notEqual(other.KeyId, metadata.KeyId);
      const listed = (await aliases(100)).filter((alias) => alias.AliasName === 'alias/aws/s3');
      assert.deepEqual(
        listed.map((alias) => alias.TargetKeyId),
        [metadata.KeyId],
      );
      const created = (await events('CreateKey')).filter((event) => event.eventType === 'AwsServiceEvent');
      assert.equal(created.length, 2);
      const unknown = await refusal(kms.send(new DescribeKeyCommand({ KeyId: 'alias/aws/nothing' })));
      assert.equal(unknown.name, 'NotFoundException');
    });

    it('have a policy for their service, and rotate every year', async () => {
      const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: 'alias/aws/ebs' }));
      const KeyId = KeyMetadata?.KeyId;
      const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId }));
      const { Statement } = JSON.parse(Policy ?? '') as {
        Statement: { Condition?: { StringEquals: Record<string, string> } }[];
      };
      const { region, accountId } = claviger.config();
      assert.deepEqual(Statement[0]?.Condition?.StringEquals, {
        'kms:CallerAccount': accountId,
        'kms:ViaService': `ec2.${region}.amazonaws.com`,
      });
      const status = await statusOf(KeyId);
      assert.equal(status['KeyRotationEnabled'], true);
      assert.equal(status['RotationPeriodInDays'], 365);
    });

    it('are changed and used by nobody but the service', async () => {
      const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: 'alias/aws/rds' }));
      const KeyId = KeyMetadata?.KeyId;
      const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId }));
      const commands: [string, () => Promise<unknown>][] = [
        ['Encrypt', () => kms.send(new EncryptCommand({ KeyId: 'alias/aws/rds', Plaintext: hello }))],
        ['DisableKey', () => kms.send(new DisableKeyCommand({ KeyId }))],
        ['ScheduleKeyDeletion', () => kms.send(new ScheduleKeyDeletionCommand({ KeyId }))],
        ['PutKeyPolicy', () => kms.send(new PutKeyPolicyCommand({ KeyId, Policy }))],
        [
          'UpdateKeyDescription',
          () => kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: 'x' })),
        ],
        ['DisableKeyRotation', () => kms.send(new DisableKeyRotationCommand({ KeyId }))],
        ['EnableKeyRotation', () => kms.send(new EnableKeyRotationCommand({ KeyId }))],
        ['RotateKeyOnDemand', () => kms.send(new RotateKeyOnDemandCommand({ KeyId }))],
        [
          'CreateAlias',
          () => kms.send(new CreateAliasCommand({ AliasName: 'alias/mine', TargetKeyId: KeyId })),
        ],
        [
          'TagResource',
          () => kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] })),
        ],
      ];
      for (const [name, send] of commands) {
        const error = await refusal(send());
        assert.equal(error.name, 'AccessDeniedException', name);
        assert.match(
          error.message,
          new RegExp(
            `^User: arn:aws:iam::\\d{12}:root is not authorized to perform: kms:${name} on resource: ` +
              `${KeyMetadata?.Arn} because no resource-based policy allows the kms:${name} action$`,
          ),
        );
      }
    });
  });
});
