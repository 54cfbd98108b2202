/** `claviger hsm activate`: the crypto officer gets a first password, and the HSMs become active. */
import { Command } from 'commander';
import { OFFICER, activateHsm, openHsm } from '../../operator/ceremony.ts';
import { loadOperatorCa } from '../../operator/ca.ts';
import { describeFailure, openMember } from '../../operator/every-hsm.ts';
import { loadOrCreateCredentials, operatorFolder } from '../../operator/folder.ts';
import type { HsmReport } from '../../operator/every-hsm.ts';
import { newPassword, openContext, withCluster } from './options.ts';
import type { ClusterOptions } from './options.ts';
import { printReports, say } from './output.ts';

export function activateCommand(): Command {
  const command = new Command('activate').description("set the crypto officer's first password on all HSMs");
  return withCluster(command).option('--new-password-file <file>', 'the first password').action(activate);
}

async function activate(options: ClusterOptions & { newPasswordFile?: string }): Promise<void> {
  const { cluster, operatorDir } = await openContext(options);
  const password = await newPassword(OFFICER, options.newPasswordFile);
  const reports: HsmReport[] = [];
  for (const hsm of cluster.hsms) {
    try {
      const connection =
        operatorDir === undefined
          ? await openMember(cluster, hsm, async () => {})
          : await openHsm(hsm, await loadOperatorCa(operatorDir), say);
      try {
        const active = (await connection.describe()).state === 'ACTIVE';
        if (!active && operatorDir !== undefined)
          await loadOrCreateCredentials(operatorFolder(operatorDir).officer, OFFICER, password); // before the HSM has it
        await activateHsm(connection, hsm.hsmId, { user: OFFICER, password }, () => {});
        reports.push({
          hsmId: hsm.hsmId,
          outcome: active ? 'unchanged' : 'done',
          message: active ? 'is active, with this password' : 'active',
        });
      } finally {
        connection.close();
      }
    } catch (error) {
      reports.push({ hsmId: hsm.hsmId, outcome: 'failed', ...describeFailure(error) });
    }
  }
  printReports(reports, options.json);
}
