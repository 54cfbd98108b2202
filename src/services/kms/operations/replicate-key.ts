import type { ConditionContext } from '../../../access/access-control.ts';
import { lowerCamel } from '../../../audit/event.ts';
import type { Tag } from '../../../aws/generated/kms.ts';
import { insertKey, putTags } from '../../../storage/keys.ts';
import type { DatabaseTransaction } from '../../../storage/store.ts';
import type { Call } from '../call.ts';
import { regionNotServed, relatedKeyExists } from '../errors.ts';
import { keyMetadata } from '../key-metadata.ts';
import { keyFromRows } from '../key.ts';
import type { KmsKey } from '../key.ts';
import { acceptPolicy, defaultKeyPolicy, showPolicy } from '../key-policy.ts';
import { encodeMultiRegion, relatedArn, requirePrimary, withReplica } from '../multi-region.ts';
import {
  callerConditions,
  keyConditions,
  requestTagConditions,
  resourceTagConditions,
  written,
} from '../condition-context.ts';
import { operation } from '../operation.ts';
import { requireKeyState } from '../pipeline.ts';
import { currentKey, forgetRelated, setRegions } from '../related-keys.ts';
import { requireValidTags } from '../tags.ts';
import { createKey } from './create-key.ts';

type Wanted = { policy: string; description: string; tags: { key: string; value: string }[] };

/**
 * Makes the related key of a multi-Region primary key in another Region: its key id and material, with a policy, tags and a
 * description of its own. It is Creating until it has its material (jobs/multi-region.ts). AWS: API_ReplicateKey.
 */
export const replicateKey = operation('ReplicateKey', {
  action: 'kms:ReplicateKey',
  readOnly: false,
  key: { from: 'KeyId', forms: 'id' },
  context: (input) => ({
    ...requestTagConditions(input.Tags),
    'kms:ReplicaRegion': input.ReplicaRegion,
    'kms:BypassPolicyLockoutSafetyCheck': written(input.BypassPolicyLockoutSafetyCheck),
  }),
  audit: (input) => ({
    keyId: input.KeyId,
    replicaRegion: input.ReplicaRegion,
    bypassPolicyLockoutSafetyCheck: input.BypassPolicyLockoutSafetyCheck ?? false,
    description: input.Description ?? '',
    policy: input.Policy,
    tags: input.Tags === undefined ? undefined : input.Tags.map((tag) => lowerCamel(tag)),
  }),
  alsoCounts: ({ input }) => ({ operation: 'CreateKey', region: input.ReplicaRegion, times: 2 }),
  validate: (call) => {
    requirePrimary(call.key);
    if (!call.kms.regions.includes(call.input.ReplicaRegion)) throw regionNotServed(call.input.ReplicaRegion);
  },

  async handle(call) {
    const { input, kms } = call;
    const { accountId } = call.key;
    const tags = input.Tags ?? [];
    requireMayCreate(call);
    requireValidTags(tags, kms.limits.tagsPerKey);
    const arn = relatedArn(call.key, input.ReplicaRegion);
    const holder = { arn, accountId, context: () => conditionsOfReplica(call.key, tags) };
    const policy =
      input.Policy === undefined
        ? defaultKeyPolicy(accountId)
        : acceptPolicy(call, input.Policy, holder, input.BypassPolicyLockoutSafetyCheck);
    await kms.keyQuota.require({ accountId, region: input.ReplicaRegion });
    const replica = await commitReplica(call, {
      policy,
      description: input.Description ?? '',
      tags: tags.map(({ TagKey, TagValue }) => ({ key: TagKey, value: TagValue })),
    });
    return {
      ReplicaKeyMetadata: keyMetadata(kms, replica),
      ReplicaPolicy: showPolicy(replica.policy, kms.access),
      ReplicaTags: tags.length === 0 ? undefined : tags,
    };
  },
});

/** What policies will be able to ask about the replica. */
function conditionsOfReplica(primary: KmsKey, tags: readonly Tag[]): ConditionContext {
  return {
    ...keyConditions(primary, undefined),
    ...resourceTagConditions(tags),
    'kms:MultiRegionKeyType': 'REPLICA',
  };
}

/** The caller needs kms:CreateKey in the replica's Region, and kms:TagResource there for tags. @throws ApiError */
function requireMayCreate({ key, kms, input, request, caller }: Call<'ReplicateKey'>): void {
  const authorize = (action: string): void =>
    kms.access.authorize({
      request: { ...request, region: input.ReplicaRegion },
      action,
      resource: '*',
      resourceAccountId: key.accountId,
      context: () => ({
        ...callerConditions(caller.accountId),
        ...conditionsOfReplica(key, []),
        ...requestTagConditions(input.Tags),
      }),
    });
  authorize('kms:CreateKey');
  if (input.Tags !== undefined) authorize('kms:TagResource');
}

/** The replica's row, its Region in all related rows, and the events of both Regions, in one transaction. */
async function commitReplica(call: Call<'ReplicateKey'>, wanted: Wanted): Promise<KmsKey> {
  const { kms } = call;
  const shownOf = (replica: KmsKey): Record<string, unknown> => ({
    replicaKeyMetadata: lowerCamel(keyMetadata(kms, replica)),
    replicaPolicy: showPolicy(replica.policy, kms.access),
    replicaTags: (call.input.Tags ?? []).map((tag) => lowerCamel(tag)),
  });
  const replica = await call.commit(shownOf, async (tx) => {
    const primary = await currentKey(kms, tx, call.key.arn);
    requireKeyState(call, primary);
    const made = await insertReplica(call, tx, primary, wanted);
    await call.accompany(tx, {
      eventName: 'CreateKey',
      key: made,
      requestParameters: createKey.audit(asCreateKey(call, made)) ?? {},
      responseElements: { keyMetadata: lowerCamel(keyMetadata(kms, made)) },
    });
    return made;
  });
  forgetRelated(kms, replica);
  return replica;
}

/** @throws ApiError AlreadyExistsException, UnsupportedOperationException */
async function insertReplica(
  call: Call<'ReplicateKey'>,
  tx: DatabaseTransaction,
  primary: KmsKey,
  { policy, description, tags }: Wanted,
): Promise<KmsKey> {
  const { kms, now } = call;
  const region = call.input.ReplicaRegion;
  const arn = relatedArn(primary, region);
  const before = requirePrimary(primary);
  if (region === before.primary || before.replicas.includes(region)) throw relatedKeyExists(arn);
  const regions = withReplica(before, region);
  const { mac: _mac, ...inherited } = primary.row;
  const row = kms.mac.seal('kms_keys', {
    ...inherited,
    key_arn: arn,
    region,
    state: 'Replicating' as const,
    policy,
    description,
    current_material_id: null,
    created_at: now,
    multi_region: encodeMultiRegion(regions),
  });
  await setRegions(kms, tx, primary, regions);
  await insertKey(tx, row);
  await putTags(tx, arn, tags);
  return keyFromRows(row, []);
}

/** The replica as a request to CreateKey would have asked for it: what the event in its Region shows. */
function asCreateKey(
  { input }: Call<'ReplicateKey'>,
  replica: KmsKey,
): Parameters<typeof createKey.audit>[0] {
  return {
    Description: input.Description,
    Policy: input.Policy,
    BypassPolicyLockoutSafetyCheck: input.BypassPolicyLockoutSafetyCheck,
    Tags: input.Tags,
    Origin: replica.origin,
    KeySpec: replica.spec as NonNullable<Parameters<typeof createKey.audit>[0]['KeySpec']>,
    KeyUsage: replica.usage,
    MultiRegion: true,
  };
}
