/** What a proxy works with: its settings, and what the files that they name hold. All of it can be used, or none is given. */
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Address } from '../configuration/address.ts';
import { ConfigurationError } from '../configuration/values.ts';
import { readSettings } from './settings.ts';
import type { ClavigerSettings, CredentialSettings, ProxySettings, TlsSettings } from './settings.ts';

export interface Credential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface TlsFiles {
  /** PEM. */
  readonly certificate: Buffer;
  readonly key: Buffer;
  readonly clientCa: Buffer | undefined;
  readonly clientNames: readonly string[] | undefined;
}

export interface ClavigerAccess extends Credential {
  readonly endpoints: readonly string[];
  /** PEM. */
  readonly trustAnchor: Buffer | undefined;
  readonly region: string;
  readonly clusterId: string | undefined;
  readonly timeoutMilliseconds: number;
}

export interface StoreConfiguration {
  readonly path: string;
  readonly region: string;
  readonly credentials: readonly Credential[];
  readonly keys: ReadonlyMap<string, string> | undefined;
}

export interface ProxyConfiguration {
  readonly listen: Address;
  readonly tls: TlsFiles | undefined;
  readonly claviger: ClavigerAccess;
  readonly fleetSize: number;
  readonly stores: readonly StoreConfiguration[];
}

/** "43 to 64 characters" of base64 (XksProxyAuthenticationCredential). */
const PROXY_SECRET = /^[A-Za-z0-9+/=]{43,64}$/;
const CLAVIGER_SECRET = /^[\x21-\x7e]{16,128}$/;

/** @throws ConfigurationError that names the place, or the file, and says nothing of what a secret's file holds */
export function readConfiguration(file: string): ProxyConfiguration {
  const settings: ProxySettings = readSettings(file);
  return {
    listen: settings.listen,
    tls: settings.tls === undefined ? undefined : readTls(settings.tls),
    claviger: readAccess(settings.claviger),
    fleetSize: settings.fleetSize,
    stores: settings.stores.map((store) => ({
      path: store.path,
      region: store.region,
      credentials: store.credentials.map((credential) => readCredential(credential, PROXY_SECRET)),
      keys: store.keys === undefined ? undefined : new Map(Object.entries(store.keys)),
    })),
  };
}

function readAccess(settings: ClavigerSettings): ClavigerAccess {
  const { endpoints, region, clusterId, timeoutMilliseconds, trustAnchor } = settings;
  const ca = trustAnchor === undefined ? undefined : read(trustAnchor);
  if (ca !== undefined) requireUsable('claviger.trustAnchor', { ca });
  return {
    ...{ endpoints, region, clusterId, timeoutMilliseconds },
    ...readCredential(settings, CLAVIGER_SECRET),
    trustAnchor: ca,
  };
}

function readTls({ certificate, key, clientCa, clientNames }: TlsSettings): TlsFiles {
  const files = {
    certificate: read(certificate),
    key: readSecret(key),
    clientCa: clientCa === undefined ? undefined : read(clientCa),
  };
  requireUsable('tls', { cert: files.certificate, key: files.key });
  if (files.clientCa !== undefined) requireUsable('tls.clientCa', { ca: files.clientCa });
  return { ...files, clientNames };
}

/** OpenSSL passes over a file with authorities in which it finds none; that would be one that nobody is under. */
function requireUsable(path: string, parts: { cert?: Buffer; key?: Buffer; ca?: Buffer }): void {
  if (parts.ca !== undefined && !parts.ca.includes('-----BEGIN CERTIFICATE-----'))
    throw new ConfigurationError(path, 'has no certificate in PEM');
  try {
    createSecureContext(parts);
  } catch (error) {
    throw new ConfigurationError(path, `cannot be used for TLS: ${(error as Error).message}`);
  }
}

/** The secret is the file's only line. */
function readCredential({ accessKeyId, secretFile }: CredentialSettings, pattern: RegExp): Credential {
  const secretAccessKey = readSecret(secretFile).toString('utf8').trimEnd();
  if (!pattern.test(secretAccessKey))
    throw new ConfigurationError('', `${secretFile} holds no secret access key as one line`);
  return { accessKeyId, secretAccessKey };
}

function readSecret(file: string): Buffer {
  if ((stat(file).mode & 0o077) !== 0)
    throw new ConfigurationError('', `${file} must be readable for its owner only (mode 0600)`);
  return read(file);
}

function stat(file: string): { mode: number } {
  return orSay(file, () => statSync(file));
}

function read(file: string): Buffer {
  return orSay(file, () => readFileSync(file));
}

function orSay<T>(file: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw new ConfigurationError('', `${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}
