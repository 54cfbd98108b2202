/**
 * The server process: `node main.js --data <folder> --host <address> --listen-descriptor <n> --worker <n> --workers <n>
 * --regions <home,…> --config <file> --crypto-socket <path> [--established]`. Parses what clients send, decides, records.
 * Holds no key. Its parent opened the socket on which it listens, and tells it over IPC where HSMs listen. A node may have
 * several; the first does what is done once on a node.
 */
import type { Server } from 'node:http';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Refusal } from '../admission/compartments.ts';
import { acceptsRegion } from '../aws/services.ts';
import { createVerifier } from '../aws/sigv4/verify.ts';
import type { Address } from '../configuration/address.ts';
import { drain } from '../edge/drain.ts';
import { createEdge } from '../edge/edge.ts';
import { addUsage } from '../jobs/metering.ts';
import { createLogger } from '../logging/logger.ts';
import { listenForScrapes } from '../metrics/listener.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { isClusterStore } from '../storage/custom-key-stores.ts';
import { hardenProcess } from '../native/addon.ts';
import { openAdminSocket } from './admin.ts';
import type { HsmHost } from '../services/cloudhsm/hsm-host.ts';
import { assemble } from './assemble.ts';
import type { Assembly } from './assemble.ts';
import { createConsole } from './console.ts';
import { parentHsmMaker } from './hsm-work.ts';
import type { FromServer, ToServer } from './parent-messages.ts';
import { serveOperator } from './operator-socket.ts';
import { quarantinedKeys } from '../services/cloudhsm/quarantine.ts';
import { startJobs } from './duties.ts';
import { readiness } from './readiness.ts';
import { readings } from './readings.ts';
import { createRouter } from './router.ts';
import { readSurroundings } from './surroundings.ts';

/** dist/console, beside dist/server. */
const CONSOLE_DIR = fileURLToPath(new URL('../console', import.meta.url));
const SETTLE_MS = 8_000;
/** HSMs that are away must not keep the others, and the built-in key store, from serving. */
const BEFORE_LISTENING_MS = 5_000;
const RESET_TIMEOUT_MS = 20_000;

const logger = createLogger('server');

interface Options {
  data: string;
  host: string;
  /** File descriptor of the listening socket. */
  listenDescriptor: number;
  worker: number;
  workers: number;
  /** Home Region first. */
  regions: string[];
  account: string | undefined;
  cryptoSocket: string;
  /** The configuration file; it need not be there. */
  config: string;
  /** The installation is not new: its database is not empty. */
  established: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      'listen-descriptor': { type: 'string' },
      worker: { type: 'string', default: '1' },
      workers: { type: 'string', default: '1' },
      regions: { type: 'string', default: 'us-east-1' },
      account: { type: 'string' },
      'crypto-socket': { type: 'string' },
      config: { type: 'string' },
      established: { type: 'boolean', default: false },
    },
  });
  const { data, config, 'crypto-socket': cryptoSocket, 'listen-descriptor': descriptor } = values;
  if (data === undefined || cryptoSocket === undefined || config === undefined || descriptor === undefined)
    throw new Error('--data, --config, --crypto-socket and --listen-descriptor are required');
  return {
    data,
    host: values.host,
    listenDescriptor: Number(descriptor),
    worker: Number(values.worker),
    workers: Number(values.workers),
    regions: values.regions.split(','),
    account: values.account,
    cryptoSocket,
    config,
    established: values.established,
  };
}

function tell(message: FromServer): void {
  process.send?.(message);
}

async function main(): Promise<void> {
  hardenProcess();
  // one request's failure that nobody caught must not take the others with it
  process.on('unhandledRejection', (error) => logger.error({ err: error }, 'a failure was not handled'));
  process.on('SIGUSR1', () => {}); // without a listener Node opens its inspector, which reads all memory
  const options = readOptions();
  let cryptoSocket = options.cryptoSocket;
  const resets = passwordResets();
  const hsmWork = parentHsmMaker(tell);
  const { configuration, tls } = readSurroundings(options.config, options.host, options.workers);
  const metrics =
    configuration.metrics.listen === undefined ? undefined : createMetrics(() => readings(assembly));
  const refused = (reason: Refusal): void => metrics?.requestRefused(reason);
  const assembly = await assemble({
    dataDir: options.data,
    established: options.established,
    accountId: options.account,
    regions: options.regions,
    configuration,
    logger,
    clock: Date.now,
    cryptoSocket: () => cryptoSocket,
    worker: { worker: options.worker, workers: options.workers },
    escrowFile: process.env['CLAVIGER_ESCROW_FILE'],
    refused,
    hsmPerformed: metrics?.hsmPerformed,
    proxyAsked: metrics?.proxyAsked,
    // each process asks; one tells
    ...(options.worker === 1 && { cryptoHangs: () => tell({ type: 'restartCrypto' }) }),
    hsmHost: {
      resetUserPassword: resets.ask,
      hangs: (hsmId) => tell({ type: 'restartHsm', hsmId }),
      maker: hsmWork.maker,
    },
  });
  const { kms, clusters, identities } = assembly;

  process.on('message', (message: ToServer) => {
    switch (message.type) {
      case 'hsms':
        clusters.setEndpoints(
          new Map(message.running.map(({ hsmId, host, port }) => [hsmId, { host, port }])),
        );
        break;
      case 'crypto':
        cryptoSocket = message.socket;
        break;
      case 'adopt':
        clusters
          .adopt(message.cluster, { accountId: identities.root.accountId, region: message.region })
          .then(() => tell({ type: 'adopted', clusterId: message.cluster.clusterId }))
          .catch((error: unknown) => logger.error({ err: error }, 'a cluster could not be adopted'));
        break;
      case 'passwordReset':
        resets.answered(message.hsmId, message.ok);
        break;
      case 'hsmWorkDone':
        hsmWork.answered(message);
        break;
    }
  });

  await assembly.resume();
  const router = createRouter({
    services: assembly.services,
    console: createConsole(CONSOLE_DIR, options.regions),
    verify: createVerifier({
      lookup: (accessKeyId, sessionToken) => identities.find(accessKeyId, sessionToken),
      regions: acceptsRegion(options.regions),
    }),
    used: (caller, service, region, now) => identities.used(caller, service, region, now),
    region: options.regions[0] ?? '',
    clock: Date.now,
    logger,
    ended: metrics?.requestEnded,
    readiness: () => readiness(assembly.obstacles(), assembly.hsmTrails.numbers),
    gate: assembly.gate,
    refused,
  });
  const limits = configuration.admission;
  const server = createEdge({
    tls,
    handle: router,
    limits,
    refused,
    failed: (error) => logger.error({ err: error }, 'a request got no answer'),
  });
  const isFirst = options.worker === 1;
  const sockets = isFirst ? await openSockets(options, assembly) : [];
  await settle(assembly, BEFORE_LISTENING_MS); // connections wait in the parent's socket, and find all HSMs
  await listen(server, options.listenDescriptor);
  const { listen: scrapes } = configuration.metrics;
  if (metrics !== undefined && scrapes !== undefined)
    await listenForScrapes(metrics, scrapesOf(scrapes, options.worker));
  const jobs = startJobs(assembly, logger);
  tell({ type: 'listening', root: identities.root });
  if (isFirst) hsmWork.begin();
  void settle(assembly, SETTLE_MS).then(() => tell({ type: 'settled' }));

  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    for (const job of jobs) job.stop();
    for (const socket of sockets) socket.close();
    const end = async (): Promise<void> => {
      // counts of a minute at most
      const { db, meter, audit } = kms;
      await addUsage(db, meter, audit.writerId, Date.now(), assembly.duty.held).catch(() => {});
      await assembly.close();
      process.exit(0);
    };
    // those who come now wait in the parent's socket for this process's successor
    drain(server, () => void end());
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', () => {}); // Ctrl-C goes to the whole group; the parent decides in which order things end
  process.on('disconnect', stop);
}

function listen(server: Server, descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ fd: descriptor }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Each process of a node has counters of its own: the first at the configured port, the others at the following ones. */
function scrapesOf({ host, port }: Address, worker: number): Address {
  return { host, port: port === 0 ? 0 : port + worker - 1 };
}

/** What operators' commands on this machine ask a running node. */
async function openSockets(options: Options, assembly: Assembly): Promise<{ close(): void }[]> {
  const { kms, clusters, identities } = assembly;
  const data = resolve(options.data);
  const admin = await openAdminSocket(data, {
    accounts: () => identities.principals.accounts(),
    createAccount: (name) => assembly.createAccount(name),
    quarantined: () =>
      quarantinedKeys(
        kms.db,
        clusters.all().map(({ cluster_id }) => cluster_id),
      ),
    logger: logger.child({ component: 'admin' }),
  });
  return [admin, await serveOperator(data, kms)];
}

/** Waits for the clusters of connected key stores, so that the first call after a start is as good as any. */
async function settle({ kms, clusters, identities }: Assembly, milliseconds: number): Promise<void> {
  const stores = kms.customKeyStores.all().filter((row) => row.account_id === identities.root.accountId);
  await Promise.all(
    stores
      .filter((row) => row.connection_state === 'CONNECTED')
      .filter(isClusterStore)
      .map(async (row) => clusters.live(row.cluster_id)?.waitForServing(milliseconds)),
  );
}

/** Password resets that the operator's agent is asked for, by way of the parent. */
function passwordResets(): { ask: HsmHost['resetUserPassword']; answered(hsmId: string, ok: boolean): void } {
  const waiting = new Map<string, (ok: boolean) => void>();
  return {
    ask: ({ hsmId, user, password }) =>
      new Promise((resolve, reject) => {
        if (process.send === undefined) {
          reject(new Error('there is no operator agent'));
          return;
        }
        const timer = setTimeout(
          () => reject(new Error('the operator agent did not answer')),
          RESET_TIMEOUT_MS,
        );
        waiting.set(hsmId, (ok) => {
          clearTimeout(timer);
          if (ok) resolve();
          else reject(new Error('the operator agent could not set the password'));
        });
        tell({ type: 'resetUserPassword', hsmId, user, password });
      }),
    answered: (hsmId, ok) => {
      waiting.get(hsmId)?.(ok);
      waiting.delete(hsmId);
    },
  };
}

main().catch((error: unknown) => {
  logger.fatal({ err: error }, 'the server cannot run');
  process.exit(1);
});
