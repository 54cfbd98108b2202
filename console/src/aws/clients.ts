/** One SDK client for each service, loaded when a page first needs it, signing with the session of this tab. */
import type { CloudHSMV2Client } from '@aws-sdk/client-cloudhsm-v2';
import type { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { IAMClient } from '@aws-sdk/client-iam';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { AccessKey, Session } from '../session/session.ts';
import type { ClavigerClient } from './claviger-client.ts';
import { endpoint } from './endpoint.ts';

export interface Clients {
  kms(): Promise<KMSClient>;
  cloudhsm(): Promise<CloudHSMV2Client>;
  cloudtrail(): Promise<CloudTrailClient>;
  logs(): Promise<CloudWatchLogsClient>;
  iam(): Promise<IAMClient>;
  claviger(): Promise<ClavigerClient>;
}

/** @param accessKey for calls to IAM, which does not take those of every session */
export function clientsFor(session: Session, accessKey?: AccessKey): Clients {
  const { region, credentials } = session;
  const settings = { endpoint: endpoint(), region, credentials, maxAttempts: 2 };
  const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
    let made: Promise<T> | undefined;
    return () =>
      (made ??= make().catch((error: unknown) => {
        // its code could not be loaded while the server was away: the next call tries again
        made = undefined;
        throw error;
      }));
  };
  return {
    // of calls that change a key, five or so are taken in a second: more wait for their turn
    kms: once(
      async () => new (await import('@aws-sdk/client-kms')).KMSClient({ ...settings, maxAttempts: 5 }),
    ),
    cloudhsm: once(async () => new (await import('@aws-sdk/client-cloudhsm-v2')).CloudHSMV2Client(settings)),
    // LookupEvents takes two calls in a second: more wait for their turn
    cloudtrail: once(async () => {
      const { CloudTrailClient } = await import('@aws-sdk/client-cloudtrail');
      return new CloudTrailClient({ ...settings, maxAttempts: 8 });
    }),
    logs: once(
      async () => new (await import('@aws-sdk/client-cloudwatch-logs')).CloudWatchLogsClient(settings),
    ),
    iam: once(async () => {
      const { IAMClient } = await import('@aws-sdk/client-iam');
      return new IAMClient({ ...settings, credentials: accessKey ?? credentials });
    }),
    claviger: once(async () =>
      (await import('./claviger-client.ts')).createClavigerClient(endpoint(), session),
    ),
  };
}
