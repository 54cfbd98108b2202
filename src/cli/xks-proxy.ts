/** `claviger xks-proxy`: lets AWS KMS, or another Claviger, use keys that live in HSM clusters here (docs/xks-proxy.md). */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { createLogger } from '../logging/logger.ts';
import { hardenProcess } from '../native/addon.ts';
import { Claviger } from '../xks-proxy/claviger.ts';
import { readConfiguration } from '../xks-proxy/configuration.ts';
import { startProxy } from '../xks-proxy/proxy.ts';
import { printJson } from './hsm/output.ts';
import { tellServiceManager } from './service-manager.ts';

export function xksProxyCommand(): Command {
  const command = new Command('xks-proxy').description(
    'a proxy by which AWS KMS, or another Claviger, uses keys of the HSM clusters here',
  );
  const config = ['--config <file>', "the proxy's own configuration file"] as const;
  command
    .command('serve')
    .description('run the proxy until it is told to end; SIGHUP: take the configuration file anew')
    .requiredOption(...config)
    .action(serve);
  command
    .command('new-credential')
    .description('print a credential for an external key store; it is kept nowhere')
    .option('--json', 'for programs')
    .action(newCredential);
  command
    .command('generate-key')
    .description('make an external key under a KMS key of an HSM cluster, and print its XksKeyId')
    .requiredOption(...config)
    .requiredOption('--key-id <id>', 'KMS key: its id or ARN')
    .action(generateKey);
  return command;
}

async function serve({ config }: { config: string }): Promise<void> {
  hardenProcess();
  process.umask(0o077);
  process.on('SIGUSR1', () => {}); // without a listener Node opens its inspector
  const file = resolve(config);
  const logger = createLogger('xks-proxy');
  const proxy = await startProxy(readConfiguration(file), { logger, clock: Date.now, version: version() });
  const where = `${proxy.host}:${proxy.port}`;
  process.on('SIGHUP', () => {
    try {
      proxy.reload(readConfiguration(file));
      logger.info('the configuration was taken anew');
    } catch (error) {
      logger.error(`the configuration is not taken, and the one before stays: ${(error as Error).message}`);
    }
  });
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    tellServiceManager('STOPPING=1', 'Stopping');
    void proxy.stop().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.stdout.write(`The XKS proxy listens on ${where}\n`);
  tellServiceManager('READY=1', `Listening on ${where}`);
}

/** RFC 4648: what an AccessKeyId of XksProxyAuthenticationCredential may have. */
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const ACCESS_KEY_ID_CHARS = 20;
/** 64 characters of base64, the most that a RawSecretAccessKey may have. */
const SECRET_BYTES = 48;

function newCredential({ json }: { json?: boolean }): void {
  const AccessKeyId = Array.from(
    randomBytes(ACCESS_KEY_ID_CHARS),
    (byte) => BASE32[byte % BASE32.length],
  ).join('');
  const RawSecretAccessKey = randomBytes(SECRET_BYTES).toString('base64');
  // the form in which CreateCustomKeyStore takes it
  if (json === true) printJson({ AccessKeyId, RawSecretAccessKey });
  else
    process.stdout.write(`AccessKeyId         ${AccessKeyId}\nRawSecretAccessKey  ${RawSecretAccessKey}\n`);
}

async function generateKey({ config, keyId }: { config: string; keyId: string }): Promise<void> {
  const claviger = new Claviger(readConfiguration(resolve(config)).claviger);
  try {
    process.stdout.write(`${await claviger.generateKey(keyId)}\n`);
  } finally {
    claviger.close();
  }
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
