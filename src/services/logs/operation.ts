/** What the operations of CloudWatch Logs work with, and how they are declared (services/api/contract.ts). */
import type { ServicePorts } from '../api/call.ts';
import { declaring } from '../api/contract.ts';
import type { Clusters } from '../cloudhsm/clusters.ts';

export interface Logs extends ServicePorts {
  readonly clusters: Clusters;
}

export const operation = declaring<'logs', Logs>();
