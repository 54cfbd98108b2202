/** The HSM processes of this machine: their folders, who they run as, where they listen, and what the API has done to them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createHsmFolder } from '../hsm/folder.ts';
import type { HsmConfig } from '../hsm/folder.ts';
import type { Logger } from '../logging/logger.ts';
import type { HsmWork, RunningHsm } from '../server/parent-messages.ts';
import { Child } from './child.ts';
import type { OnFailure } from './child.ts';
import { readDetours } from './detours.ts';
import type { Detours } from './detours.ts';
import { hsmDir, performHsmWork } from './hsm-work.ts';
import type { HsmRunner } from './hsm-work.ts';
import type { DataFolder, Installation, PlannedHsm } from './installation.ts';
import { NODE_FLAGS, PROGRAMS } from './programs.ts';

export interface HsmProcessesPorts {
  folder: DataFolder;
  installation: Readonly<Installation>;
  /** Puts the list of HSMs on record. */
  note(hsms: PlannedHsm[]): void;
  /** PKCS#11 module of the HSMs. */
  modulePath: string;
  logger: Logger;
  /** An HSM began to listen, or ended. */
  changed(): void;
  /** A process was started. */
  started(): void;
  /** A process ended before it listened, this many times in a row. */
  failed(hsmId: string, ...failure: Parameters<OnFailure>): void;
}

interface ReadyLine {
  ready?: boolean;
  host?: string;
  port?: number;
}

/** HSM processes give up root for a user id of their own: one that no account of the system uses (61184 to 65519). */
const FIRST_HSM_UID = 63_100;

export class HsmProcesses {
  readonly #ports: HsmProcessesPorts;
  readonly #children = new Map<string, Child>();
  /** Those whose folder is being made. */
  readonly #starting = new Set<string>();
  readonly #listening = new Map<string, RunningHsm>();
  #detours: Detours['hsms'] = {};
  #endOfDetours: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(ports: HsmProcessesPorts) {
    this.#ports = ports;
  }

  /** Those of the cluster that the first start made. */
  get ofFirstCluster(): PlannedHsm[] {
    return this.#ports.installation.hsms.filter((hsm) => hsm.clusterId === undefined);
  }

  /** Where each HSM listens; those that do not are not in it. */
  get listening(): ReadonlyMap<string, RunningHsm> {
    return this.#listening;
  }

  /** Where KMS finds them. */
  get forServer(): RunningHsm[] {
    return Array.from(this.#listening.values(), (hsm) => ({ ...hsm, ...this.#detours[hsm.hsmId] }));
  }

  /** By HSM id. */
  get pids(): Record<string, number> {
    return Object.fromEntries(
      [...this.#children].flatMap(([hsmId, { pid }]) => (pid === undefined ? [] : [[hsmId, pid]])),
    );
  }

  /** Starts all HSMs. At a first start it resolves when all listen; later a damaged one must not keep the others from serving. */
  async startAll(): Promise<void> {
    const { installation } = this.#ports;
    if (installation.complete) {
      for (const hsm of installation.hsms) this.#startOrTell(hsm);
      return;
    }
    await Promise.all(
      installation.hsms.map(
        (hsm) => new Promise<void>((resolve, reject) => void this.#start(hsm, resolve).catch(reject)),
      ),
    );
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#endOfDetours);
    await Promise.all(Array.from(this.#children.values(), (child) => child.stop()));
  }

  /** Kills an HSM's process; it is started again at once. */
  restart(hsmId: string): void {
    this.#children.get(hsmId)?.restart();
  }

  /** What the API has done to HSMs and images. @returns what the work gives @throws Error */
  perform(work: HsmWork): Promise<string | undefined> {
    const runner: HsmRunner = {
      folder: this.#ports.folder,
      plan: (hsm) => this.#plan(hsm),
      configOf: (hsm) => this.#configOf(hsm),
      run: (hsm) => {
        if (!this.#children.has(hsm.hsmId) && !this.#starting.has(hsm.hsmId)) this.#startOrTell(hsm);
      },
      end: (hsmId) => this.#end(hsmId),
    };
    return performHsmWork(work, runner);
  }

  /** Takes the detours that a drill has written, and ends them in time. */
  takeDetours(): void {
    clearTimeout(this.#endOfDetours);
    const { hsms, until } = readDetours(this.#ports.folder);
    this.#detours = hsms;
    if (until > 0) {
      this.#endOfDetours = setTimeout(() => this.takeDetours(), until - Date.now() + 1);
      this.#ports.logger.warn({ hsmIds: Object.keys(hsms) }, 'a drill leads KMS to HSMs by detours');
    }
    this.#ports.changed();
  }

  #configOf(hsm: PlannedHsm): HsmConfig {
    const { installation, modulePath } = this.#ports;
    const number = hsm.userNumber ?? installation.hsms.findIndex(({ hsmId }) => hsmId === hsm.hsmId);
    const uid = FIRST_HSM_UID + number;
    return {
      hsmId: hsm.hsmId,
      clusterId: hsm.clusterId ?? installation.clusterId,
      availabilityZone: hsm.availabilityZone,
      listen: { host: hsm.host, port: hsm.port },
      module: { path: modulePath },
      ...(process.getuid?.() === 0 ? { runAs: { uid, gid: uid } } : {}),
    };
  }

  #startOrTell(hsm: PlannedHsm): void {
    this.#start(hsm, () => {}).catch((error: unknown) =>
      this.#ports.logger.error({ err: error, hsmId: hsm.hsmId }, 'an HSM could not be started'),
    );
  }

  async #start(hsm: PlannedHsm, onReady: () => void): Promise<void> {
    const { folder, logger } = this.#ports;
    const { hsmId } = hsm;
    const dir = hsmDir(folder, hsmId);
    const config = this.#configOf(hsm);
    const makeFolder = async (): Promise<void> => {
      if (!existsSync(join(dir, 'hsm.json'))) await createHsmFolder(dir, config);
    };
    this.#starting.add(hsmId);
    try {
      await makeFolder();
    } finally {
      this.#starting.delete(hsmId);
    }
    if (this.#stopping || !this.#isPlanned(hsmId)) return; // meanwhile
    const child = new Child({
      name: hsmId,
      main: PROGRAMS.hsm,
      nodeFlags: NODE_FLAGS,
      args: () => ['--dir', dir, '--exit-with-parent'],
      logFile: join(folder.logs, `${hsmId}.log`),
      onMessage: (message) => {
        const line = message as ReadyLine | undefined;
        if (line?.ready !== true || line.host === undefined || line.port === undefined) return;
        this.#listening.set(hsmId, { hsmId, host: line.host, port: line.port });
        this.#ports.changed();
        onReady();
      },
      onStart: () => this.#ports.started(),
      onFailure: (...failure) => this.#ports.failed(hsmId, ...failure),
      onExit: (code) => {
        if (this.#stopping) return;
        logger.warn({ hsmId, code }, 'HSM process ended');
        this.#listening.delete(hsmId);
        this.#ports.changed();
        if (!this.#isPlanned(hsmId)) return; // it was removed from its cluster
        // a folder that is gone is a replaced HSM: it begins empty, and the agent enrols it
        makeFolder().catch((error: unknown) => logger.error({ err: error }, 'no HSM folder'));
      },
    });
    this.#children.set(hsmId, child);
  }

  #isPlanned(hsmId: string): boolean {
    return this.#ports.installation.hsms.some((hsm) => hsm.hsmId === hsmId);
  }

  #plan(hsm: PlannedHsm): PlannedHsm {
    const { hsms } = this.#ports.installation;
    const known = hsms.find(({ hsmId }) => hsmId === hsm.hsmId);
    if (known !== undefined) return known;
    const userNumber = Math.max(-1, ...hsms.map((other, at) => other.userNumber ?? at)) + 1;
    const planned = { ...hsm, userNumber };
    this.#ports.note([...hsms, planned]);
    return planned;
  }

  async #end(hsmId: string): Promise<void> {
    // numbered before: the places of the others change, and not whom they run as
    const numbered = this.#ports.installation.hsms.map((hsm, at) => ({
      ...hsm,
      userNumber: hsm.userNumber ?? at,
    }));
    this.#ports.note(numbered.filter((hsm) => hsm.hsmId !== hsmId));
    await this.#children.get(hsmId)?.stop();
    this.#children.delete(hsmId);
    this.#listening.delete(hsmId);
    this.#ports.changed();
  }
}
