/** `claviger hsm serve`, `module` and `unlock`: on the host of an HSM, without a connection to a cluster. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { splitAddress } from '../../configuration/address.ts';
import { hostHsm, prepareHsmFolder } from '../../operator/hsm-host.ts';
import { examineModuleFile } from '../../operator/module-report.ts';
import { unlockOfficer } from '../../operator/unlock.ts';
import { tellServiceManager } from '../service-manager.ts';
import { printJson, printTable, say } from './output.ts';

interface ServeOptions {
  dir: string;
  module: string;
  slot?: string;
  tokenLabel?: string;
  listen: string;
  hsmId: string;
  clusterId: string;
  zone: string;
  runAs?: string;
}

export function serveCommand(): Command {
  return new Command('serve')
    .description('run one HSM on this host, and keep it running')
    .requiredOption('--dir <folder>', "the HSM's folder; made at the first start, when nothing is there")
    .requiredOption('--module <file>', 'PKCS#11 module (absolute path)')
    .option('--slot <number>', "only this slot's token")
    .option('--token-label <label>', 'only the token of this label')
    .requiredOption('--listen <host:port>', 'IP address and port; 0 is any free port')
    .requiredOption('--hsm-id <id>', 'such as hsm-lgavqitns2a')
    .requiredOption('--cluster-id <id>', 'such as cluster-1o36p5xeo5k')
    .requiredOption('--zone <name>', 'availability zone: what fails together')
    .option('--run-as <uid:gid>', 'whom the process becomes when it is started as root')
    .action(serve);
}

async function serve(options: ServeOptions): Promise<void> {
  process.umask(0o077);
  const dir = resolve(options.dir);
  const { slot, tokenLabel, runAs } = options;
  const [uid, gid] = (runAs ?? '').split(':').map(Number);
  await prepareHsmFolder(dir, {
    hsmId: options.hsmId,
    clusterId: options.clusterId,
    availabilityZone: options.zone,
    listen: splitAddress(options.listen),
    module: {
      path: options.module,
      ...(slot !== undefined && { slot: Number(slot) }),
      ...(tokenLabel !== undefined && { tokenLabel }),
    },
    ...(runAs !== undefined && { runAs: { uid: uid ?? 0, gid: gid ?? 0 } }),
  });
  const hsm = hostHsm({
    dir,
    say,
    ready: ({ hsmId, host, port }) => {
      process.stdout.write(`${hsmId} listens on ${host}:${port}\n`);
      tellServiceManager('READY=1', `${hsmId} listens on ${host}:${port}`);
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void hsm.stop());
  process.on('SIGUSR1', () => {}); // without a listener Node opens its inspector
  const why = await hsm.ended;
  if (why !== 'stopped') throw new Error(why);
}

export function moduleCommand(): Command {
  return new Command('module')
    .description('what a PKCS#11 module can do for Claviger, and what not')
    .requiredOption('--module <file>', 'PKCS#11 module')
    .option('--slot <number>', "only this slot's token")
    .option('--token-label <label>', 'only the token of this label')
    .option('--json', 'for programs')
    .action(async (options: { module: string; slot?: string; tokenLabel?: string; json?: boolean }) => {
      const report = await examineModuleFile(resolve(options.module), options);
      if (report.gaps.length > 0) process.exitCode = 1;
      if (options.json === true) {
        printJson(report);
        return;
      }
      const { manufacturer, description, version } = report.module;
      process.stdout.write(`${manufacturer}, ${description}, version ${version}`);
      process.stdout.write(report.family === undefined ? '\n' : ` (${report.family})\n`);
      for (const note of report.notes) process.stdout.write(`  ${note}\n`);
      printTable(
        ['SLOT', 'TOKEN', 'SERIAL', ''],
        report.tokens.map(({ slot, label, serial, initialised }) => [
          slot,
          label,
          serial,
          initialised ? 'initialised' : 'not initialised',
        ]),
      );
      if (report.gaps.length === 0) process.stdout.write('Nothing that Claviger needs was found missing.\n');
      else
        printTable(
          ['MISSING', 'THEREFORE'],
          report.gaps.map(({ what, then }) => [what, then]),
        );
    });
}

export function unlockCommand(): Command {
  return new Command('unlock')
    .description("end the crypto officer's lock, on the HSM's own host while its process does not run")
    .requiredOption('--dir <folder>', "the HSM's folder")
    .action(async ({ dir }: { dir: string }) => {
      const was = await unlockOfficer(resolve(dir));
      process.stdout.write(was ? 'The crypto officer was locked and is not any more.\n' : 'Not locked.\n');
    });
}
