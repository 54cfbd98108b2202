/** `claviger node`: further nodes for an installation (docs/nodes.md). */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { readConfiguration } from '../configuration/configuration.ts';
import { inviteNode, joinNode } from '../supervisor/joining.ts';
import { configurationFile } from './configuration-file.ts';

export function nodeCommand(): Command {
  const node = new Command('node').description('further nodes that work on the same database');
  const data = ['--data <folder>', 'data folder', process.env['CLAVIGER_DATA'] ?? './data'] as const;
  node
    .command('invite')
    .description('print what a new node needs of this one; it holds no key in the clear')
    .option(...data)
    .option(
      '--config <file>',
      'its configuration file (default: claviger.yaml in the data folder)',
      process.env['CLAVIGER_CONFIG'],
    )
    .action(invite);
  node
    .command('join')
    .description('make the data folder of a new node')
    .argument('<invitation>', 'file that `claviger node invite` printed')
    .requiredOption('--kit <file>', 'recovery-key.enc of the recovery kit')
    .requiredOption('--share <file...>', 'two share files of the recovery kit')
    .option(...data)
    .action(join);
  return node;
}

function invite({ data, config }: { data: string; config?: string }): void {
  const invitation = inviteNode(data);
  const { server } = readConfiguration(configurationFile(config, data));
  if (server.nodes !== 'several')
    throw new Error(
      'set server.nodes: several in the configuration file and restart this node first: it would not learn what others change',
    );
  console.log(JSON.stringify(invitation, null, 2));
}

async function join(
  invitation: string,
  options: { data: string; kit: string; share: string[] },
): Promise<void> {
  process.umask(0o077);
  const kit = { encryptedKey: resolve(options.kit), shares: options.share.map((share) => resolve(share)) };
  const name = await joinNode(resolve(options.data), readFileSync(invitation, 'utf8'), kit);
  console.log(`This node is ${name}. Give it the database of the others, then: claviger start`);
}
