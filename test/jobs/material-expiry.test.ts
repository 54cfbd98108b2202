/** Imported key material as time goes by. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { deleteExpiredMaterial } from '../../src/jobs/material-expiry.ts';
import { wrap } from '../stories/wrapping.ts';
import { assembleKms } from './assembled.ts';
import type { Answer, AssembledKms } from './assembled.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 1);
const WRAPPING = 'RSAES_OAEP_SHA_256';

describe('imported key material over time', () => {
  let world: AssembledKms;
  before(async () => {
    world = await assembleKms(START);
  });
  after(() => world.close());

  const metadataOf = async (KeyId: string): Promise<Answer> =>
    (await world.call('DescribeKey', { KeyId }))['KeyMetadata'] as Answer;
  const newKey = async (): Promise<string> =>
    ((await world.call('CreateKey', { Origin: 'EXTERNAL' }))['KeyMetadata'] as { KeyId: string }).KeyId;
  const parameters = async (KeyId: string): Promise<{ ImportToken: string; PublicKey: string }> =>
    (await world.call('GetParametersForImport', {
      KeyId,
      WrappingAlgorithm: WRAPPING,
      WrappingKeySpec: 'RSA_2048',
    })) as { ImportToken: string; PublicKey: string };
  const importing = async (KeyId: string, material: Buffer, more: Answer): Promise<Answer> => {
    const { ImportToken, PublicKey } = await parameters(KeyId);
    const wrapped = wrap(Buffer.from(PublicKey, 'base64'), WRAPPING, material);
    return { KeyId, ImportToken, EncryptedKeyMaterial: wrapped.toString('base64'), ...more };
  };
  const inSeconds = (time: number): number => time / 1000;

  it('is deleted when its time is over; the same material brings the key back', async () => {
    const KeyId = await newKey();
    const material = randomBytes(32);
    const validTo = world.now + 10 * DAY;
    const { KeyMaterialId } = await world.call(
      'ImportKeyMaterial',
      await importing(KeyId, material, { ValidTo: inSeconds(validTo) }),
    );
    const metadata = await metadataOf(KeyId);
    assert.equal(metadata['ExpirationModel'], 'KEY_MATERIAL_EXPIRES');
    assert.equal(metadata['ValidTo'], inSeconds(validTo));
    const { CiphertextBlob } = await world.call('Encrypt', { KeyId, Plaintext: 'aGVsbG8=' });

    world.now = validTo - 1;
    assert.equal(await deleteExpiredMaterial(world.kms), 0);
    world.now = validTo;
    assert.equal(await deleteExpiredMaterial(world.kms), 1);
    const { KeyState, ExpirationModel, ValidTo, CurrentKeyMaterialId } = await metadataOf(KeyId);
    assert.deepEqual(
      { KeyState, ExpirationModel, ValidTo, CurrentKeyMaterialId },
      {
        KeyState: 'PendingImport',
        ExpirationModel: undefined,
        ValidTo: undefined,
        CurrentKeyMaterialId: KeyMaterialId,
      },
    );
    assert.match(
      await world.refused('Decrypt', { CiphertextBlob }),
      /^KMSInvalidStateException: .* is pending import\.$/,
    );
    const [event] = await world.events('DeleteExpiredKeyMaterial');
    assert.deepEqual(event?.serviceEventDetails, { keyId: KeyId });

    const again = await world.call(
      'ImportKeyMaterial',
      await importing(KeyId, material, { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }),
    );
    assert.equal(again['KeyMaterialId'], KeyMaterialId);
    assert.equal((await world.call('Decrypt', { CiphertextBlob }))['Plaintext'], 'aGVsbG8=');
    world.now += 400 * DAY;
    assert.equal(await deleteExpiredMaterial(world.kms), 0);
  });

  it('shows the earliest end of all permanent material', async () => {
    const KeyId = await newKey();
    const soon = world.now + 5 * DAY;
    await world.call(
      'ImportKeyMaterial',
      await importing(KeyId, randomBytes(32), { ValidTo: inSeconds(soon) }),
    );
    const later = { ValidTo: inSeconds(soon + DAY), ImportType: 'NEW_KEY_MATERIAL' };
    await world.call('ImportKeyMaterial', await importing(KeyId, randomBytes(32), later));
    await world.call('RotateKeyOnDemand', { KeyId });
    assert.equal((await metadataOf(KeyId))['ValidTo'], inSeconds(soon));
    world.now = soon;
    assert.equal(await deleteExpiredMaterial(world.kms), 1);
    assert.equal((await metadataOf(KeyId))['KeyState'], 'PendingImport');
    world.now = soon + DAY; // the other one goes as well
    assert.equal(await deleteExpiredMaterial(world.kms), 1);
  });

  it('discards pending material that expires, and nothing else', async () => {
    const KeyId = await newKey();
    await world.call(
      'ImportKeyMaterial',
      await importing(KeyId, randomBytes(32), { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }),
    );
    const pending = { ValidTo: inSeconds(world.now + DAY), ImportType: 'NEW_KEY_MATERIAL' };
    await world.call('ImportKeyMaterial', await importing(KeyId, randomBytes(32), pending));
    world.now += DAY;
    assert.equal(await deleteExpiredMaterial(world.kms), 1);
    assert.equal((await metadataOf(KeyId))['KeyState'], 'Enabled');
    const { Rotations } = (await world.call('ListKeyRotations', {
      KeyId,
      IncludeKeyMaterial: 'ALL_KEY_MATERIAL',
    })) as { Rotations: Answer[] };
    assert.deepEqual(
      Rotations.map((entry) => entry['KeyMaterialState']),
      ['CURRENT'],
    );
  });

  it('may be imported with one token for 24 hours', async () => {
    const KeyId = await newKey();
    const input = await importing(KeyId, randomBytes(32), {
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
    });
    world.now += DAY - 1000;
    await world.call('ImportKeyMaterial', input);
    await world.call('ImportKeyMaterial', input);
    world.now += 1000;
    assert.match(await world.refused('ImportKeyMaterial', input), /^ExpiredImportTokenException/);
  });

  it('lives at most 365 days', async () => {
    const KeyId = await newKey();
    const input = await importing(KeyId, randomBytes(32), {});
    const at = (time: number): Answer => ({ ...input, ValidTo: inSeconds(time) });
    for (const time of [world.now - DAY, world.now, world.now + 365 * DAY + 1000]) {
      assert.match(
        await world.refused('ImportKeyMaterial', at(time)),
        /^ValidationException: The validTo date/,
      );
    }
    await world.call('ImportKeyMaterial', at(world.now + 365 * DAY));
  });
});
