import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseConfiguration } from '../../src/configuration/configuration.ts';

describe('the configuration file', () => {
  it("has AWS's defaults when it is empty", () => {
    assert.equal(parseConfiguration('').limits.aliasesPerKey, 50);
    assert.equal(parseConfiguration('limits:\n').limits.keys, 100_000);
    assert.deepEqual(parseConfiguration('').attestation, { roots: [], maximumAgeSeconds: 300 });
  });

  it('says what it was told', () => {
    assert.equal(parseConfiguration('limits: { aliasesPerKey: 7 }').limits.aliasesPerKey, 7);
  });

  it('knows where the database is', () => {
    assert.deepEqual(parseConfiguration('').database, { engine: 'sqlite' });
    const { database } = parseConfiguration(
      "database: { engine: postgres, hosts: [db1, '[::1]:6432', db2:6000], passwordFile: /p, tls: { ca: /ca } }",
    );
    assert.deepEqual(database, {
      engine: 'postgres',
      hosts: [
        { host: 'db1', port: 5432 },
        { host: '::1', port: 6432 },
        { host: 'db2', port: 6000 },
      ],
      database: 'claviger',
      user: 'claviger',
      passwordFile: '/p',
      tls: { ca: '/ca', certificate: undefined, key: undefined, serverName: undefined },
      connections: 20,
      timeoutSeconds: 10,
    });
    const here = parseConfiguration('database: { engine: postgres, hosts: [127.0.0.1, /run/postgresql] }');
    assert.equal(here.database.engine, 'postgres');
  });

  const wrong: [string, RegExp][] = [
    ['database: { engine: mysql }', /database\.engine: must be one of sqlite, postgres/],
    ['database: { engine: postgres }', /database: needs hosts/],
    ['database: { engine: postgres, hosts: [db1] }', /database: needs tls/],
    ['database: { engine: postgres, hosts: [127.example.com] }', /database: needs tls/],
    ['database: { engine: postgres, hosts: [a:b] }', /database\.hosts\[0\]: must be host:port/],
    ['database: { engine: postgres, hosts: [localhost], password: x }', /'password' is not known here/],
    ['externalKeyStores: { allowedAddresses: [proxy.example.com] }', /allowedAddresses\[0\]: /],
    [
      'externalKeyStores: { certificateAuthorities: [ca.pem] }',
      /certificateAuthorities\[0\]: must be an absolute path/,
    ],
    [
      'externalKeyStores: { vpcEndpointServices: { a: { privateDnsName: b } } }',
      /vpcEndpointServices\.a\.address: must be/,
    ],
    [
      'externalKeyStores: { vpcEndpointServices: { a: { privateDnsName: b, address: c } } }',
      /a\.address: 'c' is not host:port/,
    ],
    ['database: { hosts: [localhost] }', /database: hosts need engine: postgres/],
    ['limit: {}', /'limit' is not known here; known are .*limits/],
    ['limits: { keys: many }', /^ConfigurationError: limits\.keys: must be a whole number/],
    ['limits: { keys: 0 }', /limits\.keys: must be a whole number from 1/],
    ['limits: { kys: 1 }', /limits: 'kys' is not known here/],
    ['limits: []', /limits: must be a mapping/],
    ['limits: { keys: 1, keys: 2 }', /not YAML: Map keys must be unique/],
    ['attestation: { roots: /etc/root.pem }', /attestation\.roots: must be a list/],
    ['attestation: { roots: [root.pem] }', /attestation\.roots\[0\]: must be an absolute path/],
    [
      'attestation: { maximumAgeSeconds: 0 }',
      /attestation\.maximumAgeSeconds: must be a whole number from 1/,
    ],
    ['cloudhsm: { backupEveryHours: 0 }', /cloudhsm\.backupEveryHours: must be a number of at least/],
    [
      'cloudhsm: { subnets: [{ id: subnet-a, availabilityZone: eu-west-1a }] }',
      /cloudhsm\.subnets\[0\]\.id: must be an id such as subnet-/,
    ],
    [
      'cloudhsm: { remoteHsms: [{ hsmId: hsm-1, clusterId: c, availabilityZone: eu-west-1a, host: h, port: 1 }] }',
      /cloudhsm\.remoteHsms\[0\]\.hsmId: must be an id such as hsm-/,
    ],
    [
      'cloudhsm: { subnets: [{ id: subnet-0a1b2c3d, availabilityZone: rack-1 }] }',
      /cloudhsm\.subnets\[0\]\.availabilityZone: must be a zone of a Region/,
    ],
    ["metrics: { listen: '127.0.0.1:' }", /metrics\.listen: must be host:port/],
    [
      "audit: { sinks: { siem: { type: syslog, address: 'logs:65536' } } }",
      /audit\.sinks\.siem\.address: must be host:port/,
    ],
    [
      "audit: { sinks: { siem: { type: syslog, address: 'logs:0' } } }",
      /audit\.sinks\.siem\.address: must be host:port/,
    ],
    [
      "audit: { sinks: { siem: { type: https, address: 'https://logs:65536/' } } }",
      /audit\.sinks\.siem\.address: must be a URL/,
    ],
    ["audit: { anchor: { url: 'https://[' } }", /audit\.anchor\.url: must be a URL/],
    [
      "audit: { sinks: { siem: { type: syslog, address: 'logs:1', deadlineSeconds: 3000000 } } }",
      /audit\.sinks\.siem\.deadlineSeconds: must be a number from 0\.1 to 3600/,
    ],
    ['[', /not YAML/],
  ];
  for (const [yaml, message] of wrong) {
    it(`refuses ${JSON.stringify(yaml)}`, () => {
      assert.throws(() => parseConfiguration(yaml), message);
    });
  }
});
