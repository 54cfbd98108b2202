/**
 * Simulations as IAM's API asks for them and answers: iam:SimulatePrincipalPolicy and iam:SimulateCustomPolicy.
 * AWS: API_SimulatePrincipalPolicy, API_EvaluationResult.
 */
import type { ContextEntry, EvaluationResult, PolicySourceType } from '../aws/generated/iam.ts';
import type { Principal } from './caller.ts';
import type { ConditionContext } from './context.ts';
import type { IdentityPolicies } from './directory.ts';
import type { Grant } from './grant.ts';
import { compiledInPassing } from './policy/compiled-policies.ts';
import { rootArn } from './policy/principals.ts';
import { simulate } from './simulate.ts';
import type { SimulationResult } from './simulate.ts';

/** One question of a simulation. */
export interface SimulatedCase {
  readonly action: string;
  readonly resource: string;
}

export interface SimulationRequest {
  /** Whose policies are meant; undefined: policies alone. */
  readonly principalArn: string | undefined;
  /** Its tags: policies may ask for them as they do when it calls. */
  readonly tags?: ReadonlyMap<string, string> | undefined;
  readonly accountId: string;
  readonly policies: IdentityPolicies;
  /** Boundaries that the request brought: they stand for the principal's own. */
  readonly boundaries: readonly string[];
  readonly resourcePolicy: string | undefined;
  readonly resourceOwner: string | undefined;
  readonly callerArn: string | undefined;
  readonly context: readonly ContextEntry[];
  /** Of a key: they count beside its policy. */
  readonly grants: readonly Grant[];
}

/** One result for each case. */
export function simulationResults(
  request: SimulationRequest,
  cases: readonly SimulatedCase[],
): EvaluationResult[] {
  const { principalArn, callerArn = principalArn, tags } = request;
  const named = simulatedPrincipal(callerArn ?? rootArn(request.accountId), callerArn === undefined);
  const principal = tags !== undefined && callerArn === principalArn ? { ...named, tags } : named;
  const [boundary] = request.boundaries;
  const identity: IdentityPolicies =
    boundary === undefined
      ? request.policies
      : {
          ...request.policies,
          boundary: { name: 'PermissionsBoundaryPolicyInputList.1', document: boundary },
        };
  const context: ConditionContext = Object.fromEntries(
    request.context.map(({ ContextKeyName = '', ContextKeyValues = [] }) => [
      ContextKeyName,
      ContextKeyValues,
    ]),
  );
  const grant = { encryptionContext: encryptionContextOf(context) };
  const resultOf = ({ action, resource }: SimulatedCase): EvaluationResult =>
    asResult(
      simulate({
        principal,
        identity,
        action,
        resource,
        resourceAccountId: ownerOf(request, resource, principal),
        resourcePolicy: request.resourcePolicy,
        grants: request.grants,
        grant,
        context,
      }),
      identity.boundary !== undefined,
    );
  return compiledInPassing(() => cases.map(resultOf));
}

const ENCRYPTION_CONTEXT = 'kms:EncryptionContext:';

/** Constraints of grants look at the encryption context that the condition keys tell of. */
function encryptionContextOf(context: ConditionContext): Record<string, string> {
  return Object.fromEntries(
    Object.entries(context).flatMap(([name, value]) => {
      const [first] = Array.isArray(value) ? (value as readonly string[]) : [value];
      const named = name.toLowerCase().startsWith(ENCRYPTION_CONTEXT.toLowerCase());
      return named && typeof first === 'string' ? [[name.slice(ENCRYPTION_CONTEXT.length), first]] : [];
    }),
  );
}

/** Without a policy of the resource only the principal's own are asked, whosever the resource is. */
function ownerOf(
  { resourcePolicy, resourceOwner }: SimulationRequest,
  resource: string,
  principal: Principal,
): string {
  if (resourcePolicy === undefined) return principal.accountId;
  const named = /\d{12}/.exec(resourceOwner ?? '') ?? /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(resource);
  return named?.[1] ?? named?.[0] ?? principal.accountId;
}

const SIMULATED_SESSION = 'simulated';

/**
 * The one who would act. Of a role any session; nobody in particular when only policies are given.
 * @param anybody acts with the account's number alone
 */
export function simulatedPrincipal(arn: string, anybody = false): Principal {
  const [, accountId = '', kind = '', path = ''] =
    /^arn:[^:]*:[^:]*::(\d{12}):([^/]+)\/?(.*)$/.exec(arn) ?? [];
  const name = path.slice(path.lastIndexOf('/') + 1);
  const principal: Principal = {
    type: 'User',
    accountId,
    arn,
    issuerArn: arn,
    userId: '',
    userName: kind === 'user' ? name : undefined,
    tags: new Map(),
    session: undefined,
  };
  if (anybody) return { ...principal, arn: `arn:aws:iam::${accountId}:user/${SIMULATED_SESSION}` };
  switch (kind) {
    case 'root':
      return { ...principal, type: 'Root', userId: accountId };
    case 'role':
      return {
        ...principal,
        type: 'AssumedRole',
        arn: `arn:aws:sts::${accountId}:assumed-role/${name}/${SIMULATED_SESSION}`,
      };
    case 'assumed-role':
      return {
        ...principal,
        type: 'AssumedRole',
        issuerArn: `arn:aws:iam::${accountId}:role/${path.split('/')[0] ?? ''}`,
      };
    default:
      return principal;
  }
}

function asResult(result: SimulationResult, hasBoundary: boolean): EvaluationResult {
  const boundary = result.details['permissions boundary'];
  return {
    EvalActionName: result.action,
    EvalResourceName: result.resource,
    EvalDecision: result.decision,
    MatchedStatements: [
      ...result.matched.map(({ policy, policyType, start, end }) => ({
        SourcePolicyId: policy,
        SourcePolicyType: policyType === 'resource-based policy' ? ('resource' as const) : sourceType(policy),
        StartPosition: { Line: start.line, Column: start.column },
        EndPosition: { Line: end.line, Column: end.column },
      })),
      ...(result.grant === undefined
        ? []
        : [{ SourcePolicyId: `grant ${result.grant.grantId}`, SourcePolicyType: 'none' as const }]),
    ],
    MissingContextValues: [...result.missingContext],
    ...(hasBoundary && {
      PermissionsBoundaryDecisionDetail: {
        AllowedByPermissionsBoundary:
          boundary === undefined ? result.decision === 'allowed' : boundary === 'allowed',
      },
    }),
    EvalDecisionDetails: { ...result.details, ...(result.grant !== undefined && { grant: 'allowed' }) },
  };
}

function sourceType(policy: string): PolicySourceType {
  if (policy.startsWith('arn:aws:iam::aws:')) return 'aws-managed';
  if (policy.startsWith('arn:')) return 'user-managed';
  const [, kind] = /^inline policy .* of (?:the )?(user|group|role)\b/.exec(policy) ?? [];
  return (kind as PolicySourceType | undefined) ?? 'none';
}
