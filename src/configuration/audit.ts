/** `audit`: how long the trail is kept, where copies of it go, and which buckets trails may deliver to. */
import { splitAddress } from './address.ts';
import {
  ConfigurationError,
  flag,
  mapOf,
  mapping,
  oneOf,
  optional,
  quantity,
  text,
  wholeNumber,
} from './values.ts';
import type { Reader } from './values.ts';

/** A place that trails may name as their S3 bucket: a folder here, or a bucket of an S3-compatible service. */
export interface BucketConfiguration {
  directory?: string | undefined;
  s3?: S3Configuration | undefined;
}

export interface S3Configuration {
  endpoint: string | undefined;
  region: string;
  /** JSON file with accessKeyId and secretAccessKey. */
  credentials: string;
  /** `https://endpoint/bucket/key` instead of `https://bucket.endpoint/key`. */
  pathStyle: boolean;
}

/** Where else signed checkpoints are put. */
export interface AnchorConfiguration {
  directory?: string | undefined;
  url?: string | undefined;
  /** PEM file with the CA of the endpoint; the system's when undefined. */
  ca?: string | undefined;
}

/** A further place that every event is sent to. */
export interface SinkConfiguration {
  type: 'syslog' | 'https';
  /** `host:port` for syslog, a URL for https. */
  address: string;
  /** PEM files. */
  ca: string | undefined;
  certificate: string | undefined;
  key: string | undefined;
  /** File with the value of the Authorization header; https only. */
  authorization: string | undefined;
  /** How long one transmission may take, and how far a required sink may lag behind. */
  deadlineSeconds: number;
  /** Calls are refused while this sink lags behind further than its deadline. */
  required: boolean;
}

export interface AuditConfiguration {
  historyDays: number;
  /** LookupEvents, per account and Region; 0: no limit. */
  lookupEventsPerSecond: number;
  trailsPerRegion: number;
  deliverySeconds: number;
  digestSeconds: number;
  checkpointSeconds: number;
  buckets: Readonly<Record<string, BucketConfiguration>>;
  anchor: AnchorConfiguration | undefined;
  /** Journal segments older than this are removed; undefined: never. */
  retentionDays: number | undefined;
  /** The oldest journal segments are removed while all together are larger; undefined: never. */
  retentionGigabytes: number | undefined;
  sinks: Readonly<Record<string, SinkConfiguration>>;
}

const oneWay = <T extends object>(read: Reader<T>, ...ways: readonly (keyof T)[]): Reader<T> => {
  return (value, path) => {
    const found = read(value, path);
    if (ways.filter((way) => found[way] !== undefined).length === 1) return found;
    throw new ConfigurationError(path, `takes exactly one of ${ways.join(', ')}`);
  };
};

const s3 = mapping<S3Configuration>({
  endpoint: optional(text),
  region: optional(text, 'us-east-1'),
  credentials: text,
  pathStyle: optional(flag, true),
});

const ADDRESS: Readonly<Record<SinkConfiguration['type'], (text: string) => boolean>> = {
  syslog: (text) => splitAddress(text).port > 0,
  https: (text) => new URL(text).protocol === 'https:',
};

function isAddress(type: SinkConfiguration['type'], address: string): boolean {
  try {
    return ADDRESS[type](address);
  } catch {
    return false;
  }
}

/** An hour: a timer takes no more than some weeks, and ends at once when it is given more. */
const LONGEST_DEADLINE_SECONDS = 3600;

const sinkMembers = mapping<SinkConfiguration>({
  type: oneOf('syslog', 'https'),
  address: text,
  ca: optional(text),
  certificate: optional(text),
  key: optional(text),
  authorization: optional(text),
  deadlineSeconds: optional(quantity(0.1, LONGEST_DEADLINE_SECONDS), 10),
  required: optional(flag, false),
});

const sink: Reader<SinkConfiguration> = (value, path) => {
  const found = sinkMembers(value, path);
  if (isAddress(found.type, found.address)) return found;
  const wanted = found.type === 'syslog' ? 'host:port' : 'a URL that begins with https://';
  throw new ConfigurationError(`${path}.address`, `must be ${wanted}`);
};

/** Sinks by name; names become names of files. */
const sinks: Reader<Readonly<Record<string, SinkConfiguration>>> = (value, path) => {
  const found = mapOf(sink)(value, path);
  const wrong = Object.keys(found).find((name) => !/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(name));
  if (wrong === undefined) return found;
  throw new ConfigurationError(path, `'${wrong}' must have only letters, digits and hyphens`);
};

const httpsUrl: Reader<string> = (value, path) => {
  const found = text(value, path);
  if (isAddress('https', found)) return found;
  throw new ConfigurationError(path, 'must be a URL that begins with https://');
};

export const audit = mapping<AuditConfiguration>({
  historyDays: optional(wholeNumber(1, 3650), 90),
  lookupEventsPerSecond: optional(quantity(0), 2),
  trailsPerRegion: optional(wholeNumber(0), 5),
  deliverySeconds: optional(wholeNumber(1, 3600), 300),
  digestSeconds: optional(wholeNumber(1, 3600), 3600),
  checkpointSeconds: optional(wholeNumber(1, 3600), 60),
  buckets: optional(
    mapOf(
      oneWay(
        mapping<BucketConfiguration>({ directory: optional(text), s3: optional(s3) }),
        'directory',
        's3',
      ),
    ),
    {},
  ),
  anchor: optional(
    oneWay(
      mapping<AnchorConfiguration>({
        directory: optional(text),
        url: optional(httpsUrl),
        ca: optional(text),
      }),
      'directory',
      'url',
    ),
  ),
  retentionDays: optional(wholeNumber(1)),
  retentionGigabytes: optional(quantity(0.001)),
  sinks: optional(sinks, {}),
});
