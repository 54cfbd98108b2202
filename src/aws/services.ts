/** The services that the endpoint speaks, and how a request finds its operation. */
import { claviger, type ClavigerOperations } from './generated/claviger.ts';
import { cloudhsmv2, type Cloudhsmv2Operations } from './generated/cloudhsmv2.ts';
import { cloudtrail, type CloudtrailOperations } from './generated/cloudtrail.ts';
import { iam, type IamOperations } from './generated/iam.ts';
import { kms, type KmsOperations } from './generated/kms.ts';
import { logs, type LogsOperations } from './generated/logs.ts';
import { sts, type StsOperations } from './generated/sts.ts';
import type { ServiceModel } from './model.ts';

/** Input and output of every operation, by service. */
export interface ServiceOperations {
  kms: KmsOperations;
  cloudhsmv2: Cloudhsmv2Operations;
  cloudtrail: CloudtrailOperations;
  logs: LogsOperations;
  iam: IamOperations;
  sts: StsOperations;
  claviger: ClavigerOperations;
}

export type ServiceName = keyof ServiceOperations;
export type OperationName<S extends ServiceName> = keyof ServiceOperations[S] & string;
export type Input<S extends ServiceName, O extends OperationName<S>> = ServiceOperations[S][O] extends {
  input: infer I;
}
  ? I
  : never;
export type Output<S extends ServiceName, O extends OperationName<S>> = ServiceOperations[S][O] extends {
  output: infer T;
}
  ? T
  : never;

export const services: Readonly<Record<ServiceName, ServiceModel>> = {
  kms,
  cloudhsmv2,
  cloudtrail,
  logs,
  iam,
  sts,
  claviger,
};

/** An operation of one of the services. */
export type Operation = { [S in ServiceName]: { service: S; operation: OperationName<S> } }[ServiceName];

const targets = new Map<string, Operation>();
for (const [service, model] of Object.entries(services)) {
  const prefix = model.metadata.targetPrefix;
  if (prefix === undefined) continue;
  // CloudTrail: botocore sends the whole prefix, the SDKs made from Smithy models its last part
  for (const name of new Set([prefix, prefix.slice(prefix.lastIndexOf('.') + 1)])) {
    for (const operation of Object.keys(model.operations)) {
      targets.set(`${name}.${operation}`, { service, operation } as Operation);
    }
  }
}

/** The operation that an X-Amz-Target header names (JSON services), or undefined: UnknownOperationException. */
export function operationOfTarget(target: string): Operation | undefined {
  return targets.get(target);
}

/** The service's name in the credential scope: `cloudhsm` for cloudhsmv2. */
export function signingName(service: ServiceName): string {
  const { signingName, endpointPrefix } = services[service].metadata;
  return signingName ?? endpointPrefix;
}

/** Services without Regions of their own: clients sign for this one, wherever they are. AWS: "IAM endpoints". */
const GLOBAL_SERVICES: ReadonlySet<string> = new Set(['iam', 'sts']);
const GLOBAL_REGION = 'us-east-1';

/** Whether a credential scope may name the Region. @param service signing name */
export function acceptsRegion(served: readonly string[]): (region: string, service: string) => boolean {
  return (region, service) =>
    served.includes(region) || (region === GLOBAL_REGION && GLOBAL_SERVICES.has(service));
}
