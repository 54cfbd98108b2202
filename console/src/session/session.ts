/**
 * Who is signed in. The long-term access key is used once, to ask STS for a session of some hours; only that session is
 * kept, in this tab (sessionStorage), and never the access key. STS: API_GetSessionToken.
 */
import { endpoint } from '../aws/endpoint.ts';

export interface Session {
  accountId: string;
  arn: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string };
  /** Milliseconds since 1970. */
  expiresAt: number;
  /**
   * IAM takes no call of it: it is the session of an IAM user, without MFA. AWS: API_GetSessionToken, "Permissions".
   * Then IAM's calls are signed with the access key itself, which the user is asked for again.
   */
  withoutIam?: boolean;
}

/** A long-term access key: in this page's memory only, never stored. */
export interface AccessKey {
  accessKeyId: string;
  secretAccessKey: string;
}

const KEY = 'claviger-session';
/** The root user is given an hour all the same. AWS: API_GetSessionToken. */
const SESSION_SECONDS = 4 * 3600;

export function storedSession(): Session | undefined {
  const text = sessionStorage.getItem(KEY);
  if (text === null) return undefined;
  const session = JSON.parse(text) as Session;
  return session.expiresAt > Date.now() ? session : undefined;
}

export function forgetSession(): void {
  sessionStorage.removeItem(KEY);
}

export function keepSession(session: Session): void {
  sessionStorage.setItem(KEY, JSON.stringify(session));
}

/**
 * Whether the key is that of whoever is signed in: with somebody else's, one page would show what two people may do.
 * @throws the SDK's error when it is not accepted
 */
export async function isKeyOf({ arn, region }: Session, credentials: AccessKey): Promise<boolean> {
  const { STSClient, GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
  const client = new STSClient({ endpoint: endpoint(), region, credentials, maxAttempts: 1 });
  return (await client.send(new GetCallerIdentityCommand({}))).Arn === arn;
}

/** @throws the SDK's error when the access key is not accepted */
export async function signIn(wanted: {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  region: string;
}): Promise<Session> {
  const { STSClient, GetCallerIdentityCommand, GetSessionTokenCommand } = await import('@aws-sdk/client-sts');
  const { region, ...given } = wanted;
  const client = new STSClient({ endpoint: endpoint(), region, credentials: given, maxAttempts: 1 });
  const { Account = '', Arn = '' } = await client.send(new GetCallerIdentityCommand({}));
  if (given.sessionToken !== undefined) {
    // a session of a role: it cannot get another one, and is short already
    const credentials = { ...given, sessionToken: given.sessionToken };
    return {
      accountId: Account,
      arn: Arn,
      region,
      credentials,
      expiresAt: Date.now() + SESSION_SECONDS * 1000,
    };
  }
  const { Credentials } = await client.send(new GetSessionTokenCommand({ DurationSeconds: SESSION_SECONDS }));
  return {
    accountId: Account,
    arn: Arn,
    region,
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    },
    expiresAt: Credentials?.Expiration?.getTime() ?? 0,
    withoutIam: Arn.includes(':user/'),
  };
}
