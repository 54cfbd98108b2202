import { lowerCamel } from '../../../audit/event.ts';
import { countKeys } from '../../../storage/keys.ts';
import { limitExceeded } from '../errors.ts';
import { makeKey } from '../key-creation.ts';
import { requireCreatable } from '../key-creation-rules.ts';
import { keyMetadata } from '../key-metadata.ts';
import { defaultKeyPolicy, requireValidPolicy } from '../key-policy.ts';
import { operation } from '../operation.ts';
import { scopeOf } from '../pipeline.ts';
import { requireValidTags } from '../tags.ts';

/** Makes a KMS key, in the built-in key store or inside the HSMs of a custom key store. AWS: API_CreateKey. */
export const createKey = operation('CreateKey', {
  action: 'kms:CreateKey',
  readOnly: false,
  audit: (input) => ({
    description: input.Description ?? '',
    origin: input.Origin ?? 'AWS_KMS',
    bypassPolicyLockoutSafetyCheck: input.BypassPolicyLockoutSafetyCheck ?? false,
    customerMasterKeySpec: input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT',
    keySpec: input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT',
    keyUsage: input.KeyUsage ?? 'ENCRYPT_DECRYPT',
    multiRegion: input.MultiRegion ?? false,
    tags: (input.Tags ?? []).map((tag) => lowerCamel(tag)),
    policy: input.Policy,
    customKeyStoreId: input.CustomKeyStoreId,
    xksKeyId: input.XksKeyId,
  }),

  async handle(call) {
    const { input, kms } = call;
    const scope = scopeOf(call);
    const plan = requireCreatable(input);
    const tags = input.Tags ?? [];
    requireValidTags(tags, kms.limits.tagsPerKey);
    if (input.Policy !== undefined) {
      requireValidPolicy(input.Policy, scope.accountId, {
        limits: kms.limits,
        bypassLockoutCheck: input.BypassPolicyLockoutSafetyCheck ?? false,
      });
    }
    if ((await countKeys(kms.db, scope)) >= kms.limits.keys) {
      throw limitExceeded('The request was rejected because a limit was exceeded: KMS keys.');
    }
    const key = await makeKey(call, {
      ...plan,
      description: input.Description ?? '',
      policy: input.Policy ?? defaultKeyPolicy(scope.accountId),
      tags: tags.map(({ TagKey, TagValue }) => ({ key: TagKey, value: TagValue })),
    });
    return { KeyMetadata: keyMetadata(kms, key) };
  },
});
