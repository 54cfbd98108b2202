/** What the operations of CloudHSM work with, and how they are declared (services/api/contract.ts). */
import type { ServicePorts } from '../api/call.ts';
import { declaring } from '../api/contract.ts';
import type { Clusters } from './clusters.ts';

export interface CloudHsm extends ServicePorts {
  readonly clusters: Clusters;
}

export const operation = declaring<'cloudhsmv2', CloudHsm>();
