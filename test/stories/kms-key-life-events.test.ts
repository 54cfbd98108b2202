/**
 * Events of the operations that the story of the audit trail does not call: rotation, import, multi-Region keys and
 * encapsulation. What each shows is compared with the members of AWS's published examples.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import * as sdk from '@aws-sdk/client-kms';
import type { CloudTrailEvent } from '../../src/audit/event.ts';
import { completeMultiRegionChanges } from '../../src/jobs/multi-region.ts';
import { startClockedServer } from './clocked-server.ts';
import type { ClockedServer } from './clocked-server.ts';
import { COMPARED_IN } from './event-shape.ts';
import { wrap } from './wrapping.ts';

/** Members of requestParameters and of responseElements (null: none), and whether the event is read-only. */
const SHAPES: Readonly<Record<string, [parameters: string[], answer: string[] | null, readOnly: boolean]>> = {
  EnableKeyRotation: [['keyId', 'rotationPeriodInDays'], ['keyId'], false],
  DisableKeyRotation: [['keyId'], ['keyId'], false],
  RotateKeyOnDemand: [['keyId'], ['keyId'], false],
  GetKeyRotationStatus: [['keyId'], null, true],
  ListKeyRotations: [['keyId'], null, true],
  GetParametersForImport: [['keyId', 'wrappingAlgorithm', 'wrappingKeySpec'], null, true],
  ImportKeyMaterial: [['expirationModel', 'keyId', 'validTo'], ['keyId', 'keyMaterialId'], false],
  DeleteImportedKeyMaterial: [['keyId'], ['keyId', 'keyMaterialId'], false],
  ReplicateKey: [
    ['bypassPolicyLockoutSafetyCheck', 'description', 'keyId', 'replicaRegion'],
    ['replicaKeyMetadata', 'replicaPolicy', 'replicaTags'],
    false,
  ],
  UpdatePrimaryRegion: [['keyId', 'primaryRegion'], ['keyId'], false],
  Encapsulate: [['encapsulationAlgorithm', 'keyId'], null, true],
  Decapsulate: [['encapsulationAlgorithm', 'keyId'], null, true],
};

describe('events in the life of keys', () => {
  let server: ClockedServer;
  let kms: sdk.KMSClient;
  let events: CloudTrailEvent[] = [];
  /** Operation to the ARN of the key that it worked on. */
  const keys = new Map<string, string>();
  const material = randomBytes(32);

  const newKey = async (input: sdk.CreateKeyCommandInput): Promise<string> =>
    (await kms.send(new sdk.CreateKeyCommand(input))).KeyMetadata?.Arn ?? '';
  const call = async <T>(name: string, KeyId: string, input: object = {}): Promise<T> => {
    const commands = sdk as unknown as Record<string, new (input: object) => sdk.ListKeysCommand>;
    const Command = commands[`${name}Command`] as new (input: object) => sdk.ListKeysCommand;
    keys.set(name, KeyId);
    return (await kms.send(new Command({ KeyId, ...input }))) as T;
  };

  before(async () => {
    server = await startClockedServer();
    kms = server.client('us-east-1');
    const rotated = await newKey({});
    await call('EnableKeyRotation', rotated, { RotationPeriodInDays: 180 });
    await call('GetKeyRotationStatus', rotated);
    await call('DisableKeyRotation', rotated);
    await call('RotateKeyOnDemand', rotated);
    await call('ListKeyRotations', rotated);

    const external = await newKey({ Origin: 'EXTERNAL' });
    const wrapping = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' };
    const parameters = await call<sdk.GetParametersForImportCommandOutput>(
      'GetParametersForImport',
      external,
      wrapping,
    );
    await call('ImportKeyMaterial', external, {
      ImportToken: parameters.ImportToken,
      EncryptedKeyMaterial: wrap(parameters.PublicKey as Uint8Array, 'RSAES_OAEP_SHA_256', material),
      ExpirationModel: 'KEY_MATERIAL_EXPIRES',
      ValidTo: new Date(Date.now() + 86_400_000),
    });
    await call('DeleteImportedKeyMaterial', external);

    const primary = await newKey({ MultiRegion: true });
    await call('ReplicateKey', primary, { ReplicaRegion: 'us-west-2' });
    await completeMultiRegionChanges(server.kms);
    await call('UpdatePrimaryRegion', primary, { PrimaryRegion: 'us-west-2' });

    const EncapsulationAlgorithm = 'ML_KEM';
    const kem = await newKey({
      KeySpec: 'ML_KEM_768',
      KeyUsage: 'ENCAPSULATE_DECAPSULATE',
    });
    const made = await call<sdk.EncapsulateCommandOutput>('Encapsulate', kem, { EncapsulationAlgorithm });
    const { SharedSecretCiphertextBlob } = made;
    await call('Decapsulate', kem, { EncapsulationAlgorithm, SharedSecretCiphertextBlob });
    events = await server.events();
  });
  after(() => server.remove());

  it('show the parameters and answers that AWS shows, and their key', () => {
    const compared = [...COMPARED_IN['kms-key-life-events.test.ts']];
    assert.deepEqual(Object.keys(SHAPES).sort(), compared.sort());
    for (const [name, [parameters, answer, readOnly]] of Object.entries(SHAPES)) {
      const event = events.find(
        ({ eventName, eventType }) => eventName === name && eventType === 'AwsApiCall',
      );
      assert.ok(event !== undefined, name);
      assert.equal(event.errorCode, undefined, name);
      assert.deepEqual(Object.keys(event.requestParameters ?? {}).sort(), parameters, name);
      assert.deepEqual(
        event.responseElements === null ? null : Object.keys(event.responseElements).sort(),
        answer,
        name,
      );
      assert.equal(event.readOnly, readOnly, name);
      assert.equal(event.requestParameters?.['keyId'], keys.get(name), name);
      assert.deepEqual(
        event.resources?.map(({ ARN }) => ARN),
        [keys.get(name)],
        name,
      );
    }
  });

  it('hold no material', () => {
    const text = JSON.stringify(events);
    for (const encoding of ['base64', 'hex', 'latin1'] as const)
      assert.ok(!text.includes(material.toString(encoding)));
  });
});
