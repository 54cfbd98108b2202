import { lowerCamel } from '../../../audit/event.ts';
import { targetOf } from '../../kms/key-identifiers.ts';
import { noSuchKey } from '../errors.ts';
import { authorizeKey } from '../key-access.ts';
import { operation } from '../operation.ts';
import type { ClavigerCall } from '../operation.ts';

/**
 * What an auditor asks about one key of the caller's account, also one that is deleted: as `claviger audit export` writes it, as
 * far as it is this account's. Who asks must be allowed to read the key's metadata and policy too, for both are in it.
 */
export const exportEvidence = operation('ExportEvidence', {
  action: 'claviger:ExportEvidence',
  readOnly: true,
  unrecordedFails: true,
  resources: (call) => [arnOf(call)],
  audit: lowerCamel,

  async handle(call) {
    const { ports, caller } = call;
    const keyArn = arnOf(call);
    if (!keyArn.startsWith(ownPrefix(call))) throw noSuchKey(keyArn);
    const key = await ports.kms.catalog.find(keyArn);
    if (key !== undefined) {
      await authorizeKey(call, key, 'kms:DescribeKey');
      await authorizeKey(call, key, 'kms:GetKeyPolicy');
    }
    const { accountId } = caller;
    const clusterIds = ports.clusters
      .all()
      .filter((row) => row.account_id === accountId)
      .map(({ cluster_id: id }) => id);
    const exported = await ports.exportEvidence({ keyArn, accountId, clusterIds });
    if (exported === undefined) throw noSuchKey(keyArn);
    return {
      KeyArn: keyArn,
      MadeAt: new Date(exported.madeAt),
      Outcome: exported.outcome,
      Evidence: exported.evidence,
      Report: exported.report,
    };
  },
});

/** @throws ApiError as KMS does for what is no key id or ARN */
function arnOf({ input, caller, region }: ClavigerCall<{ KeyId: string }>): string {
  return targetOf(input.KeyId, { accountId: caller.accountId, region }, 'id').arn;
}

function ownPrefix({ caller, region }: ClavigerCall): string {
  return `arn:aws:kms:${region}:${caller.accountId}:key/`;
}
