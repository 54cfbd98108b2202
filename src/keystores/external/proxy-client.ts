/**
 * The client of an XKS proxy: signs (SigV4, service `kms-xks-proxy`), asks, reads the answer. AWS KMS gives a proxy 250 ms and
 * asks once more after a timeout ("XKS proxy API specification", "Troubleshooting external key stores"), and so do we.
 */
import type { LookupAddress } from 'node:dns';
import { hash } from 'node:crypto';
import { signRequest } from '../../aws/sigv4/sign.ts';
import { SERVICE } from '../../xks/protocol.ts';
import type { ManagerState, ProxyCiphertext, ProxyHealth, XksOperation } from '../../xks/protocol.ts';
import { HttpsExchange, NoAnswer } from './https-exchange.ts';
import type { Answer } from './https-exchange.ts';
import { ProxyFailed, failureOfError } from './proxy-failures.ts';
import type { ProxyFailure } from './proxy-failures.ts';
import {
  decryptRequest,
  encryptRequest,
  healthRequest,
  keyMetadataRequest,
  parseJson,
  readDecrypted,
  readEncrypted,
  readHealth,
  readKeyMetadata,
} from './proxy-messages.ts';
import type { ExternalKeyMetadata, ExternalKeyUse, HealthCause, OnBehalfOf } from './proxy-messages.ts';

const HTTPS_PORT = 443;
const TIMEOUT_MS = 250;

/** What came of one attempt, for metrics. */
export interface ProxyObservation {
  readonly operation: XksOperation;
  /** Operation of the KMS API that the proxy was asked for. */
  readonly kmsOperation: string;
  readonly milliseconds: number;
  readonly failure?: ProxyFailure;
  /** Milliseconds since 1970; when an answer came. */
  readonly certificateValidTo?: number;
  /** GetHealthStatus that was understood, healthy or not: how many key managers are in each state. */
  readonly managers?: Readonly<Record<ManagerState, number>>;
}

export interface ProxyClientOptions {
  /** `https://` and a host; XksProxyUriEndpoint. The proxy's certificate must be for this host. */
  readonly uriEndpoint: string;
  /** Up to and with `/kms/xks/v1`; XksProxyUriPath. */
  readonly uriPath: string;
  /** Where a VPC endpoint service leads. `mayConnectTo` is not asked then: the operator names it, no caller does. */
  readonly connectTo?: { readonly host: string; readonly port: number } | undefined;
  /** 443 when undefined, which is the only one that AWS knows. */
  readonly port?: number | undefined;
  readonly credential: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly region: string;
  /** See `addressRule`. */
  readonly mayConnectTo: (ip: string) => boolean;
  /** PEM certificates that are trusted beside Node's roots. */
  readonly ca?: readonly string[] | undefined;
  /** PEM; what the proxy may ask for (mutual TLS). */
  readonly clientCertificate?: { readonly certificate: string; readonly key: string } | undefined;
  /** For one attempt, from the look-up of the name to the last byte of the answer. 250 when undefined. */
  readonly timeoutMs?: number | undefined;
  /** Told of every attempt but those on a connection that was cut and that are made again. */
  readonly observed?: ((observation: ProxyObservation) => void) | undefined;
  /** Addresses of a host; asks the system's resolver when undefined. */
  readonly resolve?: ((host: string) => Promise<LookupAddress[]>) | undefined;
}

/** @throws ProxyFailed from every method but `close` */
export class ProxyClient {
  readonly #options: ProxyClientOptions;
  readonly #exchange: HttpsExchange;
  /** As the Host header has it. */
  readonly #host: string;

  /** @throws Error for a URI endpoint, certificate or key that cannot be read */
  constructor(options: ProxyClientOptions) {
    const { port = HTTPS_PORT, timeoutMs = TIMEOUT_MS, uriEndpoint } = options;
    const { protocol, hostname } = new URL(uriEndpoint);
    if (protocol !== 'https:') throw new Error('the URI endpoint of an XKS proxy begins with https://');
    const host = hostname.replace(/^\[|\]$/g, '');
    this.#options = options;
    this.#host = port === HTTPS_PORT ? hostname : `${hostname}:${port}`;
    this.#exchange = new HttpsExchange({ ...options, host, port, timeoutMs });
  }

  async getKeyMetadata(externalKeyId: string, on: OnBehalfOf): Promise<ExternalKeyMetadata> {
    const path = keyPath(externalKeyId, 'metadata');
    return this.#ask('GetKeyMetadata', on, path, keyMetadataRequest(on), readKeyMetadata);
  }

  /**
   * @param aad up to 8192 bytes
   * @param plaintext up to 4300 bytes
   */
  async encrypt(use: ExternalKeyUse, aad: Buffer, plaintext: Buffer): Promise<ProxyCiphertext> {
    const path = keyPath(use.externalKeyId, 'encrypt');
    const body = encryptRequest(use, aad, plaintext);
    return this.#ask('Encrypt', use, path, body, (answer) => readEncrypted(answer, aad, plaintext));
  }

  /** @param aad as it was given to encrypt */
  async decrypt(use: ExternalKeyUse, aad: Buffer, message: ProxyCiphertext): Promise<Buffer> {
    const path = keyPath(use.externalKeyId, 'decrypt');
    const body = decryptRequest(use, aad, message);
    return this.#ask('Decrypt', use, path, body, (answer) => readDecrypted(answer, message));
  }

  /** @throws ProxyFailed unhealthy when every key manager behind the proxy is UNAVAILABLE */
  async health(on: HealthCause): Promise<ProxyHealth> {
    return this.#ask('GetHealthStatus', on, '/health', healthRequest(on), (answer, note) => {
      const health = readHealth(answer);
      const managers = managerStates(health);
      note({ managers });
      if (managers.UNAVAILABLE === health.ekmFleetDetails.length) throw new ProxyFailed('unhealthy');
      return health;
    });
  }

  /** Keeps no connection any more; calls that run may end. */
  close(): void {
    this.#exchange.close();
  }

  /** @param read gives the value of an answer, and notes what else metrics shall know of it */
  async #ask<T>(
    operation: XksOperation,
    on: Pick<OnBehalfOf, 'operation'>,
    path: string,
    body: string,
    read: (answer: unknown, note: (more: Partial<ProxyObservation>) => void) => T,
  ): Promise<T> {
    const target = `${this.#options.uriPath}${path}`;
    const headers = this.#sign(target, body);
    for (let last = false; ; last = true) {
      const started = performance.now();
      let outcome: Partial<ProxyObservation> = {};
      const observe = (): void =>
        this.#options.observed?.({
          operation,
          kmsOperation: on.operation,
          milliseconds: performance.now() - started,
          ...outcome,
        });
      try {
        const answer = await this.#exchange.post(target, headers, body);
        outcome = { certificateValidTo: answer.certificateValidTo };
        const value = read(contentOf(answer), (more) => (outcome = { ...outcome, ...more }));
        observe();
        return value;
      } catch (error) {
        if (!(error instanceof NoAnswer) && !(error instanceof ProxyFailed)) throw error;
        outcome = { ...outcome, failure: error.failure };
        const kind = error instanceof NoAnswer ? error.kind : 'final';
        const again = !last && kind !== 'final';
        // that the proxy closed a connection which was kept is no failure of its own
        if (!again || kind === 'timeout') observe();
        if (error instanceof ProxyFailed) throw error;
        if (!again) throw new ProxyFailed(error.failure, error);
        this.#exchange.dropIdle();
      }
    }
  }

  #sign(path: string, body: string): Record<string, string> {
    const { credential, region } = this.#options;
    return signRequest({
      method: 'POST',
      host: this.#host,
      path,
      headers: { 'content-type': 'application/json', 'x-amz-content-sha256': hash('sha256', body, 'hex') },
      body,
      credentials: credential,
      region,
      service: SERVICE,
      now: new Date(),
    });
  }
}

/** @throws ProxyFailed for any answer but 200 and JSON */
function contentOf({ status, body }: Answer): unknown {
  if (status === 200) return parseJson(body);
  if (status < 400) throw new ProxyFailed('invalid-response', new Error(`the status is ${status}`)); // redirects too
  const error = parseJson(body) as { errorName?: unknown } | null;
  throw new ProxyFailed(failureOfError(status, error?.errorName), new Error(`the status is ${status}`));
}

function managerStates({ ekmFleetDetails }: ProxyHealth): Record<ManagerState, number> {
  const states = { ACTIVE: 0, DEGRADED: 0, UNAVAILABLE: 0 };
  for (const { healthStatus } of ekmFleetDetails) states[healthStatus] += 1;
  return states;
}

/** @throws ProxyFailed key-not-found, Error for an id that XksKeyId cannot have */
function keyPath(externalKeyId: string, verb: string): string {
  if (!/^[A-Za-z0-9._-]{1,128}$/.test(externalKeyId)) throw new Error('no id of an external key');
  // a path cannot name them: they would lead out of /keys
  if (externalKeyId === '.' || externalKeyId === '..') throw new ProxyFailed('key-not-found');
  return `/keys/${externalKeyId}/${verb}`;
}
