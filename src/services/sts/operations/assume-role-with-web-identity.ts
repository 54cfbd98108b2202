import type { ConditionContext } from '../../../access/access-control.ts';
import { anonymousCaller } from '../../../access/caller.ts';
import type { Caller } from '../../../access/caller.ts';
import { lowerCamel } from '../../../audit/event.ts';
import type { AssumeRoleWithWebIdentityRequest } from '../../../aws/generated/sts.ts';
import type { Role } from '../../iam/entities.ts';
import { resourceTags } from '../../iam/tags.ts';
import { lifetime, shownCredentials, toCredentials } from '../answers.ts';
import { accessDenied, validation } from '../errors.ts';
import { noResources, operation } from '../operation.ts';
import type { StsCall } from '../operation.ts';
import { packedSize, roleSeconds, sessionPolicies, sessionTags } from '../session-parameters.ts';
import type { Session } from '../session-token.ts';
import { assumedRoleArn, roleResource } from '../sessions.ts';
import type { WebIdentity } from '../web-identity.ts';

/**
 * Temporary credentials of a role, for the subject of a token that a registered provider signed. The request itself is not
 * signed: the token is the credential. AWS: API_AssumeRoleWithWebIdentity (STS).
 */
export const assumeRoleWithWebIdentity = operation('AssumeRoleWithWebIdentity', {
  action: 'sts:AssumeRoleWithWebIdentity',
  readOnly: true,
  unrecordedFails: true,
  resources: noResources,
  audit: ({ WebIdentityToken: _token, ...shown }) => lowerCamel(shown),

  async handle(call) {
    const { input, ports } = call;
    const accountId = accountOf(call);
    if (input.ProviderId !== undefined)
      throw validation('ProviderId is for OAuth 2.0 access tokens, which are not supported.');
    const identity = await ports.webIdentities.verify(accountId, input.WebIdentityToken, call.now);
    call.calledBy(webIdentityCaller(accountId, identity));
    const role = ports.principals.role(input.RoleArn);
    requireTrusted(call, role, identity);
    call.resources.push(roleResource(role));

    const session: Session = {
      accountId,
      principalId: role.id,
      name: input.RoleSessionName,
      ...lifetime(call.now, roleSeconds(role, input.DurationSeconds, false)),
      ...sessionPolicies(ports.principals, role, input),
      tags: sessionTags(identity.tags, identity.transitiveTags),
      transitiveTags: identity.transitiveTags,
      sourceIdentity: identity.sourceIdentity,
      federatedProvider: identity.provider.id,
      keys: Object.fromEntries(Object.entries(identity.keys).map(([key, value]) => [key, [value].flat()])),
    };
    const PackedPolicySize = packedSize(session);
    const Credentials = toCredentials(ports.tokens.issue(session), session);
    const answer = {
      SubjectFromWebIdentityToken: identity.subject,
      AssumedRoleUser: {
        AssumedRoleId: `${role.id}:${input.RoleSessionName}`,
        Arn: assumedRoleArn(role, input.RoleSessionName),
      },
      ...(PackedPolicySize !== undefined && { PackedPolicySize }),
      Provider: identity.provider.id,
      Audience: identity.audience,
      ...(identity.sourceIdentity !== undefined && { SourceIdentity: identity.sourceIdentity }),
    };
    call.responseElements = lowerCamel({ Credentials: shownCredentials(Credentials), ...answer });
    return { Credentials, ...answer };
  },
});

type WebCall = StsCall<AssumeRoleWithWebIdentityRequest>;

const denied = () => accessDenied('Not authorized to perform sts:AssumeRoleWithWebIdentity');

/** The account of the role, which has the provider and the event. @throws ApiError AccessDenied */
function accountOf({ input, ports }: WebCall): string {
  const account = /^arn:aws:iam::(\d{12}):role\//.exec(input.RoleArn)?.[1];
  if (account === undefined) throw validation('Request ARN is invalid');
  if (!ports.principals.isAccount(account)) throw denied();
  return account;
}

/** @throws ApiError AccessDenied, the same for a role that is not there */
function requireTrusted(call: WebCall, role: Role | undefined, identity: WebIdentity): asserts role is Role {
  if (role === undefined) throw denied();
  const context: ConditionContext = {
    ...resourceTags(role),
    ...identity.keys,
    'aws:FederatedProvider': identity.provider.id,
    'sts:RoleSessionName': call.input.RoleSessionName,
    'sts:SourceIdentity': identity.sourceIdentity,
    'sts:TransitiveTagKeys': identity.transitiveTags,
    ...(identity.tags.length > 0 && { 'aws:TagKeys': identity.tags.map(({ Key }) => Key) }),
    ...Object.fromEntries(identity.tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
  };
  const actions = [
    'sts:AssumeRoleWithWebIdentity',
    ...(identity.tags.length > 0 ? ['sts:TagSession'] : []),
    ...(identity.sourceIdentity !== undefined ? ['sts:SetSourceIdentity'] : []),
  ];
  for (const action of actions) {
    const trusted = call.ports.access.trusts({
      request: call.request,
      action,
      resource: call.input.RoleArn,
      resourceAccountId: role.accountId,
      provider: identity.provider.id,
      trustPolicy: role.trustPolicy,
      context: () => context,
    });
    if (!trusted) throw denied();
  }
}

/** As CloudTrail shows the subject of a token. */
function webIdentityCaller(accountId: string, { provider, subject, audience }: WebIdentity): Caller {
  return {
    ...anonymousCaller,
    accountId,
    identity: {
      type: 'WebIdentityUser',
      principalId: `${provider.id}:${audience}:${subject}`,
      userName: subject,
      identityProvider: provider.id,
    },
  };
}
