import { findAlias, removeAlias } from '../../../storage/aliases.ts';
import { authorizeAlias, requireAlias, requireSameTarget, useAlias } from '../aliases.ts';
import { aliasNotFound, aliasReserved, validation } from '../errors.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { admit } from '../pipeline.ts';

/** Takes a name away; the key stays as it is. AWS: API_DeleteAlias. */
export const deleteAlias = operation('DeleteAlias', {
  action: 'kms:DeleteAlias',
  readOnly: false,
  authorizes: 'itself',
  context: noConditions,
  audit: ({ AliasName }) => ({ aliasName: AliasName }),
  validate: ({ input }) => {
    if (!input.AliasName.startsWith('alias/')) throw validation('Invalid identifier');
    if (input.AliasName.startsWith('alias/aws/')) throw aliasReserved();
  },

  async handle(call) {
    const { kms, input } = call;
    authorizeAlias(call, input.AliasName);
    const aliasArn = call.arn(input.AliasName);
    const alias = await requireAlias(call, aliasArn);
    const key = await kms.catalog.find(alias.target_key_arn);
    if (key !== undefined) await admit(call, key, 'kms:DeleteAlias');
    useAlias(call, aliasArn);
    try {
      await call.commit(null, async (tx) => {
        const current = await findAlias(tx, aliasArn);
        if (current === undefined) throw aliasNotFound(aliasArn);
        requireSameTarget(alias, current);
        await removeAlias(tx, aliasArn);
      });
    } finally {
      kms.catalog.forget(alias.target_key_arn, aliasArn);
    }
    return undefined;
  },
});
