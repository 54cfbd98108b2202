/** One SDK client for each service, loaded when a page first needs it, signing with the session of this tab. */
import type { CloudHSMV2Client } from '@aws-sdk/client-cloudhsm-v2';
import type { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { IAMClient } from '@aws-sdk/client-iam';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { Session } from '../session/session.ts';
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

export function clientsFor(session: Session): Clients {
  const { region, credentials } = session;
  const settings = { endpoint: endpoint(), region, credentials, maxAttempts: 2 };
  const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
    let made: Promise<T> | undefined;
    return () => (made ??= make());
  };
  return {
    kms: once(async () => new (await import('@aws-sdk/client-kms')).KMSClient(settings)),
    cloudhsm: once(async () => new (await import('@aws-sdk/client-cloudhsm-v2')).CloudHSMV2Client(settings)),
    // LookupEvents takes two calls in a second: more wait for their turn
    cloudtrail: once(async () => {
      const { CloudTrailClient } = await import('@aws-sdk/client-cloudtrail');
      return new CloudTrailClient({ ...settings, maxAttempts: 8 });
    }),
    logs: once(
      async () => new (await import('@aws-sdk/client-cloudwatch-logs')).CloudWatchLogsClient(settings),
    ),
    iam: once(async () => new (await import('@aws-sdk/client-iam')).IAMClient(settings)),
    claviger: once(async () =>
      (await import('./claviger-client.ts')).createClavigerClient(endpoint(), session),
    ),
  };
}
