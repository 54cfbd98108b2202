/** Managed policies attached to users, groups and roles, and permissions boundaries. */
import type { ConditionContext } from '../../access/access-control.ts';
import { isAwsManaged } from './aws-managed-policies.ts';
import { putEntity } from './changes.ts';
import { noBoundary, policyNotAttachable, policyNotFound, quotaExceeded } from './errors.ts';
import { ApiError } from '../../aws/errors.ts';
import { requireHolder, requireOwnHolder, requireOwnRole, requireUser } from './holders.ts';
import type { HolderKind } from './holders.ts';
import type { ManagedPolicy } from './entities.ts';
import type { IamCall } from './operation.ts';
import { pageOf } from './pages.ts';
import type { PageInput } from './pages.ts';
import { QUOTAS } from './quotas.ts';

const QUOTA_NAMES = { user: 'PoliciesPerUser', group: 'PoliciesPerGroup', role: 'PoliciesPerRole' } as const;

/** @throws ApiError NoSuchEntityException, PolicyNotAttachableException */
function requireAttachable(call: IamCall, policyArn: string): ManagedPolicy {
  const policy = call.ports.principals.policy(policyArn, call.caller.accountId);
  if (policy === undefined) throw policyNotAttachable(policyArn);
  if (isAwsManaged(policy) && policy.path === '/aws-service-role/')
    throw new ApiError(
      'PolicyNotAttachableException',
      `Cannot attach ${policyArn}: it belongs to a service.`,
    );
  return policy;
}

/** Attaching what is attached already changes nothing, as in AWS. @throws ApiError NoSuchEntityException, LimitExceededException, PolicyNotAttachableException */
export async function attachPolicy(
  call: IamCall,
  kind: HolderKind,
  name: string,
  policyArn: string,
): Promise<void> {
  const holder = requireOwnHolder(call, kind, name);
  requireAttachable(call, policyArn);
  const attached = holder.attached.includes(policyArn) ? holder.attached : [...holder.attached, policyArn];
  const quota = QUOTA_NAMES[kind];
  if (attached.length > QUOTAS[quota]) throw quotaExceeded(quota, QUOTAS[quota]);
  await putEntity(call, { ...holder, attached });
}

/** @throws ApiError NoSuchEntityException */
export async function detachPolicy(
  call: IamCall,
  kind: HolderKind,
  name: string,
  policyArn: string,
): Promise<void> {
  const holder = requireOwnHolder(call, kind, name);
  if (!holder.attached.includes(policyArn)) throw policyNotFound(policyArn);
  await putEntity(call, { ...holder, attached: holder.attached.filter((arn) => arn !== policyArn) });
}

/** @throws ApiError NoSuchEntityException */
export function listAttachedPolicies(
  call: IamCall,
  kind: HolderKind,
  name: string,
  input: PageInput & { PathPrefix?: string },
) {
  const holder = requireHolder(call, kind, name);
  const { PathPrefix = '/' } = input;
  const attached = holder.attached
    .flatMap((arn) => {
      const policy = call.ports.principals.policy(arn, holder.accountId);
      return policy?.path.startsWith(PathPrefix) === true
        ? [{ PolicyName: policy.name, PolicyArn: arn }]
        : [];
    })
    .sort((a, b) => (a.PolicyArn < b.PolicyArn ? -1 : 1));
  const { items, page } = pageOf(
    ['attached', holder.id, PathPrefix],
    input,
    attached,
    ({ PolicyArn }) => PolicyArn,
  );
  return { AttachedPolicies: items, ...page };
}

const REQUIRE = { user: requireUser, role: requireOwnRole } as const;

/** @throws ApiError NoSuchEntityException, PolicyNotAttachableException */
export async function putBoundary(
  call: IamCall,
  kind: 'user' | 'role',
  name: string,
  policyArn: string,
): Promise<void> {
  const holder = REQUIRE[kind](call, name);
  requireBoundary(call, policyArn);
  await putEntity(call, { ...holder, boundary: policyArn });
}

/** @throws ApiError NoSuchEntityException */
export async function deleteBoundary(call: IamCall, kind: 'user' | 'role', name: string): Promise<void> {
  const holder = REQUIRE[kind](call, name);
  if (holder.boundary === null) throw noBoundary(kind, name);
  await putEntity(call, { ...holder, boundary: null });
}

/** A boundary that a request names: any managed policy. @throws ApiError NoSuchEntityException, PolicyNotAttachableException */
export function requireBoundary(call: IamCall, policyArn: string | undefined): string | null {
  if (policyArn === undefined) return null;
  requireAttachable(call, policyArn);
  return policyArn;
}

/** iam:PolicyARN, and iam:PermissionsBoundary of the user or role that it is about. */
export function attachmentContext(
  policyArn: string | undefined,
  holder: { boundary: string | null } | undefined,
): ConditionContext {
  return {
    'iam:PolicyARN': policyArn,
    'iam:PermissionsBoundary': holder?.boundary ?? undefined,
  };
}
