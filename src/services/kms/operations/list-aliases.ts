import { listAliases as loadAliases } from '../../../storage/aliases.ts';
import { admit, scopeOf } from '../pipeline.ts';
import { operation } from '../operation.ts';
import { page } from '../pagination.ts';
import { resolveKey } from '../key-identifiers.ts';

/** The account's aliases in the Region, or those of one key. AWS: API_ListAliases. */
export const listAliases = operation('ListAliases', {
  action: 'kms:ListAliases',
  readOnly: true,
  audit: ({ KeyId, Limit, Marker }) => ({ keyId: KeyId, limit: Limit ?? null, marker: Marker ?? null }),

  async handle(call) {
    const { input, kms } = call;
    let keyArn: string | undefined;
    if (input.KeyId !== undefined) {
      const key = await resolveKey(kms.catalog, input.KeyId, scopeOf(call), 'id');
      admit(call, key, 'kms:ListAliases');
      keyArn = key.arn;
    }
    const { items, ...rest } = await page(
      input,
      { query: `ListAliases ${keyArn ?? ''}`, defaultLimit: 50, maxLimit: 100 },
      (afterName, limit) => loadAliases(kms.db, scopeOf(call), { keyArn, afterName, limit }),
      (row) => row.alias_name,
    );
    const Aliases = items.map((row) => ({
      AliasName: row.alias_name,
      AliasArn: row.alias_arn,
      TargetKeyId: row.target_key_arn.slice(row.target_key_arn.lastIndexOf('/') + 1),
      CreationDate: new Date(row.created_at),
      LastUpdatedDate: new Date(row.updated_at),
    }));
    return { Aliases, ...rest };
  },
});
