/** One call of an operation: its input, its caller, and what it tells the audit trail while it runs. */
import { randomUUID } from 'node:crypto';
import type { Caller } from '../../access/caller.ts';
import { encodeCall } from '../../audit/event.ts';
import type { EventResource } from '../../audit/event.ts';
import type { KeyStore } from '../../keystores/key-store.ts';
import { putOutboxEvent } from '../../storage/outbox.ts';
import type { DatabaseTransaction } from '../../storage/store.ts';
import type { Kms } from './kms.ts';
import type { KmsKey } from './key.ts';
import type { Input, Operation, OperationName } from './operation.ts';

/** Where a request came from, as the audit trail shows it. */
export interface RequestOrigin {
  sourceIp: string;
  userAgent: string;
  tls?: { tlsVersion: string; cipherSuite: string; clientProvidedHostHeader: string } | undefined;
}

export interface CallRequest {
  caller: Caller;
  region: string;
  /** UUID. */
  requestId: string;
  origin: RequestOrigin;
}

/** An audit event that the database already holds in its outbox. */
export interface CommittedEvent {
  eventId: string;
  event: string;
}

const resources = new WeakMap<KmsKey, EventResource>();

/** One object for each key, so that its text is made once (audit/event.ts). */
function resourceOf(key: KmsKey): EventResource {
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

export class Call<N extends OperationName> {
  readonly kms: Kms;
  readonly operation: Operation<N>;
  readonly request: CallRequest;
  readonly input: Input<N>;
  /** Milliseconds since 1970 when the call began. */
  readonly now: number;
  /** Set by the pipeline for operations with a key rule. */
  #key: KmsKey | undefined;
  readonly resources: EventResource[] = [];
  additionalEventData: Record<string, unknown> | undefined;
  committed: CommittedEvent | undefined;
  /** Further events of the call that were committed with its change; journaled after its own. */
  companions: CommittedEvent[] = [];

  constructor(kms: Kms, operation: Operation<N>, request: CallRequest, input: Input<N>) {
    this.kms = kms;
    this.operation = operation;
    this.request = request;
    this.input = input;
    this.now = kms.clock();
  }

  get caller(): Caller {
    return this.request.caller;
  }

  get region(): string {
    return this.request.region;
  }

  /** The request id as 16 bytes. */
  get requestIdBytes(): Buffer {
    return Buffer.from(this.request.requestId.replaceAll('-', ''), 'hex');
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

  keyStoreOf(key: KmsKey): KeyStore {
    return this.kms.keyStoreOf(key);
  }

  /** `arn:aws:kms:<region>:<account>:<resource>` in the caller's account and Region. */
  arn(resource: string): string {
    return `arn:aws:kms:${this.region}:${this.caller.accountId}:${resource}`;
  }

  /** Adds members to additionalEventData. */
  note(data: Record<string, unknown>): void {
    this.additionalEventData = { ...this.additionalEventData, ...data };
  }

  /**
   * Runs the change and puts the call's audit event beside it, in one transaction: a change that nobody recorded cannot
   * come to be. `responseElements` is what the event shows of the answer.
   */
  async commit<R>(
    responseElements: Record<string, unknown> | null | ((result: R) => Record<string, unknown> | null),
    change: (tx: DatabaseTransaction) => Promise<R>,
  ): Promise<R> {
    let committed: CommittedEvent | undefined;
    this.companions = [];
    const result = await this.kms.db.transaction().execute(async (tx) => {
      const outcome = await change(tx);
      const elements = typeof responseElements === 'function' ? responseElements(outcome) : responseElements;
      committed = this.event({ responseElements: elements });
      await putOutboxEvent(tx, committed.eventId, committed.event);
      return outcome;
    });
    this.committed = committed;
    return result;
  }

  /** Records a further event of this call, in another Region, inside the change of `commit`. */
  async accompany(tx: DatabaseTransaction, companion: Companion): Promise<void> {
    const { key, ...shown } = companion;
    const event = this.event({ ...shown, region: key.region, resources: [resourceOf(key)] });
    await putOutboxEvent(tx, event.eventId, event.event);
    this.companions.push(event);
  }

  /** The audit event of this call. */
  event(outcome: {
    eventName?: string;
    region?: string;
    requestParameters?: Record<string, unknown> | null;
    resources?: EventResource[];
    responseElements?: Record<string, unknown> | null;
    error?: { code: string; message?: string | undefined };
  }): CommittedEvent {
    const eventId = randomUUID();
    const { caller, origin, region, requestId } = this.request;
    const denied = outcome.error?.code === 'AccessDeniedException';
    const event = encodeCall({
      identity: caller.identity,
      time: new Date(this.kms.clock()),
      eventSource: 'kms.amazonaws.com',
      eventName: outcome.eventName ?? this.operation.name,
      region: outcome.region ?? region,
      sourceIp: origin.sourceIp,
      userAgent: origin.userAgent,
      requestParameters: denied ? null : (outcome.requestParameters ?? this.operation.audit(this.input)),
      responseElements: outcome.responseElements ?? null,
      additionalEventData: this.additionalEventData,
      requestId,
      eventId,
      readOnly: this.operation.readOnly,
      resources:
        denied || this.operation.resources === 'none' ? undefined : (outcome.resources ?? this.resources),
      error: outcome.error,
      recipientAccountId: caller.accountId,
      tls: origin.tls,
    });
    return { eventId, event };
  }
}
