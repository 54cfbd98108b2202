/** Session policies, tags and durations as requests bring them. AWS: API_AssumeRole; "Pass session tags in AWS STS". */
import { deflateRawSync } from 'node:zlib';
import type { PolicyDescriptorType, Tag } from '../../aws/generated/sts.ts';
import type { Role } from '../iam/entities.ts';
import { requireIdentityPolicy } from '../iam/policy-documents.ts';
import type { Principals } from '../iam/principals.ts';
import { packedTooLarge, validation } from './errors.ts';
import type { Session } from './session-token.ts';

const MAX_POLICY_CHARACTERS = 2_048;
const MAX_POLICY_ARNS = 10;
/** Bytes of policy, policy ARNs and tags, compressed, that a token takes. */
const PACKED_BYTES = 2_048;
const DEFAULT_SECONDS = 3_600;
const CHAINED_SECONDS = 3_600;

type Tags = Readonly<Record<string, string>>;

/** @throws ApiError MalformedPolicyDocumentException, ValidationError */
export function sessionPolicies(
  principals: Principals,
  role: Role,
  input: { Policy?: string; PolicyArns?: PolicyDescriptorType[] },
): Pick<Session, 'policy' | 'policyArns'> {
  const { Policy: policy } = input;
  const arns = (input.PolicyArns ?? []).map(({ arn = '' }) => arn);
  if (policy !== undefined) {
    if (policy.length > MAX_POLICY_CHARACTERS)
      throw packedTooLarge(percentOf(policy.length, MAX_POLICY_CHARACTERS));
    requireIdentityPolicy(policy);
  }
  if (arns.length > MAX_POLICY_ARNS)
    throw validation(`At most ${MAX_POLICY_ARNS} managed session policies are allowed.`);
  for (const arn of arns) {
    if (principals.policy(arn, role.accountId) === undefined)
      throw validation(`The policy ${arn} is not in the account of the role.`);
  }
  return { policy, policyArns: arns.length === 0 ? undefined : arns };
}

/** @throws ApiError ValidationError */
export function sessionTags(tags: readonly Tag[], transitive: readonly string[]): Tags {
  const seen = new Set<string>();
  for (const { Key } of tags) {
    const key = Key.toLowerCase();
    if (key.startsWith('aws:')) throw validation('Tag keys that begin with aws: are reserved.');
    if (seen.has(key))
      throw validation('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
    seen.add(key);
  }
  for (const key of transitive) {
    if (!seen.has(key.toLowerCase()))
      throw validation('The specified transitive tag key must be included in the requested tags.');
  }
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

/** Tags that the caller's session hands on: they cannot be replaced. @throws ApiError ValidationError */
export function inheritedTags(chained: Session | undefined, added: Tags): Tags {
  const transitive = new Set((chained?.transitiveTags ?? []).map((key) => key.toLowerCase()));
  const inherited = Object.entries(chained?.tags ?? {}).filter(([key]) => transitive.has(key.toLowerCase()));
  for (const key of Object.keys(added)) {
    if (transitive.has(key.toLowerCase()))
      throw validation(`The tag ${key} is transitive in the calling session and cannot be set anew.`);
  }
  return { ...Object.fromEntries(inherited), ...added };
}

/** Seconds. @param chained whether a session of a role asks @throws ApiError ValidationError */
export function roleSeconds(role: Role, wanted: number | undefined, chained: boolean): number {
  const seconds = wanted ?? Math.min(DEFAULT_SECONDS, role.maxSessionDuration);
  if (chained && seconds > CHAINED_SECONDS)
    throw validation(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    );
  if (seconds > role.maxSessionDuration)
    throw validation('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  return seconds;
}

/** Percent of the room that policies and tags take; undefined when there are none. @throws ApiError PackedPolicyTooLargeException */
export function packedSize({ policy, policyArns, tags }: Partial<Session>): number | undefined {
  if (policy === undefined && policyArns === undefined && Object.keys(tags ?? {}).length === 0)
    return undefined;
  const packed = deflateRawSync(JSON.stringify([policy, policyArns, tags])).length;
  const percent = percentOf(packed, PACKED_BYTES);
  if (percent > 100) throw packedTooLarge(percent);
  return percent;
}

const percentOf = (part: number, whole: number): number => Math.ceil((part / whole) * 100);
