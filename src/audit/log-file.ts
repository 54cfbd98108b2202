/**
 * CloudTrail's log files: what they are called and what is in them. AWS: "CloudTrail log file name format" and "Log file
 * examples" (CloudTrail user guide).
 */
import { createHash, randomInt } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { CloudTrailEvent } from './event.ts';
import { JournalTail } from './tail.ts';
import type { Positions } from './tail.ts';

/** Which events of a journal a trail wants, and from where to where. */
export interface LogFileRequest {
  accountId: string;
  /** Regions whose events count. */
  regions: readonly string[];
  /** Sources of events that are left out. */
  withoutSources: readonly string[];
  /** Where the last delivery ended. */
  from: Positions;
  /** Where this one ends; undefined: wherever `most` or the journals' ends are reached. */
  to: Positions | undefined;
  /** How far living writers' journals may be read. */
  durable: Positions;
  /** Most records to look at. */
  most: number;
}

/** One file: the events of one account in one Region. */
export interface LogFile {
  region: string;
  /** Gzip. */
  body: Uint8Array;
  /** Hex SHA-256 of the uncompressed content. */
  hash: string;
  records: number;
  /** `2025-05-20T20:46:16Z` */
  oldestEventTime: string;
  newestEventTime: string;
}

export interface LogFiles {
  files: LogFile[];
  to: Positions;
  /** There were more records than `most`. */
  more: boolean;
}

const compress = promisify(gzip);

/** Puts events together into files: the same request, with its `to`, gives the same files again. */
export async function makeLogFiles(
  dir: string,
  request: LogFileRequest,
  tail = new JournalTail(dir, request.from),
): Promise<LogFiles> {
  const byRegion = new Map<string, { texts: string[]; times: string[] }>();
  const limits = request.to ?? request.durable;
  const others = request.to === undefined ? Infinity : 0; // a writer that began after a delivery was planned has no part in it
  let left = request.most;
  while (left > 0) {
    const records = await tail.read(limits, left, others);
    if (records.length === 0) break;
    left -= records.length;
    for (const { bytes } of records) {
      const text = bytes.toString('utf8');
      const event = parsed(text);
      if (event === undefined || !isWanted(event, request)) continue;
      let file = byRegion.get(event.awsRegion);
      if (file === undefined) byRegion.set(event.awsRegion, (file = { texts: [], times: [] }));
      file.texts.push(text);
      file.times.push(event.eventTime);
    }
  }
  const files = await Promise.all(
    [...byRegion].sort().map(([region, { texts, times }]) => logFile(region, texts, times)),
  );
  return { files, to: tail.positions, more: left <= 0 };
}

/** A record whose text was damaged is none; verification names it. */
function parsed(text: string): CloudTrailEvent | undefined {
  try {
    return JSON.parse(text) as CloudTrailEvent;
  } catch {
    return undefined;
  }
}

async function logFile(region: string, texts: readonly string[], times: string[]): Promise<LogFile> {
  const content = `{"Records":[${texts.join(',')}]}`;
  times.sort();
  return {
    region,
    body: await compress(content),
    hash: createHash('sha256').update(content).digest('hex'),
    records: texts.length,
    oldestEventTime: times[0] as string,
    newestEventTime: times.at(-1) as string,
  };
}

function isWanted(event: CloudTrailEvent, request: LogFileRequest): boolean {
  return (
    event.recipientAccountId === request.accountId &&
    request.regions.includes(event.awsRegion) &&
    !request.withoutSources.includes(event.eventSource)
  );
}

/** Where objects of a trail lie in its bucket. */
export interface ObjectPlace {
  /** Without slashes around it; undefined: none. */
  prefix: string | undefined;
  accountId: string;
  region: string;
}

const ALPHANUMERICS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Key of a log file that is delivered at `time` (milliseconds since 1970); a new one each time. */
export function logFileKey({ prefix, accountId, region }: ObjectPlace, time: number): string {
  const unique = Array.from({ length: 16 }, () => ALPHANUMERICS[randomInt(ALPHANUMERICS.length)]).join('');
  const folder = folderOf(prefix, accountId, 'CloudTrail', region, time);
  return `${folder}/${accountId}_CloudTrail_${region}_${compactTime(time, 'minutes')}_${unique}.json.gz`;
}

/** Key of the digest file whose hour ends at `end` (milliseconds since 1970). */
export function digestFileKey(
  { prefix, accountId, region }: ObjectPlace,
  trail: { name: string; homeRegion: string },
  end: number,
): string {
  const folder = folderOf(prefix, accountId, 'CloudTrail-Digest', region, end);
  const name = `${accountId}_CloudTrail-Digest_${region}_${trail.name}_${trail.homeRegion}`;
  return `${folder}/${name}_${compactTime(end, 'seconds')}.json.gz`;
}

function folderOf(
  prefix: string | undefined,
  accountId: string,
  kind: string,
  region: string,
  time: number,
): string {
  const day = new Date(time).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${prefix === undefined ? '' : `${prefix}/`}AWSLogs/${accountId}/${kind}/${region}/${day}`;
}

/** `20250520T2046Z` or `20250520T204616Z` */
function compactTime(time: number, precision: 'minutes' | 'seconds'): string {
  const text = new Date(time).toISOString().replace(/[-:]/g, '');
  return `${text.slice(0, precision === 'minutes' ? 13 : 15)}Z`;
}
