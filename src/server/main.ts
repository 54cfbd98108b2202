/**
 * The server process: `node main.js --data <folder> --host <address> --port <n> --regions <home,…> --config <file> --crypto-socket <path>`.
 * Parses what clients send, decides, records. Holds no key. Its parent tells it over IPC where HSMs listen.
 */
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Refusal } from '../admission/compartments.ts';
import { acceptsRegion } from '../aws/services.ts';
import { createVerifier } from '../aws/sigv4/verify.ts';
import { readConfiguration } from '../configuration/configuration.ts';
import { abandonCutOffCreations } from '../jobs/creation-sweeper.ts';
import { deleteDueKeys } from '../jobs/key-deletion.ts';
import { rotateDueKeys } from '../jobs/key-rotation.ts';
import { deleteExpiredMaterial } from '../jobs/material-expiry.ts';
import { addUsage } from '../jobs/metering.ts';
import { completeMultiRegionChanges } from '../jobs/multi-region.ts';
import { schedule } from '../jobs/schedule.ts';
import { createLogger } from '../logging/logger.ts';
import { listenForScrapes } from '../metrics/listener.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { hardenProcess } from '../native/addon.ts';
import { openAdminSocket } from './admin.ts';
import { keepBackups } from '../services/cloudhsm/backups.ts';
import { startClusterLife } from '../services/cloudhsm/cluster-life.ts';
import type { HsmHost } from '../services/cloudhsm/hsm-host.ts';
import { assemble } from './assemble.ts';
import type { Assembly } from './assemble.ts';
import { createConsole } from './console.ts';
import { createEdge } from './edge.ts';
import { parentHsmMaker } from './hsm-work.ts';
import type { FromServer, ToServer } from './parent-messages.ts';
import { serveOperator } from './operator-socket.ts';
import { quarantinedKeys } from '../services/cloudhsm/quarantine.ts';
import { readiness } from './readiness.ts';
import { readings } from './readings.ts';
import { createRouter } from './router.ts';

/** dist/console, beside dist/server. */
const CONSOLE_DIR = fileURLToPath(new URL('../console', import.meta.url));
const DEADLINES_EVERY_MS = 5_000;
const MULTI_REGION_EVERY_MS = 500;
const LAST_USAGE_EVERY_MS = 30_000;
const LAST_USES_EVERY_MS = 60_000;
const METERING_EVERY_MS = 60_000;
const CREATIONS_EVERY_MS = 1_000;
const OUTBOX_EVERY_MS = 10_000;
const SETTLE_MS = 8_000;
const LISTEN_RETRY_MS = 100;
const LISTEN_TRIES = 50;
const RESET_TIMEOUT_MS = 20_000;

const logger = createLogger('server');

interface Options {
  data: string;
  host: string;
  port: number;
  /** Home Region first. */
  regions: string[];
  account: string | undefined;
  cryptoSocket: string;
  /** The configuration file; it need not be there. */
  config: string;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '7080' },
      regions: { type: 'string', default: 'us-east-1' },
      account: { type: 'string' },
      'crypto-socket': { type: 'string' },
      config: { type: 'string' },
    },
  });
  const { data, config, 'crypto-socket': cryptoSocket } = values;
  if (data === undefined || cryptoSocket === undefined || config === undefined)
    throw new Error('--data, --config and --crypto-socket are required');
  return {
    data,
    host: values.host,
    port: Number(values.port),
    regions: values.regions.split(','),
    account: values.account,
    cryptoSocket,
    config,
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
  const configuration = readConfiguration(options.config);
  const metrics =
    configuration.metrics.listen === undefined ? undefined : createMetrics(() => readings(assembly));
  const refused = (reason: Refusal): void => metrics?.requestRefused(reason);
  const assembly = await assemble({
    dataDir: options.data,
    accountId: options.account,
    regions: options.regions,
    configuration,
    logger,
    clock: Date.now,
    cryptoSocket: () => cryptoSocket,
    escrowFile: process.env['CLAVIGER_ESCROW_FILE'],
    refused,
    hsmPerformed: metrics?.hsmPerformed,
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
    readiness: () => readiness([kms.audit.obstacle, assembly.databaseObstacle()], assembly.hsmTrails.numbers),
    gate: assembly.gate,
    refused,
  });
  const limits = configuration.admission;
  const server = createEdge({ tls: readTls(options.host), handle: router, limits, refused });
  const admin = await openAdminSocket(resolve(options.data), {
    accounts: () => identities.principals.accounts(),
    createAccount: (name) => assembly.createAccount(name),
    quarantined: () =>
      quarantinedKeys(
        kms.db,
        clusters.all().map(({ cluster_id }) => cluster_id),
      ),
    logger: logger.child({ component: 'admin' }),
  });
  const port = await listen(server, options.host, options.port);
  const operator = await serveOperator(join(options.data, 'operator.sock'), kms);
  if (metrics !== undefined && configuration.metrics.listen !== undefined)
    await listenForScrapes(metrics, configuration.metrics.listen);
  const jobs = [
    schedule('key deletion', DEADLINES_EVERY_MS, () => deleteDueKeys(kms), logger),
    schedule('key rotation', DEADLINES_EVERY_MS, () => rotateDueKeys(kms), logger),
    schedule('material expiry', DEADLINES_EVERY_MS, () => deleteExpiredMaterial(kms), logger),
    schedule('last usage', LAST_USAGE_EVERY_MS, () => kms.lastUsages.flush(), logger),
    schedule('last uses', LAST_USES_EVERY_MS, () => identities.lastUses.flush(), logger),
    schedule('cluster backups', DEADLINES_EVERY_MS, () => keepBackups(assembly.cloudhsm), logger),
    schedule('creations', CREATIONS_EVERY_MS, () => abandonCutOffCreations(kms), logger, {
      despiteJumps: true,
    }),
    schedule('outbox', OUTBOX_EVERY_MS, assembly.sweepOutbox, logger, { despiteJumps: true }),
    schedule('metering', METERING_EVERY_MS, () => addUsage(kms.db, kms.meter, Date.now()), logger),
    schedule('multi-Region keys', MULTI_REGION_EVERY_MS, () => completeMultiRegionChanges(kms), logger),
    ...assembly.hsmTrails.jobs(),
  ];
  jobs.push(...assembly.trails.jobs());
  tell({ type: 'listening', port, root: identities.root });
  hsmWork.begin();
  const clusterLife = startClusterLife(assembly.cloudhsm);
  void settle(assembly).then(() => tell({ type: 'settled' }));

  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    for (const job of jobs) job.stop();
    admin.close();
    clusterLife.stop();
    operator.close();
    const end = async (): Promise<void> => {
      await addUsage(kms.db, kms.meter, Date.now()).catch(() => {}); // counts of a minute at most
      await assembly.close();
      process.exit(0);
    };
    server.close(() => void end());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 2_000).unref();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', () => {}); // Ctrl-C goes to the whole group; the parent decides in which order things end
  process.on('disconnect', stop);
}

/** TLS when told so; plain HTTP only on loopback, unless a balancer in front ends TLS. */
function readTls(host: string): { cert: Buffer; key: Buffer } | undefined {
  const { CLAVIGER_TLS_CERT: cert, CLAVIGER_TLS_KEY: key, CLAVIGER_PLAINTEXT: plaintext } = process.env;
  if (cert !== undefined && key !== undefined) return { cert: readFileSync(cert), key: readFileSync(key) };
  const loopback = host === 'localhost' || host === '::1' || host.startsWith('127.');
  if (loopback || plaintext === 'allowed') return undefined;
  throw new Error(
    'an address that is not loopback needs TLS: set CLAVIGER_TLS_CERT and CLAVIGER_TLS_KEY, or CLAVIGER_PLAINTEXT=allowed behind a balancer that ends TLS',
  );
}

/** A server that was just killed may hold the port for a moment. */
async function listen(server: Server, host: string, port: number): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host, port }, () => {
          server.off('error', reject);
          resolve();
        });
      });
      return (server.address() as AddressInfo).port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === LISTEN_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, LISTEN_RETRY_MS));
    }
  }
}

/** Waits for the clusters of connected key stores, so that the first call after a start is as good as any. */
async function settle({ kms, clusters, identities }: Assembly): Promise<void> {
  const stores = kms.customKeyStores.all().filter((row) => row.account_id === identities.root.accountId);
  await Promise.all(
    stores
      .filter((row) => row.connection_state === 'CONNECTED')
      .map(async (row) => clusters.live(row.cluster_id)?.waitForServing(SETTLE_MS)),
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
