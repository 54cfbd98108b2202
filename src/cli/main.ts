/** The command `claviger`: one file per command in this folder. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';

/** Only what was asked for is loaded: each brings libraries that the others do not need. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./start.ts')).startCommand(),
  account: async () => (await import('./account.ts')).accountCommand(),
  audit: async () => (await import('./audit.ts')).auditCommand(),
  backup: async () => (await import('./backup.ts')).backupCommand(),
  cost: async () => (await import('./cost.ts')).costCommand(),
  drill: async () => (await import('./drill.ts')).drillCommand(),
  hsm: async () => (await import('./hsm.ts')).hsmCommand(),
  migrate: async () => (await import('./migrate.ts')).migrateCommand(),
  node: async () => (await import('./node.ts')).nodeCommand(),
  policy: async () => (await import('./policy.ts')).policyCommand(),
  'xks-proxy': async () => (await import('./xks-proxy.ts')).xksProxyCommand(),
};

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const program = new Command('claviger')
  .description('A self-hosted key management service that speaks the AWS KMS API')
  .version(version);
const [name = ''] = process.argv.slice(2);
const named = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
const wanted = named === undefined ? Object.values(COMMANDS) : [named];

try {
  for (const command of await Promise.all(wanted.map((load) => load()))) program.addCommand(command);
  await program.parseAsync();
} catch (error) {
  console.error(`claviger: ${(error as Error).message}`); // what was typed, not where it was noticed
  process.exitCode = 1;
}
