/** `claviger hsm quarantine`: key objects in the HSMs that are on no record of the server. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { destroyObject } from '../../operator/quarantine.ts';
import { askServer } from '../../server/admin-messages.ts';
import type { QuarantinedObject } from '../../server/admin-messages.ts';
import { dataFolder } from '../../supervisor/installation.ts';
import { openContext, readApprovals, userPassword, withApproval, withCluster } from './options.ts';
import type { ClusterOptions } from './options.ts';
import { printJson, printReports, printTable } from './output.ts';
import { confirm } from './secrets.ts';

type DestroyOptions = ClusterOptions & { user: string; yes?: boolean; approval?: string[] };

export function quarantineCommand(): Command {
  const quarantine = new Command('quarantine').description(
    'key objects that the HSMs hold and no record of the server knows; the server never destroys them',
  );
  quarantine.addCommand(
    withCluster(new Command('list'))
      .description('what the last comparison of each HSM found, as the server of --data has it')
      .action(list),
  );
  quarantine.addCommand(
    withApproval(withCluster(new Command('destroy')))
      .description('destroy one of them on all HSMs; refused for anything that is not listed')
      .argument('<material id>', '32 hex digits')
      .option('--user <name>', 'crypto user to log in as', 'kmsuser')
      .option('--yes', 'do not ask')
      .action(destroy),
  );
  return quarantine;
}

async function listed(options: ClusterOptions): Promise<QuarantinedObject[]> {
  const { cluster } = await openContext(options);
  const objects = await askServer<QuarantinedObject[]>(dataFolder(resolve(options.data)).server, {
    command: 'listQuarantine',
  });
  return objects.filter(({ clusterId }) => clusterId === cluster.clusterId);
}

async function list(options: ClusterOptions): Promise<void> {
  const objects = await listed(options);
  if (options.json === true) printJson(objects);
  else if (objects.length === 0) process.stdout.write('Nothing is in quarantine.\n');
  else
    printTable(
      ['MATERIAL', 'HSM', 'FIRST SEEN', 'LABEL'],
      objects.map(({ materialId, hsmId, firstSeen, label }) => [materialId, hsmId, firstSeen, label]),
    );
}

async function destroy(materialId: string, options: DestroyOptions): Promise<void> {
  const object = (await listed(options)).find((one) => one.materialId === materialId);
  if (object === undefined)
    throw new Error(`${materialId} is not in quarantine: only what is on no record is destroyed here`);
  const question = `${object.label} (${materialId}) is destroyed on all HSMs, for ever.`;
  if (options.yes !== true && !(await confirm(question)))
    throw new Error('nothing was destroyed: it was not confirmed (--yes for scripts)');
  const { cluster } = await openContext(options);
  const user = { name: options.user, password: await userPassword(options, options.user) };
  const approvals = await readApprovals(options.approval);
  printReports(await destroyObject(cluster, user, materialId, approvals), options.json);
}
