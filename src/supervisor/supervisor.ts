/**
 * Runs a whole Claviger on one machine: the crypto process, the HSMs of the first cluster, the operator agent and the
 * server, each in a process of its own, kept running; and does what a first start needs. It serves nothing itself.
 */
import { join } from 'node:path';
import type { Logger } from '../logging/logger.ts';
import { AgentProcess } from './agent-process.ts';
import { Child } from './child.ts';
import type { OnFailure } from './child.ts';
import { removeClientConfig, writeClientConfig } from './client-config.ts';
import type { ClientConfig } from './client-config.ts';
import { holdFirstCeremony } from './first-cluster.ts';
import type { FirstCluster } from './first-cluster.ts';
import { connectFirstKeyStore, findStore } from './first-key-store.ts';
import { HsmProcesses } from './hsm-processes.ts';
import { amendInstallation, dataFolder, readOrPlanInstallation } from './installation.ts';
import type { DataFolder, Installation } from './installation.ts';
import { lastWords } from './last-words.ts';
import { NODE_FLAGS, PROGRAMS } from './programs.ts';
import { servedRegions } from './regions.ts';
import { ServerProcesses } from './server-processes.ts';
import type { ServerRequest } from './server-processes.ts';
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

interface ReadyLine {
  ready?: boolean;
  socket?: string;
}

/** How often a process may end before it is ready until the start is given up. */
const FAILURES_ALLOWED = 4;

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #folder: DataFolder;
  readonly #installation: Installation;
  readonly #hsms: HsmProcesses;
  readonly #agent: AgentProcess;
  readonly #servers: ServerProcesses;
  #crypto: Child | undefined;
  #cryptoSocket = '';
  #firstCluster: FirstCluster | undefined;
  #customKeyStoreId = '';
  #ready = false;
  #fail: (error: Error) => void = () => {};

  constructor(options: SupervisorOptions) {
    const { host, port, workers, configFile, modulePath, logger } = options;
    this.#options = options;
    this.#folder = dataFolder(options.dataDir);
    this.#installation = readOrPlanInstallation(this.#folder, options.region);
    if (this.#installation.joined === true && !options.severalNodes)
      throw new Error(
        'this node joined others, and would not learn what they change: set server.nodes: several',
      );
    this.#hsms = new HsmProcesses({
      folder: this.#folder,
      installation: this.#installation,
      note: (hsms) => this.#note({ hsms }),
      modulePath,
      logger,
      changed: () => this.#hsmsChanged(),
      started: () => this.#changed(),
      // only a first start needs all of them
      failed: (hsmId, ...failure) => this.#failed(hsmId, !this.#installation.complete, ...failure),
    });
    this.#agent = new AgentProcess({
      folder: this.#folder,
      installation: this.#installation,
      hsms: this.#hsms,
      passwordReset: (hsmId, ok) => this.#servers.tell({ type: 'passwordReset', hsmId, ok }),
      started: () => this.#changed(),
      failed: (name, ...failure) => this.#failed(name, false, ...failure),
    });
    this.#servers = new ServerProcesses({
      ...{ folder: this.#folder, host, port, workers, configFile, logger },
      regions: servedRegions(this.#installation.region, options.regions),
      cryptoSocket: () => this.#cryptoSocket,
      perform: (work) => this.#hsms.perform(work),
      asked: (request) => this.#serverAsked(request),
      started: () => {
        setImmediate(() => this.#hsmsChanged());
        this.#changed();
      },
      failed: (name, ...failure) => this.#failed(name, true, ...failure),
      established: () => this.#installation.complete,
    });
    removeClientConfig(this.#folder);
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
    if (this.#installation.joined !== true) this.#agent.start();
    await this.#servers.startAll();
    const endpoint = { url: this.#servers.url, region: this.#installation.region, ...this.#servers.root };
    let store = await findStore(endpoint, this.#installation.clusterId);
    if (first && store?.ConnectionState !== 'CONNECTED') {
      // begun before and cut off: nobody knows the first password any more, so it is set anew
      this.#firstCluster ??= await this.#holdCeremony();
      const { kmsuserPassword: _password, ...cluster } = this.#firstCluster;
      await this.#servers.adopt({ type: 'adopt', cluster, region: this.#installation.region });
      store = await connectFirstKeyStore(endpoint, this.#firstCluster, store);
    }
    this.#customKeyStoreId = store?.CustomKeyStoreId ?? '';
    if (first) {
      if (this.#servers.count > 1) await this.restartServers(); // each begins with the connected key store
      this.#firstCluster = undefined;
      this.#note({ complete: true });
    }
    this.#ready = true;
    return this.#writeClientConfig();
  }

  #note(facts: Partial<Installation>): void {
    amendInstallation(this.#folder, this.#installation, facts);
  }

  /**
   * A process that never comes up ends the start, with its last words; later it is only started again.
   * @param needed whether the start needs it
   */
  #failed(name: string, needed: boolean, ...[times, error]: Parameters<OnFailure>): void {
    if (times < FAILURES_ALLOWED) return;
    const reason = error?.message ?? lastWords(join(this.#folder.logs, `${name}.log`));
    if (needed && !this.#ready) this.#fail(new Error(`the ${name} process does not start: ${reason}`));
    else if (times === FAILURES_ALLOWED)
      this.#options.logger.error({ process: name, reason }, 'a process does not come up; it is tried again');
  }

  /** Replaces the serving processes one after the other, without refusing a connection. */
  async restartServers(): Promise<void> {
    await this.#servers.restartAll();
  }

  async stop(): Promise<void> {
    this.#ready = false;
    removeClientConfig(this.#folder);
    await this.#servers.stop();
    await this.#agent.stop();
    await this.#hsms.stop();
    await this.#crypto?.stop();
  }

  /** @returns the recovery kit's public key, at a first start */
  async #startCrypto(first: boolean): Promise<string | undefined> {
    const { folder, options } = { folder: this.#folder, options: this.#options };
    let recoveryPublicKey: string | undefined;
    if (first) {
      options.say('Making the recovery kit and the root key …');
      recoveryPublicKey = (await runSetupStep({ step: 'recovery-kit', operatorDir: folder.operator }))
        .recoveryPublicKey;
    }
    let listens = (): void => {};
    const listening = new Promise<void>((resolve) => (listens = resolve));
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
      onFailure: (...failure) => this.#failed('crypto', true, ...failure),
      onMessage: (message) => {
        const line = message as ReadyLine | undefined;
        if (line?.ready !== true || line.socket === undefined) return;
        this.#cryptoSocket = line.socket;
        this.#servers.tell({ type: 'crypto', socket: line.socket });
        listens();
      },
      onExit: () => this.#changed(),
      onStart: () => this.#changed(),
    });
    await listening;
    return recoveryPublicKey;
  }

  #serverAsked(request: ServerRequest): void {
    switch (request.type) {
      case 'restartHsm':
        this.#options.logger.error({ hsmId: request.hsmId }, 'HSM hangs and is started anew');
        this.#hsms.restart(request.hsmId);
        break;
      case 'restartCrypto':
        this.#options.logger.error('the crypto process hangs and is started anew');
        this.#crypto?.restart();
        break;
      case 'resetUserPassword':
        this.#agent.resetUserPassword(request);
        break;
      case 'members':
        this.#agent.takeMembers(request.members);
        break;
    }
  }

  async #proveRecovery(): Promise<void> {
    const { operator, crypto } = this.#folder;
    await runSetupStep({
      step: 'prove-recovery',
      operatorDir: operator,
      cryptoDir: crypto,
      cryptoSocket: this.#cryptoSocket,
    });
  }

  async #holdCeremony(): Promise<FirstCluster> {
    this.#options.say('Initialising a cluster of two HSMs in two availability zones …');
    const { clusterId } = this.#installation;
    const { ofFirstCluster, listening } = this.#hsms;
    const cluster = await holdFirstCeremony(this.#folder, clusterId, ofFirstCluster, listening);
    this.#note({ ceremonyHeld: true });
    return cluster;
  }

  #hsmsChanged(): void {
    this.#servers.tell({ type: 'hsms', running: this.#hsms.forServer });
    this.#agent.tell();
    this.#changed();
  }

  #changed(): void {
    if (!this.#ready) return;
    try {
      this.#writeClientConfig();
    } catch (error) {
      this.#options.logger.error({ err: error }, 'client.json could not be written'); // a full disk; the next change tries again
    }
  }

  #writeClientConfig(): ClientConfig {
    const own = (pid: number | undefined): number[] => (pid === undefined ? [] : [pid]);
    const config: ClientConfig = {
      endpoint: this.#servers.url,
      region: this.#installation.region,
      ...this.#servers.root,
      customKeyStoreId: this.#customKeyStoreId,
      clusterId: this.#installation.clusterId,
      pids: {
        server: [process.pid, ...this.#servers.pids],
        crypto: own(this.#crypto?.pid),
        agent: own(this.#agent.pid),
        hsm: this.#hsms.pids,
      },
    };
    writeClientConfig(this.#folder, config);
    return config;
  }
}
