/**
 * KMS's connection to one HSM, kept up for as long as the HSM is a member: connects, listens to its heartbeat, connects
 * again. A link that serves is one on which KMS is logged in and which was repaired; the cluster decides that.
 */
import type { HsmConnection } from '../../hsm-client/connection.ts';
import { ConnectErrorCode, connectHsm } from '../../hsm-client/connect.ts';
import type { Logger } from '../../logging/logger.ts';
import { RpcError } from '../../rpc/frames.ts';

/** Why an HSM that answers could not be taken in: KMS was not let in, or the HSM could not be brought into line. */
export interface Refusal {
  at: 'login' | 'keys';
  /** Of the RPC, or `FAILED`. */
  code: string;
}

export interface HsmMember {
  hsmId: string;
  clusterId: string;
  availabilityZone: string;
  /** It is on its way into the cluster: nobody waits for it. */
  joining: boolean;
}

/** Why an HSM that answers is not `up`. */
export type Reticence = 'not enrolled' | 'not active';

export interface HsmEndpoint {
  host: string;
  port: number;
}

/** `down`: no connection. `up`: connected, the HSM is active. `serving`: logged in, repaired, used. */
export type LinkState = 'down' | 'up' | 'serving';

export interface LinkHooks {
  /** Called with each new connection to an ACTIVE HSM: log in, repair, then `link.serve()`. */
  connected(link: HsmLink): Promise<void>;
  /** Called when an HSM whose process runs has not answered for ten seconds. */
  hangs(link: HsmLink): void;
  /** Called after every change of state. */
  changed(link: HsmLink): void;
}

const CONNECT_TIMEOUT_MS = 2_000;
const PING_EVERY_MS = 200;
const PING_TIMEOUT_MS = 300;
/**
 * An HSM that says nothing at all for so long is taken out. It may be longer than a call waits (250 ms): a link that missed
 * one heartbeat is `suspect`, and calls go elsewhere, while an HSM that syncs a slow disk keeps its login and its work.
 */
const SILENCE_ALLOWED_MS = 1_500;
const HANGS_AFTER_MS = 10_000;
const FIRST_BACKOFF_MS = 50;
const LAST_BACKOFF_MS = 1_000;

export class HsmLink {
  member: HsmMember;
  readonly #endpoint: () => HsmEndpoint | undefined;
  readonly #trustAnchor: string;
  readonly #hooks: LinkHooks;
  readonly #logger: Logger;
  #connection: HsmConnection | undefined;
  /** Where the connection goes to. */
  #used: HsmEndpoint | undefined;
  #state: LinkState = 'down';
  #stopped = false;
  #wake: (() => void) | undefined;
  #ping: NodeJS.Timeout | undefined;
  /** The HSM answered last time, and could not be taken: undefined when it is up, or does not answer. */
  reticence: Reticence | undefined;
  /** How far the repair of an HSM that is being taken in has come; undefined when none is under way. */
  progress: { done: number; total: number } | undefined;
  /** When all that it holds was last compared with the database and nothing was left to mend; milliseconds since 1970. */
  #inStepAt: number | undefined;
  /** Which life of its process that was. */
  #inStepBootId: string | undefined;
  #bootId: string | undefined;
  /** The last comparison left something to be mended, or there was none. */
  needsRepair = true;
  /** When a key was last cloned to it, or a damaged one replaced; milliseconds since 1970. */
  repairedAt: number | undefined;
  /** Keys that it held at the last comparison and that are on no record. */
  unknownKeys = 0;
  /** Of the last attempt to take it in. */
  refusal: Refusal | undefined;
  /** A call on this link was not answered in time; others are preferred until it answers again. */
  suspect = false;
  /** Rises with each choice of an HSM for calls: higher is later. */
  chosenAt = 0;

  constructor(
    member: HsmMember,
    endpoint: () => HsmEndpoint | undefined,
    trustAnchor: string,
    hooks: LinkHooks,
    logger: Logger,
  ) {
    this.member = member;
    this.#endpoint = endpoint;
    this.#trustAnchor = trustAnchor;
    this.#hooks = hooks;
    this.#logger = logger.child({ hsmId: member.hsmId });
    void this.#run();
  }

  get inStepAt(): number | undefined {
    return this.#inStepAt;
  }

  /** It was found in step in this life of its process: since then only the connection was lost. */
  get wasOnlyCutOff(): boolean {
    return this.#bootId !== undefined && this.#bootId === this.#inStepBootId;
  }

  /** Which life of the HSM's process the connection leads to. */
  get bootId(): string | undefined {
    return this.#bootId;
  }

  /**
   * All that it holds was compared with the database, and nothing is left to mend.
   * @param now milliseconds since 1970
   * @param bootId as it was when the comparison began: the process may be another one by now
   */
  foundInStep(now: number, bootId: string | undefined): void {
    this.#inStepAt = now;
    this.#inStepBootId = bootId;
    this.needsRepair = false;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Where the HSM is said to listen; undefined while its process does not run. */
  get endpoint(): HsmEndpoint | undefined {
    return this.#endpoint();
  }

  /** Calls that wait for their answer on this link. */
  get inFlight(): number {
    return this.#connection?.inFlight ?? 0;
  }

  /** The connection; callers have seen that the link is up. */
  get connection(): HsmConnection {
    if (this.#connection === undefined) throw new Error('the link is down');
    return this.#connection;
  }

  /** The HSM is logged in and repaired: use it. */
  serve(): void {
    if (this.#state === 'up') this.#become('serving');
  }

  /** Takes the link out of use without cutting it: after logout. */
  rest(): void {
    if (this.#state === 'serving') this.#become('up');
  }

  /** The endpoint may have changed: tries again now, and leaves an HSM that is said to listen elsewhere. */
  retryNow(): void {
    const said = this.#endpoint();
    const used = this.#used;
    if (said !== undefined && used !== undefined && (said.host !== used.host || said.port !== used.port))
      this.reconnect();
    this.#wake?.();
  }

  /** Cuts the connection; a new one is made at once. */
  reconnect(): void {
    this.#connection?.close();
  }

  stop(): void {
    this.#stopped = true;
    this.#connection?.close();
    this.#wake?.();
  }

  async #run(): Promise<void> {
    let backoff = FIRST_BACKOFF_MS;
    let silentSince = performance.now();
    while (!this.#stopped) {
      const connection = await this.#connect();
      if (this.#stopped) return connection?.close();
      const answered = connection !== undefined || this.reticence !== undefined;
      if (this.#endpoint() === undefined || answered) silentSince = performance.now();
      if (connection === undefined) {
        if (performance.now() - silentSince > HANGS_AFTER_MS) {
          silentSince = performance.now();
          this.#hooks.hangs(this);
        }
        await this.#sleep(backoff);
        backoff = Math.min(backoff * 2, LAST_BACKOFF_MS);
        continue;
      }
      backoff = FIRST_BACKOFF_MS;
      await this.#live(connection);
      silentSince = connection.lastHeard;
      await this.#sleep(FIRST_BACKOFF_MS);
    }
  }

  async #connect(): Promise<HsmConnection | undefined> {
    const endpoint = this.#endpoint();
    if (endpoint === undefined) {
      this.reticence = undefined;
      return undefined;
    }
    let connection: HsmConnection | undefined;
    try {
      this.#used = endpoint;
      connection = await connectHsm({
        ...endpoint,
        hsmId: this.member.hsmId,
        clusterId: this.member.clusterId,
        trustAnchor: this.#trustAnchor,
        timeoutMs: CONNECT_TIMEOUT_MS,
      });
      const { state, bootId } = await connection.describe();
      const active = state === 'ACTIVE';
      this.#bootId = bootId;
      this.reticence = active ? undefined : 'not active';
      if (active) return connection;
      this.#logger.debug('HSM is not active yet');
    } catch (error) {
      const untrusted = error instanceof RpcError && error.code === ConnectErrorCode.untrustedHsm;
      this.reticence = untrusted ? 'not enrolled' : undefined;
      this.#logger.debug({ err: error }, 'HSM is not reachable');
    }
    connection?.close();
    return undefined;
  }

  /** From connection to disconnection. */
  async #live(connection: HsmConnection): Promise<void> {
    this.#connection = connection;
    this.suspect = false;
    const closed = new Promise<void>((resolve) => connection.onClose(resolve));
    this.#ping = setInterval(() => void this.#beat(connection), PING_EVERY_MS);
    this.#become('up');
    this.#hooks.connected(this).catch((error: unknown) => {
      this.#logger.warn({ err: error }, 'HSM could not be taken into service');
    });
    await closed;
    clearInterval(this.#ping);
    this.#connection = undefined;
    this.#become('down');
  }

  async #beat(connection: HsmConnection): Promise<void> {
    try {
      await connection.ping(PING_TIMEOUT_MS);
      this.suspect = false;
    } catch {
      if (connection.closed) return;
      const silent = performance.now() - connection.lastHeard;
      if (silent > PING_TIMEOUT_MS) this.suspect = true; // else it answers others meanwhile: busy, not away
      if (silent < SILENCE_ALLOWED_MS) return;
      this.#logger.warn({ silentMs: Math.round(silent) }, 'HSM is silent and is taken out');
      connection.close();
    }
  }

  #become(state: LinkState): void {
    if (this.#state === state) return;
    this.#logger.info({ from: this.#state, to: state }, 'HSM link changed');
    this.#state = state;
    this.#hooks.changed(this);
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
