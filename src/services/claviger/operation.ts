/**
 * src/services/claviger: Claviger's own API, for what no API of AWS tells (docs/claviger-api.md). It reads and changes nothing;
 * wire, signatures, IAM and audit events are those of every other service. This file: what its operations work with.
 */
import type { Prices } from '../../configuration/prices.ts';
import type { ReconciliationSettings } from '../../configuration/reconciliation.ts';
import type { HsmFigures } from '../../metrics/hsm-figures.ts';
import type { ServicePorts } from '../api/call.ts';
import { declaring } from '../api/contract.ts';
import type { ServiceCall } from '../api/contract.ts';
import type { Clusters } from '../cloudhsm/clusters.ts';
import type { Kms } from '../kms/kms.ts';

/** How far the comparison of the trails is. */
export interface TrailProgress {
  /** Milliseconds since 1970 until which both trails were compared; 0 before the first comparison. */
  reconciledUntil: number;
  /** Uses and calls that belonged together, since the server's start. */
  matched: number;
  /** By HSM: seconds since 1970 until which its log was delivered. */
  hsmLogCompleteUntil: ReadonlyMap<string, number>;
}

export interface EvidenceRequest {
  keyArn: string;
  /** Whose key it is: what the account may see of the rest of the installation goes by it. */
  accountId: string;
  /** Clusters of this account, deleted ones included. */
  clusterIds: readonly string[];
}

export interface ExportedEvidence {
  outcome: 'agree' | 'mismatch' | 'undecided';
  /** ISO, UTC. */
  madeAt: string;
  /** JSON. */
  evidence: string;
  /** HTML. */
  report: string;
}

export interface Claviger extends ServicePorts {
  readonly kms: Kms;
  readonly clusters: Clusters;
  readonly figures: HsmFigures;
  readonly prices: Prices;
  readonly reconciliation: ReconciliationSettings;
  readonly trails: () => TrailProgress;
  /**
   * @returns undefined when neither the server nor the journal knows such a key
   * @throws ApiError ThrottlingException while another export is under way, LimitExceededException
   */
  readonly exportEvidence: (request: EvidenceRequest) => Promise<ExportedEvidence | undefined>;
}

export const operation = declaring<'claviger', Claviger>();

export type ClavigerCall<I = unknown> = ServiceCall<Claviger, I>;
