import { findAlias, replaceAlias } from '../../../storage/aliases.ts';
import {
  authorizeAlias,
  requireAlias,
  requireAliasName,
  requireRoomForAlias,
  requireSameTarget,
  useAlias,
} from '../aliases.ts';
import { aliasNotFound, validation } from '../errors.ts';
import { keySpecRow } from '../key-specs.ts';
import { noConditions } from '../condition-context.ts';
import { operation } from '../operation.ts';
import { admit } from '../pipeline.ts';

/** Points an alias at another key of the same kind. AWS: API_UpdateAlias. */
export const updateAlias = operation('UpdateAlias', {
  action: 'kms:UpdateAlias',
  readOnly: false,
  key: { from: 'TargetKeyId', forms: 'id', aliasMessage: 'Aliases must refer to keys. Not aliases' },
  context: noConditions,
  audit: ({ AliasName, TargetKeyId }) => ({ aliasName: AliasName, targetKeyId: TargetKeyId }),
  precheck: ({ input }) => requireAliasName(input.AliasName),
  validate: (call) => authorizeAlias(call, call.input.AliasName),

  async handle(call) {
    const { key, kms, input, now } = call;
    const aliasArn = call.arn(input.AliasName);
    const alias = await requireAlias(call, aliasArn);
    const previous = await kms.catalog.find(alias.target_key_arn);
    if (previous !== undefined) {
      if (previous.arn !== key.arn) await admit(call, previous, 'kms:UpdateAlias');
      const sameKind = keySpecRow(previous.spec)?.kind === keySpecRow(key.spec)?.kind;
      if (!sameKind || previous.usage !== key.usage) {
        throw validation(
          `The current and the new target of ${input.AliasName} must be of the same type and have the same key usage.`,
        );
      }
    }
    useAlias(call, aliasArn);
    try {
      await call.commit(null, async (tx) => {
        const current = await findAlias(tx, aliasArn);
        if (current === undefined) throw aliasNotFound(aliasArn);
        requireSameTarget(alias, current);
        if (current.target_key_arn !== key.arn) await requireRoomForAlias(kms, tx, key.arn);
        await replaceAlias(
          tx,
          kms.mac.seal('aliases', { ...current, target_key_arn: key.arn, updated_at: now }),
        );
      });
    } finally {
      kms.catalog.forget(key.arn, aliasArn);
      kms.catalog.forget(alias.target_key_arn);
    }
    return undefined;
  },
});
