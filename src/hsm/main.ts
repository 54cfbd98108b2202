/**
 * The HSM process: one HSM with its PKCS#11 module, users, keys and log, served over TLS 1.3.
 *
 *     node dist/hsm/main.js --dir <folder> [--exit-with-parent] [--heartbeat]
 *
 * This room holds keys and knows no policies, no KMS keys' states and no database: it imports nothing of the server. Exit
 * codes: 0 stopped, 1 failed, 3 another process owns the folder.
 */
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { hardenProcess, lockFile } from '../native/addon.ts';
import { Pkcs11Failure, pkcs11Failure } from '../pkcs11/errors.ts';
import { finaliseModule, initialiseModule, loadModule } from '../pkcs11/module.ts';
import { examineModule } from '../pkcs11/probe.ts';
import { replaceFile } from '../files/durable.ts';
import { HSM_FILES, readHsmFolder } from './folder.ts';
import type { HsmConfig } from './folder.ts';
import type { Hsm, HsmSession } from './hsm.ts';
import { identityFingerprint, openIdentity, prepareIdentity } from './identity.ts';
import { KeyWork } from './key-work.ts';
import { createListener, listen } from './listener.ts';
import { openLockout } from './lockout.ts';
import { createLogReader, createLogTextReader } from './log-reader.ts';
import { LogSignatures } from './log-signatures.ts';
import { HsmLog } from './log.ts';
import { logOut } from './partition.ts';
import { dropRights } from './rights.ts';
import { hsmHandlers, serveHsmConnection } from './serve.ts';
import { objectsChanged, restoreTokens } from './token-files.ts';
import { openUsers } from './users.ts';

const EXIT_FAILED = 1;
const EXIT_FOLDER_IN_USE = 3;
/** A module that hangs hangs this process, and is noticed by its silence. */
const HEARTBEAT_MS = 1_000;
/** How long a client may take to its end of a connection that is ended here. */
const END_MS = 1_000;

/** The part of an error that may be shown: of the module's its name, of Node's system errors the code. */
function errorFields(error: unknown): Record<string, unknown> {
  const failure = pkcs11Failure(error);
  if (failure instanceof Pkcs11Failure) return { ckr: failure.ckr };
  return { code: (failure as NodeJS.ErrnoException).code, error: failure.message, stack: failure.stack };
}

function createProcessLog({ hsmId }: HsmConfig): Logger {
  return pino(
    {
      base: { component: 'hsm', hsmId },
      level: process.env['CLAVIGER_LOG_LEVEL'] ?? 'info',
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pino.destination({ dest: 2, sync: true }),
  );
}

/** Takes the folder for this process alone, or ends the process. The lock goes with the process. */
function takeFolder(log: Logger): void {
  try {
    lockFile(HSM_FILES.lock);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    log.error('another process owns this HSM');
    process.exit(EXIT_FOLDER_IN_USE);
  }
}

/** Becomes the configured user, with nothing of a token touched before. */
function giveUpRights(config: HsmConfig, log: Logger): void {
  const outcome = dropRights(config.runAs);
  if (outcome === 'dropped')
    hardenProcess(); // setuid may have undone it
  else if (outcome !== 'not needed')
    log.warn({ reason: outcome.failed }, 'cannot give up root: runs on as it is');
  else if (process.getuid?.() === 0) log.warn('runs as root: token.object is not read-only for root');
}

async function start(dir: string, exitWithParent: boolean, heartbeat: boolean): Promise<void> {
  process.umask(0o077);
  process.on('SIGUSR1', () => {}); // Node's own handler would open the inspector
  hardenProcess();
  const config = readHsmFolder(dir);
  const log = createProcessLog(config);
  process.chdir(dir);
  takeFolder(log);
  process.env['SOFTHSM2_CONF'] = HSM_FILES.softHsmConfig;
  const module = loadModule(config.module.path, config.module);
  await prepareIdentity();
  giveUpRights(config, log);

  const now = (): Date => new Date();
  const { state, repairs } = restoreTokens(now());
  for (const repair of repairs) log[repair.interrupted ? 'info' : 'warn'](repair, 'repaired at start');
  const moduleInfo = initialiseModule(module);
  const moduleReport = { module: moduleInfo, ...examineModule(module) };
  for (const gap of moduleReport.gaps) log.error(gap, 'the PKCS#11 module lacks something that is needed');
  const hsmLog = new HsmLog(HSM_FILES.log);
  if (hsmLog.repairedBytes > 0)
    log.warn({ bytes: hsmLog.repairedBytes }, 'cut an unfinished line off the log');
  const identity = await openIdentity(config, now());

  const hsm: Hsm = {
    config,
    bootId: randomUUID(),
    module,
    moduleInfo,
    moduleReport,
    identity,
    users: openUsers(module, state, openLockout()),
    keyWork: new KeyWork(objectsChanged),
    log: hsmLog,
    readLog: createLogReader(HSM_FILES.log),
    readLogText: createLogTextReader(HSM_FILES.log),
    logSignatures: new LogSignatures({
      log: hsmLog,
      dir: HSM_FILES.log,
      owner: config,
      privateKey: identity.privateKey,
      onError: (error) => log.error(errorFields(error), 'the log could not be signed'),
    }),
    connections: new Set(),
    useInstalledCertificate: () => listener.renewCertificate(),
    reportFault: (what, error) => log.error(errorFields(error), what),
    now,
    draining: false,
  };
  const handlers = hsmHandlers(hsm);
  let lastConnection = 0;
  const listener = createListener(identity, (socket) => {
    lastConnection += 1;
    const session: HsmSession = {
      id: lastConnection,
      closed: false,
      officerPin: undefined,
      partition: undefined,
      granted: [],
      end() {
        socket.end();
        setTimeout(() => socket.destroy(), END_MS).unref(); // a client may hang, or not want to go
      },
    };
    serveHsmConnection(hsm, handlers, socket, session);
  });

  const stop = (why: string): void => {
    log.info({ why }, 'stopping');
    try {
      for (const partition of hsm.users.partitions.values()) logOut(partition);
      hsm.logSignatures.close();
      hsmLog.close();
      finaliseModule(module);
      process.exit(0);
    } catch (error) {
      log.error(errorFields(error), 'did not stop cleanly');
      process.exit(EXIT_FAILED);
    }
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('uncaughtException', (error) => {
    log.fatal(errorFields(error), 'failed');
    process.exit(EXIT_FAILED);
  });
  if (heartbeat) setInterval(() => process.stdout.write('{"alive":true}\n'), HEARTBEAT_MS);
  if (exitWithParent) process.stdin.on('end', () => stop('parent died')).resume();

  const { address, port } = await listen(listener.server, config.listen.host, config.listen.port);
  const { bootId } = hsm;
  const ready = { ready: true, hsmId: config.hsmId, host: address, port, bootId, pid: process.pid };
  replaceFile(HSM_FILES.listening, `${JSON.stringify({ host: address, port, bootId, pid: process.pid })}\n`);
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  const keyFingerprint = identityFingerprint(identity); // for the operator, who compares it at enrolment
  log.info(
    { host: address, port, bootId, keyFingerprint, module: moduleInfo, uid: process.getuid?.() },
    'ready',
  );
}

const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    'exit-with-parent': { type: 'boolean', default: false },
    heartbeat: { type: 'boolean', default: false },
  },
});
if (values.dir === undefined) {
  process.stderr.write('usage: main --dir <folder of the HSM> [--exit-with-parent]\n');
  process.exit(EXIT_FAILED);
}
start(resolve(values.dir), values['exit-with-parent'], values.heartbeat).catch((error: unknown) => {
  process.stderr.write(
    `${JSON.stringify({ level: 60, component: 'hsm', msg: 'cannot start', ...errorFields(error) })}\n`,
  );
  process.exit(EXIT_FAILED);
});
