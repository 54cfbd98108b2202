/** What all commands of `claviger hsm` have in common: which cluster, and whose password. */
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { embeddedConnection, readClientFile } from '../../operator/connection-data.ts';
import type { ClusterConnection } from '../../operator/connection-data.ts';
import { exists, operatorFolder } from '../../operator/folder.ts';
import { readApproval } from '../../operator/quorum.ts';
import type { Approval } from '../../rpc/quorum.ts';
import { readSecret } from './secrets.ts';

export interface ClusterOptions {
  config?: string;
  data: string;
  cluster?: string;
  hsm?: string[];
  operator?: string;
  passwordFile?: string;
  json?: boolean;
}

const collect = (value: string, before: string[] = []): string[] => [...before, value];

/** Options that every command with a connection takes. */
export function withCluster(command: Command): Command {
  return command
    .option('--config <file>', 'connection data of the cluster (docs/hsm-tool.md)')
    .option('--data <folder>', 'without --config: data folder of an installation here', defaultData())
    .option('--cluster <id>', 'without --config: another cluster than the first of the data folder')
    .option('--hsm <id>', 'only this HSM; may be given more than once', collect)
    .option('--operator <folder>', "the operator's folder, when it is not in the data folder")
    .option('--password-file <file>', 'password of whoever logs in')
    .option('--json', 'for programs');
}

export function withApproval(command: Command): Command {
  return command.option('--approval <file>', 'approval of the quorum; may be given more than once', collect);
}

export interface Context {
  cluster: ClusterConnection;
  /** The operator's folder, where it is at hand. */
  operatorDir: string | undefined;
}

/** @throws Error that says what is missing */
export async function openContext(options: ClusterOptions): Promise<Context> {
  const data = resolve(options.data);
  const given = options.operator === undefined ? undefined : resolve(options.operator);
  const whole =
    options.config === undefined
      ? await embeddedConnection(data, options.cluster, given)
      : await readClientFile(resolve(options.config));
  const only = options.hsm ?? [];
  for (const hsmId of only)
    if (!whole.hsms.some((hsm) => hsm.hsmId === hsmId))
      throw new Error(`the connection data have no HSM ${hsmId}`);
  const hsms = only.length === 0 ? whole.hsms : whole.hsms.filter(({ hsmId }) => only.includes(hsmId));
  const beside = join(data, 'operator');
  const operatorDir = given ?? (options.config === undefined && (await exists(beside)) ? beside : undefined);
  return { cluster: { ...whole, hsms }, operatorDir };
}

/** The crypto officer's password: as given, else what the operator's folder remembers, else asked for. */
export async function officerPassword(options: ClusterOptions, { operatorDir }: Context): Promise<string> {
  const variable = 'CLAVIGER_HSM_PASSWORD';
  const remembered = operatorDir === undefined ? undefined : operatorFolder(operatorDir).officer;
  const file =
    options.passwordFile ??
    ((process.env[variable] ?? '') === '' && remembered !== undefined && (await exists(remembered))
      ? remembered
      : undefined);
  return readSecret({ what: "Crypto officer's password", file, variable });
}

export function userPassword(options: ClusterOptions, name: string): Promise<string> {
  const file = options.passwordFile;
  return readSecret({ what: `Password of ${name}`, file, variable: 'CLAVIGER_HSM_PASSWORD' });
}

export function newPassword(name: string, file: string | undefined): Promise<string> {
  const variable = 'CLAVIGER_HSM_NEW_PASSWORD';
  return readSecret({ what: `New password of ${name}`, file, variable, fresh: true });
}

export async function readApprovals(files: readonly string[] = []): Promise<Approval[]> {
  return Promise.all(files.map((file) => readApproval(resolve(file))));
}

function defaultData(): string {
  return process.env['CLAVIGER_DATA'] ?? './data';
}
