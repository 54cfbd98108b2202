/** Log groups: one for each HSM cluster, `/aws/cloudhsm/<cluster id>`, there for as long as the cluster is. */
import type { ClusterRow } from '../../storage/schema.ts';
import type { LogGroupName } from '../../storage/hsm-logs.ts';
import type { ServiceCall } from '../api/contract.ts';
import { invalidParameter, noSuchGroup } from './errors.ts';
import type { Logs } from './operation.ts';

/** The name that CloudHSM gives a cluster's group. */
export function logGroupName(clusterId: string): string {
  return `/aws/cloudhsm/${clusterId}`;
}

export type LogsCall = Pick<ServiceCall<Logs, unknown>, 'ports' | 'caller' | 'region'>;

export interface LogGroupOfCluster extends LogGroupName {
  cluster: ClusterRow;
  /** Without the `:*` that IAM policies put behind it. */
  arn: string;
}

/** Groups of the caller's account in this Region, by name. */
export function logGroupsOf({ ports, caller, region }: LogsCall): LogGroupOfCluster[] {
  return ports.clusters
    .all()
    .filter((cluster) => cluster.account_id === caller.accountId && cluster.region === region)
    .map((cluster) => {
      const logGroup = logGroupName(cluster.cluster_id);
      const arn = logGroupArn({ caller, region }, logGroup);
      return { cluster, accountId: caller.accountId, region, logGroup, arn };
    })
    .sort((a, b) => (a.logGroup < b.logGroup ? -1 : 1));
}

/** The ARN of a group of this name, whether or not it is there. */
export function logGroupArn({ caller, region }: Pick<LogsCall, 'caller' | 'region'>, name: string): string {
  return `arn:aws:logs:${region}:${caller.accountId}:log-group:${name}`;
}

/** A group by its name or by its ARN. */
export interface GroupReference {
  logGroupName?: string;
  logGroupIdentifier?: string;
}

/** The name or ARN in a reference. @throws ApiError InvalidParameterException */
export function referredName({ logGroupName, logGroupIdentifier }: GroupReference): string {
  if (logGroupName !== undefined && logGroupIdentifier !== undefined)
    throw invalidParameter('LogGroupName and LogGroupIdentifier are mutually exclusive parameters.');
  const reference = logGroupName ?? logGroupIdentifier;
  if (reference === undefined)
    throw invalidParameter('Either LogGroupName or LogGroupIdentifier must be specified.');
  return reference;
}

/** @throws ApiError ResourceNotFoundException, InvalidParameterException */
export function requireLogGroup(call: LogsCall, reference: GroupReference): LogGroupOfCluster {
  const wanted = referredName(reference);
  const group = logGroupsOf(call).find(({ logGroup, arn }) => logGroup === wanted || arn === wanted);
  if (group === undefined) throw noSuchGroup();
  return group;
}

/** What a caller must be allowed to act on: the group's ARN, as policies write it. */
export function groupResources(call: LogsCall & { input: GroupReference }): string[] {
  const name = referredName(call.input);
  return [name.startsWith('arn:') ? `${name}:*` : `${logGroupArn(call, name)}:*`];
}

/** As {@link groupResources}, of one stream of the group. */
export function streamResources(
  call: LogsCall & { input: GroupReference & { logStreamName: string } },
): string[] {
  const name = referredName(call.input);
  const group = name.startsWith('arn:') ? name : logGroupArn(call, name);
  return [`${group}:log-stream:${call.input.logStreamName}`];
}
