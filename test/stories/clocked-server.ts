/**
 * A real server for tests of what takes days: crypto process, database, journal, jobs and HTTP endpoint as in production,
 * in this process and without HSMs, on the engine that the tests run on, with a clock that the test sets. Clients sign with the real time.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KMSClient } from '@aws-sdk/client-kms';
import { pino } from 'pino';
import type { Refusal } from '../../src/admission/compartments.ts';
import { acceptsRegion } from '../../src/aws/services.ts';
import { createVerifier } from '../../src/aws/sigv4/verify.ts';
import type { CloudTrailEvent } from '../../src/audit/event.ts';
import { readJournal } from '../../src/audit/reading.ts';
import { parseConfiguration } from '../../src/configuration/configuration.ts';
import type { DatabaseConfiguration } from '../../src/configuration/database.ts';
import type { Logger } from '../../src/logging/logger.ts';
import { assemble } from '../../src/server/assemble.ts';
import type { Assembly } from '../../src/server/assemble.ts';
import { createEdge } from '../../src/edge/edge.ts';
import type { Identities, RootCredentials } from '../../src/server/identities.ts';
import { readiness } from '../../src/server/readiness.ts';
import { createRouter } from '../../src/server/router.ts';
import type { Kms } from '../../src/services/kms/kms.ts';
import { createPlace, startProcess } from '../crypto-process/process.ts';
import { testDatabase } from '../storage/test-database.ts';
import { WITHOUT_REQUEST_QUOTAS } from './without-quotas.ts';

export interface ClockedServer {
  kms: Kms;
  accountId: string;
  endpoint: string;
  dataDir: string;
  root: RootCredentials;
  identities: Identities;
  createAccount: Assembly['createAccount'];
  /** What any AWS client of this server needs beside a Region. */
  connection: { endpoint: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  assembly: Assembly;
  /** Process id of the crypto process. */
  cryptoPid: number;
  /** Why requests were refused for want of room. */
  refusals: readonly Refusal[];
  /** @param maxAttempts more than one where a busy machine may put off what is slow */
  client(region: string, maxAttempts?: number): KMSClient;
  /** Moves the service's clock on. */
  pass(milliseconds: number): void;
  /** All that was recorded so far. */
  events(): Promise<CloudTrailEvent[]>;
  remove(): Promise<void>;
}

export const REGIONS = ['us-east-1', 'us-west-2', 'eu-west-1'] as const;

export interface ServerSurroundings {
  /** Puts into the new data folder what the server is to find there. */
  prepare?: (dataDir: string) => Promise<void> | void;
  /** Silent when undefined. */
  logger?: Logger;
  /** On the engine that the tests run on when undefined. */
  database?: DatabaseConfiguration;
}

/**
 * @param clock the service's clock; real time and what `pass` added when undefined
 * @param configuration YAML
 */
export async function startClockedServer(
  clock?: () => number,
  configuration = WITHOUT_REQUEST_QUOTAS,
  { prepare, logger = pino({ level: 'silent' }), database }: ServerSurroundings = {},
): Promise<ClockedServer> {
  const place = await createPlace();
  const cryptoProcess = await startProcess(place);
  const dataDir = mkdtempSync(join(tmpdir(), 'claviger-'));
  await prepare?.(dataDir);
  let ahead = 0;
  const settings = { ...parseConfiguration(configuration), database: database ?? (await testDatabase()) };
  const refusals: Refusal[] = [];
  const refused = (reason: Refusal): void => void refusals.push(reason);
  const assembly = await assemble({
    dataDir,
    accountId: undefined,
    regions: REGIONS,
    configuration: settings,
    refused,
    logger,
    clock: clock ?? (() => Date.now() + ahead),
    cryptoSocket: () => cryptoProcess.socket,
    hsmHost: { resetUserPassword: () => Promise.reject(new Error('no HSMs here')), hangs: () => {} },
  });
  const { kms, identities } = assembly;
  await assembly.resume();
  const verify = createVerifier({
    lookup: (id, token) => identities.find(id, token),
    regions: acceptsRegion(REGIONS),
  });
  const server = createEdge({
    tls: undefined,
    handle: createRouter({
      services: assembly.services,
      verify,
      used: (caller, service, region, now) => identities.used(caller, service, region, now),
      clock: Date.now,
      logger,
      region: REGIONS[0],
      readiness: () => readiness(assembly.obstacles(), assembly.hsmTrails.numbers),
      gate: assembly.gate,
      refused,
    }),
    limits: settings.admission,
    refused,
    failed: (error) => logger.error({ err: error }, 'a request got no answer'),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { accountId, accessKeyId, secretAccessKey } = identities.root;
  return {
    kms,
    accountId,
    endpoint,
    dataDir,
    root: identities.root,
    identities,
    createAccount: (name) => assembly.createAccount(name),
    connection: { endpoint, credentials: { accessKeyId, secretAccessKey } },
    assembly,
    refusals,
    cryptoPid: cryptoProcess.child.pid as number,
    client: (region, maxAttempts = 1) =>
      new KMSClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts }),
    pass: (milliseconds) => (ahead += milliseconds),
    async events() {
      const events: CloudTrailEvent[] = [];
      for await (const { event } of readJournal(join(dataDir, 'audit'))) events.push(event);
      return events;
    },
    async remove() {
      server.close();
      server.closeAllConnections();
      await assembly.close();
      await cryptoProcess.end();
      place.remove();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
