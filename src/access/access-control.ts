/**
 * Access control as the services ask for it: every decision of the server comes from here. It gathers what the evaluator
 * (evaluate.ts) needs from memory and says no in AWS's words (denial.ts); it does no I/O.
 */
import { affordable } from './affordable.ts';
import type { AuthorizationMessage, AuthorizationMessages } from './authorization-message.ts';
import type { CallRequest } from './call-request.ts';
import type { ConditionContext, ConditionValue, Context } from './context.ts';
import { AccessDenied, deniedCode, denialText, hiddenDenial } from './denial.ts';
import type { DenialRecord } from './denial.ts';
import { decision } from './decision.ts';
import type { Decision, DecidingStatement } from './decision.ts';
import type { IdentityPolicies, PrincipalDirectory } from './directory.ts';
import {
  evaluateFederated,
  evaluateIdentity,
  evaluateKey,
  evaluateRetire,
  evaluateTrust,
} from './evaluate.ts';
import type { Question } from './evaluate.ts';
import type { KeyGrants } from './grant-index.ts';
import type { GrantQuestion } from './grant-matching.ts';
import type { Grant } from './grant.ts';
import { asksFor } from './matching.ts';
import type { Principal } from './caller.ts';
import { RequestContext } from './request-context.ts';

export type { ConditionContext, ConditionValue } from './context.ts';

export interface AccessRequest {
  request: CallRequest;
  /** IAM action, such as `kms:Encrypt`. */
  action: string;
  /** ARN of what is acted on; `*` for operations that act on no single resource. */
  resource: string;
  /** Account that owns the resource. */
  resourceAccountId: string;
  /** One condition key of the request, by its name in lower case: asked for as policies want them, before `context`. */
  condition?: ((key: string) => ConditionValue) | undefined;
  /** Condition keys that are put together at once. Asked for only when a policy wants a key that is nowhere else. */
  context?: (() => ConditionContext) | undefined;
  /** The policy of the key that is acted on, as it is stored. undefined: what is acted on has no policy of its own. */
  keyPolicy?: string | undefined;
  /** It can be done with a key of another account. */
  acrossAccounts?: boolean | undefined;
  /** What grants on the key are asked. */
  grant?: GrantQuestion | undefined;
  /** The grant that is to be retired: it says itself who may. */
  retires?: Grant | undefined;
  /** The caller did not name the key: the ciphertext did. */
  foundBy?: 'ciphertext' | undefined;
  /** The trust policy of the role that is to be assumed, as it is stored. */
  trustPolicy?: string | undefined;
}

/** What the subject of a token asks, who has no principal yet: to be let into a role. */
export interface FederatedRequest extends Pick<
  AccessRequest,
  'request' | 'action' | 'resource' | 'resourceAccountId' | 'context'
> {
  /** ARN of the provider that vouches for the subject. */
  provider: string;
  trustPolicy: string;
}

/** What decisions are made from, beside the request itself. */
export interface AccessControlPorts {
  directory: PrincipalDirectory;
  /** All grants of a key, from memory. */
  grantsOf(keyArn: string): KeyGrants;
  /** Milliseconds since 1970. */
  clock: () => number;
  messages: AuthorizationMessages;
}

export interface AccessControl {
  readonly directory: PrincipalDirectory;
  /** @throws AccessDenied in AWS's words; the text does not tell whether another account's resource exists */
  authorize(request: AccessRequest): void;
  decide(request: AccessRequest): Decision;
  /** Whether a role's trust policy lets the subject of a provider's token in. */
  trusts(request: FederatedRequest): boolean;
  /**
   * Whether a policy that this decision looks at asks for a condition key that begins so (in lower case): what must be
   * looked up is looked up only then.
   */
  asksFor(request: CallRequest, keyPolicy: string, prefix: string): boolean;
}

export function createAccessControl(ports: AccessControlPorts): AccessControl {
  const { directory, clock, messages } = ports;

  const contextOf = (wanted: AccessRequest): Context => new RequestContext(wanted, clock);

  const decide = (wanted: AccessRequest, context: Context): Decision => {
    const hidden = wanted.resourceAccountId !== wanted.request.caller.accountId;
    return affordable(
      () => evaluate(wanted, context),
      () => decision('too-costly', [], { hidden }),
    );
  };

  const evaluate = (wanted: AccessRequest, context: Context): Decision => {
    const { principal } = wanted.request.caller;
    const { action, resource, resourceAccountId, keyPolicy, trustPolicy } = wanted;
    const identity = identityOf(directory, principal);
    const asked: Question = { principal, action, resource, resourceAccountId, identity, context };
    if (trustPolicy !== undefined) return evaluateTrust(asked, { name: resource, document: trustPolicy });
    if (keyPolicy === undefined) return evaluateIdentity(asked);
    const policy = { name: resource, document: keyPolicy };
    if (wanted.retires !== undefined) return evaluateRetire(asked, policy, wanted.retires);
    return evaluateKey(asked, {
      policy,
      grants: ports.grantsOf(resource).concerning(principal, directory),
      grant: wanted.grant,
      acrossAccounts: wanted.acrossAccounts === true,
    });
  };

  return {
    directory,
    decide: (wanted) => decide(wanted, contextOf(wanted)),
    trusts: ({ action, resource, trustPolicy, provider, ...source }) => {
      const context = new RequestContext(source, clock);
      const asked = { action: action.toLowerCase(), resource, context };
      return affordable(
        () => evaluateFederated({ name: resource, document: trustPolicy }, provider, asked),
        () => false,
      );
    },
    authorize: (wanted) => {
      const context = contextOf(wanted);
      const made = decide(wanted, context);
      if (!made.allowed) throw denial(wanted, made, context, messages);
    },
    asksFor: ({ caller: { principal } }, keyPolicy, prefix) => {
      if (asksFor(keyPolicy, 'key', prefix)) return true;
      const { policies, boundary } = identityOf(directory, principal);
      return (
        policies.some(({ document }) => asksFor(document, 'identity', prefix)) ||
        (boundary !== undefined && asksFor(boundary.document, 'boundary', prefix)) ||
        principal.session?.policies.some((document) => asksFor(document, 'session', prefix)) === true
      );
    },
  };
}

const NO_POLICIES: IdentityPolicies = { policies: [], boundary: undefined };

function identityOf(directory: PrincipalDirectory, { type, issuerArn }: Principal): IdentityPolicies {
  return type === 'Root' || type === 'Service' || type === 'Anonymous'
    ? NO_POLICIES
    : directory.policiesOf(issuerArn);
}

function denial(
  wanted: AccessRequest,
  made: Decision,
  context: Context,
  messages: AuthorizationMessages,
): AccessDenied {
  const { caller } = wanted.request;
  const denied = { ...wanted, callerArn: caller.arn };
  // no account of the decision: for what is not there, there is none either
  if (made.hidden) return hiddenDenial(denied);
  const shown = asCallersAccountMaySee(made, wanted);
  const record: DenialRecord = {
    authorizationReason: shown.reason,
    encodedAuthorizationMessage: messages.encode(messageOf(wanted, shown, context)),
  };
  return new AccessDenied(deniedCode(wanted.action), denialText(made, denied), record);
}

/** What another account's key policy says is its owner's to know. */
function asCallersAccountMaySee(made: Decision, wanted: AccessRequest): Decision {
  if (wanted.resourceAccountId === wanted.request.caller.accountId) return made;
  const own = made.statements.filter(({ policyType }) => policyType !== 'resource-based policy');
  return { ...made, statements: own };
}

function messageOf(wanted: AccessRequest, made: Decision, context: Context): AuthorizationMessage {
  const { principal } = wanted.request.caller;
  const asked = new Set(
    made.statements.flatMap(({ statement }) => statement.conditions.flatMap(({ keys }) => keys)),
  );
  return {
    allowed: made.allowed,
    explicitDeny: made.reason.startsWith('deny-'),
    reason: made.reason,
    matchedStatements: { items: made.statements.map(matched) },
    context: {
      principal: { id: principal.userId, arn: principal.arn },
      action: wanted.action,
      resource: wanted.resource,
      conditions: {
        items: [...asked].map((key) => ({
          key,
          values: { items: (context.values(key) ?? []).map((value) => ({ value })) },
        })),
      },
    },
  };
}

function matched({
  policyType,
  policy,
  statement,
}: DecidingStatement): AuthorizationMessage['matchedStatements']['items'][number] {
  const { sid, effect, at } = statement;
  return { statementId: sid ?? '', effect, policyType, policy, line: at.line, column: at.column };
}
