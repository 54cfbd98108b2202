/** What an XKS proxy takes anew while it serves, and what it does not. */
import assert from 'node:assert/strict';
import { connect } from 'node:tls';
import { describe, it } from 'node:test';
import { eventually } from '../stories/claviger.ts';
import { newCredential } from '../xks/xks-proxy.ts';
import { HOST, fails, on, proxyForTests } from './served.ts';

const WAIT_MS = 10_000;

describe('an XKS proxy that takes its configuration anew', () => {
  const proxy = proxyForTests();

  it('goes by the new credentials and certificate, and no call under way fails', async () => {
    const keyId = proxy.api.addKey();
    const before = proxy.served.client();
    await before.getKeyMetadata(keyId, on); // a connection that is kept
    proxy.api.manner = { delay: 100 };
    const underWay = before.getKeyMetadata(keyId, on);
    await eventually(WAIT_MS, 'the call is at Claviger', () =>
      proxy.api.calls.length === 2 ? true : undefined,
    );
    const renewed = newCredential();
    const { certificate, key } = await proxy.setup.authority.issue({ commonName: 'renewed', names: [HOST] });
    proxy.setup.put('proxy.pem', certificate);
    proxy.setup.put('proxy.key', key);
    proxy.setup.settings.stores = [
      {
        ...proxy.setup.settings.stores[0],
        credentials: [
          { accessKeyId: renewed.accessKeyId, secretFile: proxy.setup.put('new', renewed.secretAccessKey) },
        ],
      },
    ];
    proxy.served.reload(proxy.setup.configuration());
    assert.equal((await underWay).keyStatus, 'ENABLED');
    proxy.api.manner = {};
    await fails('authentication', () => before.getKeyMetadata(keyId, on));
    const after = proxy.served.client({ credential: renewed });
    assert.equal((await after.getKeyMetadata(keyId, on)).keyStatus, 'ENABLED');
    const socket = connect({
      host: '127.0.0.1',
      port: proxy.served.port,
      servername: HOST,
      ca: proxy.setup.authority.pem,
    });
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    assert.equal(socket.getPeerCertificate().subject.CN, 'renewed');
    socket.destroy();
  });

  it('changes nothing when something is asked for that takes a restart', () => {
    const { tls } = proxy.setup.settings;
    const changes: (() => void)[] = [
      () => (proxy.setup.settings.listen = '127.0.0.1:1'),
      () => delete proxy.setup.settings.tls,
      () =>
        (proxy.setup.settings.tls = {
          ...tls,
          clientCa: proxy.setup.put('ca.pem', proxy.setup.authority.pem),
        }),
    ];
    for (const change of changes) {
      change();
      assert.throws(() => proxy.served.reload(proxy.setup.configuration()), /restart to apply that/);
      Object.assign(proxy.setup.settings, { listen: '127.0.0.1:0', tls });
    }
    proxy.served.reload(proxy.setup.configuration());
  });
});
