/**
 * AWS managed keys: made for a service when its predefined alias is first described, with a policy that nobody can change,
 * used only through the service, rotated yearly. AWS: "AWS managed keys"; API_DescribeKey on predefined aliases.
 */
import { randomUUID } from 'node:crypto';
import { putOutboxEvent } from '../../storage/outbox.ts';
import { findAlias, insertAlias } from '../../storage/aliases.ts';
import { NO_ROTATION, insertKey, insertMaterial } from '../../storage/keys.ts';
import type { KmsKeyRow } from '../../storage/schema.ts';
import { inTransaction } from '../../storage/store.ts';
import { serviceOfAlias } from './aws-services.ts';
import type { AwsService } from './aws-services.ts';
import type { Call } from './call.ts';
import { newMaterial } from './new-material.ts';
import { DEFAULT_PERIOD_DAYS, nextRotation } from './rotation.ts';
import { keyServiceEvent } from './service-events.ts';

/** What the fixed policy gives to the account directly. */
const ACCOUNT_ACTIONS = ['Describe', 'Get', 'List'] as const;

/** Makes the key behind a predefined alias if the identifier names one that has none. Other identifiers are left alone. */
export async function makeKeyOfPredefinedAlias(call: Call<'DescribeKey'>): Promise<void> {
  const { kms, input } = call;
  const ownPrefix = call.arn('');
  const aliasName = input.KeyId.startsWith(ownPrefix) ? input.KeyId.slice(ownPrefix.length) : input.KeyId;
  const found = serviceOfAlias(aliasName);
  if (found === undefined) return;
  const aliasArn = call.arn(aliasName);
  if ((await kms.catalog.findAlias(aliasArn)) !== undefined) return;
  const keyId = randomUUID();
  const row = managedKeyRow(call, keyId, found);
  call.authorize({ action: 'kms:DescribeKey', resource: row.key_arn, keyPolicy: row.policy });
  const material = await newMaterial(kms, row.key_arn);
  const event = keyServiceEvent(
    kms,
    { arn: row.key_arn, accountId: row.account_id, region: row.region },
    'CreateKey',
    { keyId },
  );
  const made = await inTransaction(kms.db, async (tx) => {
    if ((await findAlias(tx, aliasArn)) !== undefined) return false; // another call was faster
    await insertKey(tx, kms.mac.seal('kms_keys', { ...row, current_material_id: material.material_id }));
    await insertMaterial(tx, kms.mac.seal('key_materials', material));
    const alias = {
      alias_arn: aliasArn,
      account_id: row.account_id,
      region: row.region,
      alias_name: aliasName,
      target_key_arn: row.key_arn,
      created_at: call.now,
      updated_at: call.now,
    };
    await insertAlias(tx, kms.mac.seal('aliases', alias));
    await putOutboxEvent(tx, kms.audit, event);
    return true;
  });
  if (made) await kms.audit.recordCommitted(event);
}

function managedKeyRow(
  call: Call<'DescribeKey'>,
  keyId: string,
  { name, service }: { name: string; service: AwsService },
): Omit<KmsKeyRow, 'mac'> {
  const { accountId } = call.caller;
  return {
    key_arn: call.arn(`key/${keyId}`),
    account_id: accountId,
    region: call.region,
    key_id: keyId,
    key_spec: 'SYMMETRIC_DEFAULT',
    key_usage: 'ENCRYPT_DECRYPT',
    origin: 'AWS_KMS',
    key_manager: 'AWS',
    state: 'Ready',
    enabled: 1,
    description: `Default key that protects my ${service.protects} when no other key is defined`,
    policy: managedKeyPolicy(name, service, accountId, call.region),
    custom_key_store_id: null,
    xks_key_id: null,
    current_material_id: null,
    created_at: call.now,
    deletion_date: null,
    multi_region: null,
    pending_window_days: null,
    creator: null,
    ...NO_ROTATION,
    rotation_period_days: DEFAULT_PERIOD_DAYS,
    next_rotation_at: nextRotation(call.now, DEFAULT_PERIOD_DAYS),
  };
}

/** In AWS's layout: two spaces, a blank before each colon. */
function managedKeyPolicy(name: string, service: AwsService, accountId: string, region: string): string {
  const { title, endpoint } = service;
  return `{
  "Version" : "2012-10-17",
  "Id" : "auto-${name}-1",
  "Statement" : [ {
    "Sid" : "Allow access through ${title} for all principals in the account that are authorized to use ${title}",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "*"
    },
    "Action" : [ "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey" ],
    "Resource" : "*",
    "Condition" : {
      "StringEquals" : {
        "kms:CallerAccount" : "${accountId}",
        "kms:ViaService" : "${endpoint}.${region}.amazonaws.com"
      }
    }
  }, {
    "Sid" : "Allow direct access to key metadata to the account",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::${accountId}:root"
    },
    "Action" : [ ${ACCOUNT_ACTIONS.map((verb) => `"kms:${verb}*"`).join(', ')} ],
    "Resource" : "*"
  } ]
}`;
}
