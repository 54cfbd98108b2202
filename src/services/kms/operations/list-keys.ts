import { listKeys as loadKeys } from '../../../storage/keys.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { page } from '../pagination.ts';
import { scopeOf } from '../pipeline.ts';

/** All keys of the account in the Region. AWS: API_ListKeys. */
export const listKeys = operation('ListKeys', {
  action: 'kms:ListKeys',
  readOnly: true,
  context: noConditions,
  audit: ({ Limit, Marker }) =>
    Limit === undefined && Marker === undefined ? null : { limit: Limit, marker: Marker },

  async handle(call) {
    const { items, ...rest } = await page(
      call.input,
      { query: 'ListKeys', defaultLimit: 100, maxLimit: 1000 },
      (after, limit) => loadKeys(call.kms.db, scopeOf(call), after, limit),
      (row) => row.key_id,
    );
    return { Keys: items.map(({ key_id: KeyId }) => ({ KeyId, KeyArn: call.arn(`key/${KeyId}`) })), ...rest };
  },
});
