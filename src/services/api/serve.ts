/** From an authenticated request to its operation and its recorded end, for every service but KMS. */
import type { ConditionContext } from '../../access/access-control.ts';
import type { CallRequest } from '../../access/call-request.ts';
import type { Caller } from '../../access/caller.ts';
import { JournalUnavailable } from '../../audit/journal.ts';
import { ApiError, internalFailure } from '../../aws/errors.ts';
import { decodeRequest, encodeResponse } from '../../aws/json.ts';
import type { JsonServiceName } from '../../aws/json.ts';
import { decodeQueryRequest, encodeQueryResponse } from '../../aws/query.ts';
import type { QueryServiceName } from '../../aws/query.ts';
import type { ServiceName } from '../../aws/services.ts';
import type { ServicePorts } from './call.ts';
import { despiteConflicts } from './conflicts.ts';
import { ServiceCall } from './contract.ts';
import type { DeclaredOperation } from './contract.ts';

/** A service as the server's edge sees it: bytes of a request in, text of the answer out. @throws ApiError */
export type ServiceHandler = (operation: string, request: CallRequest, body: Buffer) => Promise<string>;

/** How a service's inputs and outputs look on the wire. */
export interface Codec {
  /** @throws ApiError */
  decode(operation: string, body: Buffer, request: CallRequest): unknown;
  encode(operation: string, output: unknown, request: CallRequest): string;
}

export function jsonCodec(service: JsonServiceName): Codec {
  return {
    decode: (operation, body) => decodeRequest(service, operation as never, body),
    encode: (operation, output) => encodeResponse(service, operation as never, output as never),
  };
}

export function queryCodec(service: QueryServiceName): Codec {
  return {
    decode: (operation, body) => decodeQueryRequest(service, operation as never, body.toString('latin1')),
    encode: (operation, output, { requestId }) =>
      encodeQueryResponse(service, operation as never, output as never, requestId),
  };
}

export interface ServedService<P extends ServicePorts> {
  service: ServiceName;
  /** CloudTrail's name: `cloudhsm.amazonaws.com`. */
  eventSource: string;
  ports: P;
  codec: Codec;
  operations: readonly DeclaredOperation<P>[];
  /** Condition keys of what is acted on, whatever the operation. */
  resourceContext?(resource: string, caller: Caller): ConditionContext;
  /** Asked before anything is looked at: whom this service turns away altogether. @throws ApiError */
  admit?(operation: string, caller: Caller): void;
}

export function createService<P extends ServicePorts>(served: ServedService<P>): ServiceHandler {
  const byName = new Map(served.operations.map((operation) => [operation.name, operation]));
  return async (name, request, body) => {
    const operation = byName.get(name) ?? notBuilt<P>(served.service, name);
    let decoded: { input: never } | { error: unknown };
    try {
      decoded = { input: served.codec.decode(name, body, request) as never };
    } catch (error) {
      decoded = { error };
    }
    const input = 'input' in decoded ? decoded.input : ({} as never);
    const call = new ServiceCall<P, never>(served.ports, request, input, {
      eventSource: served.eventSource,
      eventName: name,
      readOnly: operation.readOnly,
      requestParameters: () => ('input' in decoded ? nullIfEmpty(operation.audit(input)) : null),
      showsResources: false,
    });
    let output: unknown;
    try {
      served.admit?.(name, call.caller);
      if ('error' in decoded) throw decoded.error;
      authorize(operation, call, served);
      output = await despiteConflicts(() => operation.handle(call), served.ports.refresh);
    } catch (thrown) {
      const error = asApiError(thrown, served);
      await record(call, error, served, operation);
      throw error;
    }
    await record(call, undefined, served, operation);
    operation.recorded?.(call);
    return served.codec.encode(name, output, request);
  };
}

function authorize<P extends ServicePorts>(
  operation: DeclaredOperation<P>,
  call: ServiceCall<P, never>,
  served: ServedService<P>,
): void {
  for (const resource of operation.resources?.(call) ?? ['*']) {
    call.ports.access.authorize({
      request: call.request,
      action: operation.action,
      resource,
      resourceAccountId: operation.resourceAccountId?.(call) ?? call.caller.accountId,
      context: () => ({ ...served.resourceContext?.(resource, call.caller), ...operation.context?.(call) }),
    });
  }
}

/** CloudTrail shows null where nothing was sent. */
function nullIfEmpty(parameters: Record<string, unknown> | null): Record<string, unknown> | null {
  return parameters === null || Object.keys(parameters).length === 0 ? null : parameters;
}

/** An operation that the model knows and this build does not: an honest error, recorded like any other. */
function notBuilt<P extends ServicePorts>(service: ServiceName, name: string): DeclaredOperation<P> {
  return {
    name,
    action: `${service}:${name}`,
    readOnly: false,
    audit: () => null,
    handle: async () => {
      throw new ApiError(
        'UnsupportedOperationException',
        `${name} is not available in this version of Claviger.`,
      );
    },
  };
}

function asApiError<P extends ServicePorts>(thrown: unknown, served: ServedService<P>): ApiError {
  if (thrown instanceof ApiError) return thrown;
  served.ports.logger.error({ err: thrown }, 'an operation failed unexpectedly');
  return internalFailure(served.service);
}

/** @throws ApiError when the event could not be recorded and the answer must be withheld; reads may go on */
async function record<P extends ServicePorts>(
  call: ServiceCall<P, never>,
  error: ApiError | undefined,
  served: ServedService<P>,
  { readOnly, unrecordedFails = false }: DeclaredOperation<P>,
): Promise<void> {
  try {
    await call.recordEnd(error);
  } catch (failure) {
    if (!(failure instanceof JournalUnavailable)) throw failure;
    if (!readOnly || unrecordedFails) throw internalFailure(served.service);
  }
}
