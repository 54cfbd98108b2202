/** The configuration of an XKS proxy: what is wrong with it is said by its place, and nothing is half taken. */
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { stringify } from 'yaml';
import { readConfiguration } from '../../src/xks-proxy/configuration.ts';
import { parseSettings } from '../../src/xks-proxy/settings.ts';
import { startClavigerApi } from './claviger-api.ts';
import type { ClavigerApi } from './claviger-api.ts';
import { setUp } from './served.ts';
import type { Settings, Setup } from './served.ts';

const XKS_KEY_ID = `8298578f-2961-4ddf-bb88-da6e1403bd9e.${'A'.repeat(54)}`;

describe('the configuration of an XKS proxy', () => {
  let api: ClavigerApi;
  let setup: Setup;
  const folders: Setup[] = [];

  before(async () => {
    api = await startClavigerApi();
  });
  after(async () => {
    for (const folder of folders) folder.remove();
    await api.close();
  });
  beforeEach(async () => {
    setup = await setUp(api);
    folders.push(setup);
  });

  const altered = (alter: (settings: Settings) => void): string => {
    const settings = structuredClone(setup.settings);
    alter(settings);
    return stringify(settings);
  };
  const store = (settings: Settings): Record<string, unknown> =>
    settings.stores[0] as Record<string, unknown>;

  it('is what the file says, with the secrets of its files', () => {
    setup.settings.fleetSize = 3;
    store(setup.settings).keys = { 'key.1': XKS_KEY_ID };
    const found = setup.configuration();
    assert.deepEqual(found.listen, { host: '127.0.0.1', port: 0 });
    assert.equal(found.fleetSize, 3);
    assert.equal(found.claviger.secretAccessKey, api.secretAccessKey);
    assert.deepEqual(found.stores[0]?.credentials, [setup.credential]);
    assert.deepEqual(found.stores[0]?.keys, new Map([['key.1', XKS_KEY_ID]]));
  });

  it('waits 200 ms for Claviger and is one proxy, unless it is told otherwise', () => {
    const { claviger, fleetSize } = parseSettings(
      altered((settings) => delete settings.claviger.timeoutMilliseconds),
    );
    assert.deepEqual([claviger.timeoutMilliseconds, fleetSize], [200, 1]);
  });

  const wrong: [what: string, alter: (settings: Settings) => unknown, message: RegExp][] = [
    ['an unknown member', (all) => Object.assign(all, { store: [] }), /'store' is not known here/],
    [
      'an unknown member of a store',
      (all) => Object.assign(store(all), { key: 1 }),
      /stores\[0\]: 'key' is not/,
    ],
    [
      'an unknown member of claviger',
      (all) => (all.claviger.secret = 'x'),
      /claviger: 'secret' is not known/,
    ],
    ['no address', (all) => (all.listen = 'proxy'), /listen: 'proxy' is not host:port/],
    [
      'plain HTTP elsewhere',
      (all) => Object.assign(all, { listen: '0.0.0.0:80', tls: null }),
      /tls: is needed/,
    ],
    [
      'a name that begins like an address of loopback',
      (all) => Object.assign(all, { listen: '127.example.com:80', tls: null }),
      /tls: is needed/,
    ],
    ['names without an authority', (all) => (all.tls = { ...all.tls, clientNames: ['a'] }), /needs clientCa/],
    [
      'a relative path',
      (all) => (all.tls = { ...all.tls, key: 'proxy.key' }),
      /tls\.key: must be an absolute/,
    ],
    ['no endpoint', (all) => (all.claviger.endpoints = []), /claviger\.endpoints: must have an endpoint/],
    [
      'an endpoint in plain HTTP elsewhere',
      (all) => (all.claviger.endpoints = ['http://10.0.0.1:7080']),
      /claviger\.endpoints\[0\]: must be https/,
    ],
    [
      'an endpoint with a path',
      (all) => (all.claviger.endpoints = ['https://a/b']),
      /endpoints\[0\]: must be/,
    ],
    [
      'an endpoint with a user',
      (all) => (all.claviger.endpoints = ['https://u:p@a']),
      /endpoints\[0\]: must be/,
    ],
    ['no Region', (all) => (all.claviger.region = 'here'), /claviger\.region: must be a Region/],
    ['no cluster', (all) => (all.claviger.clusterId = 'c-1'), /claviger\.clusterId: must be an id/],
    [
      'no time',
      (all) => (all.claviger.timeoutMilliseconds = 0),
      /timeoutMilliseconds: must be a whole number/,
    ],
    ['no proxies', (all) => (all.fleetSize = 0), /fleetSize: must be a whole number from 1/],
    ['no store', (all) => (all.stores = []), /stores: must have a store/],
    ['a path with a slash at its end', (all) => (store(all).path = '/a/'), /stores\[0\]\.path: must be ''/],
    ['a path that leads up', (all) => (store(all).path = '/a/..'), /stores\[0\]\.path: must be ''/],
    [
      'a path that is too long',
      (all) => (store(all).path = `/${'a'.repeat(128)}`),
      /of at most 117 characters/,
    ],
    [
      'one path twice',
      (all) => all.stores.push({ ...store(all) }),
      /stores: the path '\/one' is there twice/,
    ],
    [
      'one credential in two stores',
      (all) => all.stores.push({ ...store(all), path: '/two' }),
      /stores: the access key id '[A-Z2-7]{20}' is there twice/,
    ],
    ['no credential', (all) => (store(all).credentials = []), /credentials: must be one credential, or two/],
    [
      'three credentials',
      (all) => (store(all).credentials = Array<unknown>(3).fill((store(all).credentials as unknown[])[0])),
      /credentials: must be one credential, or two/,
    ],
    [
      'an access key id that KMS does not take',
      (all) => (store(all).credentials = [{ accessKeyId: 'AKIA0189', secretFile: '/x' }]),
      /credentials\[0\]\.accessKeyId: must be 20 to 30/,
    ],
    [
      'a key that is none of Claviger',
      (all) => (store(all).keys = { a: 'b' }),
      /keys\.a: must be an XksKeyId/,
    ],
    [
      'a key that no path can name',
      (all) => (store(all).keys = { '..': XKS_KEY_ID }),
      /'\.\.' cannot be the id/,
    ],
    ['a key with a slash', (all) => (store(all).keys = { 'a/b': XKS_KEY_ID }), /'a\/b' cannot be the id/],
  ];
  for (const [what, alter, message] of wrong)
    it(`refuses ${what}`, () => {
      assert.throws(() => parseSettings(altered(alter)), { name: 'ConfigurationError', message });
    });

  it('refuses what is no YAML', () => {
    assert.throws(() => parseSettings('stores: ['), /not YAML/);
    assert.throws(() => parseSettings('listen: a:1\nlisten: b:2'), /not YAML: Map keys must be unique/);
    assert.throws(() => parseSettings(''), /listen: must be a text/);
  });

  const files: [what: string, alter: () => void, message: RegExp][] = [
    [
      'a secret that others may read',
      () => chmodSync(join(setup.folder, 'store.secret'), 0o640),
      /mode 0600/,
    ],
    [
      'a key that others may read',
      () => chmodSync(join(setup.folder, 'proxy.key'), 0o604),
      /proxy\.key must/,
    ],
    [
      'a secret that is not there',
      () => (setup.settings.claviger.secretFile = '/none'),
      /\/none cannot be read: ENOENT/,
    ],
    [
      'a secret that KMS does not take',
      () => setup.put('store.secret', 'hush'),
      /store\.secret holds no secret/,
    ],
    [
      'a secret of two lines',
      () => setup.put('claviger.secret', `${'x'.repeat(40)}\ny`),
      /claviger\.secret holds no/,
    ],
    ['a certificate that is none', () => setup.put('proxy.pem', 'hello'), /tls: cannot be used for TLS/],
    [
      'an authority that is none',
      () => {
        setup.settings.claviger.trustAnchor = setup.put('ca.pem', 'hello');
      },
      /claviger\.trustAnchor: has no certificate in PEM/,
    ],
    ['the key of another certificate', () => setup.put('proxy.key', otherKey), /tls: cannot be used for TLS/],
  ];
  let otherKey = '';
  before(async () => {
    const other = await setUp(api);
    otherKey = (await other.authority.issue({ commonName: 'other' })).key;
    other.remove();
  });
  for (const [what, alter, message] of files)
    it(`refuses ${what}, and quotes no secret`, () => {
      alter();
      setup.write();
      assert.throws(
        () => readConfiguration(setup.file),
        (error: Error) => {
          assert.match(error.message, message);
          for (const secret of [
            'hush',
            setup.credential.secretAccessKey,
            api.secretAccessKey,
            'x'.repeat(40),
          ])
            assert.ok(!error.message.includes(secret));
          return true;
        },
      );
    });
});
