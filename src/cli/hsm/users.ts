/** `claviger hsm user`: crypto officers and crypto users, on all HSMs at once. */
import { Command } from 'commander';
import { OFFICER } from '../../operator/ceremony.ts';
import { changeOfficerPassword } from '../../operator/officer.ts';
import {
  changeOwnPassword,
  createUser,
  deleteUser,
  enrolPeersOfUser,
  listUsers,
  setUserPassword,
} from '../../operator/users.ts';
import type { HsmReport } from '../../operator/every-hsm.ts';
import type { HsmUser } from '../../rpc/hsm-messages.ts';
import {
  newPassword,
  officerPassword,
  openContext,
  readApprovals,
  userPassword,
  withApproval,
  withCluster,
} from './options.ts';
import type { ClusterOptions } from './options.ts';
import { printJson, printReports, printTable } from './output.ts';

type ApprovalOptions = ClusterOptions & { approval?: string[] };
type PasswordOptions = ApprovalOptions & { newPasswordFile?: string };

export function userCommand(): Command {
  const user = new Command('user').description('users of the HSMs, as the crypto officer');
  user.addCommand(withCluster(new Command('list').description('users of each HSM')).action(list));
  user.addCommand(
    withApproval(withCluster(new Command('create')))
      .description('create a crypto user, and let its keys be copied between the HSMs')
      .argument('<name>')
      .option('--new-password-file <file>', "the user's first password")
      .action(create),
  );
  user.addCommand(
    withApproval(withCluster(new Command('delete')))
      .description('delete a crypto user who owns no keys')
      .argument('<name>')
      .action(remove),
  );
  user.addCommand(
    withApproval(withCluster(new Command('change-password')))
      .description("set a crypto user's password, or change the officer's own")
      .argument('<name>', `a crypto user, or ${OFFICER}`)
      .option('--own', 'as that user, who knows the present one, instead of as the officer')
      .option('--new-password-file <file>', 'the new password')
      .action(changePassword),
  );
  user.addCommand(
    withApproval(withCluster(new Command('unlock')))
      .description('end the lock after five wrong passwords, which takes a new password')
      .argument('<name>')
      .option('--new-password-file <file>', 'the new password')
      .action(unlock),
  );
  return user;
}

async function list(options: ClusterOptions): Promise<void> {
  const context = await openContext(options);
  const reports = await listUsers(context.cluster, await officerPassword(options, context));
  printUsers(reports, options.json);
}

function printUsers(reports: readonly HsmReport<HsmUser[]>[], json: boolean | undefined): void {
  if (reports.some(({ outcome }) => outcome === 'failed')) process.exitCode = 1;
  if (json === true) {
    printJson(reports);
    return;
  }
  const names = new Set(reports.flatMap(({ value }) => value?.map(({ name }) => name) ?? []));
  const rows = [...names].map((name) => [
    name,
    reports.flatMap(({ value }) => value ?? []).find((user) => user.name === name)?.type ?? '',
    ...reports.map(({ value }) => stateOf(value, name)),
  ]);
  printTable(['USER', 'TYPE', ...reports.map(({ hsmId }) => hsmId)], rows);
  for (const { hsmId, outcome, code, message } of reports)
    if (outcome === 'failed') process.stdout.write(`${hsmId} was not asked: ${code}: ${message}\n`);
}

function stateOf(users: readonly HsmUser[] | undefined, name: string): string {
  if (users === undefined) return '?';
  const user = users.find((one) => one.name === name);
  if (user === undefined) return 'missing';
  if (user.locked) return 'locked';
  return user.loggedIn ? 'logged in' : 'there';
}

/** @throws Error for the crypto officer, whom `activate` makes and nobody removes */
function requireCryptoUser(name: string): void {
  if (name.toLowerCase() === OFFICER)
    throw new Error(`${OFFICER} is the crypto officer, who is neither created nor deleted here`);
}

async function create(name: string, options: PasswordOptions): Promise<void> {
  requireCryptoUser(name);
  const context = await openContext(options);
  const officer = await officerPassword(options, context);
  const password = await newPassword(name, options.newPasswordFile);
  const reports = await createUser(context.cluster, officer, { name, password });
  const approvals = await readApprovals(options.approval);
  const { operatorDir } = context;
  const peers = await enrolPeersOfUser(context.cluster, officer, name, { operatorDir, approvals });
  printReports(
    reports.map((report) => withPeers(report, peers)),
    options.json,
  );
}

function withPeers(report: HsmReport, peers: readonly HsmReport[]): HsmReport {
  const ofPeers = peers.find(({ hsmId }) => hsmId === report.hsmId);
  if (report.outcome === 'failed' || ofPeers === undefined) return report;
  if (ofPeers.outcome === 'failed') return { ...ofPeers, message: `${report.message}; ${ofPeers.message}` };
  return { ...report, message: `${report.message}; ${ofPeers.message}` };
}

async function remove(name: string, options: ApprovalOptions): Promise<void> {
  requireCryptoUser(name);
  const context = await openContext(options);
  const approvals = await readApprovals(options.approval);
  const officer = await officerPassword(options, context);
  printReports(await deleteUser(context.cluster, officer, name, approvals), options.json);
}

async function changePassword(name: string, options: PasswordOptions & { own?: boolean }): Promise<void> {
  const context = await openContext(options);
  const { cluster, operatorDir } = context;
  if (name.toLowerCase() === OFFICER) {
    const current = await officerPassword(options, context);
    const next = await newPassword(OFFICER, options.newPasswordFile);
    printReports(await changeOfficerPassword(cluster, operatorDir, current, next), options.json);
    return;
  }
  if (options.own !== true) return unlock(name, options);
  const current = await userPassword(options, name);
  const next = await newPassword(name, options.newPasswordFile);
  printReports(await changeOwnPassword(cluster, name, current, next), options.json);
}

async function unlock(name: string, options: PasswordOptions): Promise<void> {
  if (name.toLowerCase() === OFFICER)
    throw new Error(`${OFFICER} is unlocked on each HSM's own host: claviger hsm unlock --dir <folder>`);
  const context = await openContext(options);
  const officer = await officerPassword(options, context);
  const password = await newPassword(name, options.newPasswordFile);
  const approvals = await readApprovals(options.approval);
  printReports(await setUserPassword(context.cluster, officer, { name, password }, approvals), options.json);
}
