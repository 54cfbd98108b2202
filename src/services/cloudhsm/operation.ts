/** What the operations of CloudHSM work with, and how they are declared (services/api/contract.ts). */
import type { CloudHsmSettings } from '../../configuration/cloudhsm.ts';
import type { RowMac } from '../../storage/row-mac.ts';
import type { ServicePorts } from '../api/call.ts';
import { declaring } from '../api/contract.ts';
import type { ServiceCall } from '../api/contract.ts';
import type { Clusters } from './clusters.ts';

export interface CloudHsm extends ServicePorts {
  readonly clusters: Clusters;
  readonly mac: RowMac;
  readonly settings: CloudHsmSettings;
  /** All that are served. */
  readonly regions: readonly string[];
}

export const operation = declaring<'cloudhsmv2', CloudHsm>();

export type CloudHsmCall<I = unknown> = ServiceCall<CloudHsm, I>;
