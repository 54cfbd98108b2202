/** `claviger start`: everything on this machine, made at the first start, until Ctrl-C. */
import { mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { splitAddress } from '../configuration/address.ts';
import { createLogger } from '../logging/logger.ts';
import { lockFile } from '../native/addon.ts';
import { readSurroundings } from '../server/surroundings.ts';
import { dataFolder } from '../supervisor/installation.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import type { ClientConfig } from '../supervisor/client-config.ts';
import { configurationFile } from './configuration-file.ts';
import { printsToJournal, tellServiceManager } from './service-manager.ts';

const DEFAULT_MODULE = '/usr/lib/softhsm/libsofthsm2.so';
const LOCK_TRIES = 30;
const LOCK_PAUSE_MS = 100;

export function startCommand(): Command {
  return new Command('start')
    .description('run Claviger here: server, crypto process, HSM cluster, operator agent')
    .option('--data <folder>', 'data folder', process.env['CLAVIGER_DATA'] ?? './data')
    .option(
      '--listen <host:port>',
      'address; port 0 is any free one',
      process.env['CLAVIGER_LISTEN'] ?? '127.0.0.1:7080',
    )
    .option(
      '--region <region>',
      'AWS Region to be, at the first start',
      process.env['CLAVIGER_REGION'] ?? 'us-east-1',
    )
    .option(
      '--regions <regions>',
      'all AWS Regions to serve, with commas between them (default: the home Region, us-west-2 and eu-west-1)',
      process.env['CLAVIGER_REGIONS'],
    )
    .option(
      '--config <file>',
      'configuration file (default: claviger.yaml in the data folder)',
      process.env['CLAVIGER_CONFIG'],
    )
    .action(start);
}

interface StartOptions {
  data: string;
  listen: string;
  region: string;
  regions?: string;
  config?: string;
}

async function start(options: StartOptions): Promise<void> {
  process.umask(0o077);
  const dataDir = resolve(options.data);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const folder = dataFolder(dataDir);
  if (!(await takeLock(folder.lock))) {
    announceRunning(folder.clientConfig);
    return;
  }
  const { host, port } = splitAddress(options.listen);
  const configFile = configurationFile(options.config, dataDir);
  // what is wrong with it is said here, and not by a process that does not start
  const { server } = readSurroundings(configFile, host).configuration;
  const supervisor = new Supervisor({
    dataDir,
    host,
    port,
    region: options.region,
    regions: options.regions,
    configFile,
    workers: server.workers,
    severalNodes: server.nodes === 'several',
    modulePath: process.env['CLAVIGER_PKCS11_MODULE'] ?? DEFAULT_MODULE,
    logger: createLogger('supervisor'),
    say: (line) => console.log(line),
  });
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    console.log('\nStopping …');
    tellServiceManager('STOPPING=1', 'Stopping');
    void supervisor.stop().then(() => process.exit(0));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', stop);
  process.on('SIGURG', () => supervisor.takeDetours());
  process.on('SIGUSR2', () => {
    const look = (): void => {
      const file = configurationFile(options.config, dataDir);
      const { nodes } = readSurroundings(file, host, server.workers).configuration.server;
      // the other processes go by what it was at the start
      if (nodes !== server.nodes) throw new Error(`server.nodes is ${nodes} now: restart to apply that`);
    };
    replaceServers(supervisor, look).then(
      () => console.log('The serving processes were replaced.'),
      (error: unknown) =>
        console.error(`The serving processes are not replaced: ${(error as Error).message}`),
    );
  });
  process.on('SIGUSR1', () => {}); // without a listener Node opens its inspector
  try {
    const config = await supervisor.start();
    announce(config, folder.clientConfig);
    tellServiceManager('READY=1', `Serving at ${config.endpoint}`);
  } catch (error) {
    if (stopping) return;
    console.error(`Claviger cannot start: ${(error as Error).message}\nLogs: ${folder.logs}`);
    await supervisor.stop();
    process.exit(1);
  }
}

/** @param look throws when a new process would not start: those that serve stay then */
async function replaceServers(supervisor: Supervisor, look: () => void): Promise<void> {
  look();
  await supervisor.restartServers();
}

/** One supervisor per data folder. One that was just killed may hold the lock for a moment. */
async function takeLock(path: string): Promise<boolean> {
  for (let attempt = 0; attempt < LOCK_TRIES; attempt += 1) {
    try {
      lockFile(path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
      await new Promise((resolve) => setTimeout(resolve, LOCK_PAUSE_MS));
    }
  }
  return false;
}

function announceRunning(clientConfig: string): void {
  try {
    const config = JSON.parse(readFileSync(clientConfig, 'utf8')) as ClientConfig;
    console.log(`Claviger already runs for this data folder (process ${config.pids.server[0]}).\n`);
    announce(config, clientConfig);
  } catch {
    console.log('Claviger is being started for this data folder by another process.');
  }
}

function announce(config: ClientConfig, clientConfig: string): void {
  if (printsToJournal()) {
    console.log(`Claviger is ready at ${config.endpoint}. How to reach it is in ${clientConfig}.`);
    return;
  }
  console.log(`
Claviger is ready at ${config.endpoint} (account ${config.accountId}, Region ${config.region}).

In another terminal:

  export AWS_ENDPOINT_URL=${config.endpoint}
  export AWS_REGION=${config.region} AWS_DEFAULT_REGION=${config.region}
  export AWS_ACCESS_KEY_ID=${config.accessKeyId}
  export AWS_SECRET_ACCESS_KEY=${config.secretAccessKey}

  aws kms describe-custom-key-stores
  aws kms create-key --origin AWS_CLOUDHSM --custom-key-store-id ${config.customKeyStoreId}

The console: ${config.endpoint}/console/ (sign in with the same access key)

The same is in ${clientConfig}. Ctrl-C stops everything; the data stays.
`);
}
