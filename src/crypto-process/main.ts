/**
 * The crypto process: the only place where key material of the built-in key store is in the clear. It parses frames of its
 * own server, never a client's bytes; it knows neither policies nor accounts. In this room: the process, the formats of keys
 * and messages at rest, the domain keys. Not in this room: how domain keys are sealed (src/seal), what a KMS key is.
 *
 *     node dist/crypto-process/main.js --dir <folder> --socket <path>
 *         [--operator-public <PEM file>]   public key of the recovery kit; the first start needs it
 *         [--module <path>] [--token-label <label>]   the system HSM's PKCS#11 module (SoftHSM) and token
 *         [--keys <n>]                     most keys in memory (100,000)
 *         [--require-recovery-proof]       refuse GenerateKey until the recovery seal was proven
 *         [--keep-domain-key]              make no new domain key: other nodes would not have it
 *         [--exit-with-parent]             end when standard input ends
 *
 * Environment: CLAVIGER_HOST_SECRET, CLAVIGER_SYSTEM_PIN_FILE (docs/decisions/0003-system-hsm-pin.md).
 * Exit codes: 0 told to stop, 1 cannot start, 2 wrong arguments, 3 another process owns the folder.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createLogger } from '../logging/logger.ts';
import { hardenProcess } from '../native/addon.ts';
import { hostSecretPath } from '../seal/host-secret.ts';
import { SealError } from '../seal/seal.ts';
import { createSystemHsm, openSystemHsm, systemHsmExists } from '../seal/system-hsm.ts';
import type { SystemHsm } from '../seal/system-hsm.ts';
import { readDomainKeyFile } from './domain-key-file.ts';
import { openOrCreateDomainKeys } from './domain-keys.ts';
import type { DomainKeys } from './domain-keys.ts';
import { domainKeysPath, lockFolder, markInUse, systemHsmPath, wasInUse } from './folder.ts';
import { cryptoProcessHandlers } from './handlers.ts';
import { createKeyCache } from './key-cache.ts';
import { createRandomPool } from './randomness.ts';
import { listen, usableSocketPath } from './socket.ts';

const DEFAULT_KEYS = 100_000;
const ROTATION_CHECK_MS = 3_600_000;
const EXIT = { cannotStart: 1, wrongArguments: 2, folderInUse: 3 } as const;

const log = createLogger('crypto-process');

interface Arguments {
  dir: string;
  socket: string;
  operatorPublic: string | undefined;
  modulePath: string | undefined;
  tokenLabel: string | undefined;
  keys: number;
  requireRecoveryProof: boolean;
  keepDomainKey: boolean;
  exitWithParent: boolean;
}

function readArguments(): Arguments {
  const { values } = parseArgs({
    options: {
      dir: { type: 'string' },
      socket: { type: 'string' },
      'operator-public': { type: 'string' },
      module: { type: 'string' },
      'token-label': { type: 'string' },
      keys: { type: 'string' },
      'require-recovery-proof': { type: 'boolean' },
      'keep-domain-key': { type: 'boolean' },
      'exit-with-parent': { type: 'boolean' },
    },
  });
  const keys = Number(values.keys ?? DEFAULT_KEYS);
  if (values.dir === undefined || values.socket === undefined)
    throw new Error('--dir and --socket are needed');
  if (!Number.isSafeInteger(keys) || keys < 1) throw new Error('--keys takes a positive number');
  return {
    dir: resolve(values.dir),
    socket: resolve(values.socket),
    operatorPublic: values['operator-public'],
    modulePath: values.module === undefined ? undefined : resolve(values.module),
    tokenLabel: values['token-label'],
    keys,
    requireRecoveryProof: values['require-recovery-proof'] ?? false,
    keepDomainKey: values['keep-domain-key'] ?? false,
    exitWithParent: values['exit-with-parent'] ?? false,
  };
}

/** The first start makes the system HSM; later ones, with domain keys that depend on it, never do. */
function startSystemHsm(args: Arguments, operatorPublicKey: Buffer | undefined): SystemHsm {
  const options = {
    folder: systemHsmPath(args.dir),
    modulePath: args.modulePath,
    tokenLabel: args.tokenLabel,
    hostSecretFile: hostSecretPath(process.env),
    pinFile: process.env['CLAVIGER_SYSTEM_PIN_FILE'] || undefined,
  };
  if (readDomainKeyFile(domainKeysPath(args.dir)) !== undefined) return openSystemHsm(options);
  if (wasInUse(args.dir)) {
    throw new SealError(
      'DOMAIN_KEYS_INVALID',
      `the domain keys of ${args.dir} are gone: restore them from a backup`,
    );
  }
  if (systemHsmExists(options.folder)) return openSystemHsm(options); // the first start ended between the two
  if (operatorPublicKey === undefined) {
    throw new SealError(
      'RECOVERY_PUBLIC_KEY',
      'the first start needs the public key of a recovery kit (--operator-public)',
    );
  }
  return createSystemHsm(options);
}

function startDomainKeys(
  args: Arguments,
  systemHsm: SystemHsm,
  operatorPublicKey: Buffer | undefined,
): DomainKeys {
  return openOrCreateDomainKeys({
    path: domainKeysPath(args.dir),
    seal: systemHsm.seal,
    rootKeyId: systemHsm.rootKeyId,
    operatorPublicKey,
    now: Date.now,
  });
}

/** A failed rotation is told and tried again in an hour; the newest domain key goes on being used. */
function rotateWhenDue(domainKeys: DomainKeys): void {
  try {
    if (domainKeys.rotateWhenDue())
      log.info({ version: domainKeys.newest().version }, 'made a new domain key');
  } catch (error) {
    log.error({ reason: reasonOf(error) }, 'the domain key could not be rotated');
  }
}

async function start(args: Arguments): Promise<void> {
  lockFolder(args.dir);
  const operatorPublicKey = args.operatorPublic === undefined ? undefined : readFileSync(args.operatorPublic);
  const systemHsm = startSystemHsm(args, operatorPublicKey);
  if (systemHsm.restoredFiles.length > 0) {
    log.warn({ files: systemHsm.restoredFiles }, 'put damaged files of the system HSM back');
  }
  const domainKeys = startDomainKeys(args, systemHsm, operatorPublicKey);
  markInUse(args.dir);
  if (!args.keepDomainKey) {
    rotateWhenDue(domainKeys);
    setInterval(() => rotateWhenDue(domainKeys), ROTATION_CHECK_MS).unref();
  }

  const keys = createKeyCache(args.keys);
  const handlers = cryptoProcessHandlers({
    domainKeys,
    keys,
    fillRandom: createRandomPool(),
    requireRecoveryProof: args.requireRecoveryProof,
  });
  const path = usableSocketPath(args.socket);
  const server = await listen(path, handlers);

  const stop = (reason: string): void => {
    log.info({ reason }, 'stopping');
    server.close(); // removes the socket's file
    keys.clear();
    domainKeys.close();
    systemHsm.close();
    process.exit(0);
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  if (args.exitWithParent) {
    process.stdin.on('end', () => stop('the parent ended'));
    process.stdin.on('error', () => stop('the parent ended'));
    process.stdin.resume();
  }
  log.info({ socket: path, domainKeyVersion: domainKeys.newest().version }, 'ready');
  process.stdout.write(`${JSON.stringify({ ready: true, pid: process.pid, socket: path })}\n`);
}

/** Messages of SealError are made for operators; anything else is told by its message too, which holds no secret either. */
function reasonOf(error: unknown): string {
  return error instanceof SealError ? `${error.code}: ${error.message}` : String((error as Error).message);
}

function readArgumentsOrExit(): Arguments {
  try {
    return readArguments();
  } catch (error) {
    log.fatal({ reason: reasonOf(error) }, 'wrong arguments');
    process.exit(EXIT.wrongArguments);
  }
}

process.umask(0o077);
process.on('SIGUSR1', () => log.warn('SIGUSR1 ignored: no inspector in a process that holds keys'));
const args = readArgumentsOrExit();
try {
  hardenProcess();
  await start(args);
} catch (error) {
  log.fatal({ reason: reasonOf(error) }, 'cannot start');
  process.exit(
    error instanceof SealError && error.code === 'FOLDER_IN_USE' ? EXIT.folderInUse : EXIT.cannotStart,
  );
}
