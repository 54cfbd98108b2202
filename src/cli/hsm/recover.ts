/** `claviger hsm recover`: fills a new cluster from escrow, with the recovery HSM. */
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { readEscrowFile, recoverCluster } from '../../operator/recover.ts';
import { recoveryHsmIsHere } from '../../operator/recovery-hsm.ts';
import { openContext, readApprovals, userPassword, withApproval, withCluster } from './options.ts';
import type { ClusterOptions } from './options.ts';
import { printJson, printTable, say } from './output.ts';

interface RecoverOptions extends ClusterOptions {
  user: string;
  escrow?: string;
  of?: string;
  only?: string[];
  approval?: string[];
}

export function recoverCommand(): Command {
  const list = (value: string, before: string[] = []): string[] => [...before, value];
  return withApproval(withCluster(new Command('recover')))
    .description('when all HSMs are lost: give new ones their keys from escrow, by the recovery HSM')
    .option('--escrow <file>', 'escrow file (default: CLAVIGER_ESCROW_FILE, or the one in the data folder)')
    .option('--of <cluster id>', 'the lost cluster, when the new one has another id')
    .option('--only <material id or ARN>', 'only this key; may be given more than once', list)
    .option('--user <name>', 'crypto user that gets the keys', 'kmsuser')
    .action(recover);
}

async function recover(options: RecoverOptions): Promise<void> {
  const { cluster, operatorDir } = await openContext(options);
  if (operatorDir === undefined || !(await recoveryHsmIsHere(operatorDir)))
    throw new Error("the recovery HSM is not here: give --operator, the folder with 'recovery-hsm'");
  const file =
    options.escrow ??
    process.env['CLAVIGER_ESCROW_FILE'] ??
    join(options.data, 'server', 'escrow', 'keys.jsonl');
  const { only } = options;
  const clusterId = options.of ?? cluster.clusterId;
  const { keys, unreadable } = await readEscrowFile(resolve(file), clusterId);
  if (unreadable.length > 0)
    say(
      `Left out, because they are cut off or damaged: lines ${unreadable.join(', ')} of ${file}. What a crash or a full disk cut off is of a key that was not acknowledged.`,
    );
  if (keys.length === 0) throw new Error(`${file} has no key of ${clusterId}`);
  const escrow = keys.filter(
    ({ materialId, keyArn }) => only === undefined || only.includes(materialId) || only.includes(keyArn),
  );
  if (escrow.length === 0) throw new Error(`${file} has none of the keys that --only names`);
  say(`${escrow.length} keys in escrow.`);
  const report = await recoverCluster(cluster, {
    operatorDir,
    escrow,
    user: { name: options.user, password: await userPassword(options, options.user) },
    approvals: await readApprovals(options.approval),
    progress(done, of) {
      if (done === of || done % 100 === 0) say(`${done} of ${of}`);
    },
  });
  const { hsmId, restored, present, failed, others } = report;
  if (failed.length + others.failed.length + others.different.length + others.unreached.length > 0)
    process.exitCode = 1;
  if (options.json === true) {
    printJson(report);
    return;
  }
  process.stdout.write(
    `${restored} keys are restored in ${hsmId}, ${present} were there; ${others.copied.length} copies made on the other HSMs.\n`,
  );
  const failures = [
    ...failed.map(({ label, code, message }) => [label, hsmId, `${code}: ${message}`]),
    ...others.failed.map(({ label, hsmId: on, code, message }) => [label, on, `${code}: ${message}`]),
    ...others.different.map((materialId) => [materialId, '', 'copies differ: nothing was done']),
    ...others.unreached.map(({ hsmId: on, code, message }) => ['', on, `${code}: ${message}`]),
  ];
  if (failures.length > 0) printTable(['KEY', 'HSM', 'FAILURE'], failures);
}
