/**
 * Multi-Region keys: keys of several Regions with one key id, one material and one set of shared properties. What relates
 * them is written in each one's row, in the transaction that changes it, so that any of them tells of all.
 * AWS: "Multi-Region keys in AWS KMS" (developer guide).
 */
import { randomBytes } from 'node:crypto';
import type { MultiRegionConfiguration } from '../../aws/generated/kms.ts';
import { keyArn } from '../../aws/arn.ts';
import type { KmsKeyRow } from '../../storage/schema.ts';
import { notPrimary } from './errors.ts';
import type { KmsKey } from './key.ts';

/** The Regions of a multi-Region key. */
export interface MultiRegion {
  readonly primary: string;
  /** In alphabetical order. */
  readonly replicas: readonly string[];
}

/** Columns of a key's row that a replica takes from its primary key, and keeps taking. AWS: "Shared properties". */
export const SHARED_COLUMNS = [
  'key_spec',
  'key_usage',
  'origin',
  'key_manager',
  'rotation_period_days',
  'next_rotation_at',
  'on_demand_rotations',
] as const satisfies readonly (keyof KmsKeyRow)[];

/** `mrk-` and 32 hex digits: tells a multi-Region key by its id, in every Region. */
export function newMultiRegionKeyId(): string {
  return `mrk-${randomBytes(16).toString('hex')}`;
}

/** The one text form of it, as rows have it. */
export function encodeMultiRegion({ primary, replicas }: MultiRegion): string {
  return JSON.stringify({ primary, replicas: [...replicas].sort() });
}

export function decodeMultiRegion(text: string): MultiRegion {
  return JSON.parse(text) as MultiRegion;
}

export function withReplica(regions: MultiRegion, region: string): MultiRegion {
  return { primary: regions.primary, replicas: [...regions.replicas, region] };
}

export function withoutReplica(regions: MultiRegion, region: string): MultiRegion {
  return { primary: regions.primary, replicas: regions.replicas.filter((other) => other !== region) };
}

/** The former primary key becomes a replica. */
export function withPrimary(regions: MultiRegion, region: string): MultiRegion {
  const { replicas } = withoutReplica(regions, region);
  return { primary: region, replicas: [...replicas, regions.primary] };
}

export function isPrimary(key: Pick<KmsKey, 'multiRegion' | 'region'>): boolean {
  return key.multiRegion?.primary === key.region;
}

/** A primary key that has replicas. */
export function hasReplicas(row: Pick<KmsKeyRow, 'multi_region' | 'region'>): boolean {
  if (row.multi_region === null) return false;
  const { primary, replicas } = decodeMultiRegion(row.multi_region);
  return primary === row.region && replicas.length > 0;
}

/** The Regions of a key that can be replicated. @throws ApiError UnsupportedOperationException for all other keys */
export function requirePrimary(key: Pick<KmsKey, 'multiRegion' | 'region' | 'arn'>): MultiRegion {
  if (key.multiRegion === null || !isPrimary(key)) throw notPrimary(key.arn);
  return key.multiRegion;
}

/** ARN of the related key of another Region. */
export function relatedArn(key: Pick<KmsKey, 'accountId' | 'keyId'>, region: string): string {
  return keyArn({ account: key.accountId, region }, key.keyId);
}

/** ARNs of the key itself and of all keys that are related to it. */
export function relatedArns(key: Pick<KmsKey, 'accountId' | 'keyId' | 'arn' | 'multiRegion'>): string[] {
  if (key.multiRegion === null) return [key.arn];
  const { primary, replicas } = key.multiRegion;
  return [primary, ...replicas].map((region) => relatedArn(key, region));
}

/** MultiRegionConfiguration of KeyMetadata. A primary key without replicas has an empty list of them. */
export function multiRegionConfiguration(key: KmsKey): MultiRegionConfiguration | undefined {
  if (key.multiRegion === null) return undefined;
  const inRegion = (region: string): { Arn: string; Region: string } => ({
    Arn: relatedArn(key, region),
    Region: region,
  });
  return {
    MultiRegionKeyType: isPrimary(key) ? 'PRIMARY' : 'REPLICA',
    PrimaryKey: inRegion(key.multiRegion.primary),
    ReplicaKeys: key.multiRegion.replicas.map(inRegion),
  };
}
