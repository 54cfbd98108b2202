/**
 * Addresses that a proxy may have. Whoever makes an external key store names the host that this server then connects to; so
 * that nobody reaches the server's own network by it (cloud metadata, databases, HSMs), only global unicast addresses are
 * open, and what the configuration allows beside them. IANA's registries of special-purpose addresses (RFC 6890).
 */
import { BlockList, SocketAddress, isIP, isIPv4 } from 'node:net';

const FORBIDDEN = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // shared by carrier-grade NAT
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local: cloud metadata
  '172.16.0.0/12', // private
  '192.0.0.0/24', // IETF protocol assignments
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // relays of 6to4
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
  // all but global unicast (2000::/3): loopback, unspecified, IPv4-mapped, NAT64, unique local, link-local, multicast, …
  '::/3',
  '4000::/2',
  '8000::/1',
  '2001::/23', // IETF protocol assignments: Teredo, benchmarks, ORCHID
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4 leads to any IPv4 address
  '3fff::/20', // documentation
];

export interface AddressRange {
  readonly address: string;
  /** Bits of the address that count. */
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/**
 * `10.1.0.0/16`, `10.1.2.3`, `fd00::/8`, `fd00::1`.
 * @throws Error for any other text
 */
export function parseAddressRange(text: string): AddressRange {
  const [, address = '', digits] = /^([0-9A-Fa-f:.]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const version = isIP(address);
  const bits = version === 4 ? 32 : 128;
  const prefix = digits === undefined ? bits : Number(digits);
  if (version === 0 || prefix > bits) throw new Error(`'${text}' is neither an address nor a CIDR block`);
  if (version === 6 && mappedIPv4(address) !== undefined)
    throw new Error(`'${text}' is an IPv4 address: write it as one`);
  return { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' };
}

/**
 * Whether a connection may be made to an address, as a function of its text.
 * @param allowed addresses and CIDR blocks that are open though they are none of the public Internet
 * @throws Error for a text of `allowed` that is neither
 */
export function addressRule(allowed: readonly string[]): (ip: string) => boolean {
  const open = rangeSet(allowed);
  const forbidden = rangeSet(FORBIDDEN);
  return (text) => {
    const [unscoped = ''] = text.split('%'); // fe80::1%eth0
    if (isIP(unscoped) === 0) return false;
    const ip = mappedIPv4(unscoped) ?? unscoped;
    return open(ip) || !forbidden(ip);
  };
}

/** One list for each family: a BlockList takes an IPv4 address for its mapped form, which would be in ::/3. */
function rangeSet(ranges: readonly string[]): (ip: string) => boolean {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const text of ranges) {
    const { address, prefix, family } = parseAddressRange(text);
    lists[family].addSubnet(address, prefix, family);
  }
  return (ip) => {
    const family = isIPv4(ip) ? 'ipv4' : 'ipv6';
    return lists[family].check(ip, family);
  };
}

/** The IPv4 address in an IPv4-mapped IPv6 address, however that is written (::ffff:127.0.0.1, ::ffff:7f00:1, 0:0:…). */
function mappedIPv4(ip: string): string | undefined {
  if (isIPv4(ip)) return undefined;
  const { address } = new SocketAddress({ address: ip, family: 'ipv6' });
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
}
