/** Connections of external key stores to their proxies, and what is known of the proxies' health. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { addressRule } from '../../configuration/address-rule.ts';
import { ExternalKeyStore } from '../../keystores/external/external-key-store.ts';
import { ProxyClient } from '../../keystores/external/proxy-client.ts';
import type { ProxyClientOptions, ProxyObservation } from '../../keystores/external/proxy-client.ts';
import { ProxyFailed } from '../../keystores/external/proxy-failures.ts';
import type {
  ExternalKeyMetadata,
  HealthCause,
  OnBehalfOf,
} from '../../keystores/external/proxy-messages.ts';
import { ConnectFailed } from '../../keystores/key-store.ts';
import type { KeyStore } from '../../keystores/key-store.ts';
import { splitAddress } from '../../configuration/address.ts';
import type {
  ExternalKeyStoreSettings,
  VpcEndpointService,
} from '../../configuration/external-key-stores.ts';
import type { Logger } from '../../logging/logger.ts';
import type { ExternalStoreRow } from '../../storage/schema.ts';
import type { SecretSeal } from './custom-key-stores.ts';
import { connectionErrorOf } from './proxy-errors.ts';
import { decodeProxy } from './proxy-configuration.ts';
import type { ProxyConfiguration } from './proxy-configuration.ts';
import type { StoreConnections } from './store-connections.ts';

/** Calls that are under way when a connection is replaced have ended by then. */
const LAST_CALLS_MS = 5_000;

export interface ExternalStorePorts {
  settings: ExternalKeyStoreSettings;
  /** Where KMS's own material of the keys is. */
  builtin: KeyStore;
  secrets: SecretSeal;
  logger: Logger;
  /** For the metrics. */
  observed: (customKeyStoreId: string, observation: ProxyObservation) => void;
}

/** A proxy, and what KMS signs its requests with. */
export interface ProxyAccess {
  configuration: ProxyConfiguration;
  secretAccessKey: string;
  /** Of the key store. */
  region: string;
}

interface Connection {
  store: ExternalKeyStore;
  client: ProxyClient;
  /** What it was made from. */
  proxy: string;
  sealed: Buffer;
  seen: ProxyFigures;
}

/** What was last seen of a proxy. */
export interface ProxyFigures {
  /** How many key managers are in each state; undefined before the first answer about them. */
  managers: ProxyObservation['managers'];
  /** Milliseconds since 1970. */
  certificateValidTo: number | undefined;
}

export class ExternalStores implements StoreConnections<ExternalStoreRow, ExternalKeyStore> {
  readonly #ports: ExternalStorePorts;
  readonly #connections = new Map<string, Connection>();

  /** @throws Error when a file that the configuration names cannot be read */
  constructor(ports: ExternalStorePorts) {
    this.#ports = ports;
    this.#files();
  }

  get secrets(): SecretSeal {
    return this.#ports.secrets;
  }

  find(customKeyStoreId: string): ExternalKeyStore | undefined {
    return this.#connections.get(customKeyStoreId)?.store;
  }

  async connect(row: ExternalStoreRow, isWanted: () => boolean): Promise<void> {
    const connection = await this.#open(row);
    try {
      await connection.client.health(kmsItself('ConnectCustomKeyStore'));
    } catch (error) {
      connection.client.close();
      throw error instanceof ProxyFailed ? new ConnectFailed(connectionErrorOf(error.failure)) : error;
    }
    if (isWanted()) this.#replace(row.custom_key_store_id, connection);
    else connection.client.close();
  }

  /** What the row says of the proxy may be another since: calls that are under way end with what they began with. */
  async resume(row: ExternalStoreRow): Promise<void> {
    const { custom_key_store_id: id } = row;
    const before = this.#connections.get(id);
    if (before?.proxy === row.proxy && before.sealed.equals(row.password_sealed)) return;
    try {
      this.#replace(id, await this.#open(row));
    } catch (error) {
      // a file that cannot be read, a VPC endpoint service that is not configured any more: tried again with the next health check
      this.#ports.logger.error({ err: error, customKeyStoreId: id }, 'an external key store has no proxy');
      this.leave(id);
    }
  }

  leave(customKeyStoreId: string): void {
    const connection = this.#connections.get(customKeyStoreId);
    this.#connections.delete(customKeyStoreId);
    if (connection !== undefined) setTimeout(() => connection.client.close(), LAST_CALLS_MS).unref();
  }

  async disconnect(row: ExternalStoreRow): Promise<void> {
    this.leave(row.custom_key_store_id);
  }

  /** The VPC endpoint service of this name, if the operator has configured one. */
  vpcEndpointService(name: string): VpcEndpointService | undefined {
    const { vpcEndpointServices: services } = this.#ports.settings;
    return Object.hasOwn(services, name) ? services[name] : undefined;
  }

  /**
   * Asks a proxy for its health as a store that does not exist yet would reach it.
   * @throws ProxyFailed, ConnectFailed for a VPC endpoint service that is not configured
   */
  async probe(access: ProxyAccess, on: OnBehalfOf): Promise<void> {
    const client = this.#client(access, () => undefined);
    try {
      await client.health(on);
    } finally {
      client.close();
    }
  }

  /** @throws ProxyFailed */
  async describeKey(
    customKeyStoreId: string,
    externalKeyId: string,
    on: OnBehalfOf,
  ): Promise<ExternalKeyMetadata> {
    const connection = this.#connections.get(customKeyStoreId);
    if (connection === undefined) throw new ProxyFailed('unreachable');
    return connection.client.getKeyMetadata(externalKeyId, on);
  }

  /** Asks the proxies of all connected stores for their health. */
  async checkHealth(): Promise<void> {
    await Promise.all(
      [...this.#connections].map(async ([customKeyStoreId, { client }]) => {
        try {
          await client.health(kmsItself('KmsHealthCheck'));
        } catch (error) {
          if (!(error instanceof ProxyFailed)) throw error;
          const { failure } = error;
          this.#ports.logger.warn(
            { customKeyStoreId, failure },
            'the proxy of an external key store is not well',
          );
        }
      }),
    );
  }

  /** Undefined while the store is not connected. */
  figures(customKeyStoreId: string): ProxyFigures | undefined {
    return this.#connections.get(customKeyStoreId)?.seen;
  }

  close(): void {
    for (const { client } of this.#connections.values()) client.close();
    this.#connections.clear();
  }

  #replace(customKeyStoreId: string, connection: Connection): void {
    this.leave(customKeyStoreId);
    this.#connections.set(customKeyStoreId, connection);
  }

  async #open(row: ExternalStoreRow): Promise<Connection> {
    const { secrets, builtin, observed } = this.#ports;
    const { custom_key_store_id: id, proxy, password_sealed: sealed, region } = row;
    const secretAccessKey = await secrets.unseal(id, sealed);
    const configuration = decodeProxy(proxy);
    const seen: ProxyFigures = { managers: undefined, certificateValidTo: undefined };
    const client = this.#client({ configuration, secretAccessKey, region }, (observation) => {
      seen.managers = observation.managers ?? seen.managers;
      seen.certificateValidTo = observation.certificateValidTo ?? seen.certificateValidTo;
      observed(id, observation);
    });
    const store = new ExternalKeyStore({ proxy: () => client, inner: builtin });
    return { store, client, proxy, sealed, seen };
  }

  /** Read with each connection: they may be replaced. */
  #files(): Pick<ProxyClientOptions, 'ca' | 'clientCertificate'> {
    const { certificateAuthorities, clientCertificate: shown } = this.#ports.settings;
    const read = (file: string): string => readFileSync(file, 'utf8');
    const ca = certificateAuthorities.map(read);
    if (shown === undefined) return { ca };
    return { ca, clientCertificate: { certificate: read(shown.certificate), key: read(shown.key) } };
  }

  #client(
    { configuration, secretAccessKey, region }: ProxyAccess,
    observed: (observation: ProxyObservation) => void,
  ): ProxyClient {
    const { settings } = this.#ports;
    const { uriEndpoint, uriPath, accessKeyId } = configuration;
    return new ProxyClient({
      ...{ uriEndpoint, uriPath, region, observed },
      ...this.#way(configuration),
      credential: { accessKeyId, secretAccessKey },
      mayConnectTo: addressRule(settings.allowedAddresses),
      ...this.#files(),
      timeoutMs: settings.timeoutMilliseconds,
    });
  }

  /** @throws ConnectFailed */
  #way({ connectivity, vpcEndpointServiceName: name }: ProxyConfiguration): {
    connectTo?: { host: string; port: number };
  } {
    if (connectivity === 'PUBLIC_ENDPOINT') return {};
    const service = name === null ? undefined : this.vpcEndpointService(name);
    if (service === undefined) throw new ConnectFailed('XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND');
    return { connectTo: splitAddress(service.address) };
  }
}

/** What KMS asks of its own accord. */
function kmsItself(operation: string): HealthCause {
  return { operation, requestId: randomBytes(16) };
}
