/** One POST to a proxy over HTTPS, with a deadline over all of it. Knows nothing of messages and signatures. */
import type { LookupAddress } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import { Agent, request } from 'node:https';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { createSecureContext, rootCertificates } from 'node:tls';
import type { SecureContext, TLSSocket } from 'node:tls';
import { readBounded } from '../../http/bounded-body.ts';
import type { ProxyFailure } from './proxy-failures.ts';

/** Longest answer that is read: the longest one that the protocol has takes about 6 KB. */
const MAX_ANSWER_BYTES = 65_536;
/** Connections at once: 1,800 calls in a second (what AWS asks of a proxy) of 70 ms each. Further calls wait, within their deadline. */
const MAX_SOCKETS = 128;
const IDLE_MS = 60_000;

export interface ExchangeOptions {
  /** Name, or address, of the proxy: what its certificate must be for. */
  readonly host: string;
  readonly port: number;
  /** Where to connect instead: a VPC endpoint service. Its address is the operator's choice, so that no rule holds for it. */
  readonly connectTo?: { readonly host: string; readonly port: number } | undefined;
  readonly mayConnectTo: (ip: string) => boolean;
  /** Addresses of a host; those of the system's resolver when undefined. */
  readonly resolve?: ((host: string) => Promise<LookupAddress[]>) | undefined;
  /** PEM, trusted beside Node's roots. */
  readonly ca?: readonly string[] | undefined;
  /** PEM. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: string } | undefined;
  readonly timeoutMs: number;
}

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
  /** End of the validity of the proxy's certificate, in milliseconds since 1970. */
  readonly certificateValidTo: number;
}

/** No answer. The message is for the log. */
export class NoAnswer extends Error {
  readonly failure: ProxyFailure;
  /** Whether another attempt may fare better: time was up, or the connection was cut before an answer came. */
  readonly kind: 'timeout' | 'cut' | 'final';

  constructor(failure: ProxyFailure, kind: NoAnswer['kind'], reason: string) {
    super(`no answer of the proxy: ${reason}`);
    this.name = 'NoAnswer';
    this.failure = failure;
    this.kind = kind;
  }
}

export class HttpsExchange {
  readonly #options: ExchangeOptions;
  readonly #agent: Agent;
  readonly #validTo = new WeakMap<TLSSocket, number>();
  #resolving: Promise<LookupAddress[]> | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: MAX_SOCKETS,
      maxFreeSockets: MAX_SOCKETS,
      timeout: IDLE_MS,
      // a resumed session would not have its certificate looked at again
      maxCachedSessions: 0,
      secureContext: tlsContext(options),
      rejectUnauthorized: true, // whatever NODE_TLS_REJECT_UNAUTHORIZED says
      autoSelectFamily: true,
      // a family that leads nowhere must leave time for the other
      autoSelectFamilyAttemptTimeout: Math.max(10, Math.floor(options.timeoutMs / 4)),
    });
  }

  /** @throws NoAnswer */
  async post(path: string, headers: Readonly<Record<string, string>>, body: string): Promise<Answer> {
    const { host, port, connectTo, mayConnectTo } = this.#options;
    const address = connectTo?.host ?? host;
    // an address is connected to without a look-up
    if (connectTo === undefined && isIP(address) !== 0 && !mayConnectTo(address))
      throw new NoAnswer('unreachable', 'final', 'its address is not allowed');
    return new Promise((resolve, reject) => {
      const fail = (failure: ProxyFailure, kind: NoAnswer['kind'], reason: string): void => {
        clearTimeout(deadline);
        call.destroy();
        reject(new NoAnswer(failure, kind, reason));
      };
      const call = request({
        host: address,
        port: connectTo?.port ?? port,
        ...(isIP(host) === 0 && { servername: host }),
        method: 'POST',
        path,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        setHost: false,
        agent: this.#agent,
        lookup: this.#lookup,
      });
      const deadline = setTimeout(() => fail('timeout', 'timeout', 'time is up'), this.#options.timeoutMs);
      let answered = false;
      call.on('error', (error: NodeJS.ErrnoException) => {
        if (answered) fail('invalid-response', 'final', 'the connection was cut in the middle of it');
        else fail(...whatFailed(error));
      });
      call.on('upgrade', (_response, socket) => {
        socket.destroy();
        fail('invalid-response', 'final', 'it changes the protocol');
      });
      call.on('response', (response) => {
        answered = true;
        const certificateValidTo = this.#certificateValidTo(response.socket as TLSSocket);
        readBounded(response, MAX_ANSWER_BYTES).then(
          (content) => {
            clearTimeout(deadline);
            resolve({ status: response.statusCode ?? 0, body: content, certificateValidTo });
          },
          () => fail('invalid-response', 'final', 'it is too long, or not whole'),
        );
      });
      call.end(body);
    });
  }

  /** Closes connections that nobody uses now: what became of one may have become of all. */
  dropIdle(): void {
    for (const sockets of Object.values(this.#agent.freeSockets))
      for (const socket of sockets ?? []) socket.destroy();
  }

  /** Keeps no connection any more; calls that run may end. */
  close(): void {
    this.#agent.maxFreeSockets = 0;
    this.dropIdle();
  }

  /** The only source of addresses, so that the one that was looked at is the one that is connected to. */
  readonly #lookup: LookupFunction = (host, options, callback) => {
    const { connectTo, mayConnectTo } = this.#options;
    this.#addresses(host).then(
      (all) => {
        const allowed = connectTo !== undefined ? all : all.filter(({ address }) => mayConnectTo(address));
        const usable = allowed.filter(({ family }) => !options.family || options.family === family);
        const [first] = usable;
        if (first === undefined) callback(new AddressNotAllowed(), '', 0);
        else if (options.all === true) callback(null, usable);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, '', 0),
    );
  };

  /** One look-up at a time: the system's resolver takes a thread for each, and may take it for many seconds. */
  #addresses(host: string): Promise<LookupAddress[]> {
    const { resolve = (name: string) => systemLookup(name, { all: true }) } = this.#options;
    this.#resolving ??= resolve(host).finally(() => (this.#resolving = undefined));
    return this.#resolving;
  }

  #certificateValidTo(socket: TLSSocket): number {
    let validTo = this.#validTo.get(socket);
    if (validTo === undefined) {
      validTo = Date.parse(socket.getPeerCertificate().valid_to);
      this.#validTo.set(socket, validTo);
    }
    return validTo;
  }
}

type TlsOptions = Pick<ExchangeOptions, 'ca' | 'clientCertificate'>;
/** By the list of authorities, of which a configuration has one: to read Node's roots beside it takes 20 ms. */
const contexts = new WeakMap<
  readonly string[],
  Pick<TlsOptions, 'clientCertificate'> & { context: SecureContext }
>();

function tlsContext({ ca = [], clientCertificate }: TlsOptions): SecureContext {
  const made = contexts.get(ca);
  if (made !== undefined && made.clientCertificate === clientCertificate) return made.context;
  const context = createSecureContext({
    minVersion: 'TLSv1.2',
    ...(ca.length > 0 && { ca: [...rootCertificates, ...ca] }),
    ...(clientCertificate !== undefined && {
      cert: clientCertificate.certificate,
      key: clientCertificate.key,
    }),
  });
  contexts.set(ca, { clientCertificate, context });
  return context;
}

class AddressNotAllowed extends Error {
  constructor() {
    super('the name leads to no allowed address');
    this.name = 'AddressNotAllowed';
  }
}

/** Sorts what Node says of a connection: of the network by errno names, of HTTP by llhttp's, of TLS by those of OpenSSL. */
function whatFailed(error: NodeJS.ErrnoException): [ProxyFailure, NoAnswer['kind'], string] {
  const code = error.code ?? '';
  if (error instanceof AddressNotAllowed) return ['unreachable', 'final', error.message];
  if (code === 'ECONNRESET' || code === 'EPIPE') return ['unreachable', 'cut', code];
  if (code === 'ETIMEDOUT') return ['timeout', 'timeout', code];
  if (code.startsWith('HPE_')) return ['invalid-response', 'final', code];
  const network = code !== 'EPROTO' && /^E(AI_)?[A-Z0-9]+$/.test(code);
  return [network ? 'unreachable' : 'tls', 'final', code === '' ? error.name : code];
}
