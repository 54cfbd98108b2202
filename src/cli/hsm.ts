/** `claviger hsm`: the operator's tool. It speaks to HSMs directly, under the trust anchor, and never through KMS. */
import { Command } from 'commander';
import { activateCommand } from './hsm/activate.ts';
import { checkCommand } from './hsm/check.ts';
import { keyCommand, resyncCommand } from './hsm/keys.ts';
import { drainCommand, enrolCommand, removeCommand, replaceCommand } from './hsm/members.ts';
import { initOperatorCommand } from './hsm/operator.ts';
import { quorumCommand } from './hsm/quorum.ts';
import { quarantineCommand } from './hsm/quarantine.ts';
import { recoverCommand } from './hsm/recover.ts';
import { moduleCommand, serveCommand, unlockCommand } from './hsm/serve.ts';
import { userCommand } from './hsm/users.ts';

export function hsmCommand(): Command {
  const commands = [
    ...[initOperatorCommand(), activateCommand(), userCommand(), keyCommand(), checkCommand()],
    ...[enrolCommand(), replaceCommand(), removeCommand(), drainCommand()],
    ...[resyncCommand(), recoverCommand(), quorumCommand(), quarantineCommand()],
    ...[serveCommand(), moduleCommand(), unlockCommand()],
  ];
  const hsm = new Command('hsm').description('the HSMs, as their operator: users, keys, members, recovery');
  for (const command of commands) hsm.addCommand(command);
  return hsm;
}
