/** Sessions as callers: the user or role behind a token as it is now, with what the token adds. */
import { rootCaller } from '../../access/caller.ts';
import type { Caller, Principal, PrincipalSession } from '../../access/caller.ts';
import type { EventResource, SessionContext } from '../../audit/event.ts';
import { userCaller } from '../iam/callers.ts';
import { arnOf } from '../iam/entities.ts';
import type { Role } from '../iam/entities.ts';
import type { Principals } from '../iam/principals.ts';
import type { Session } from './session-token.ts';

const sessions = new WeakMap<Caller, Session>();

/** The session by which somebody calls; undefined for long-term access keys. */
export function sessionOf(caller: Caller): Session | undefined {
  return sessions.get(caller);
}

/** Who calls with a session; undefined when its user or role is gone. */
export function sessionCaller(
  principals: Principals,
  session: Session,
  accessKeyId: string,
): Caller | undefined {
  const caller = callerOf(principals, session, accessKeyId);
  if (caller !== undefined) sessions.set(caller, session);
  return caller;
}

function callerOf(principals: Principals, session: Session, accessKeyId: string): Caller | undefined {
  const entity = principals.byId(session.principalId);
  if (entity?.kind === 'role' && session.name !== undefined)
    return roleCaller(principals, entity, { ...session, name: session.name }, accessKeyId);
  const isRoot = session.principalId === session.accountId && principals.isAccount(session.accountId);
  if (entity?.kind !== 'user' && !isRoot) return undefined;
  const plain =
    entity?.kind === 'user' ? userCaller(entity, accessKeyId) : rootCaller(session.accountId, accessKeyId);
  return {
    ...plain,
    principal: { ...plain.principal, session: principalSession(principals, session) },
    identity: { ...plain.identity, sessionContext: { attributes: attributes(session) } },
  };
}

export function assumedRoleArn(role: Role, sessionName: string): string {
  return `arn:aws:sts::${role.accountId}:assumed-role/${role.name}/${sessionName}`;
}

/** A role as the event of taking it on names it; its account gets a copy. AWS: IAM user guide, "Logging IAM and AWS STS API calls". */
export function roleResource(role: Role): EventResource {
  return { accountId: role.accountId, type: 'AWS::IAM::Role', ARN: arnOf(role) };
}

function roleCaller(
  principals: Principals,
  role: Role,
  session: Session & { name: string },
  accessKeyId: string,
): Caller {
  const { accountId } = role;
  const arn = assumedRoleArn(role, session.name);
  const userId = `${role.id}:${session.name}`;
  const principal: Principal = {
    type: 'AssumedRole',
    accountId,
    arn,
    issuerArn: arnOf(role),
    userId,
    userName: undefined,
    tags: mergedTags(role.tags, session.tags ?? {}),
    session: principalSession(principals, session),
  };
  const sessionContext: SessionContext = {
    sessionIssuer: {
      type: 'Role',
      principalId: role.id,
      arn: arnOf(role),
      accountId,
      userName: role.name,
    },
    ...(session.federatedProvider !== undefined && {
      webIdFederationData: { federatedProvider: session.federatedProvider, attributes: {} },
    }),
    attributes: attributes(session),
    ...(session.sourceIdentity !== undefined && { sourceIdentity: session.sourceIdentity }),
  };
  return {
    accountId,
    arn,
    accessKeyId,
    principal,
    identity: { type: 'AssumedRole', principalId: userId, arn, accountId, accessKeyId, sessionContext },
  };
}

/** A tag of the session takes the place of the role's with the same key, upper and lower case being the same. */
function mergedTags(
  own: Readonly<Record<string, string>>,
  added: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const replaced = new Set(Object.keys(added).map((key) => key.toLowerCase()));
  const kept = Object.entries(own).filter(([key]) => !replaced.has(key.toLowerCase()));
  return new Map([...kept, ...Object.entries(added)]);
}

function principalSession(principals: Principals, session: Session): PrincipalSession {
  const keys = new Map<string, readonly string[]>(Object.entries(session.keys ?? {}));
  if (session.sourceIdentity !== undefined) keys.set('aws:SourceIdentity', [session.sourceIdentity]);
  if (session.federatedProvider !== undefined) keys.set('aws:FederatedProvider', [session.federatedProvider]);
  return {
    issuedAt: session.issuedAt,
    mfa: false,
    policies: [
      ...(session.policy === undefined ? [] : [session.policy]),
      ...(session.policyArns ?? []).map((arn) => principals.documentOf(arn)),
    ],
    keys,
  };
}

function attributes(session: Session): SessionContext['attributes'] {
  const creationDate = `${new Date(session.issuedAt).toISOString().slice(0, 19)}Z`;
  return { creationDate, mfaAuthenticated: 'false' };
}
