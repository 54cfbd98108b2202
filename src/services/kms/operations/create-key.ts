import type { ConditionContext } from '../../../access/access-control.ts';
import { lowerCamel } from '../../../audit/event.ts';
import type { CreateKeyRequest } from '../../../aws/generated/kms.ts';
import { makeKey } from '../key-creation.ts';
import { requireCreatable } from '../key-creation-rules.ts';
import { keyMetadata } from '../key-metadata.ts';
import { acceptPolicy, defaultKeyPolicy } from '../key-policy.ts';
import {
  callerConditions,
  keyShapeConditions,
  requestTagConditions,
  resourceTagConditions,
  written,
} from '../condition-context.ts';
import type { Call } from '../call.ts';
import { operation } from '../operation.ts';
import { scopeOf } from '../pipeline.ts';
import { requireValidTags } from '../tags.ts';

/** Makes a KMS key, in the built-in key store or inside the HSMs of a custom key store. AWS: API_CreateKey. */
export const createKey = operation('CreateKey', {
  action: 'kms:CreateKey',
  readOnly: false,
  context: (input) => ({
    ...conditionsOfKeyToCome(input),
    ...requestTagConditions(input.Tags),
    'kms:BypassPolicyLockoutSafetyCheck': written(input.BypassPolicyLockoutSafetyCheck),
  }),
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
    if (tags.length > 0) authorizeTags(call);
    const policy =
      input.Policy === undefined ? defaultKeyPolicy(scope.accountId) : acceptFirstPolicy(call, input.Policy);
    await kms.keyQuota.require(scope);
    const key = await makeKey(call, {
      ...plan,
      description: input.Description ?? '',
      policy,
      tags: tags.map(({ TagKey, TagValue }) => ({ key: TagKey, value: TagValue })),
    });
    return { KeyMetadata: keyMetadata(kms, key) };
  },
});

/** What policies can ask about the key, when it is made and afterwards; its tags aside. */
function conditionsOfKeyToCome(input: CreateKeyRequest): ConditionContext {
  return {
    ...keyShapeConditions(
      input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT',
      input.KeyUsage ?? 'ENCRYPT_DECRYPT',
    ),
    'kms:KeyOrigin': input.Origin ?? 'AWS_KMS',
    'kms:MultiRegion': written(input.MultiRegion ?? false),
    'kms:MultiRegionKeyType': input.MultiRegion === true ? 'PRIMARY' : undefined,
  };
}

/** A key with tags needs the permission to tag too. AWS: "Controlling access to tags". @throws ApiError AccessDeniedException */
function authorizeTags(call: Call<'CreateKey'>): void {
  call.authorize({
    action: 'kms:TagResource',
    resource: '*',
    context: () => ({ ...callerConditions(call.caller.accountId), ...createKey.context(call.input) }),
  });
}

/** The key has no ARN yet: a statement for one key cannot mean it. */
const KEY_TO_COME = 'key/00000000-0000-0000-0000-000000000000';

/** Whoever changes the policy later meets the key with its tags, and nothing of this request. */
function acceptFirstPolicy(call: Call<'CreateKey'>, policy: string): string {
  const { input, caller } = call;
  const holder = {
    arn: call.arn(KEY_TO_COME),
    accountId: caller.accountId,
    context: () => ({ ...conditionsOfKeyToCome(input), ...resourceTagConditions(input.Tags ?? []) }),
  };
  return acceptPolicy(call, policy, holder, input.BypassPolicyLockoutSafetyCheck);
}
