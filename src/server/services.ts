/** The services as the router serves them. */
import { decodeForAccount } from '../access/authorization-message.ts';
import type { createAuthorizationMessages } from '../access/authorization-message.ts';
import { simulationResults } from '../access/simulation-results.ts';
import type { CompartmentPorts } from '../admission/compartments.ts';
import type { ServiceName } from '../aws/services.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { ChangeFeed } from '../nodes/change-feed.ts';
import type { ServiceHandler } from '../services/api/serve.ts';
import type { CloudHsm } from '../services/cloudhsm/operation.ts';
import { createCloudHsm } from '../services/cloudhsm/service.ts';
import { createIam } from '../services/iam/service.ts';
import type { Kms } from '../services/kms/kms.ts';
import type { OperationName } from '../services/kms/operation.ts';
import { handleKms } from '../services/kms/service.ts';
import { createLogs } from '../services/logs/service.ts';
import { createIssuerFetch } from '../services/sts/issuer-fetch.ts';
import { createProviderKeys } from '../services/sts/provider-keys.ts';
import { createSts } from '../services/sts/service.ts';
import { createWebIdentities } from '../services/sts/web-identity.ts';
import { fresh } from './freshness.ts';
import type { Identities } from './identities.ts';

export type Services = Readonly<Partial<Record<ServiceName, ServiceHandler>>>;

export interface ServicesOptions {
  kms: Kms;
  cloudhsm: CloudHsm;
  cloudtrail: ServiceHandler;
  claviger: ServiceHandler;
  identities: Identities;
  configuration: Configuration;
  messages: ReturnType<typeof createAuthorizationMessages>;
  feed: ChangeFeed;
  gate: CompartmentPorts['gate'];
  /** No other process changes anything. */
  alone: boolean;
}

/** Each answers only from what is fresh enough. */
export function createServices(options: ServicesOptions): Services {
  const { kms, cloudhsm, cloudtrail, claviger, identities, configuration, messages, feed, gate, alone } =
    options;
  const { db, audit, access, clock, logger, refresh, mac, clusters } = kms;
  const ports = { db, audit, access, clock, logger, refresh };
  const { principals, lastUses, tokens, secrets } = identities;
  const keys = createProviderKeys(createIssuerFetch(configuration.oidc), gate);
  const services: Services = {
    kms: (name, request, body) => handleKms(kms, name as OperationName, request, body),
    logs: createLogs({ ...ports, clusters }),
    cloudtrail,
    iam: createIam({
      ...ports,
      mac,
      principals,
      secrets,
      lastUses,
      oidc: configuration.oidc,
      simulate: simulationResults,
    }),
    sts: createSts({
      ...ports,
      principals,
      tokens,
      webIdentities: createWebIdentities({ principals, keys, logger }),
      decodeMessage: (encoded, accountId) => decodeForAccount(messages, encoded, accountId),
    }),
    cloudhsmv2: createCloudHsm(cloudhsm),
    claviger,
  };
  const named = Object.entries(services) as [ServiceName, ServiceHandler][];
  return Object.fromEntries(
    named.map(([name, handle]) => [name, fresh(name, handle, { feed, alone, logger, identities })]),
  );
}
