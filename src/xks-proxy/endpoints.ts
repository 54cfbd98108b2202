/**
 * Connections to Claviger's endpoints, which are kept. An endpoint that refuses, hangs or is cut is set aside for a while, and the next one
 * is asked: what a proxy asks for may be asked for twice. Knows nothing of operations and signatures.
 */
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { Agent, ClientRequest, RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { readBounded } from '../http/bounded-body.ts';

export interface Ask {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** @param host as the Host header has it, which is signed */
  readonly headers: (host: string) => Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** No endpoint answered. The message is for the log. */
export class NoAnswer extends Error {
  /** Whether it is time that was wanting, and not somebody who listens. */
  readonly late: boolean;

  constructor(late: boolean, reason: string) {
    super(`no answer of Claviger: ${reason}`);
    this.name = 'NoAnswer';
    this.late = late;
  }
}

/** Figures of a cluster of 28 HSMs take 400 KB; nothing else is nearly as long. */
const MAX_ANSWER_BYTES = 2 ** 20;
/** 1,800 calls in a second (what AWS asks of a proxy) of 70 ms each. Further calls wait, within their deadline. */
const MAX_SOCKETS = 128;
/** Claviger ends idle connections after 65 s. */
const IDLE_MS = 60_000;
const ASIDE_MS = 5_000;
/** With less time than this, that there was no answer says nothing of the endpoint. */
const FAIR_MS = 50;

export interface EndpointsOptions {
  readonly urls: readonly string[];
  /** PEM: the only authorities that are believed; Node's when undefined. */
  readonly ca: Buffer | undefined;
}

export class Endpoints {
  readonly #all: readonly Endpoint[];
  #turn = 0;

  constructor({ urls, ca }: EndpointsOptions) {
    this.#all = urls.map((url) => new Endpoint(new URL(url), ca));
  }

  /**
   * The first answer that is no failure of the server; such a failure when nothing better can be had.
   * @param milliseconds for all attempts together: each endpoint that was well gets its share
   * @throws NoAnswer
   */
  async ask(ask: Ask, milliseconds: number): Promise<Answer> {
    const until = performance.now() + milliseconds;
    const order = this.#inOrder();
    const sharers = Math.max(1, order.filter((endpoint) => !endpoint.isAside()).length);
    let failure: Answer | undefined;
    const reasons: NoAnswer[] = [];
    for (const [at, endpoint] of order.entries()) {
      const left = until - performance.now();
      if (left <= 0) break;
      try {
        const answer = await endpoint.ask(ask, left / Math.max(1, sharers - at));
        if (answer.status < 500) return answer;
        failure ??= answer;
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        reasons.push(error);
      }
    }
    if (failure !== undefined) return failure;
    const said = reasons.map(({ message }) => message.replace(/^no answer of Claviger: /, ''));
    throw new NoAnswer(
      reasons.length === 0 || reasons.some(({ late }) => late),
      said.length === 0 ? 'time was up before' : said.join('; '),
    );
  }

  /** Asks each of them, by the host and port of its URL. @returns undefined for one that gives no answer */
  async askEach(ask: Ask, milliseconds: number): Promise<ReadonlyMap<string, Answer | undefined>> {
    const answers = this.#all.map(async (endpoint) => {
      const answer = await endpoint.ask(ask, milliseconds).catch(() => undefined);
      return [endpoint.host, answer] as const;
    });
    return new Map(await Promise.all(answers));
  }

  /** Keeps no connection any more; calls that run may end. */
  close(): void {
    for (const endpoint of this.#all) endpoint.close();
  }

  /** In turn, so that each has its share of the work; those that are set aside last, the one that was so first before others. */
  #inOrder(): Endpoint[] {
    const first = (this.#turn = (this.#turn + 1) % this.#all.length);
    const turned = [...this.#all.slice(first), ...this.#all.slice(0, first)];
    const aside = (endpoint: Endpoint): number => (endpoint.isAside() ? endpoint.asideUntil : 0);
    return turned.sort((a, b) => aside(a) - aside(b));
  }
}

class Endpoint {
  /** Host and port, as the Host header has them. */
  readonly host: string;
  asideUntil = 0;
  readonly #url: URL;
  readonly #agent: Agent;

  constructor(url: URL, ca: Buffer | undefined) {
    const kept = { keepAlive: true, maxSockets: MAX_SOCKETS, maxFreeSockets: MAX_SOCKETS, timeout: IDLE_MS };
    this.host = url.host;
    this.#url = url;
    this.#agent =
      url.protocol === 'http:'
        ? new HttpAgent(kept)
        : new HttpsAgent({
            ...kept,
            ...(ca !== undefined && { ca }),
            minVersion: 'TLSv1.2',
            rejectUnauthorized: true, // whatever NODE_TLS_REJECT_UNAUTHORIZED says
          });
  }

  isAside(): boolean {
    return this.asideUntil > performance.now();
  }

  /** @throws NoAnswer */
  async ask(ask: Ask, milliseconds: number): Promise<Answer> {
    const until = performance.now() + milliseconds;
    try {
      return await this.#once(ask, milliseconds).catch((error: unknown) => {
        if (!(error instanceof StaleConnection)) throw error;
        // that it ended connections which were kept says nothing of how it is now
        this.#dropIdle();
        return this.#once(ask, until - performance.now());
      });
    } catch (error) {
      const fair = milliseconds >= FAIR_MS || !(error instanceof NoAnswer && error.late);
      if (fair) this.asideUntil = performance.now() + ASIDE_MS;
      throw error;
    }
  }

  close(): void {
    this.#agent.maxFreeSockets = 0;
    this.#dropIdle();
  }

  #dropIdle(): void {
    for (const sockets of Object.values(this.#agent.freeSockets))
      for (const socket of sockets ?? []) socket.destroy();
  }

  #once(ask: Ask, milliseconds: number): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const call = this.#request(ask);
      let answered = false;
      const fail = (error: NoAnswer): void => {
        clearTimeout(deadline);
        call.destroy();
        reject(error);
      };
      const late = (): void => fail(new NoAnswer(true, `${this.host}: time is up`));
      const deadline = setTimeout(late, Math.max(1, milliseconds));
      call.on('error', (error: NodeJS.ErrnoException) => {
        const cut = error.code === 'ECONNRESET' || error.code === 'EPIPE';
        const reason = `${this.host}: ${error.code ?? error.message}`;
        fail(
          cut && call.reusedSocket && !answered
            ? new StaleConnection(false, reason)
            : new NoAnswer(false, reason),
        );
      });
      call.on('upgrade', () => fail(new NoAnswer(false, `${this.host}: it changes the protocol`)));
      call.on('response', (response) => {
        answered = true;
        readBounded(response, MAX_ANSWER_BYTES).then(
          (body) => {
            clearTimeout(deadline);
            this.asideUntil = 0;
            resolve({ status: response.statusCode ?? 0, body });
          },
          () => fail(new NoAnswer(false, `${this.host}: the answer is too long, or not whole`)),
        );
      });
      call.end(ask.body);
    });
  }

  #request({ method, path, headers, body }: Ask): ClientRequest {
    const options: RequestOptions = {
      host: this.#url.hostname.replace(/^\[|\]$/g, ''), // an IPv6 address is looked up as a name in brackets
      port: this.#url.port,
      method,
      path,
      headers: { ...headers(this.host), 'content-length': Buffer.byteLength(body) },
      agent: this.#agent,
    };
    return this.#url.protocol === 'http:' ? httpRequest(options) : httpsRequest(options);
  }
}

/** A connection that was kept had ended before it was asked on. */
class StaleConnection extends NoAnswer {}
