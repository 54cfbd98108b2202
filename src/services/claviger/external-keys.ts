/**
 * Keys of HSM clusters as external keys of others: what `claviger xks-proxy` asks for (docs/xks-proxy.md). A use is that of the KMS
 * key, with its policy, state, quotas, and place in both audit trails; this file has what KMS's own pipeline does around a use.
 */
import { lowerCamel } from '../../audit/event.ts';
import type { OnBehalfOf } from '../../aws/generated/claviger.ts';
import { DerivationKeyRejected, KeyStoreUnavailable } from '../../keystores/key-store.ts';
import type { KeyDerivation, KeyUseContext } from '../../keystores/key-store.ts';
import { resourceOf } from '../kms/call.ts';
import { unsupported } from '../kms/errors.ts';
import { requireState } from '../kms/key-states.ts';
import type { KeyOperation } from '../kms/key-states.ts';
import type { KmsKey } from '../kms/key.ts';
import { asApiError } from '../kms/pipeline.ts';
import { keyUnavailable, noSuchExternalKey } from './errors.ts';
import { parseExternalKeyId } from '../../xks/external-key-id.ts';
import type { ExternalKeyId } from '../../xks/external-key-id.ts';
import { allowedKey } from './key-access.ts';
import type { KeyAction } from './key-access.ts';
import type { ClavigerCall } from './operation.ts';

/** The KMS operation that a use of an external key is, for policies, key states and the key's last use. */
export type UsedAs = 'Encrypt' | 'Decrypt' | 'GenerateDataKeyWithoutPlaintext';

export interface ExternalKey extends ExternalKeyId {
  key: KmsKey;
}

/**
 * The KMS key of an external key of the caller's account, once the caller may do this with it.
 * @throws ApiError NotFoundException, AccessDeniedException
 */
export async function externalKeyOf(
  call: ClavigerCall,
  xksKeyId: string,
  action: KeyAction,
): Promise<ExternalKey> {
  const id = parseExternalKeyId(xksKeyId);
  if (id === undefined) throw noSuchExternalKey();
  const key = await allowedKey(call, id.keyId, action);
  showKey(call, key);
  return { ...id, key };
}

/** Names the key as the resource of the call's audit event. */
export function showKey(call: ClavigerCall, key: KmsKey): void {
  call.resources.push(resourceOf(key));
}

/** @throws ApiError UnsupportedOperationException for keys of other key stores */
export function requireInCluster({ origin, arn }: KmsKey): void {
  if (origin !== 'AWS_CLOUDHSM')
    throw unsupported(`${arn} is not in an AWS CloudHSM key store, and cannot be an external key.`);
}

/**
 * Uses a key that the caller was let use.
 * @throws ApiError ThrottlingException, DisabledException, KMSInvalidStateException, KeyUnavailableException,
 *   UnsupportedOperationException, NotFoundException for a derivation key that is not the key's, InvalidCiphertextException
 */
export async function performDerived<Result>(
  call: ClavigerCall,
  key: KmsKey,
  operation: KeyOperation,
  work: (store: KeyDerivation, use: KeyUseContext) => Promise<Result>,
): Promise<Result> {
  const { kms } = call.ports;
  const { accountId } = call.caller;
  const { customKeyStoreId, material } = key;
  kms.quotas.countUse(accountId, call.region, 'symmetric');
  if (customKeyStoreId !== null) kms.quotas.countStore(customKeyStoreId);
  requireInCluster(key);
  if (material === null) throw new Error('a key in a cluster has no material');
  requireState(operation, key.arn, kms.customKeyStores.keyState(key));
  const { derivation } = kms.keyStoreOf(key);
  if (derivation === undefined) throw new Error('a key store over HSMs derives no keys');
  call.note({ customKeyStoreId });
  try {
    const { requestIdBytes: requestId } = call;
    const result = await work(derivation, { material, keyArn: key.arn, requestId, aad: NOTHING });
    kms.meter.count(accountId, call.region, customKeyStoreId);
    return result;
  } catch (error) {
    if (error instanceof DerivationKeyRejected) throw noSuchExternalKey();
    if (error instanceof KeyStoreUnavailable) throw keyUnavailable(error.message);
    throw asApiError(error, kms);
  }
}

const NOTHING = Buffer.alloc(0);

/** Remembers a call that is on record as the last use of its key. */
export function noteLastUse(call: ClavigerCall, operation: UsedAs): void {
  if (call.recorded === undefined) return;
  const { eventId, time } = call.recorded;
  for (const { ARN } of call.resources)
    call.ports.kms.lastUsages.note(ARN, { operation, time, eventId, requestId: call.request.requestId });
}

/** What the audit event shows of a use: never the message. */
export function auditOfUse({ XksKeyId, OnBehalfOf: on }: { XksKeyId: string; OnBehalfOf?: OnBehalfOf }): {
  xksKeyId: string;
  onBehalfOf?: Record<string, unknown>;
} {
  return { xksKeyId: XksKeyId, ...(on !== undefined && { onBehalfOf: lowerCamel(on) }) };
}
