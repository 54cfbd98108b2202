/**
 * Runs a whole Claviger on one machine: the crypto process, the HSMs of the first cluster, the operator agent and the
 * server, each in a process of its own, kept running; and does what a first start needs. It serves nothing itself.
 */
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { operatorFolder } from '../operator/folder.ts';
import type { FromServer, HsmWork, ToServer } from '../server/parent-messages.ts';
import type { RootCredentials } from '../server/identities.ts';
import { replaceFile } from '../seal/durable-file.ts';
import type { Logger } from '../logging/logger.ts';
import { Child } from './child.ts';
import { openFrontDoor } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';
import { connectFirstKeyStore, findStore } from './first-key-store.ts';
import { HsmProcesses } from './hsm-processes.ts';
import { dataFolder, readOrPlanInstallation, writeInstallation } from './installation.ts';
import type { DataFolder, Installation, PlannedHsm } from './installation.ts';
import { NODE_FLAGS, PROGRAMS } from './programs.ts';
import { servedRegions } from './regions.ts';
import { runSetupStep } from './setup-step.ts';

export interface SupervisorOptions {
  dataDir: string;
  host: string;
  /** 0: any free port. */
  port: number;
  region: string;
  /** All Regions to serve; when undefined, the home Region and two more. */
  regions: string | undefined;
  /** The configuration file; it need not be there. */
  configFile: string;
  /** How many processes serve requests. */
  workers: number;
  /** Other nodes work on the same database. */
  severalNodes: boolean;
  /** PKCS#11 module of the HSMs. */
  modulePath: string;
  logger: Logger;
  /** Tells people what goes on, one line at a time. */
  say: (line: string) => void;
}

/** What clients need: also in `<data>/client.json`. */
export interface ClientConfig {
  endpoint: string;
  region: string;
  accountId: string;
  accessKeyId: string;
  secretAccessKey: string;
  customKeyStoreId: string;
  clusterId: string;
  pids: { server: number[]; crypto: number[]; agent: number[]; hsm: Record<string, number> };
}

interface ReadyLine {
  ready?: boolean;
  socket?: string;
}

/** How often a process may end before it is ready until the start is given up. */
const FAILURES_ALLOWED = 4;

/** The message of a log line, with its error when it has one. */
function lastWords(line: string): string {
  try {
    const { msg, reason, err } = JSON.parse(line) as {
      msg?: string;
      reason?: string;
      err?: { message?: string };
    };
    return [msg, reason ?? err?.message].filter((text) => text !== undefined).join(': ');
  } catch {
    return line;
  }
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #folder: DataFolder;
  readonly #installation: Installation;
  readonly #hsms: HsmProcesses;
  /** HSMs that the database has, with the trust anchors of their clusters. */
  #members: (FromServer & { type: 'members' })['members'] = [];
  #crypto: Child | undefined;
  #cryptoSocket = '';
  #agent: Child | undefined;
  /** By worker, from 1. The first one is told what concerns the node as a whole. */
  readonly #servers = new Map<number, Child>();
  #door: FrontDoor | undefined;
  #root: RootCredentials | undefined;
  #customKeyStoreId = '';
  #ready = false;
  #fail: (error: Error) => void = () => {};
  readonly #listeners = new Set<(event: string) => void>();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#folder = dataFolder(options.dataDir);
    this.#installation = readOrPlanInstallation(this.#folder, options.region);
    this.#hsms = new HsmProcesses({
      folder: this.#folder,
      installation: this.#installation,
      note: (hsms) => this.#note({ hsms }),
      modulePath: options.modulePath,
      logger: options.logger,
      changed: () => this.#hsmsChanged(),
      started: () => this.#changed(),
    });
    rmSync(this.#folder.clientConfig, { force: true });
  }

  /** A drill has written where KMS is to look for HSMs meanwhile. */
  takeDetours(): void {
    this.#hsms.takeDetours();
  }

  /**
   * Resolves when requests are served.
   * @throws Error with the last words of a process that ends again and again before it is ready
   */
  async start(): Promise<ClientConfig> {
    const failure = new Promise<never>((_, reject) => (this.#fail = reject));
    return Promise.race([this.#startAll(), failure]);
  }

  async #startAll(): Promise<ClientConfig> {
    const first = !this.#installation.complete;
    const recoveryPublicKey = await this.#startCrypto(first);
    await this.#hsms.startAll();
    if (first && recoveryPublicKey !== undefined) await this.#proveRecovery();
    if (first && this.#installation.ceremonyHeld !== true) this.#firstCluster = await this.#holdCeremony();
    if (this.#installation.joined !== true) this.#startAgent();
    await this.#startServers();
    const endpoint = { url: this.#url(), region: this.#installation.region, ...this.#credentials() };
    let store = await findStore(endpoint, this.#installation.clusterId);
    if (first && store?.ConnectionState !== 'CONNECTED') {
      // begun before and cut off: nobody knows the first password any more, so it is set anew
      this.#firstCluster ??= await this.#holdCeremony();
      await this.#adopt(this.#firstCluster);
      store = await connectFirstKeyStore(endpoint, this.#firstCluster, store);
    }
    this.#customKeyStoreId = store?.CustomKeyStoreId ?? '';
    if (first) {
      if (this.#servers.size > 1) await this.restartServers(); // each begins with the connected key store
      this.#firstCluster = undefined;
      this.#note({ complete: true });
    }
    this.#ready = true;
    return this.#writeClientConfig();
  }

  #note(facts: Partial<Installation>): void {
    Object.assign(this.#installation, facts);
    writeInstallation(this.#folder, this.#installation);
  }

  /** A process that never comes up ends the start, with its last words; later it is only started again. */
  #watch(name: string): (times: number) => void {
    return (times) => {
      if (this.#ready || times < FAILURES_ALLOWED) return;
      const log =
        readFileSync(join(this.#folder.logs, `${name}.log`), 'utf8')
          .trim()
          .split('\n')
          .at(-1) ?? '';
      this.#fail(new Error(`the ${name} process does not start: ${lastWords(log)}`));
    };
  }

  async stop(): Promise<void> {
    this.#ready = false;
    rmSync(this.#folder.clientConfig, { force: true });
    await Promise.all([...this.#servers.values()].map((child) => child.stop()));
    this.#door?.close();
    await this.#agent?.stop();
    await this.#hsms.stop();
    await this.#crypto?.stop();
  }

  // ---- processes

  async #startCrypto(first: boolean): Promise<string | undefined> {
    const { folder, options } = { folder: this.#folder, options: this.#options };
    let recoveryPublicKey: string | undefined;
    if (first) {
      options.say('Making the recovery kit and the root key …');
      recoveryPublicKey = (await runSetupStep({ step: 'recovery-kit', operatorDir: folder.operator }))
        .recoveryPublicKey;
    }
    this.#crypto = new Child({
      name: 'crypto',
      main: PROGRAMS.crypto,
      nodeFlags: NODE_FLAGS,
      args: () => [
        '--dir',
        folder.crypto,
        '--socket',
        folder.cryptoSocket,
        '--exit-with-parent',
        ...(options.severalNodes ? ['--keep-domain-key'] : []),
        ...(recoveryPublicKey === undefined ? [] : ['--operator-public', recoveryPublicKey]),
      ],
      logFile: join(folder.logs, 'crypto.log'),
      onFailure: this.#watch('crypto'),
      onMessage: (message) => {
        const line = message as ReadyLine | undefined;
        if (line?.ready !== true || line.socket === undefined) return;
        this.#cryptoSocket = line.socket;
        this.#tellServers({ type: 'crypto', socket: line.socket });
        this.#emit('crypto ready');
      },
      onExit: () => this.#changed(),
      onStart: () => this.#changed(),
    });
    await this.#event('crypto ready');
    return recoveryPublicKey;
  }

  /** What the API has done to HSMs and images. */
  async #perform(worker: number, id: number, work: HsmWork): Promise<void> {
    try {
      const result = await this.#hsms.perform(work);
      this.#servers
        .get(worker)
        ?.send({ type: 'hsmWorkDone', id, ...(result === undefined ? {} : { result }) });
    } catch (error) {
      this.#options.logger.error({ err: error, task: work.task }, 'work on HSMs failed');
      this.#servers.get(worker)?.send({ type: 'hsmWorkDone', id, error: (error as Error).message });
    }
  }

  /** Which trust anchor the agent's CA is; undefined where the operator's folder is away. */
  #operatorAnchor(): string | undefined {
    const { caCertificate } = operatorFolder(this.#folder.operator);
    return existsSync(caCertificate) ? fingerprint(readFileSync(caCertificate, 'utf8')) : undefined;
  }

  #startAgent(): void {
    this.#agent = new Child({
      name: 'agent',
      main: PROGRAMS.agent,
      args: () => ['--operator-dir', this.#folder.operator, '--exit-with-parent'],
      logFile: join(this.#folder.logs, 'operator-agent.log'),
      onMessage: (message) => {
        const event = message as { event?: string; hsmId?: string; ok?: boolean } | undefined;
        if (event?.event === 'ready') this.#tellAgent();
        if (event?.event === 'passwordReset' && event.hsmId !== undefined) {
          this.#tellServers({ type: 'passwordReset', hsmId: event.hsmId, ok: event.ok === true });
        }
      },
      onStart: () => this.#changed(),
    });
  }

  /** The first process makes what a new database lacks; the others find it. */
  async #startServers(): Promise<void> {
    const { host, port, workers } = this.#options;
    this.#door = await openFrontDoor(host, port, workers);
    for (const [at, descriptor] of this.#door.descriptors.entries()) {
      const settled = this.#event(`server ${at + 1} settled`);
      this.#startServer(at + 1, descriptor);
      await settled;
    }
  }

  #startServer(worker: number, descriptor: number): void {
    const { host, workers } = this.#options;
    const regions = servedRegions(this.#installation.region, this.#options.regions);
    const name = worker === 1 ? 'server' : `server-${worker}`;
    const child = new Child({
      name,
      main: PROGRAMS.server,
      ipc: true,
      descriptor,
      nodeFlags: [...NODE_FLAGS, '--max-semi-space-size=32'],
      args: () => [
        ...['--data', this.#folder.server, '--host', host, '--listen-descriptor', '4'],
        ...['--worker', String(worker), '--workers', String(workers)],
        ...['--regions', regions.join(','), '--config', this.#options.configFile],
        ...['--crypto-socket', this.#cryptoSocket],
      ],
      logFile: join(this.#folder.logs, `${name}.log`),
      onFailure: this.#watch(name),
      onMessage: (message) => this.#fromServer(worker, message as FromServer),
      onStart: () => {
        setImmediate(() => this.#hsmsChanged());
        this.#changed();
      },
    });
    this.#servers.set(worker, child);
  }

  /** Replaces the serving processes one after the other: connections wait in the front door meanwhile. */
  async restartServers(): Promise<void> {
    for (const [worker, child] of this.#servers) {
      const listening = this.#event(`server ${worker} listening`);
      await child.recycle();
      await listening;
    }
  }

  #fromServer(worker: number, message: FromServer): void {
    switch (message.type) {
      case 'listening':
        this.#root = message.root;
        this.#emit(`server ${worker} listening`);
        break;
      case 'settled':
        this.#emit(`server ${worker} settled`);
        break;
      case 'adopted':
        this.#emit('server adopted');
        break;
      case 'restartHsm':
        this.#options.logger.error({ hsmId: message.hsmId }, 'HSM hangs and is started anew');
        this.#hsms.restart(message.hsmId);
        break;
      case 'resetUserPassword': {
        const { hsmId, user, password } = message;
        this.#agent?.send({ resetUserPassword: { hsmId, user, password } });
        break;
      }
      case 'members':
        this.#members = message.members;
        this.#tellAgent();
        break;
      case 'hsmWork':
        void this.#perform(worker, message.id, message.work);
        break;
    }
  }

  // ---- the first start

  #firstCluster: FirstCluster | undefined;

  async #proveRecovery(): Promise<void> {
    const { operator, crypto } = this.#folder;
    await runSetupStep({
      step: 'prove-recovery',
      operatorDir: operator,
      cryptoDir: crypto,
      cryptoSocket: this.#cryptoSocket,
    });
  }

  /** Safe to repeat as long as no key store is connected to the cluster: it sets a new password for kmsuser. */
  async #holdCeremony(): Promise<FirstCluster> {
    this.#options.say('Initialising a cluster of two HSMs in two availability zones …');
    const { clusterId } = this.#installation;
    const { cluster } = await runSetupStep({
      step: 'cluster',
      operatorDir: this.#folder.operator,
      clusterId,
      hsms: this.#hsms.ofFirstCluster.flatMap(({ hsmId }) => this.#hsms.listening.get(hsmId) ?? []),
    });
    if (cluster === undefined) throw new Error('the ceremony gave no cluster');
    this.#note({ ceremonyHeld: true });
    return { clusterId, hsms: this.#hsms.ofFirstCluster, ...cluster };
  }

  /** Tells the server of the cluster, and waits until it is on record. */
  async #adopt(first: FirstCluster): Promise<void> {
    const { kmsuserPassword: _password, ...cluster } = first;
    const adopted = this.#event('server adopted');
    this.#servers.get(1)?.send({ type: 'adopt', cluster, region: this.#installation.region });
    await adopted;
  }

  // ---- telling each other

  #hsmsChanged(): void {
    this.#tellServers({ type: 'hsms', running: this.#hsms.forServer });
    this.#tellAgent();
    this.#changed();
  }

  #tellAgent(): void {
    const { clusterId } = this.#installation;
    const own = new Map(this.#hsms.ofFirstCluster.map((hsm) => [hsm.hsmId, { ...hsm, clusterId }]));
    const anchor = this.#operatorAnchor();
    const others = this.#members.filter(
      (member) => !own.has(member.hsmId) && fingerprint(member.trustAnchor) === anchor,
    );
    const hsms = [...own.values(), ...others].flatMap((hsm) => {
      const { hsmId, clusterId: cluster, availabilityZone } = hsm;
      const address = ('address' in hsm ? hsm.address : undefined) ?? this.#hsms.listening.get(hsmId);
      if (address === undefined) return [];
      const { host, port } = address;
      return [{ hsmId, host, port, clusterId: cluster, availabilityZone }];
    });
    this.#agent?.send({ hsms });
  }

  #tellServers(message: ToServer): void {
    for (const server of this.#servers.values()) server.send(message);
  }

  #emit(event: string): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  #event(wanted: string): Promise<void> {
    return new Promise((resolve) => {
      const listener = (event: string): void => {
        if (event !== wanted) return;
        this.#listeners.delete(listener);
        resolve();
      };
      this.#listeners.add(listener);
    });
  }

  // ---- client.json

  #changed(): void {
    if (!this.#ready) return;
    try {
      this.#writeClientConfig();
    } catch (error) {
      this.#options.logger.error({ err: error }, 'client.json could not be written'); // a full disk; the next change tries again
    }
  }

  #url(): string {
    const scheme = process.env['CLAVIGER_TLS_CERT'] === undefined ? 'http' : 'https';
    const { host } = this.#options;
    return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${this.#door?.port ?? this.#options.port}`;
  }

  #credentials(): RootCredentials {
    if (this.#root === undefined) throw new Error('the server has not said who its root user is');
    return this.#root;
  }

  #writeClientConfig(): ClientConfig {
    const pidOf = (child: Child | undefined): number[] => (child?.pid === undefined ? [] : [child.pid]);
    const config: ClientConfig = {
      endpoint: this.#url(),
      region: this.#installation.region,
      ...this.#credentials(),
      customKeyStoreId: this.#customKeyStoreId,
      clusterId: this.#installation.clusterId,
      pids: {
        server: [process.pid, ...[...this.#servers.values()].flatMap(pidOf)],
        crypto: pidOf(this.#crypto),
        agent: pidOf(this.#agent),
        hsm: this.#hsms.pids,
      },
    };
    mkdirSync(this.#folder.root, { recursive: true });
    replaceFile(this.#folder.clientConfig, `${JSON.stringify(config, null, 2)}\n`);
    return config;
  }
}

function fingerprint(pem: string): string {
  return new X509Certificate(pem).fingerprint256;
}

/** The cluster of the first ceremony, with the first password of kmsuser. */
export interface FirstCluster {
  clusterId: string;
  trustAnchor: string;
  clusterCertificate: string;
  recoveryHsmId: string;
  kmsuserPassword: string;
  hsms: readonly PlannedHsm[];
}
