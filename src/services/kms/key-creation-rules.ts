/** Which combinations of spec, usage, origin and key store CreateKey accepts. AWS: API_CreateKey. */
import type { CreateKeyRequest } from '../../aws/generated/kms.ts';
import { unsupported, validation } from './errors.ts';
import { isImportable } from './import-rules.ts';
import { keySpecRow } from './key-specs.ts';
import type { KeyUsage } from './key-specs.ts';
import type { Origin } from './key.ts';

export interface CreationPlan {
  spec: string;
  usage: KeyUsage;
  origin: Origin;
  customKeyStoreId: string | undefined;
  externalKeyId: string | undefined;
  /** A primary key that can be replicated to other Regions. */
  multiRegion: boolean;
}

/** @throws ApiError ValidationException, UnsupportedOperationException */
export function requireCreatable(input: CreateKeyRequest): CreationPlan {
  if (input.KeySpec !== undefined && input.CustomerMasterKeySpec !== undefined) {
    throw validation(
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
    );
  }
  const spec = input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT';
  const usage = requireUsageOf(spec, input.KeyUsage);
  const origin = input.Origin ?? 'AWS_KMS';
  requireStore(origin, input);
  if (input.CustomKeyStoreId !== undefined) {
    if (spec !== 'SYMMETRIC_DEFAULT') {
      throw validation(`KeySpec ${spec} is not supported for custom key stores.`);
    }
    if (input.MultiRegion === true)
      throw validation('Multi-Region keys are not supported in custom key stores.');
  }
  if (origin === 'EXTERNAL' && !isImportable(spec))
    throw unsupported(`KeySpec ${spec} is not supported for keys of origin EXTERNAL.`);
  const multiRegion = input.MultiRegion ?? false;
  const { CustomKeyStoreId: customKeyStoreId, XksKeyId: externalKeyId } = input;
  return { spec, usage, origin, customKeyStoreId, externalKeyId, multiRegion };
}

function requireUsageOf(spec: string, usage: KeyUsage | undefined): KeyUsage {
  if (usage === undefined && spec !== 'SYMMETRIC_DEFAULT') {
    throw validation(
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    );
  }
  const row = keySpecRow(spec);
  if (row === undefined) throw unsupported(`KeySpec ${spec} is not supported in this Region.`);
  const wanted = usage ?? 'ENCRYPT_DECRYPT';
  if (!row.usages.includes(wanted))
    throw validation(`KeyUsage ${wanted} is not compatible with KeySpec ${spec}`);
  return wanted;
}

function requireStore(origin: Origin, input: CreateKeyRequest): void {
  const inStore = origin === 'AWS_CLOUDHSM' || origin === 'EXTERNAL_KEY_STORE';
  if (inStore && input.CustomKeyStoreId === undefined) {
    throw validation(`CustomKeyStoreId is required when Origin is ${origin}.`);
  }
  if (!inStore && input.CustomKeyStoreId !== undefined) {
    throw validation('CustomKeyStoreId is valid only when Origin is AWS_CLOUDHSM or EXTERNAL_KEY_STORE.');
  }
  if (origin === 'EXTERNAL_KEY_STORE' && input.XksKeyId === undefined) {
    throw validation('XksKeyId is required when Origin is EXTERNAL_KEY_STORE.');
  }
  if (origin !== 'EXTERNAL_KEY_STORE' && input.XksKeyId !== undefined) {
    throw validation('XksKeyId is valid only when Origin is EXTERNAL_KEY_STORE.');
  }
}
