/** The proxy of an external key store, as the console's forms hold it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  NO_PROXY,
  proxyChanges,
  proxyDraftOf,
  proxyOfNewStore,
  proxyProblems,
  readProxyFile,
} from '../../console/src/key-stores/proxy.ts';
import type { ProxyDraft } from '../../console/src/key-stores/proxy.ts';

const SERVICE = 'com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0';
const CREDENTIAL = { AccessKeyId: 'ABCDE234567ABCDE2345', RawSecretAccessKey: 'x'.repeat(43) };
const PUBLIC: ProxyDraft = {
  connectivity: 'PUBLIC_ENDPOINT',
  serviceName: '',
  endpoint: 'https://proxy.example.com',
  path: '/kms/xks/v1',
  accessKeyId: CREDENTIAL.AccessKeyId,
  secret: CREDENTIAL.RawSecretAccessKey,
};
const PRIVATE: ProxyDraft = { ...PUBLIC, connectivity: 'VPC_ENDPOINT_SERVICE', serviceName: SERVICE };

describe('the proxy of an external key store in a form', () => {
  it('says nothing of what was not given yet', () => {
    assert.deepEqual(proxyProblems(NO_PROXY), {});
    assert.equal(proxyOfNewStore(NO_PROXY), undefined);
  });

  it('says what is wrong with each field', () => {
    const wrong: Partial<ProxyDraft>[] = [
      { serviceName: 'vpce-svc-0123456789abcdef0' },
      { endpoint: 'http://proxy.example.com' },
      { endpoint: 'https://proxy.example.com:8443' },
      { endpoint: 'https://proxy.example.com/kms' },
      { path: '/kms/xks' },
      { path: 'kms/xks/v1' },
      { path: '/a b/kms/xks/v1' },
      { path: `/${'a'.repeat(128)}/kms/xks/v1` },
      { accessKeyId: 'abcde234567abcde2345' },
      { accessKeyId: 'ABCDE' },
      { secret: 'x'.repeat(42) },
      { secret: '-'.repeat(43) },
    ];
    for (const part of wrong) {
      assert.deepEqual(Object.keys(proxyProblems({ ...PRIVATE, ...part })), Object.keys(part));
      assert.equal(proxyOfNewStore({ ...PRIVATE, ...part }), undefined);
    }
  });

  it('makes a store with what was given, without the spaces around it', () => {
    const common = {
      XksProxyUriEndpoint: 'https://proxy.example.com',
      XksProxyAuthenticationCredential: CREDENTIAL,
    };
    assert.deepEqual(
      proxyOfNewStore({ ...PUBLIC, path: ' /a/b/kms/xks/v1 ', secret: `${PUBLIC.secret}\n` }),
      {
        ...common,
        XksProxyConnectivity: 'PUBLIC_ENDPOINT',
        XksProxyUriPath: '/a/b/kms/xks/v1',
      },
    );
    assert.deepEqual(proxyOfNewStore(PRIVATE), {
      ...common,
      XksProxyConnectivity: 'VPC_ENDPOINT_SERVICE',
      XksProxyUriPath: '/kms/xks/v1',
      XksProxyVpcEndpointServiceName: SERVICE,
    });
  });

  it('leaves out the name of an endpoint service that the connectivity does not have', () => {
    const draft = { ...PUBLIC, serviceName: 'half of a na' };
    assert.deepEqual(proxyProblems(draft), {});
    assert.ok(!('XksProxyVpcEndpointServiceName' in (proxyOfNewStore(draft) ?? {})));
  });
});

describe('a change of the proxy of an external key store', () => {
  const now = {
    Connectivity: 'VPC_ENDPOINT_SERVICE' as const,
    UriEndpoint: PRIVATE.endpoint,
    UriPath: PRIVATE.path,
    AccessKeyId: CREDENTIAL.AccessKeyId,
    VpcEndpointServiceName: SERVICE,
  };
  const begun = proxyDraftOf(now);

  it('begins with what is known, and is none', () => {
    assert.deepEqual(begun, { ...PRIVATE, accessKeyId: '', secret: '' });
    assert.deepEqual(proxyChanges(begun, now), {});
  });

  it('asks for what was changed only', () => {
    assert.deepEqual(proxyChanges({ ...begun, path: '/b/kms/xks/v1' }, now), {
      XksProxyUriPath: '/b/kms/xks/v1',
    });
    assert.deepEqual(proxyChanges({ ...begun, endpoint: 'https://b.example.com' }, now), {
      XksProxyUriEndpoint: 'https://b.example.com',
    });
  });

  it('takes a credential whole or not at all', () => {
    const { accessKeyId, secret } = PUBLIC;
    assert.equal(proxyChanges({ ...begun, accessKeyId }, now), undefined);
    assert.equal(proxyChanges({ ...begun, secret }, now), undefined);
    assert.deepEqual(proxyChanges({ ...begun, accessKeyId, secret }, now), {
      XksProxyAuthenticationCredential: CREDENTIAL,
    });
  });

  it('names the endpoint with another connectivity', () => {
    assert.deepEqual(proxyChanges({ ...begun, connectivity: 'PUBLIC_ENDPOINT' }, now), {
      XksProxyConnectivity: 'PUBLIC_ENDPOINT',
      XksProxyUriEndpoint: PRIVATE.endpoint,
    });
    const open = { ...now, Connectivity: 'PUBLIC_ENDPOINT' as const, VpcEndpointServiceName: undefined };
    assert.deepEqual(proxyChanges(begun, open), {
      XksProxyConnectivity: 'VPC_ENDPOINT_SERVICE',
      XksProxyUriEndpoint: PRIVATE.endpoint,
      XksProxyVpcEndpointServiceName: SERVICE,
    });
  });

  it('is refused while a field is empty or wrong', () => {
    assert.equal(proxyChanges({ ...begun, endpoint: '' }, now), undefined);
    assert.equal(proxyChanges({ ...begun, serviceName: '' }, now), undefined);
    assert.equal(proxyChanges({ ...begun, path: '/kms' }, now), undefined);
  });
});

describe('the configuration file of a proxy', () => {
  it('has path and credential, or one of them', () => {
    const file = { XksProxyUriPath: PUBLIC.path, XksProxyAuthenticationCredential: CREDENTIAL };
    const { path, accessKeyId, secret } = PUBLIC;
    assert.deepEqual(readProxyFile(JSON.stringify(file)), { path, accessKeyId, secret });
    assert.deepEqual(readProxyFile(JSON.stringify({ XksProxyUriPath: path })), { path });
  });

  it('is refused when it is another file', () => {
    assert.throws(() => readProxyFile('-----BEGIN CERTIFICATE-----'), /not JSON/);
    for (const text of ['{}', 'null', '[]', '"x"', '7', '{"XksProxyUriPath":7}'])
      assert.throws(() => readProxyFile(text), /neither XksProxyUriPath nor/);
  });
});
