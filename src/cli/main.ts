/** The command `claviger`: one file per command in this folder. */
import { Command } from 'commander';
import { accountCommand } from './account.ts';
import { auditCommand } from './audit.ts';
import { costCommand } from './cost.ts';
import { drillCommand } from './drill.ts';
import { hsmCommand } from './hsm.ts';
import { migrateCommand } from './migrate.ts';
import { nodeCommand } from './node.ts';
import { policyCommand } from './policy.ts';
import { startCommand } from './start.ts';

const program = new Command('claviger')
  .description('A self-hosted key management service that speaks the AWS KMS API')
  .addCommand(startCommand())
  .addCommand(accountCommand())
  .addCommand(auditCommand())
  .addCommand(costCommand())
  .addCommand(drillCommand())
  .addCommand(hsmCommand())
  .addCommand(migrateCommand())
  .addCommand(nodeCommand())
  .addCommand(policyCommand());

try {
  await program.parseAsync();
} catch (error) {
  console.error(`claviger: ${(error as Error).message}`); // what was typed, not where it was noticed
  process.exitCode = 1;
}
