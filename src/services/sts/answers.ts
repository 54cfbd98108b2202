/** Credentials and sessions as the API shows them, and as the audit trail does: without secrets. */
import type { Credentials } from '../../aws/generated/sts.ts';
import type { Session, TemporaryCredentials } from './session-token.ts';

export function toCredentials(credentials: TemporaryCredentials, session: Session): Credentials {
  return {
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    SessionToken: credentials.sessionToken,
    Expiration: new Date(session.expiresAt),
  };
}

/** What an audit event shows of credentials: not the secret, and not the token, which would open a session half-way. */
export function shownCredentials({ AccessKeyId, Expiration }: Credentials): object {
  return { AccessKeyId, Expiration };
}

/** Whole seconds, since tokens and answers have no parts of them. */
export function lifetime(now: number, seconds: number): Pick<Session, 'issuedAt' | 'expiresAt'> {
  const issuedAt = Math.floor(now / 1000) * 1000;
  return { issuedAt, expiresAt: issuedAt + seconds * 1000 };
}
