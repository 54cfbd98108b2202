/**
 * What a server process finds at its start: the configuration file, and its TLS key pair. Whoever starts or replaces one looks at
 * it first, so that what is wrong is said at once, and takes no process away that serves.
 */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { readConfiguration } from '../configuration/configuration.ts';
import type { Configuration } from '../configuration/configuration.ts';

interface Surroundings {
  configuration: Configuration;
  /** PEM; undefined: plain HTTP. */
  tls: { cert: Buffer; key: Buffer } | undefined;
}

/**
 * @param configFile it need not be there
 * @param host where clients reach the server
 * @param workers how many processes serve; undefined: as many as the configuration says
 * @throws Error that says what is wrong
 */
export function readSurroundings(configFile: string, host: string, workers?: number): Surroundings {
  const configuration = readConfiguration(configFile);
  requireSharedDatabase(configuration);
  requireOneReader(configuration, workers ?? configuration.server.workers);
  return { configuration, tls: readTls(host) };
}

/** @throws Error */
function requireSharedDatabase({ server, database }: Configuration): void {
  if (server.nodes === 'several' && database.engine === 'sqlite')
    throw new Error(
      'server.nodes: several needs a database that several nodes can reach: database.engine: postgres',
    );
}

/** Whether a sink takes events is known to the node's first process alone. @throws Error */
function requireOneReader({ audit }: Configuration, workers: number): void {
  if (workers > 1 && Object.values(audit.sinks).some(({ required }) => required))
    throw new Error('with a required audit sink, server.workers must be 1');
}

/** TLS when told so; plain HTTP only on loopback, unless a balancer in front ends TLS. */
function readTls(host: string): Surroundings['tls'] {
  const { CLAVIGER_TLS_CERT: cert, CLAVIGER_TLS_KEY: key, CLAVIGER_PLAINTEXT: plaintext } = process.env;
  if (cert !== undefined && key !== undefined) return readKeyPair(cert, key);
  if (cert !== undefined || key !== undefined)
    throw new Error('TLS needs both: only one of CLAVIGER_TLS_CERT and CLAVIGER_TLS_KEY is set');
  const loopback = host === 'localhost' || host === '::1' || host.startsWith('127.');
  if (loopback || plaintext === 'allowed') return undefined;
  throw new Error(
    'an address that is not loopback needs TLS: set CLAVIGER_TLS_CERT and CLAVIGER_TLS_KEY, or CLAVIGER_PLAINTEXT=allowed behind a balancer that ends TLS',
  );
}

function readKeyPair(certFile: string, keyFile: string): { cert: Buffer; key: Buffer } {
  const pair = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
  try {
    createSecureContext(pair);
  } catch (error) {
    throw new Error(`${certFile} and ${keyFile} are no key pair for TLS: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return pair;
}
