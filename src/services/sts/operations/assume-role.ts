import { AccessDenied } from '../../../access/denial.ts';
import type { AssumeRoleRequest } from '../../../aws/generated/sts.ts';
import type { ConditionContext } from '../../../access/access-control.ts';
import { lowerCamel } from '../../../audit/event.ts';
import type { Role } from '../../iam/entities.ts';
import { resourceTags } from '../../iam/tags.ts';
import { lifetime, shownCredentials, toCredentials } from '../answers.ts';
import { accessDenied, noMfaDevice, notAuthorized, validation } from '../errors.ts';
import { noResources, operation } from '../operation.ts';
import type { StsCall } from '../operation.ts';
import {
  inheritedTags,
  packedSize,
  roleSeconds,
  sessionPolicies,
  sessionTags,
} from '../session-parameters.ts';
import type { Session } from '../session-token.ts';
import { assumedRoleArn, roleResource, sessionOf } from '../sessions.ts';

/**
 * Temporary credentials of a role, for whoever its trust policy and, where that leaves it to the account, the caller's own
 * policies let. AWS: API_AssumeRole (STS).
 */
export const assumeRole = operation('AssumeRole', {
  action: 'sts:AssumeRole',
  readOnly: true,
  unrecordedFails: true,
  resources: noResources,
  audit: ({ TokenCode: _code, ProvidedContexts: _contexts, ...shown }) => lowerCamel(shown),

  async handle(call) {
    const { input, caller, ports } = call;
    if (caller.principal.type === 'Root') throw accessDenied('Roles may not be assumed by root accounts.');
    if (input.SerialNumber !== undefined || input.TokenCode !== undefined) throw noMfaDevice();
    if (input.ProvidedContexts !== undefined) throw validation('ProvidedContexts are not supported.');
    const added = sessionTags(input.Tags ?? [], input.TransitiveTagKeys ?? []);
    const role = ports.principals.role(input.RoleArn);
    if (role === undefined) throw notAuthorized(caller.arn, 'sts:AssumeRole', input.RoleArn);
    const chained = caller.principal.type === 'AssumedRole' ? sessionOf(caller) : undefined;
    const sourceIdentity = chained?.sourceIdentity ?? input.SourceIdentity;
    requireAllowed(call, role, contextOf(input, sourceIdentity));
    call.resources.push(roleResource(role));
    if (input.SourceIdentity !== undefined && input.SourceIdentity !== sourceIdentity)
      throw accessDenied('The source identity of a session cannot be changed.');

    const session: Session = {
      accountId: role.accountId,
      principalId: role.id,
      name: input.RoleSessionName,
      ...lifetime(call.now, roleSeconds(role, input.DurationSeconds, chained !== undefined)),
      ...sessionPolicies(ports.principals, role, input),
      tags: inheritedTags(chained, added),
      transitiveTags: [...(chained?.transitiveTags ?? []), ...(input.TransitiveTagKeys ?? [])],
      sourceIdentity,
    };
    const PackedPolicySize = packedSize(session);
    const Credentials = toCredentials(ports.tokens.issue(session), session);
    const answer = {
      AssumedRoleUser: {
        AssumedRoleId: `${role.id}:${input.RoleSessionName}`,
        Arn: assumedRoleArn(role, input.RoleSessionName),
      },
      ...(PackedPolicySize !== undefined && { PackedPolicySize }),
      ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
    };
    call.responseElements = lowerCamel({ Credentials: shownCredentials(Credentials), ...answer });
    return { Credentials, ...answer };
  },
});

function contextOf(input: AssumeRoleRequest, sourceIdentity: string | undefined): ConditionContext {
  const tags = (input.Tags ?? []).map(({ Key, Value }): [string, string] => [`aws:RequestTag/${Key}`, Value]);
  return {
    'sts:RoleSessionName': input.RoleSessionName,
    'sts:ExternalId': input.ExternalId,
    'sts:SourceIdentity': sourceIdentity,
    'sts:TransitiveTagKeys': input.TransitiveTagKeys,
    'aws:TagKeys': input.Tags?.map(({ Key }) => Key),
    ...Object.fromEntries(tags),
  };
}

/**
 * Both sides must allow: the role's trust policy, and the caller's policies unless the trust policy of a role in the same
 * account names him. AWS: "Cross-account policy evaluation logic".
 * @throws ApiError AccessDenied, in the same words for a role that is not there
 */
function requireAllowed(call: StsCall<AssumeRoleRequest>, role: Role, context: ConditionContext): void {
  const { caller, input } = call;
  const actions = [
    'sts:AssumeRole',
    ...((input.Tags ?? []).length > 0 ? ['sts:TagSession'] : []),
    ...(context['sts:SourceIdentity'] !== undefined ? ['sts:SetSourceIdentity'] : []),
  ];
  for (const action of actions) {
    try {
      call.authorize({
        action,
        resource: input.RoleArn,
        resourceAccountId: role.accountId,
        trustPolicy: role.trustPolicy,
        context: () => ({ ...resourceTags(role), ...context }),
      });
    } catch (error) {
      if (error instanceof AccessDenied) throw notAuthorized(caller.arn, action, input.RoleArn, error.record);
      throw error;
    }
  }
}
