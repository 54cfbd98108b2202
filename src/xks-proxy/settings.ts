/** The configuration file of an XKS proxy, as it is written (docs/xks-proxy.md). What its files hold is read elsewhere. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { splitAddress } from '../configuration/address.ts';
import type { Address } from '../configuration/address.ts';
import {
  ConfigurationError,
  absolutePath,
  listOf,
  mapOf,
  mapping,
  matching,
  optional,
  text,
  wholeNumber,
} from '../configuration/values.ts';
import type { Reader } from '../configuration/values.ts';
import { BASE_PATH } from '../xks/protocol.ts';
import { isExternalKeyId, isXksKeyId } from './key-ids.ts';

export interface TlsSettings {
  /** PEM files. */
  certificate: string;
  key: string;
  /** Clients must show a certificate under one of these authorities. */
  clientCa: string | undefined;
  /** Names of which a client's certificate must have one; any when undefined. */
  clientNames: readonly string[] | undefined;
}

export interface ClavigerSettings {
  /** Claviger's endpoints: URLs, tried in turn. */
  endpoints: readonly string[];
  /** PEM file with the only authorities that are believed; those of Node.js when undefined. */
  trustAnchor: string | undefined;
  /** Of the HSMs' KMS keys. */
  region: string;
  accessKeyId: string;
  secretFile: string;
  /** The cluster whose HSMs are told of in answers about health; the endpoints when undefined. */
  clusterId: string | undefined;
  /** For one call, all attempts together. */
  timeoutMilliseconds: number;
}

export interface CredentialSettings {
  accessKeyId: string;
  secretFile: string;
}

export interface StoreSettings {
  /** What the URI path has before `/kms/xks/v1`. */
  path: string;
  /** Of the KMS that calls. */
  region: string;
  /** One, or two while one takes the other's place. */
  credentials: readonly CredentialSettings[];
  /** XksKeyIds of Claviger by the ids that KMS knows; when undefined, KMS knows XksKeyIds. */
  keys: Readonly<Record<string, string>> | undefined;
}

export interface ProxySettings {
  listen: Address;
  tls: TlsSettings | undefined;
  claviger: ClavigerSettings;
  /** How many proxies there are behind this name, as KMS is told. */
  fleetSize: number;
  stores: readonly StoreSettings[];
}

/** A proxy must answer within 250 ms, the way to KMS and back included; what is late here would be late there. */
const TIMEOUT_MS = 200;
/** Of a URI path (specification, "API operations"). */
const MAX_PATH = 128;

const region = matching(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'a Region such as eu-west-1');

const address: Reader<Address> = (value, path) => {
  try {
    return splitAddress(text(value, path));
  } catch (error) {
    throw error instanceof ConfigurationError
      ? error
      : new ConfigurationError(path, (error as Error).message);
  }
};

const endpoint: Reader<string> = (value, path) => {
  const given = text(value, path);
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const plain = url?.protocol === 'http:' && isLoopback(url.hostname);
  const bare = url !== undefined && `${url.origin}/` === url.href;
  if (bare && (plain || url.protocol === 'https:')) return url.origin;
  throw new ConfigurationError(path, 'must be https://host[:port], or http:// on a loopback address');
};

/** Segments of the characters that a URI path may have; the signature is over them as they are. */
const storePath: Reader<string> = (value, path) => {
  const most = MAX_PATH - BASE_PATH.length;
  if (typeof value === 'string' && /^(?:\/[A-Za-z0-9_-]+)*$/.test(value) && value.length <= most)
    return value;
  throw new ConfigurationError(
    path,
    `must be '', or segments of letters, digits, hyphens and underscores such as /a/b, of at most ${most} characters`,
  );
};

const keys: Reader<Readonly<Record<string, string>>> = (value, path) => {
  const xksKeyId: Reader<string> = (id, at) => {
    if (typeof id === 'string' && isXksKeyId(id)) return id;
    throw new ConfigurationError(at, 'must be an XksKeyId that Claviger gave');
  };
  const found = mapOf(xksKeyId)(value, path);
  const wrong = Object.keys(found).find((id) => !isExternalKeyId(id));
  if (wrong === undefined) return found;
  throw new ConfigurationError(path, `'${wrong}' cannot be the id of an external key`);
};

const credential = mapping<CredentialSettings>({
  accessKeyId: matching(/^[A-Z2-7]{20,30}$/, '20 to 30 of the characters A-Z and 2-7'),
  secretFile: absolutePath,
});

const credentials: Reader<readonly CredentialSettings[]> = (value, path) => {
  const found = listOf(credential)(value, path);
  if (found.length === 1 || found.length === 2) return found;
  throw new ConfigurationError(path, 'must be one credential, or two while one takes the place of the other');
};

const stores: Reader<readonly StoreSettings[]> = (value, path) => {
  const found = listOf(
    mapping<StoreSettings>({ path: storePath, region, credentials, keys: optional(keys) }),
  )(value, path);
  if (found.length === 0) throw new ConfigurationError(path, 'must have a store');
  requireDifferent(
    found.map((store) => store.path),
    path,
    'path',
  );
  const ids = found.flatMap((store) => store.credentials.map(({ accessKeyId }) => accessKeyId));
  requireDifferent(ids, path, 'access key id');
  return found;
};

function requireDifferent(values: readonly string[], path: string, what: string): void {
  const twice = values.find((value, at) => values.indexOf(value) !== at);
  if (twice !== undefined) throw new ConfigurationError(path, `the ${what} '${twice}' is there twice`);
}

const settings = mapping<ProxySettings>({
  listen: address,
  tls: optional(
    mapping<TlsSettings>({
      certificate: absolutePath,
      key: absolutePath,
      clientCa: optional(absolutePath),
      clientNames: optional(listOf(text)),
    }),
  ),
  claviger: mapping<ClavigerSettings>({
    endpoints: listOf(endpoint),
    trustAnchor: optional(absolutePath),
    region,
    accessKeyId: matching(/^[A-Z0-9]{16,128}$/, 'an access key id'),
    secretFile: absolutePath,
    clusterId: optional(matching(/^cluster-[2-7a-zA-Z]{11,16}$/, 'an id such as cluster-lgavqitns2a')),
    timeoutMilliseconds: optional(wholeNumber(10, 5_000), TIMEOUT_MS),
  }),
  fleetSize: optional(wholeNumber(1), 1),
  stores,
});

/** @param yaml text of the file @throws ConfigurationError naming the place that is wrong */
export function parseSettings(yaml: string): ProxySettings {
  let document: unknown;
  try {
    document = parse(yaml, { uniqueKeys: true, schema: 'core' });
  } catch (error) {
    throw new ConfigurationError('', `not YAML: ${(error as Error).message}`);
  }
  const found = settings(document, '');
  if (found.claviger.endpoints.length === 0)
    throw new ConfigurationError('claviger.endpoints', 'must have an endpoint');
  if (found.tls === undefined && !isLoopback(found.listen.host))
    throw new ConfigurationError('tls', 'is needed on an address that is not loopback');
  if (found.tls?.clientNames !== undefined && found.tls.clientCa === undefined)
    throw new ConfigurationError(
      'tls.clientNames',
      'needs clientCa: without it no client shows a certificate',
    );
  return found;
}

/** @throws ConfigurationError */
export function readSettings(file: string): ProxySettings {
  return parseSettings(readFileSync(file, 'utf8'));
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
