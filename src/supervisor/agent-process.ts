/** The process of the operator's agent, and which HSMs it is told to look after. */
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { operatorFolder } from '../operator/folder.ts';
import type { FromServer } from '../server/parent-messages.ts';
import { Child } from './child.ts';
import type { OnFailure } from './child.ts';
import type { HsmProcesses } from './hsm-processes.ts';
import type { DataFolder, Installation } from './installation.ts';
import { PROGRAMS } from './programs.ts';

type Members = (FromServer & { type: 'members' })['members'];
type PasswordReset = Omit<FromServer & { type: 'resetUserPassword' }, 'type'>;

export interface AgentProcessPorts {
  folder: DataFolder;
  installation: Readonly<Installation>;
  hsms: Pick<HsmProcesses, 'ofFirstCluster' | 'listening'>;
  /** The agent has set a user's password on an HSM, or could not. */
  passwordReset(hsmId: string, ok: boolean): void;
  /** The process was started. */
  started(): void;
  /** The process ended before it was ready, this many times in a row. */
  failed(name: string, ...failure: Parameters<OnFailure>): void;
}

export class AgentProcess {
  readonly #ports: AgentProcessPorts;
  /** HSMs that the database has, with the trust anchors of their clusters. */
  #members: Members = [];
  #child: Child | undefined;

  constructor(ports: AgentProcessPorts) {
    this.#ports = ports;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    const { folder } = this.#ports;
    this.#child = new Child({
      name: 'agent',
      main: PROGRAMS.agent,
      args: () => ['--operator-dir', folder.operator, '--exit-with-parent'],
      logFile: join(folder.logs, 'operator-agent.log'),
      onMessage: (message) => {
        const event = message as { event?: string; hsmId?: string; ok?: boolean } | undefined;
        if (event?.event === 'ready') this.tell();
        if (event?.event === 'passwordReset' && event.hsmId !== undefined) {
          this.#ports.passwordReset(event.hsmId, event.ok === true);
        }
      },
      onStart: () => this.#ports.started(),
      onFailure: (...failure) => this.#ports.failed('operator-agent', ...failure),
    });
  }

  async stop(): Promise<void> {
    await this.#child?.stop();
  }

  takeMembers(members: Members): void {
    this.#members = members;
    this.tell();
  }

  resetUserPassword({ hsmId, user, password }: PasswordReset): void {
    this.#child?.send({ resetUserPassword: { hsmId, user, password } });
  }

  /** Tells the agent where its HSMs listen: those of the first cluster, and the others whose clusters are under its CA. */
  tell(): void {
    const { hsms, installation } = this.#ports;
    const { clusterId } = installation;
    const own = new Map(hsms.ofFirstCluster.map((hsm) => [hsm.hsmId, { ...hsm, clusterId }]));
    const anchor = this.#trustAnchor();
    const others = this.#members.filter(
      (member) => !own.has(member.hsmId) && fingerprint(member.trustAnchor) === anchor,
    );
    const reachable = [...own.values(), ...others].flatMap((hsm) => {
      const { hsmId, clusterId: cluster, availabilityZone } = hsm;
      const address = ('address' in hsm ? hsm.address : undefined) ?? hsms.listening.get(hsmId);
      if (address === undefined) return [];
      const { host, port } = address;
      return [{ hsmId, host, port, clusterId: cluster, availabilityZone }];
    });
    this.#child?.send({ hsms: reachable });
  }

  /** Which trust anchor the agent's CA is; undefined where the operator's folder is away. */
  #trustAnchor(): string | undefined {
    const { caCertificate } = operatorFolder(this.#ports.folder.operator);
    return existsSync(caCertificate) ? fingerprint(readFileSync(caCertificate, 'utf8')) : undefined;
  }
}

function fingerprint(pem: string): string {
  return new X509Certificate(pem).fingerprint256;
}
