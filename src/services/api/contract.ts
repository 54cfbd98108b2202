/** What an operation of a service other than KMS declares; one file in the service's operations/ holds one whole contract. */
import type { ConditionContext } from '../../access/access-control.ts';
import type { CallRequest } from '../../access/call-request.ts';
import type { Input, OperationName, Output, ServiceName } from '../../aws/services.ts';
import { RecordedCall } from './call.ts';
import type { EventShape, ServicePorts } from './call.ts';

/** One call of an operation: its input and what its service works with. */
export class ServiceCall<P extends ServicePorts, I> extends RecordedCall {
  readonly ports: P;
  readonly input: I;

  constructor(ports: P, request: CallRequest, input: I, shape: EventShape) {
    super(ports, request, shape);
    this.ports = ports;
    this.input = input;
  }
}

export interface OperationContract<P extends ServicePorts, I, O> {
  /** IAM action, such as `cloudhsm:DescribeClusters`. */
  action: string;
  readOnly: boolean;
  /** A read whose answer is withheld all the same when it cannot be recorded: it gives out credentials, or uses a key. */
  unrecordedFails?: boolean;
  /** ARNs that the caller must be allowed to act on, each of them; `*` when undefined, no permission needed when none. */
  resources?(call: ServiceCall<P, I>): readonly string[];
  /** The account that owns these resources; the caller's own when undefined. */
  resourceAccountId?(call: ServiceCall<P, I>): string;
  /** Condition keys of the request and its resources, beside those that every request has. */
  context?(call: ServiceCall<P, I>): ConditionContext;
  /** requestParameters of the audit event, in CloudTrail's member names (audit/event.ts, lowerCamel); never a secret. */
  audit(input: I): Record<string, unknown> | null;
  handle(call: ServiceCall<P, I>): Promise<O>;
  /** What follows once the call has succeeded and is on record. */
  recorded?(call: ServiceCall<P, I>): void;
}

export interface DeclaredOperation<P extends ServicePorts, I = never, O = unknown> extends OperationContract<
  P,
  I,
  O
> {
  readonly name: string;
}

/** The function with which a service declares its operations: `const operation = declaring<'cloudhsmv2', CloudHsm>()`. */
export function declaring<S extends ServiceName, P extends ServicePorts>() {
  return <N extends OperationName<S>>(
    name: N,
    contract: OperationContract<P, Input<S, N>, Output<S, N>>,
  ): DeclaredOperation<P, Input<S, N>, Output<S, N>> => ({ name, ...contract });
}
