import { findAlias, insertAlias } from '../../../storage/aliases.ts';
import { authorizeAlias, requireAliasName, requireRoomForAlias, useAlias } from '../aliases.ts';
import { aliasExists } from '../errors.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';

/** Gives a key a name. AWS: API_CreateAlias. */
export const createAlias = operation('CreateAlias', {
  action: 'kms:CreateAlias',
  readOnly: false,
  key: { from: 'TargetKeyId', forms: 'id', aliasMessage: 'Aliases must refer to keys. Not aliases' },
  context: noConditions,
  audit: ({ AliasName, TargetKeyId }) => ({ aliasName: AliasName, targetKeyId: TargetKeyId }),
  precheck: ({ input }) => requireAliasName(input.AliasName),
  validate: (call) => authorizeAlias(call, call.input.AliasName),

  async handle(call) {
    const { key, kms, input, now } = call;
    const aliasArn = call.arn(input.AliasName);
    useAlias(call, aliasArn);
    const alias = kms.mac.seal('aliases', {
      alias_arn: aliasArn,
      account_id: call.caller.accountId,
      region: call.region,
      alias_name: input.AliasName,
      target_key_arn: key.arn,
      created_at: now,
      updated_at: now,
    });
    await call.commit(null, async (tx) => {
      if ((await findAlias(tx, aliasArn)) !== undefined) throw aliasExists(aliasArn);
      await requireRoomForAlias(kms, tx, key.arn);
      await insertAlias(tx, alias);
    });
    kms.catalog.forget(key.arn);
    return undefined;
  },
});
