/** Finding trails by what callers call them, and how the API shows one. */
import type { Trail } from '../../aws/generated/cloudtrail.ts';
import type { TrailRow } from '../../storage/schema.ts';
import { findTrail, listTrails } from '../../storage/trails.ts';
import type { ServiceCall } from '../api/contract.ts';
import type { CloudTrail } from './cloudtrail.ts';
import { invalidArn, resourceNotFound, trailNotFound, wrongRegion } from './errors.ts';
import { requireTrailName } from './trail-settings.ts';

type Call = Pick<ServiceCall<CloudTrail, unknown>, 'ports' | 'caller' | 'region'>;

export const trailArn = (region: string, accountId: string, name: string): string =>
  `arn:aws:cloudtrail:${region}:${accountId}:trail/${name}`;

const TRAIL_ARN = /^arn:aws:cloudtrail:([a-z0-9-]+):(\d{12}):trail\/(.+)$/;

export const isTrailArn = (arn: string): boolean => TRAIL_ARN.test(arn);

/** The ARN that a name or ARN stands for in this Region, whether there is such a trail or not. */
export function arnOf(name: string, { caller, region }: Pick<Call, 'caller' | 'region'>): string {
  return name.startsWith('arn:') ? name : trailArn(region, caller.accountId, name);
}

/** The trails that are seen in a Region: its own, and the multi-Region ones of others. */
export async function trailsSeen({ ports, caller, region }: Call): Promise<TrailRow[]> {
  const all = await listTrails(ports.db, ports.mac);
  return all.filter(
    (trail) =>
      trail.account_id === caller.accountId && (trail.home_region === region || trail.multi_region === 1),
  );
}

/**
 * The trail of a name or ARN; a name also finds a multi-Region trail of another Region.
 * @throws ApiError TrailNotFoundException, InvalidTrailNameException, CloudTrailARNInvalidException
 */
export async function requireTrail(name: string, call: Call): Promise<TrailRow> {
  const { ports, caller, region } = call;
  if (name.startsWith('arn:')) {
    if (!isTrailArn(name)) throw invalidArn(name);
    const trail = await findTrail(ports.db, ports.mac, name);
    if (trail === undefined || trail.account_id !== caller.accountId) {
      throw trailNotFound(name, caller.accountId);
    }
    return trail;
  }
  requireTrailName(name);
  const named = (await trailsSeen(call)).filter((trail) => trail.name === name);
  const trail = named.find(({ home_region: home }) => home === region) ?? named[0];
  if (trail === undefined) throw trailNotFound(name, caller.accountId);
  return trail;
}

/** As {@link requireTrail}, for a change. @throws ApiError InvalidHomeRegionException too */
export async function requireHomeTrail(name: string, call: Call): Promise<TrailRow> {
  const trail = await requireTrail(name, call);
  if (trail.home_region !== call.region) throw wrongRegion(trail.trail_arn, trail.home_region);
  return trail;
}

/** What CreateTrail and UpdateTrail answer. */
export function settingsOf(trail: Omit<TrailRow, 'mac'>) {
  return {
    Name: trail.name,
    S3BucketName: trail.bucket,
    ...(trail.prefix !== null && { S3KeyPrefix: trail.prefix }),
    IncludeGlobalServiceEvents: trail.global_events === 1,
    IsMultiRegionTrail: trail.multi_region === 1,
    TrailARN: trail.trail_arn,
    LogFileValidationEnabled: trail.log_file_validation === 1,
    IsOrganizationTrail: false,
  };
}

/** What DescribeTrails and GetTrail answer. */
export function describeTrail(trail: TrailRow): Trail {
  return {
    ...settingsOf(trail),
    HomeRegion: trail.home_region,
    HasCustomEventSelectors: false,
    HasInsightSelectors: false,
  };
}

/** The trail of an ARN, to see or change its tags. @throws ApiError CloudTrailARNInvalidException, ResourceNotFoundException */
export async function requireTaggable(arn: string, { ports, caller }: Call): Promise<TrailRow> {
  if (!isTrailArn(arn)) throw invalidArn(arn);
  const trail = await findTrail(ports.db, ports.mac, arn);
  if (trail === undefined || trail.account_id !== caller.accountId) throw resourceNotFound(arn);
  return trail;
}
