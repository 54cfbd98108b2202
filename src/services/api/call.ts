/**
 * src/services/api: what all services share. One call with its audit event (this file), what an operation declares
 * (contract.ts), and how requests get to operations (serve.ts). KMS has a pipeline of its own on top of RecordedCall,
 * because its operations work on keys; nothing here knows any service.
 */
import type { AccessControl, AccessRequest } from '../../access/access-control.ts';
import { AccessDenied } from '../../access/denial.ts';
import type { CallRequest } from '../../access/call-request.ts';
import type { Caller } from '../../access/caller.ts';
import { newEventId } from '../../audit/event-id.ts';
import { encodeCall } from '../../audit/event.ts';
import type { EventResource, UserIdentity } from '../../audit/event.ts';
import type { AuditTrail } from '../../audit/trail.ts';
import type { Logger } from '../../logging/logger.ts';
import { putOutboxEvent } from '../../storage/outbox.ts';
import { inTransaction } from '../../storage/store.ts';
import type { Database, DatabaseTransaction } from '../../storage/store.ts';

/** What every service works with. */
export interface ServicePorts {
  readonly db: Database;
  readonly audit: AuditTrail;
  readonly access: AccessControl;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly logger: Logger;
  /** Takes over what other processes of this installation have changed. @throws Error when the database is away */
  readonly refresh: () => Promise<void>;
}

/** An audit event that the database already holds in its outbox. */
export interface CommittedEvent {
  eventId: string;
  event: string;
}

/** What stays the same in all events of a call. */
export interface EventShape {
  /** `kms.amazonaws.com` */
  eventSource: string;
  eventName: string;
  readOnly: boolean;
  /** Of the input, without secrets; asked for only when an event is made. */
  requestParameters: () => Record<string, unknown> | null;
  /** false: CloudTrail shows `resources` for this operation only when it has some. */
  showsResources: boolean;
}

/** How a call ended, or what another event of it shows instead of its own. */
export interface EventOutcome {
  eventName?: string;
  region?: string;
  requestParameters?: Record<string, unknown> | null;
  resources?: EventResource[];
  responseElements?: Record<string, unknown> | null;
  error?: { code: string; message?: string | undefined };
}

export class RecordedCall {
  readonly request: CallRequest;
  /** Milliseconds since 1970 when the call began. */
  readonly now: number;
  readonly resources: EventResource[] = [];
  additionalEventData: Record<string, unknown> | undefined;
  committed: CommittedEvent | undefined;
  /** The call's own event once the journal has it; `time` in whole seconds, as the event has it. */
  recorded: { eventId: string; time: number } | undefined;
  /** Further events of the call that were committed with its change; journaled after its own. */
  companions: CommittedEvent[] = [];
  readonly #ports: ServicePorts;
  readonly #shape: EventShape;
  #caller: Caller;
  /** What the event of a call without `commit` shows of its answer. */
  responseElements: Record<string, unknown> | null = null;

  constructor(ports: ServicePorts, request: CallRequest, shape: EventShape) {
    this.#ports = ports;
    this.request = request;
    this.now = ports.clock();
    this.#shape = shape;
    this.#caller = request.caller;
  }

  get caller(): Caller {
    return this.#caller;
  }

  /** The request id as 16 bytes. */
  get requestIdBytes(): Buffer {
    return Buffer.from(this.request.requestId.replaceAll('-', ''), 'hex');
  }

  /** For calls that tell by their input who calls (AssumeRoleWithWebIdentity). */
  calledBy(caller: Caller): void {
    this.#caller = caller;
  }

  get region(): string {
    return this.request.region;
  }

  /**
   * Ends the call unless its caller may do this too.
   * @param resourceAccountId the caller's own when undefined
   * @throws ApiError AccessDeniedException
   */
  authorize(
    wanted: Omit<AccessRequest, 'request' | 'resourceAccountId'> & { resourceAccountId?: string },
  ): void {
    const { resourceAccountId = this.caller.accountId, ...rest } = wanted;
    this.#ports.access.authorize({ request: this.request, resourceAccountId, ...rest });
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
    let copies: CommittedEvent[] = [];
    const result = await inTransaction(this.#ports.db, async (tx) => {
      this.companions = [];
      const outcome = await change(tx);
      const elements = typeof responseElements === 'function' ? responseElements(outcome) : responseElements;
      [committed, ...copies] = this.#events({ responseElements: elements });
      for (const event of [committed, ...copies]) await putOutboxEvent(tx, this.#ports.audit, event);
      return outcome;
    });
    this.committed = committed;
    this.companions.push(...copies);
    return result;
  }

  /** Records a further event of this call inside the change of `commit`. */
  async alsoRecord(tx: DatabaseTransaction, outcome: EventOutcome): Promise<void> {
    const event = this.#event(outcome);
    await putOutboxEvent(tx, this.#ports.audit, event);
    this.companions.push(event);
  }

  /**
   * The event of this call, and a copy for each other account whose keys or role the caller was let use; all share an id. A denial
   * is told to the caller's account alone. AWS: CloudTrail user guide, "sharedEventID".
   * @param time milliseconds since 1970
   */
  #events(outcome: EventOutcome, time = this.#ports.clock()): [CommittedEvent, ...CommittedEvent[]] {
    const { accountId } = this.#caller;
    const owners = this.resources.map((resource) => resource.accountId).filter((id) => id !== accountId);
    if (owners.length === 0 || isDenial(outcome)) return [this.#event(outcome, time)];
    const sharedEventId = newEventId(time);
    return [
      this.#event(outcome, time, { sharedEventId, recipientAccountId: accountId }),
      ...[...new Set(owners)].map((owner) =>
        this.#event(outcome, time, { sharedEventId, recipientAccountId: owner }),
      ),
    ];
  }

  #event(
    outcome: EventOutcome,
    time = this.#ports.clock(),
    copy: { sharedEventId?: string; recipientAccountId: string } = {
      recipientAccountId: this.#caller.accountId,
    },
  ): CommittedEvent {
    const eventId = newEventId(time);
    const { origin, region, requestId } = this.request;
    const caller = this.#caller;
    const shape = this.#shape;
    const denied = isDenial(outcome);
    const event = encodeCall({
      identity: copy.recipientAccountId === caller.accountId ? caller.identity : asForeigner(caller),
      time,
      eventSource: shape.eventSource,
      eventName: outcome.eventName ?? shape.eventName,
      region: outcome.region ?? region,
      sourceIp: origin.sourceIp,
      userAgent: origin.userAgent,
      requestParameters: denied ? null : (outcome.requestParameters ?? shape.requestParameters()),
      responseElements: outcome.responseElements ?? null,
      additionalEventData: this.additionalEventData,
      denial: outcome.error instanceof AccessDenied ? { ...outcome.error.record } : undefined,
      requestId,
      eventId,
      readOnly: shape.readOnly,
      resources: denied ? undefined : this.#shown(outcome.resources ?? this.resources),
      error: outcome.error,
      ...copy,
      tls: origin.tls,
    });
    return { eventId, event };
  }

  #shown(resources: EventResource[]): EventResource[] | undefined {
    return this.#shape.showsResources || resources.length > 0 ? resources : undefined;
  }

  /**
   * Puts the call's end into the journal: resolves when it is on disk.
   * @throws JournalUnavailable
   */
  async recordEnd(error: { code: string; message?: string | undefined } | undefined): Promise<void> {
    if (this.#caller.principal.type === 'Anonymous' && this.#caller.accountId === '') return; // a stranger must not fill a trail
    const { audit } = this.#ports;
    if (this.committed === undefined) {
      const { responseElements } = this;
      const now = this.#ports.clock();
      const [own, ...copies] = this.#events(error === undefined ? { responseElements } : { error }, now);
      if (copies.length === 0) await audit.record(own.event);
      else await Promise.all([own, ...copies].map(({ event }) => audit.record(event)));
      this.recorded = { eventId: own.eventId, time: Math.floor(now / 1000) * 1000 };
      return;
    }
    await Promise.all([this.committed, ...this.companions].map((event) => audit.recordCommitted(event)));
  }
}

function isDenial({ error }: EventOutcome): boolean {
  return error?.code === 'AccessDeniedException' || error?.code === 'AccessDenied';
}

/** What another account's trail tells of a caller: its account and id, and not its names. */
function asForeigner({ accountId, principal }: Caller): UserIdentity {
  return { type: 'AWSAccount', principalId: principal.userId, accountId };
}
