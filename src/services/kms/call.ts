/** One call of an operation of KMS: its input, the keys it works on, and what it tells the audit trail while it runs. */
import type { CallRequest } from '../../access/call-request.ts';
import type { EventResource } from '../../audit/event.ts';
import type { KeyStore } from '../../keystores/key-store.ts';
import type { DatabaseTransaction } from '../../storage/store.ts';
import { RecordedCall } from '../api/call.ts';
import type { Kms } from './kms.ts';
import type { KmsKey } from './key.ts';
import { countKeyUse } from './request-quotas.ts';
import type { KeyFamily } from './request-quotas.ts';
import type { Input, Operation, OperationName } from './operation.ts';

const resources = new WeakMap<KmsKey, EventResource>();

/** One object for each key, so that its text is made once (audit/event.ts). */
export function resourceOf(key: KmsKey): EventResource {
  let resource = resources.get(key);
  if (resource === undefined) {
    resource = { accountId: key.accountId, type: 'AWS::KMS::Key', ARN: key.arn };
    resources.set(key, resource);
  }
  return resource;
}

/** An event that a call leaves in the Region of another key than its own. */
export interface Companion {
  /** The call's own operation when undefined. */
  eventName?: string;
  key: KmsKey;
  /** The call's own when undefined. */
  requestParameters?: Record<string, unknown>;
  responseElements: Record<string, unknown> | null;
}

export class Call<N extends OperationName> extends RecordedCall {
  readonly kms: Kms;
  readonly operation: Operation<N>;
  readonly input: Input<N>;
  /** Set by the pipeline for operations with a key rule. */
  #key: KmsKey | undefined;
  /** What the call counted against: a second key of the same counts no more. */
  #countedFamily: KeyFamily | undefined;
  #countedStore: string | null = null;

  constructor(kms: Kms, operation: Operation<N>, request: CallRequest, input: Input<N>) {
    super(kms, request, {
      eventSource: 'kms.amazonaws.com',
      eventName: operation.name,
      readOnly: operation.readOnly,
      requestParameters: () => operation.audit(input),
      showsResources: operation.resources !== 'none',
    });
    this.kms = kms;
    this.operation = operation;
    this.input = input;
  }

  /** The first key that the call was admitted to; undefined before. */
  get keyInUse(): KmsKey | undefined {
    return this.#key;
  }

  /** The key of the operation's key rule. */
  get key(): KmsKey {
    if (this.#key === undefined) throw new Error(`${this.operation.name} has no key rule`);
    return this.#key;
  }

  /** Names a key as a resource of this call's audit event; the first one becomes `key`. */
  useKey(key: KmsKey): void {
    this.#key ??= key;
    this.resources.push(resourceOf(key));
  }

  /** Counts the use of a key against the caller's request quotas. @throws ApiError ThrottlingException */
  countUseOf(key: KmsKey): void {
    const { kms, region, caller, input } = this;
    const { KeyPairSpec: keyPairSpec } = input as { KeyPairSpec?: string };
    const { accountId } = caller;
    const use = { key, keyPairSpec };
    this.#countedFamily = countKeyUse(kms.quotas, { accountId, region }, use, this.#countedFamily);
  }

  /**
   * Counts the use of a key against the request quota of its custom key store, which all its callers share: one who may not use
   * the key takes nothing of it.
   * @throws ApiError ThrottlingException
   */
  countStoreOf({ customKeyStoreId }: KmsKey): void {
    if (customKeyStoreId === null || customKeyStoreId === this.#countedStore) return;
    this.kms.quotas.countStore(customKeyStoreId);
    this.#countedStore = customKeyStoreId;
  }

  /** Remembers this call, which succeeded and is on record, as the last use of its keys. */
  noteLastUsage(): void {
    const { kms, operation, request, recorded } = this;
    if (recorded === undefined) return; // withheld: it could not be recorded
    const { eventId, time } = recorded;
    const use = { operation: operation.name, time, eventId, requestId: request.requestId };
    for (const { ARN } of this.resources) kms.lastUsages.note(ARN, use);
  }

  keyStoreOf(key: KmsKey): KeyStore {
    return this.kms.keyStoreOf(key);
  }

  /** `arn:aws:kms:<region>:<account>:<resource>` in the caller's account and Region. */
  arn(resource: string): string {
    return `arn:aws:kms:${this.region}:${this.caller.accountId}:${resource}`;
  }

  /** Records a further event of this call, in another Region, inside the change of `commit`. */
  async accompany(tx: DatabaseTransaction, companion: Companion): Promise<void> {
    const { key, ...shown } = companion;
    await this.alsoRecord(tx, { ...shown, region: key.region, resources: [resourceOf(key)] });
  }
}
