/** `claviger hsm key` and `claviger hsm resync`: a crypto user's keys, seen on the HSMs themselves. */
import { Command } from 'commander';
import { keyAttributes, listKeys, resyncKeys } from '../../operator/keys.ts';
import type { KeyHolders, UserLogin } from '../../operator/keys.ts';
import type { HsmReport } from '../../operator/every-hsm.ts';
import type { KeyAttributes } from '../../rpc/hsm-messages.ts';
import { openContext, readApprovals, userPassword, withApproval, withCluster } from './options.ts';
import type { ClusterOptions } from './options.ts';
import { printJson, printReports, printTable } from './output.ts';

type UserOptions = ClusterOptions & { user: string };

const USER = ['--user <name>', 'crypto user to log in as', 'kmsuser'] as const;

export function keyCommand(): Command {
  const key = new Command('key').description(
    'keys of a crypto user; disconnect the key store first, one owner at a time is logged in',
  );
  key.addCommand(
    withCluster(new Command('list'))
      .description('which HSM holds which key, with check values computed now')
      .option(...USER)
      .action(list),
  );
  key.addCommand(
    withCluster(new Command('attributes'))
      .description("a key's attributes as each HSM's module has them")
      .argument('<material id>', '32 hex digits')
      .option(...USER)
      .action(attributes),
  );
  return key;
}

export function resyncCommand(): Command {
  return withApproval(withCluster(new Command('resync')))
    .description(
      'copy every key of a crypto user to the HSMs that lack it (KMS does so by itself for its keys)',
    )
    .option(...USER)
    .action(resync);
}

async function userLogin(options: UserOptions): Promise<UserLogin> {
  return { name: options.user, password: await userPassword(options, options.user) };
}

async function list(options: UserOptions): Promise<void> {
  const { cluster } = await openContext(options);
  const { reports, keys } = await listKeys(cluster, await userLogin(options));
  const failed = reports.filter(({ outcome }) => outcome === 'failed');
  if (failed.length > 0 || keys.some((key) => stateOf(key) !== 'ok')) process.exitCode = 1;
  if (options.json === true) {
    const asked = reports.map(({ value: _value, ...report }) => report);
    printJson({ hsms: asked, keys: keys.map((key) => ({ ...key, state: stateOf(key) })) });
    return;
  }
  printTable(
    ['MATERIAL', 'HSMS', 'STATE', 'CHECK VALUE', 'KEY'],
    keys.map((key) => {
      const { materialId, holders, label, same } = key;
      const check = same ? (Object.values(holders)[0] ?? '') : '-';
      return [materialId, String(Object.keys(holders).length), stateOf(key), check, label];
    }),
  );
  if (failed.length > 0) printReports(failed, false);
}

function stateOf({ same, missing, holders }: KeyHolders): string {
  if (!same)
    return Object.entries(holders)
      .map(([hsmId, check]) => `${hsmId}: ${check}`)
      .join(', ');
  return missing.length === 0 ? 'ok' : `missing on ${missing.join(', ')}`;
}

async function attributes(materialId: string, options: UserOptions): Promise<void> {
  const { cluster } = await openContext(options);
  const reports = await keyAttributes(cluster, await userLogin(options), materialId);
  if (options.json === true || reports.every(({ value }) => value === undefined)) {
    printReports(reports, options.json);
    return;
  }
  if (reports.some(({ outcome }) => outcome === 'failed')) process.exitCode = 1;
  printAttributes(reports);
}

function printAttributes(reports: readonly HsmReport<KeyAttributes>[]): void {
  const names = Object.keys(reports.find(({ value }) => value !== undefined)?.value?.attributes ?? {});
  printTable(
    ['ATTRIBUTE', ...reports.map(({ hsmId }) => hsmId)],
    [
      ['label', ...reports.map(({ value, code }) => value?.label ?? code ?? '')],
      ['handle', ...reports.map(({ value }) => value?.keyHandle ?? '')],
      ...names.map((name) => [
        `CKA_${name}`,
        ...reports.map(({ value }) => String(value?.attributes[name] ?? '')),
      ]),
    ],
  );
}

async function resync(options: UserOptions & { approval?: string[] }): Promise<void> {
  const { cluster } = await openContext(options);
  const approvals = await readApprovals(options.approval);
  const report = await resyncKeys(cluster, await userLogin(options), approvals);
  const { copied, failed, different, unreached } = report;
  if (failed.length + different.length + unreached.length > 0) process.exitCode = 1;
  if (options.json === true) {
    printJson(report);
    return;
  }
  printTable(
    ['KEY', 'HSM', 'OUTCOME'],
    [
      ...copied.map(({ label, hsmId }) => [label, hsmId, 'copied']),
      ...failed.map(({ label, hsmId, code, message }) => [label, hsmId, `${code}: ${message}`]),
      ...different.map((materialId) => [materialId, '', 'copies differ: nothing was done']),
      ...unreached.map(({ hsmId, code, message }) => ['', hsmId, `${code}: ${message}`]),
    ],
  );
  process.stdout.write(`${copied.length} copies made, ${failed.length} failed.\n`);
}
