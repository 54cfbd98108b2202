/** Which addresses a proxy may have. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { addressRule, parseAddressRange } from '../../src/configuration/address-rule.ts';

const FORBIDDEN = [
  ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.127.255.255'],
  ...['127.0.0.1', '127.255.255.254', '169.254.169.254', '169.254.0.1', '172.16.0.1', '172.31.255.255'],
  ...['192.0.0.8', '192.0.2.1', '192.88.99.1', '192.168.0.1', '198.18.0.1', '198.19.255.255', '198.51.100.7'],
  ...['203.0.113.9', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
  ...['::', '::1', 'fe80::1', 'fe80::1%eth0', 'febf::1', 'fc00::1', 'fd12:3456::1', 'fec0::1', 'ff02::1'],
  ...['::ffff:127.0.0.1', '::ffff:7f00:1', '0:0:0:0:0:ffff:a9fe:a9fe', '::ffff:10.1.2.3', '::127.0.0.1'],
  ...['64:ff9b::7f00:1', '64:ff9b:1::1', '100::1', '2001:db8::1', '2001::1', '2001:2::1', '2002:7f00:1::'],
  ...['3fff::1', '5f00::1', '4000::1', '8000::1'],
];
const OPEN = [
  ...[
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.1',
  ],
  ...['169.253.255.255', '172.15.255.255', '172.32.0.0', '192.167.255.255', '192.169.0.0', '198.17.255.255'],
  ...[
    '198.20.0.0',
    '223.255.255.255',
    '2a00:1450::1',
    '2606:4700::1111',
    '2001:4860::8888',
    '::ffff:8.8.8.8',
  ],
];
const NO_ADDRESS = [
  '',
  'localhost',
  '127.1',
  '0x7f000001',
  '2130706433',
  '10.0.0',
  '1.1.1.1/32',
  '[::1]',
  ':::',
];

describe('the rule of addresses', () => {
  const rule = addressRule([]);

  for (const ip of FORBIDDEN) it(`forbids ${ip}`, () => assert.equal(rule(ip), false));
  for (const ip of OPEN) it(`leaves ${ip} open`, () => assert.equal(rule(ip), true));
  for (const text of NO_ADDRESS)
    it(`forbids '${text}', which is no address`, () => assert.equal(rule(text), false));

  it('opens what the configuration allows, however it is written, and nothing beside it', () => {
    const opened = addressRule(['10.1.0.0/16', '127.0.0.1', 'fd00:1::/32', '::1']);
    for (const ip of [
      '10.1.0.0',
      '10.1.255.255',
      '127.0.0.1',
      '::ffff:127.0.0.1',
      '::ffff:a01:1',
      'fd00:1:2::',
      '::1',
    ])
      assert.equal(opened(ip), true, ip);
    for (const ip of [
      '10.0.255.255',
      '10.2.0.0',
      '127.0.0.2',
      '::ffff:127.0.0.2',
      'fd00:2::',
      '::2',
      'fe80::1',
    ])
      assert.equal(opened(ip), false, ip);
    for (const ip of OPEN) assert.equal(opened(ip), true, ip);
  });

  it('keeps the families apart: all of IPv6 opens nothing of IPv4', () => {
    const opened = addressRule(['::/0']);
    assert.equal(opened('fd00::1'), true);
    assert.equal(opened('127.0.0.1'), false);
    assert.equal(opened('::ffff:127.0.0.1'), false);
    assert.equal(addressRule(['0.0.0.0/0'])('::1'), false);
    assert.equal(addressRule(['0.0.0.0/0'])('::ffff:127.0.0.1'), true);
  });

  it('opens exactly the addresses of a block', () => {
    const octets = fc.integer({ min: 0, max: 0xffff_ffff });
    const dotted = (bits: number): string => [24, 16, 8, 0].map((by) => (bits >>> by) & 255).join('.');
    fc.assert(
      fc.property(
        octets,
        fc.integer({ min: 1, max: 32 }),
        octets,
        fc.boolean(),
        (block, prefix, any, near) => {
          const mask = (0xffff_ffff << (32 - prefix)) >>> 0;
          const ip = near ? ((block & mask) | (any & ~mask)) >>> 0 : any;
          const inBlock = (ip & mask) >>> 0 === (block & mask) >>> 0;
          const opened = addressRule([`${dotted(block)}/${prefix}`]);
          assert.equal(opened(dotted(ip)), inBlock || rule(dotted(ip)));
          assert.equal(opened(`::ffff:${dotted(ip)}`), opened(dotted(ip)));
        },
      ),
    );
    const words = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
    const valueOf = (parts: number[]): bigint => parts.reduce((sum, part) => (sum << 16n) | BigInt(part), 0n);
    const text = (value: bigint): string =>
      Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(':');
    fc.assert(
      fc.property(
        words,
        fc.integer({ min: 1, max: 128 }),
        words,
        fc.boolean(),
        (block, prefix, any, near) => {
          const low = (1n << BigInt(128 - prefix)) - 1n;
          const start = valueOf(block) & ~low;
          const ip = near ? start | (valueOf(any) & low) : valueOf(any);
          const opened = addressRule([`${text(valueOf(block))}/${prefix}`]);
          const inBlock = (ip & ~low) === start;
          if (ip >> 32n !== 0xffffn) assert.equal(opened(text(ip)), inBlock || rule(text(ip)));
        },
      ),
    );
  });
});

describe('a text for an address or a block of them', () => {
  it('is read in both families', () => {
    assert.deepEqual(parseAddressRange('10.0.0.0/8'), { address: '10.0.0.0', prefix: 8, family: 'ipv4' });
    assert.deepEqual(parseAddressRange('10.1.2.3'), { address: '10.1.2.3', prefix: 32, family: 'ipv4' });
    assert.deepEqual(parseAddressRange('FD00::/8'), { address: 'FD00::', prefix: 8, family: 'ipv6' });
    assert.deepEqual(parseAddressRange('::1'), { address: '::1', prefix: 128, family: 'ipv6' });
    assert.deepEqual(parseAddressRange('0.0.0.0/0'), { address: '0.0.0.0', prefix: 0, family: 'ipv4' });
  });

  const refused = [
    ...[
      '',
      ' 10.0.0.1',
      '10.0.0.1 ',
      '10.0.0.0/33',
      '10.0.0.0/',
      '10.0.0.0/08',
      '10.0.0.0/-1',
      '10.0.0.0/8/8',
      '10.0.0/8',
    ],
    ...[
      '::/129',
      'fe80::1%eth0',
      'localhost',
      '0x0a000001',
      '10.0.0.1\n',
      '::ffff:10.0.0.0/104',
      '::ffff:a00:1',
    ],
  ];
  for (const text of refused)
    it(`is not ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseAddressRange(text), Error);
      assert.throws(() => addressRule([text]), Error);
    });
});
