/** `database`: where everything that KMS remembers is kept. Without this section, in a file of the data folder (SQLite). */
import { isIPv4 } from 'node:net';
import { isAbsolute } from 'node:path';
import {
  ConfigurationError,
  absolutePath,
  listOf,
  mapping,
  oneOf,
  optional,
  text,
  wholeNumber,
} from './values.ts';
import type { Reader } from './values.ts';

/** Name or address of a database server, or the folder of its Unix socket. */
export interface DatabaseHost {
  host: string;
  port: number;
}

export interface DatabaseTls {
  /** PEM files: who signed the server's certificate; a client certificate and its key. */
  ca: string | undefined;
  certificate: string | undefined;
  key: string | undefined;
  /** The name in the server's certificate when it is not the host's. */
  serverName: string | undefined;
}

export interface PostgresDatabase {
  engine: 'postgres';
  /** Tried in turn; the first that takes writes is used. */
  hosts: readonly DatabaseHost[];
  database: string;
  user: string;
  passwordFile: string | undefined;
  tls: DatabaseTls | undefined;
  /** At most. */
  connections: number;
  /** How long one statement may take. */
  timeoutSeconds: number;
}

export type DatabaseConfiguration = { engine: 'sqlite' } | PostgresDatabase;

const DEFAULT_PORT = 5432;

/** `host`, `host:port`, `[address]:port`, or a folder with a port behind it. */
const host: Reader<DatabaseHost> = (value, path) => {
  const given = text(value, path);
  const [, name = '', port] = /^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(given) ?? [];
  const number = port === undefined ? DEFAULT_PORT : Number(port);
  if (name === '' || number < 1 || number > 65_535) throw new ConfigurationError(path, 'must be host:port');
  return { host: name.replace(/^\[|\]$/g, ''), port: number };
};

const section = mapping({
  engine: optional(oneOf('sqlite', 'postgres'), 'sqlite'),
  hosts: optional(listOf(host)),
  database: optional(text, 'claviger'),
  user: optional(text, 'claviger'),
  passwordFile: optional(absolutePath),
  tls: optional(
    mapping<DatabaseTls>({
      ca: optional(absolutePath),
      certificate: optional(absolutePath),
      key: optional(absolutePath),
      serverName: optional(text),
    }),
  ),
  connections: optional(wholeNumber(2, 1000), 20),
  timeoutSeconds: optional(wholeNumber(1, 300), 10),
});

export const database: Reader<DatabaseConfiguration> = (value, path) => {
  const { engine, hosts, ...rest } = section(value, path);
  if (engine === 'sqlite') {
    if (hosts !== undefined) throw new ConfigurationError(path, 'hosts need engine: postgres');
    return { engine };
  }
  if (hosts === undefined || hosts.length === 0) throw new ConfigurationError(path, 'needs hosts');
  if (rest.tls === undefined && !hosts.every(isHere))
    throw new ConfigurationError(path, 'needs tls: passwords and rows must not cross a network in the clear');
  return { engine, hosts, ...rest };
};

function isHere({ host: name }: DatabaseHost): boolean {
  return (
    isAbsolute(name) || name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'))
  );
}
