import { removeAlias } from '../../../storage/aliases.ts';
import { requireAlias, useAlias } from '../aliases.ts';
import { aliasReserved, validation } from '../errors.ts';
import { operation } from '../operation.ts';
import { admit } from '../pipeline.ts';

/** Takes a name away; the key stays as it is. AWS: API_DeleteAlias. */
export const deleteAlias = operation('DeleteAlias', {
  action: 'kms:DeleteAlias',
  readOnly: false,
  audit: ({ AliasName }) => ({ aliasName: AliasName }),
  validate: ({ input }) => {
    if (!input.AliasName.startsWith('alias/')) throw validation('Invalid identifier');
    if (input.AliasName.startsWith('alias/aws/')) throw aliasReserved();
  },

  async handle(call) {
    const { kms, input } = call;
    const aliasArn = call.arn(input.AliasName);
    const alias = await requireAlias(call, aliasArn);
    const key = await kms.catalog.find(alias.target_key_arn);
    if (key !== undefined) admit(call, key, 'kms:DeleteAlias');
    useAlias(call, aliasArn);
    try {
      await call.commit(null, (tx) => removeAlias(tx, aliasArn));
    } finally {
      kms.catalog.forget(alias.target_key_arn, aliasArn);
    }
    return undefined;
  },
});
