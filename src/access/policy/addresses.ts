/** IP addresses and CIDR networks for IpAddress conditions. AWS: "IP address condition operators"; RFC 4632, RFC 4291. */
import { isIP } from 'node:net';

export interface Network {
  /** 4 or 16 bytes. */
  readonly bytes: readonly number[];
  readonly prefix: number;
}

/** The bytes of an address; an IPv4 address that IPv6 carries (`::ffff:192.0.2.1`) is that IPv4 address. */
export function parseAddress(text: string): readonly number[] | undefined {
  if (text !== last.text) last = { text, bytes: read(text) };
  return last.bytes;
}

/** Requests come from few addresses, and a policy asks for the same one several times. */
let last: { text: string; bytes: readonly number[] | undefined } = { text: '', bytes: undefined };

function read(text: string): readonly number[] | undefined {
  const version = isIP(text);
  if (version === 4) return text.split('.').map(Number);
  if (version !== 6 || text.includes('%')) return undefined;
  const bytes = ipv6Bytes(text);
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return mapped ? bytes.slice(12) : bytes;
}

function ipv6Bytes(text: string): number[] {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted !== null) {
    const [a = 0, b = 0, c = 0, d = 0] = (dotted[2] as string).split('.').map(Number);
    return ipv6Bytes(`${dotted[1]}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`);
  }
  const [head = '', tail] = text.split('::');
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const gap = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return [...before, ...gap, ...after].flatMap((group) => [group >> 8, group & 255]);
}

/** `203.0.113.0/24`, `2001:db8::/32`, or one address. Bits behind the prefix do not count. */
export function parseNetwork(text: string): Network | undefined {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text);
  const address = match === null ? undefined : parseAddress(match[1] as string);
  if (match === null || address === undefined) return undefined;
  const bits = address.length * 8;
  const prefix = match[2] === undefined ? bits : Number(match[2]);
  return prefix > bits ? undefined : { bytes: address, prefix };
}

export function within(address: readonly number[], { bytes, prefix }: Network): boolean {
  if (address.length !== bytes.length) return false;
  const whole = prefix >> 3;
  for (let i = 0; i < whole; i += 1) if (address[i] !== bytes[i]) return false;
  const rest = prefix & 7;
  if (rest === 0) return true;
  const mask = 0xff << (8 - rest);
  return ((address[whole] as number) & mask) === ((bytes[whole] as number) & mask);
}
