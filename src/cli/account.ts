/** `claviger account`: the accounts of an installation, by way of the server that runs here. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { askServer } from '../server/admin-messages.ts';
import type { CreatedAccount, ListedAccount } from '../server/admin-messages.ts';
import { dataFolder } from '../supervisor/installation.ts';

interface Options {
  data: string;
  json?: boolean;
}

export function accountCommand(): Command {
  const account = new Command('account').description('accounts of this installation');
  account
    .command('create')
    .description("make an account; prints its root user's access key, once")
    .option('--data <folder>', 'data folder', defaultData())
    .option('--name <name>', 'what people call it')
    .option('--json', 'for programs')
    .action(async (options: Options & { name?: string }) => {
      const request = { command: 'createAccount', name: options.name ?? null } as const;
      const created = await askServer<CreatedAccount>(serverFolder(options.data), request);
      print(options.json === true ? JSON.stringify(created, null, 2) : announcement(created));
    });
  account
    .command('list')
    .description('print all accounts, the first one first')
    .option('--data <folder>', 'data folder', defaultData())
    .option('--json', 'for programs')
    .action(async (options: Options) => {
      const accounts = await askServer<ListedAccount[]>(serverFolder(options.data), {
        command: 'listAccounts',
      });
      print(options.json === true ? JSON.stringify(accounts, null, 2) : accounts.map(line).join('\n'));
    });
  return account;
}

const defaultData = (): string => process.env['CLAVIGER_DATA'] ?? './data';
const serverFolder = (data: string): string => dataFolder(resolve(data)).server;
const print = (text: string): void => void process.stdout.write(`${text}\n`);

const line = ({ accountId, createdAt, name }: ListedAccount): string =>
  [accountId, createdAt, name].filter((part) => part !== null).join('  ');

function announcement({ accountId, accessKeyId, secretAccessKey }: CreatedAccount): string {
  return `Account ${accountId} is made. Its root user's access key, which is not shown again:

  export AWS_ACCESS_KEY_ID=${accessKeyId}
  export AWS_SECRET_ACCESS_KEY=${secretAccessKey}`;
}
