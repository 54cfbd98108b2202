import { auditOfUse, externalKeyOf, performDerived, requireInCluster } from '../external-keys.ts';
import { operation } from '../operation.ts';

/** Encrypted and thrown away, to see that the key has wrapped this derivation key. */
const PROBE = Buffer.from([0]);

/** Whether there is such an external key, and whether it can be used: an HSM is asked, unless the KMS key is disabled. */
export const describeExternalKey = operation('DescribeExternalKey', {
  action: 'kms:DescribeKey',
  readOnly: true,
  unrecordedFails: true, // an HSM was asked, whose log has it
  resources: () => [],
  audit: auditOfUse,

  async handle(call) {
    const { input, ports, caller, region } = call;
    ports.kms.quotas.countOperation(caller.accountId, region, 'DescribeKey');
    const { key, derivationKey } = await externalKeyOf(call, input.XksKeyId, 'kms:DescribeKey');
    requireInCluster(key);
    const state = ports.kms.customKeyStores.keyState(key);
    const Enabled = state !== 'Disabled' && state !== 'PendingDeletion';
    if (Enabled)
      await performDerived(call, key, 'Encrypt', (store, use) =>
        store.encryptDerived(use, derivationKey, PROBE),
      );
    return {
      XksKeyId: input.XksKeyId,
      KeyId: key.arn,
      KeySpec: 'AES_256',
      KeyUsage: ['ENCRYPT', 'DECRYPT'] as ('ENCRYPT' | 'DECRYPT')[],
      Enabled,
    };
  },
});
