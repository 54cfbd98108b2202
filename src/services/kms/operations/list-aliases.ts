import { listAliases as loadAliases } from '../../../storage/aliases.ts';
import type { AliasRow } from '../../../storage/schema.ts';
import { PREDEFINED_ALIASES } from '../aws-services.ts';
import { findKey, requireOwn, scopeOf } from '../pipeline.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { page } from '../pagination.ts';

type Listed = { alias_name: string; row?: AliasRow };

/**
 * The account's aliases in the Region, or those of one key. Predefined aliases of services are listed also while they have
 * no key; then they show only their names. AWS: API_ListAliases.
 */
export const listAliases = operation('ListAliases', {
  action: 'kms:ListAliases',
  readOnly: true,
  context: noConditions,
  audit: ({ KeyId, Limit, Marker }) => ({ keyId: KeyId, limit: Limit ?? null, marker: Marker ?? null }),

  async handle(call) {
    const { input, kms } = call;
    let keyArn: string | undefined;
    if (input.KeyId !== undefined) {
      const key = await findKey(call, input.KeyId, 'id', 'kms:ListAliases');
      requireOwn(call, key, 'kms:ListAliases');
      call.useKey(key);
      keyArn = key.arn;
    }
    const { items, ...rest } = await page(
      input,
      { query: `ListAliases ${keyArn ?? ''}`, defaultLimit: 50, maxLimit: 100 },
      async (afterName, limit) => {
        const rows = await loadAliases(kms.db, scopeOf(call), { keyArn, afterName, limit });
        const predefined = keyArn === undefined ? PREDEFINED_ALIASES.filter((name) => name > afterName) : [];
        const named = new Map<string, Listed>(predefined.map((name) => [name, { alias_name: name }]));
        for (const row of rows) named.set(row.alias_name, { alias_name: row.alias_name, row });
        return [...named.values()].sort((a, b) => (a.alias_name < b.alias_name ? -1 : 1)).slice(0, limit);
      },
      (listed) => listed.alias_name,
    );
    const Aliases = items.map(({ alias_name: name, row }) => ({
      AliasName: name,
      AliasArn: call.arn(name),
      ...(row !== undefined && {
        TargetKeyId: row.target_key_arn.slice(row.target_key_arn.lastIndexOf('/') + 1),
        CreationDate: new Date(row.created_at),
        LastUpdatedDate: new Date(row.updated_at),
      }),
    }));
    return { Aliases, ...rest };
  },
});
