/** `claviger hsm check`: looks the cluster over while it serves. */
import { Command } from 'commander';
import { checkCluster } from '../../operator/check.ts';
import type { CheckReport } from '../../operator/check.ts';
import { officerPassword, openContext, withCluster } from './options.ts';
import type { ClusterOptions } from './options.ts';
import { printJson, printTable } from './output.ts';

export function checkCommand(): Command {
  return withCluster(new Command('check'))
    .description('health, users, peers, keys and epochs of all HSMs in step? Exit code 1 when not')
    .action(check);
}

async function check(options: ClusterOptions): Promise<void> {
  const context = await openContext(options);
  const whole = options.hsm === undefined;
  const report = await checkCluster(context.cluster, await officerPassword(options, context), whole);
  if (report.findings.some(({ weight }) => weight === 'fault')) process.exitCode = 1;
  if (options.json === true) {
    printJson({ hsms: report.reports, findings: report.findings });
    return;
  }
  print(report);
}

function print({ reports, findings }: CheckReport): void {
  printTable(
    ['HSM', 'ZONE', 'STATE', 'USERS', 'KEYS', 'EPOCH', 'MODULE'],
    reports.map(({ hsmId, code, value }) => {
      if (value === undefined) return [hsmId, '', code ?? 'FAILED', '', '', '', ''];
      const { description, users, module, partitions } = value;
      const inventories = Object.values(partitions).map(({ inventory }) => inventory);
      const seen = inventories.filter(({ loggedIn }) => loggedIn);
      const keys = seen.reduce((sum, { keys: held = [] }) => sum + held.length, 0);
      const epochs = seen.flatMap(({ epoch }) =>
        epoch === null || epoch === undefined ? [] : [String(epoch.counter)],
      );
      return [
        hsmId,
        description.availabilityZone,
        description.draining === true ? 'DRAINED' : description.state,
        String(users.length),
        seen.length === 0 ? '-' : String(keys),
        epochs.join(' ') || '-',
        `${module.module.manufacturer} ${module.module.version}`,
      ];
    }),
  );
  if (findings.length === 0) process.stdout.write('\nAll in step.\n');
  else {
    process.stdout.write('\n');
    printTable(
      ['HSM', '', 'FINDING'],
      findings.map(({ hsmId, weight, what }) => [hsmId, weight, what]),
    );
  }
}
