/**
 * The HSMs of one cluster as KMS uses them: keeps a link to each member, logs in on all of them while a key store is
 * connected, sends each operation to the healthy HSM with the fewest in flight, and to another one when that one fails.
 * Encrypt, decrypt and random are safe to repeat: no HSM keeps anything of them.
 */
import type { HsmConnection } from '../../hsm-client/connection.ts';
import type { Logger } from '../../logging/logger.ts';
import { CryptoErrorCode } from '../../rpc/crypto-messages.ts';
import { RpcError } from '../../rpc/frames.ts';
import { HsmErrorCode } from '../../rpc/hsm-messages.ts';
import type { RowMac } from '../../storage/row-mac.ts';
import type { Database } from '../../storage/store.ts';
import { CiphertextRejected, DerivationKeyRejected, KeyStoreUnavailable } from '../key-store.ts';
import { HsmLink } from './hsm-link.ts';
import type { HsmEndpoint, HsmMember, Refusal } from './hsm-link.ts';
import { logIn } from './login.ts';
import type { ClusterSession } from './login.ts';
import { LoginPauses } from './login-pauses.ts';
import { Repair } from './repair.ts';

/** What AWS KMS says when no HSM of the cluster answers. */
const UNREACHABLE = 'KMS cannot communicate with your CloudHSM cluster';

/** A call that finds no HSM waits this long for one to come back before it fails. */
const WAIT_FOR_HSM_MS = 1_200;
/** How often it looks meanwhile whether an HSM that did not answer in time does so again. */
const LOOK_AGAIN_MS = 50;
/** How long calls go to one HSM before the one with the fewest in flight is chosen anew. */
const CHOICE_MS = 2;
/** How soon an HSM that refused KMS is asked again; wrong passwords have a longer pause of their own (login.ts). */
const ADMIT_AGAIN_MS = 5_000;
/** How soon a new HSM is seen to again that was not given all keys: its enrolment in the others is a matter of a moment. */
const KEYS_AGAIN_MS = 1_000;
/** An HSM that has left stays connected for so long: calls that are under way end, and what it did is read from its log. */
const LEAVING_MS = 3_000;
const FIRST_TRY_MS = 250;
const LATER_TRY_MS = 500;

export interface ClusterPorts {
  db: Database;
  mac: RowMac;
  logger: Logger;
  clock: () => number;
  /** Random id of the database's life: one that was restored elsewhere gets a new one. */
  incarnation: string;
  /** Where the second copy of escrow is kept. */
  escrowFile: string;
  /** Which HSMs refused KMS's password is kept there, over restarts. */
  loginPausesFile: string;
  /** Whether this process is the one that keeps HSMs in step with the database. */
  onDuty(): boolean;
  /** Where an HSM listens now; undefined while its process does not run. */
  endpointOf(hsmId: string): HsmEndpoint | undefined;
  /** An HSM whose process runs has not answered for ten seconds: whoever runs it may start it anew. */
  hangs(hsmId: string): void;
  /** An HSM did what a caller asked for, or failed at it; `outcome` is `ok` or the code of the RPC. */
  performed?: ((hsm: HsmMember, outcome: string, milliseconds: number) => void) | undefined;
  /** Asks the operator's agent to set a crypto user's password on one HSM; rejects where there is no agent. */
  resetUserPassword(request: { hsmId: string; user: string; password: string }): Promise<void>;
}

export class HsmCluster {
  readonly clusterId: string;
  readonly ports: ClusterPorts;
  readonly repair: Repair;
  readonly loginPauses: LoginPauses;
  readonly #trustAnchor: string;
  readonly #links = new Map<string, HsmLink>();
  /** To HSMs that have left; no calls go there any more. */
  readonly #leaving = new Set<HsmLink>();
  readonly #waiting = new Set<() => void>();
  /** One at a time for each HSM, for a connection has one login. */
  readonly #admissions = new Map<HsmLink, Promise<void>>();
  /** Connections whose HSM is being taken in, with what has it tried again without a pause. */
  readonly #takingIn = new Map<HsmConnection, () => void>();
  #session: ClusterSession | undefined;
  #choice: HsmLink | undefined;
  #choiceUntil = 0;
  /** How often an HSM was chosen. */
  #choices = 0;

  constructor(clusterId: string, trustAnchor: string, ports: ClusterPorts) {
    this.clusterId = clusterId;
    this.ports = ports;
    this.#trustAnchor = trustAnchor;
    this.repair = new Repair(this);
    this.loginPauses = new LoginPauses(ports.loginPausesFile, ports.clock);
  }

  get links(): HsmLink[] {
    return [...this.#links.values()];
  }

  /** Links to HSMs that answer, whether or not KMS is logged in. */
  get reachable(): HsmLink[] {
    return this.links.filter((link) => link.state !== 'down');
  }

  get serving(): HsmLink[] {
    return this.links.filter((link) => link.state === 'serving');
  }

  /** Links to HSMs that have just left and whose logs can still be read. */
  get leaving(): HsmLink[] {
    return [...this.#leaving].filter((link) => link.state === 'serving');
  }

  get session(): ClusterSession | undefined {
    return this.#session;
  }

  /** Follows the cluster's membership. */
  setMembers(members: readonly HsmMember[]): void {
    const wanted = new Map(members.map((member) => [member.hsmId, member]));
    for (const [hsmId, link] of this.#links) {
      if (wanted.has(hsmId)) continue;
      this.#links.delete(hsmId);
      this.#leave(link);
    }
    for (const member of members) {
      const known = this.#links.get(member.hsmId);
      if (known !== undefined) {
        known.member = member;
        continue;
      }
      const link = new HsmLink(
        member,
        () => this.ports.endpointOf(member.hsmId),
        this.#trustAnchor,
        {
          connected: (up) => (this.#leaving.has(up) ? Promise.resolve() : this.#takeIn(up)),
          changed: () => this.#wakeAll(),
          hangs: (silent) => this.ports.hangs(silent.member.hsmId),
        },
        this.ports.logger,
      );
      this.#links.set(member.hsmId, link);
    }
  }

  #leave(link: HsmLink): void {
    if (link.state !== 'serving') return link.stop();
    if (this.#choice === link) this.#choice = undefined;
    this.#leaving.add(link);
    setTimeout(() => {
      this.#leaving.delete(link);
      link.stop();
    }, LEAVING_MS).unref();
  }

  /** Endpoints have changed: links that are down try again now. */
  endpointsChanged(): void {
    for (const link of this.#links.values()) link.retryNow();
  }

  /** KMS is to be logged in on every HSM from now on; links that are up are taken in by `admit` or `takeInOthers`. */
  openSession(session: ClusterSession): void {
    this.#session = session;
  }

  /**
   * Logs in on one HSM and takes it into service. Does nothing with one that serves, or is down, and leaves none logged in whose
   * key store was disconnected meanwhile.
   * @throws RpcError of the login, and as Repair.bringIn
   */
  async admit(link: HsmLink): Promise<void> {
    const before = this.#admissions.get(link) ?? Promise.resolve();
    const admission = before.catch(() => undefined).then(() => this.#admit(link));
    this.#admissions.set(link, admission);
    try {
      await admission;
    } finally {
      if (this.#admissions.get(link) === admission) this.#admissions.delete(link);
    }
  }

  async #admit(link: HsmLink): Promise<void> {
    const session = this.#session;
    if (session === undefined || link.state !== 'up') return;
    const { connection } = link;
    const logOut = (): Promise<void> => connection.logout().catch(() => undefined);
    let at: Refusal['at'] = 'login';
    try {
      await logIn(this, link, session);
      at = 'keys';
      if (this.#session === session) await this.repair.bringIn(link);
      link.refusal = undefined;
    } catch (error) {
      link.refusal = { at, code: error instanceof RpcError ? error.code : 'FAILED' };
      await logOut(); // the password may have been accepted before this, and the next attempt logs in anew
      throw error;
    }
    if (this.#session !== session) return logOut();
    link.serve();
    this.repair.laterFor(this.serving.filter((other) => other !== link && other.needsRepair)); // a donor has come up
  }

  /** Goes on trying to take in each HSM that answers and does not serve, beginning now. */
  takeInOthers(): void {
    for (const link of this.links) if (link.state === 'up') void this.#takeIn(link);
  }

  /**
   * Logs out everywhere: the key store was disconnected.
   * @param only the session that is to end; another one that was opened since goes on
   */
  async closeSession(only?: ClusterSession): Promise<void> {
    if (only !== undefined && this.#session !== only) return;
    this.#session = undefined;
    await Promise.allSettled([
      ...this.reachable.map(async (link) => {
        link.rest();
        await link.connection.logout();
      }),
      ...this.#admissions.values(), // which see that it is over
    ]);
  }

  stop(): void {
    this.repair.stop();
    for (const link of [...this.#links.values(), ...this.#leaving]) link.stop();
  }

  /**
   * Runs one operation on the best HSM, on another one if that one fails.
   * @throws KeyStoreUnavailable when no HSM could do it in time, CiphertextRejected
   */
  async perform<T>(
    materialId: string | undefined,
    run: (connection: HsmConnection, timeoutMs: number) => Promise<T>,
  ): Promise<T> {
    const first = this.#pickForNow();
    let keyMissing = false;
    if (first !== undefined) {
      const start = performance.now();
      try {
        const result = await run(first.connection, FIRST_TRY_MS);
        this.ports.performed?.(first.member, 'ok', performance.now() - start);
        return result;
      } catch (error) {
        this.#noteFailure(first, materialId, error, start);
        keyMissing = isKeyMissing(error);
      }
    }
    return this.#performElsewhere(materialId, run, first, keyMissing);
  }

  async #performElsewhere<T>(
    materialId: string | undefined,
    run: (connection: HsmConnection, timeoutMs: number) => Promise<T>,
    failed: HsmLink | undefined,
    missingThere: boolean,
  ): Promise<T> {
    const deadline = performance.now() + WAIT_FOR_HSM_MS;
    const tried = new Set<HsmLink>(failed === undefined ? [] : [failed]);
    let keyMissing = missingThere;
    for (;;) {
      const link = this.#pick(tried);
      if (link === undefined) {
        if (keyMissing)
          throw new KeyStoreUnavailable('The backing key was not found in the CloudHSM cluster.');
        const left = deadline - performance.now();
        if (left <= 0) throw new KeyStoreUnavailable(UNREACHABLE);
        await this.#change(Math.min(left, LOOK_AGAIN_MS));
        for (const other of tried) if (other.state !== 'down' && !other.suspect) tried.delete(other);
        continue;
      }
      const start = performance.now();
      try {
        const result = await run(link.connection, LATER_TRY_MS);
        this.ports.performed?.(link.member, 'ok', performance.now() - start);
        return result;
      } catch (error) {
        this.#noteFailure(link, materialId, error, start);
        tried.add(link);
        keyMissing = isKeyMissing(error);
        if (performance.now() > deadline) throw new KeyStoreUnavailable(UNREACHABLE);
      }
    }
  }

  /** One HSM for all calls of a moment, so that they travel together: fewer, larger batches (src/rpc/client.ts). */
  #pickForNow(): HsmLink | undefined {
    const now = performance.now();
    const chosen = this.#choice;
    if (chosen !== undefined && now < this.#choiceUntil && chosen.state === 'serving' && !chosen.suspect)
      return chosen;
    this.#choice = this.#pick(undefined);
    this.#choiceUntil = now + CHOICE_MS;
    return this.#choice;
  }

  /** The serving link with the fewest calls in flight, suspects last; among equals, the one that was chosen longest ago. */
  #pick(except: ReadonlySet<HsmLink> | undefined): HsmLink | undefined {
    let best: HsmLink | undefined;
    for (const link of this.#links.values()) {
      if (link.state !== 'serving' || except?.has(link) === true) continue;
      if (best === undefined || isBetter(link, best)) best = link;
    }
    if (best !== undefined) best.chosenAt = this.#choices += 1;
    return best;
  }

  /** Decides whether another HSM may do it, and looks after the one that did not. @throws what is the caller's fault */
  #noteFailure(link: HsmLink, materialId: string | undefined, error: unknown, start: number): void {
    if (!(error instanceof RpcError)) throw error;
    this.ports.performed?.(link.member, error.code, performance.now() - start);
    switch (error.code) {
      case CryptoErrorCode.invalidCiphertext:
        throw new CiphertextRejected();
      case CryptoErrorCode.derivationKeyInvalid:
        throw new DerivationKeyRejected();
      case CryptoErrorCode.keyNotFound:
      case CryptoErrorCode.keyCheckFailed:
      case HsmErrorCode.moduleFailed:
        if (materialId !== undefined) this.repair.keyLater(link, materialId);
        return;
      case CryptoErrorCode.notLoggedIn:
        link.reconnect();
        return;
      case 'UNKNOWN_VERB': // an HSM of an older version: nothing is wrong with it
        return;
      default:
        link.suspect = true; // CONNECTION_LOST, DEADLINE and whatever a module may come up with
    }
  }

  /**
   * Takes an HSM in that has come up, and tries again for as long as it is up and does not serve. A new one waits here until the
   * process on duty has given it its keys.
   */
  async #takeIn(link: HsmLink): Promise<void> {
    const { connection } = link;
    const tryNow = this.#takingIn.get(connection);
    if (tryNow !== undefined) return tryNow();
    let askedAgain = false;
    let endPause = (): void => {};
    this.#takingIn.set(connection, () => {
      askedAgain = true;
      endPause();
    });
    while (this.#session !== undefined && link.state === 'up' && !connection.closed) {
      askedAgain = false;
      const isNew = link.member.joining;
      if (!isNew || this.ports.onDuty()) {
        try {
          await this.admit(link);
          continue;
        } catch (error) {
          this.ports.logger.warn(
            { err: error, hsmId: link.member.hsmId },
            'an HSM could not be taken into service',
          );
        }
      }
      if (askedAgain) continue;
      const soon = isNew && link.refusal?.at !== 'login';
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, soon ? KEYS_AGAIN_MS : ADMIT_AGAIN_MS);
        endPause = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#takingIn.delete(connection);
  }

  /** Resolves at the next change of any link, or after `milliseconds`. */
  #change(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.#waiting.add(wake);
    });
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Waits until every member serves that is not about to join, at most `milliseconds`. */
  async waitForServing(milliseconds: number): Promise<boolean> {
    const deadline = performance.now() + milliseconds;
    while (this.links.some((link) => link.state !== 'serving' && !link.member.joining)) {
      const left = deadline - performance.now();
      if (left <= 0) return false;
      await this.#change(left);
    }
    return true;
  }
}

function isBetter(link: HsmLink, than: HsmLink): boolean {
  if (link.suspect !== than.suspect) return than.suspect;
  if (link.inFlight !== than.inFlight) return link.inFlight < than.inFlight;
  return link.chosenAt < than.chosenAt;
}

function isKeyMissing(error: unknown): boolean {
  return error instanceof RpcError && error.code === CryptoErrorCode.keyNotFound;
}
