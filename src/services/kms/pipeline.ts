/**
 * What happens around every handler, in AWS's order: find the key, authorise, usage and cross-member rules, key state,
 * DryRun, the work, and the audit event, which is on disk before the answer leaves.
 */
import type { ConditionContext } from '../../access/access-control.ts';
import type { CallRequest } from '../../access/call-request.ts';
import { ApiError } from '../../aws/errors.ts';
import {
  CiphertextRejected,
  ClusterNotEnrolled,
  ClusterTooSmall,
  KeyStoreUnavailable,
} from '../../keystores/key-store.ts';
import { DatabaseTimeout, TextRefused } from '../../storage/store.ts';
import { JournalUnavailable } from '../../audit/journal.ts';
import { hiddenDenial } from '../../access/denial.ts';
import { asksForLabels, callerConditions, conditionOfUse } from './condition-context.ts';
import { despiteConflicts } from '../api/conflicts.ts';
import { Call } from './call.ts';
import { requireContextFits } from './encryption-context.ts';
import type { EncryptionContext } from './encryption-context.ts';
import {
  clusterInvalidConfiguration,
  dependencyTimeout,
  dryRunSucceeded,
  internal,
  invalidCiphertext,
  keyStoreUnavailable,
  validation,
  wrongUsage,
} from './errors.ts';
import { requireGrantTokens } from './grant-lookup.ts';
import { resolveKey } from './key-identifiers.ts';
import { requireState } from './key-states.ts';
import type { KeyLabels } from './key-catalog.ts';
import type { KmsKey } from './key.ts';
import type { KeyUsage } from './key-specs.ts';
import type { Kms } from './kms.ts';
import { LastUsages } from './last-usage.ts';
import { asKeyOperation } from './operation.ts';
import type { Input, Operation, OperationName, Output } from './operation.ts';

/**
 * Runs one operation to its recorded end.
 * @throws ApiError what the caller is to get
 */
export async function execute<N extends OperationName>(
  kms: Kms,
  operation: Operation<N>,
  request: CallRequest,
  input: Input<N>,
): Promise<Output<N>> {
  const call = new Call(kms, operation, request, input);
  let output: Output<N>;
  try {
    output = await perform(call);
  } catch (thrown) {
    const error = asApiError(thrown, kms);
    await record(call, error);
    throw error;
  }
  await record(call, undefined);
  if (LastUsages.tracks(operation.name)) call.noteLastUsage();
  meter(call);
  return output;
}

async function perform<N extends OperationName>(call: Call<N>): Promise<Output<N>> {
  const { operation, input } = call;
  const rule = operation.key;
  let key: KmsKey | undefined;
  countRequest(call);
  const tokens = (input as { GrantTokens?: readonly string[] }).GrantTokens;
  if (tokens !== undefined && tokens.length > 0) await requireGrantTokens(call.kms, call.region, tokens);
  const early = operation.precheck?.(call);
  if (early !== undefined) await early;
  if (rule !== undefined) {
    const identifier = input[rule.from as keyof Input<N>] as string;
    if (rule.aliasMessage !== undefined && isAlias(identifier)) throw validation(rule.aliasMessage);
    const found = findKey(call, identifier, rule.forms, operation.action);
    key = found instanceof Promise ? await found : found;
    const admitted = admit(call, key, operation.action, {
      acrossAccounts: rule.acrossAccounts === true,
      identifier: rule.forms === 'any' ? identifier : undefined,
    });
    if (admitted !== undefined) await admitted;
    if (rule.usage !== undefined) requireUsage(call, key, rule.usage);
  } else if (operation.authorizes !== 'itself') {
    call.authorize({
      action: operation.action,
      resource: '*',
      context: () => ({ ...callerConditions(call.caller.accountId), ...conditionsOf(call) }),
    });
  }
  operation.validate?.(call);
  const further = operation.alsoCounts?.(call);
  if (further !== undefined) {
    const { accountId } = call.caller;
    call.kms.quotas.countOperation(accountId, further.region, further.operation, further.times);
  }
  if (key !== undefined) requireKeyState(call, key);
  if (operation.dryRun === true) finishDryRun(call);
  if (operation.cryptographic === true) return operation.handle(call);
  const named = [...call.resources];
  const handle = (): Promise<Output<N>> => {
    call.resources.splice(0, call.resources.length, ...named); // without those of an attempt that came to nothing
    return operation.handle(call);
  };
  const work = (): Promise<Output<N>> => despiteConflicts(handle, call.kms.refresh);
  return operation.exclusive === undefined ? work() : call.kms.customKeyStores.exclusive(work);
}

function isAlias(identifier: string): boolean {
  return identifier.startsWith('alias/') || identifier.includes(':alias/');
}

/** Account and Region in which the caller's names are meant. */
export function scopeOf<N extends OperationName>(call: Call<N>): { accountId: string; region: string } {
  return { accountId: call.caller.accountId, region: call.region };
}

/**
 * The key that an identifier means. One of another account that is not there is denied like one that is there and that the
 * caller may not use.
 * @throws ApiError as `resolveKey`; AccessDeniedException
 */
export function findKey<N extends OperationName>(
  call: Call<N>,
  identifier: string,
  forms: 'id' | 'any',
  action: string,
): KmsKey | Promise<KmsKey> {
  const found = resolveKey(call.kms.catalog, identifier, scopeOf(call), forms);
  if (!(found instanceof Promise)) return found;
  return found.catch((error: unknown) => {
    const foreign = identifier.startsWith('arn:') && !identifier.startsWith(call.arn(''));
    if (!foreign || !(error instanceof ApiError) || error.code !== 'NotFoundException') throw error;
    throw hiddenDenial({ callerArn: call.caller.arn, action, resource: identifier });
  });
}

/** Of what asks no key for permission, and concerns keys of the caller's account only. @throws ApiError AccessDeniedException */
export function requireOwn<N extends OperationName>(call: Call<N>, key: KmsKey, action: string): void {
  if (key.accountId === call.caller.accountId) return;
  throw hiddenDenial({ callerArn: call.caller.arn, action, resource: key.arn });
}

/** Counts a request that its operation's name alone puts under a quota. @throws ApiError ThrottlingException */
function countRequest<N extends OperationName>({ kms, operation, caller, region }: Call<N>): void {
  if (operation.cryptographic !== true)
    return kms.quotas.countOperation(caller.accountId, region, operation.name);
  if (operation.name !== 'GenerateRandom') return; // uses of keys count by their key
  kms.quotas.countUse(caller.accountId, region, 'symmetric');
}

/** Condition keys of the request: what it says, and what was found out about it. */
function conditionsOf<N extends OperationName>(call: Call<N>): ConditionContext {
  return { ...call.operation.context(call.input), ...call.operation.conditions?.(call) };
}

/** How a request uses a key, where its operation's declaration does not say it. */
export interface KeyUse {
  acrossAccounts?: boolean;
  /** As the caller named the key, where it may use an alias. */
  identifier?: string | undefined;
  /** The ciphertext named the key, and not the caller. */
  foundBy?: 'ciphertext' | undefined;
  /** Instead of the operation's own. */
  context?: () => ConditionContext;
  encryptionContext?: EncryptionContext | undefined;
}

/**
 * Counts the use of a key for its caller, authorises it, counts it for its key store, and names the key in the audit event.
 * @throws ApiError ThrottlingException; as `authorizeKey`
 */
export function admit<N extends OperationName>(
  call: Call<N>,
  key: KmsKey,
  action: string,
  use: KeyUse = {},
): void | Promise<void> {
  if (call.operation.cryptographic === true) call.countUseOf(key);
  const authorized = authorizeKey(call, key, action, use);
  if (authorized !== undefined) return authorized.then(() => takeOn(call, key));
  takeOn(call, key);
}

/** @throws ApiError ThrottlingException */
function takeOn<N extends OperationName>(call: Call<N>, key: KmsKey): void {
  if (call.operation.cryptographic === true) call.countStoreOf(key);
  call.useKey(key);
}

/**
 * Authorises the use of a key. Takes time only when a policy asks for tags or aliases of the
 * key that are not in memory.
 * @throws ApiError AccessDeniedException
 */
export function authorizeKey<N extends OperationName>(
  call: Call<N>,
  key: KmsKey,
  action: string,
  use: KeyUse = {},
): void | Promise<void> {
  const { access, catalog } = call.kms;
  if (!asksForLabels(access, call.request, key.policy))
    return authorizeUse(call, key, action, use, undefined);
  const labels = catalog.cachedLabels(key.arn);
  if (labels !== undefined) return authorizeUse(call, key, action, use, labels);
  return catalog.labels(key.arn).then((loaded) => authorizeUse(call, key, action, use, loaded));
}

function authorizeUse<N extends OperationName>(
  call: Call<N>,
  key: KmsKey,
  action: string,
  use: KeyUse,
  labels: KeyLabels | undefined,
): void {
  const { operation, input } = call;
  const encryptionContext =
    'encryptionContext' in use ? use.encryptionContext : operation.encryptionContext?.(input);
  if (encryptionContext !== undefined) requireContextFits(encryptionContext); // policies look through it
  const callerAccountId = call.caller.accountId;
  const ofUse = { callerAccountId, key, labels, identifier: use.identifier, encryptionContext };
  call.authorize({
    action,
    resource: key.arn,
    resourceAccountId: key.accountId,
    keyPolicy: key.policy,
    acrossAccounts: use.acrossAccounts,
    foundBy: use.foundBy,
    grant: { encryptionContext, child: operation.childGrant?.(input) },
    condition: (name) => conditionOfUse(ofUse, name),
    context: () => use.context?.() ?? conditionsOf(call),
  });
}

/** @throws ApiError InvalidKeyUsageException */
export function requireUsage<N extends OperationName>(call: Call<N>, key: KmsKey, usage: KeyUsage): void {
  if (key.usage !== usage) throw wrongUsage(key.arn, key.usage, call.operation.name);
}

/** @throws ApiError DisabledException, KMSInvalidStateException */
export function requireKeyState<N extends OperationName>(call: Call<N>, key: KmsKey): void {
  requireState(asKeyOperation(call.operation.name), key.arn, call.kms.customKeyStores.keyState(key));
}

/** Ends a call that carries DryRun, all of whose checks passed. @throws ApiError DryRunOperationException */
export function finishDryRun<N extends OperationName>(call: Call<N>): void {
  if ((call.input as { DryRun?: boolean }).DryRun === true) throw dryRunSucceeded();
}

/** Counts a request that was answered, once, for the store of its key. */
function meter<N extends OperationName>({ kms, keyInUse, request }: Call<N>): void {
  if (keyInUse === undefined) return;
  kms.meter.count(request.caller.accountId, request.region, keyInUse.customKeyStoreId);
}

/** The one place where what can go wrong inside becomes what AWS's clients know. */
export function asApiError(thrown: unknown, kms: Kms): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (thrown instanceof CiphertextRejected) return invalidCiphertext();
  if (thrown instanceof ClusterTooSmall || thrown instanceof ClusterNotEnrolled)
    return clusterInvalidConfiguration(thrown.message);
  if (thrown instanceof KeyStoreUnavailable) return keyStoreUnavailable(thrown.message);
  if (thrown instanceof TextRefused)
    return validation('A text in the request has a character that cannot be kept.');
  kms.logger.error({ err: thrown }, 'an operation failed unexpectedly');
  return thrown instanceof DatabaseTimeout ? dependencyTimeout() : internal();
}

/** @throws ApiError KMSInternalException when the event could not be recorded and the answer must be withheld */
async function record<N extends OperationName>(call: Call<N>, error: ApiError | undefined): Promise<void> {
  try {
    await call.recordEnd(error);
  } catch (failure) {
    if (!(failure instanceof JournalUnavailable)) throw failure;
    const readsMetadata = call.operation.readOnly && call.operation.cryptographic !== true;
    if (!readsMetadata) throw internal('The audit trail cannot be written.');
  }
}
