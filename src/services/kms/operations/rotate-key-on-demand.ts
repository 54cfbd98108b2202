import { noPendingMaterial } from '../errors.ts';
import { changeMaterials } from '../material-changes.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { newMaterial } from '../new-material.ts';
import { makeCurrent, requireOnDemandAllowed, requireRotatedHere, rotationEvent } from '../rotation.ts';

/**
 * Gives the key new material now: made by KMS, or, for imported material, the one that is pending rotation. AWS does it
 * within seconds of the answer, we before it. The schedule of automatic rotation stays. AWS: API_RotateKeyOnDemand.
 */
export const rotateKeyOnDemand = operation('RotateKeyOnDemand', {
  action: 'kms:RotateKeyOnDemand',
  readOnly: false,
  key: { from: 'KeyId', forms: 'id' },
  context: noConditions,
  audit: ({ KeyId }) => ({ keyId: KeyId }),

  async handle(call) {
    const { key, kms } = call;
    requireRotatedHere(key); // after the key state: recorded for an RSA key that is pending import
    requireOnDemandAllowed(kms, key.row);
    const made = key.origin === 'EXTERNAL' ? undefined : await newMaterial(kms, key.arn);
    await changeMaterials(
      call,
      () => ({ keyId: key.arn }),
      async (tx, rows) => {
        requireOnDemandAllowed(kms, rows.key);
        const next = made ?? rows.materials.find((row) => row.pending === 'PENDING_ROTATION');
        if (next === undefined) throw noPendingMaterial(key.arn);
        await makeCurrent(kms, tx, rows.key, next, 'ON_DEMAND');
      },
      rotationEvent(kms, key, 'ON_DEMAND'),
    );
    return { KeyId: key.arn };
  },
});
