/** An XKS proxy that lets only KMS itself in: mutual TLS. */
import assert from 'node:assert/strict';
import { connect } from 'node:tls';
import { describe, it } from 'node:test';
import { HOST, KMS_REGION, METADATA, proxyForTests, send, setUp } from './served.ts';
import type { Setup } from './served.ts';

describe('an XKS proxy that asks for certificates', () => {
  const NAME = `cks.kms.${KMS_REGION}.amazonaws.com`;
  const body = JSON.stringify({ requestMetadata: METADATA });
  const path = '/one/kms/xks/v1/health';
  const proxy = proxyForTests((setup) => {
    setup.settings.tls = {
      ...proxy.setup.settings.tls,
      clientCa: setup.put('ca.pem', setup.authority.pem),
      clientNames: [NAME],
    };
  });

  it('answers whoever has the name, as common name or among the others', async () => {
    for (const wishes of [{ commonName: NAME }, { commonName: 'kms', names: ['a.example', NAME] }]) {
      const clientCertificate = await proxy.setup.authority.issue(wishes);
      assert.equal((await proxy.served.send({ path, body, clientCertificate })).status, 200);
    }
  });

  it('lets nobody else ask', async () => {
    const stranger = await setUp(proxy.api);
    const wrong = [
      undefined,
      await proxy.setup.authority.issue({ commonName: 'cks.kms.us-west-2.amazonaws.com' }),
      await proxy.setup.authority.issue({ commonName: 'a', names: ['*.kms.us-east-1.amazonaws.com'] }),
      await proxy.setup.authority.issue({ commonName: NAME, notAfter: new Date(Date.now() - 1_000) }),
      await stranger.authority.issue({ commonName: NAME }),
    ];
    stranger.remove();
    for (const clientCertificate of wrong)
      await assert.rejects(
        send(proxy.served.port, proxy.setup, { path, body, ...(clientCertificate && { clientCertificate }) }),
      );
    assert.equal(proxy.api.calls.filter(({ operation }) => operation === 'DescribeHsmFigures').length, 2);
  });

  it('knows who resumes a session', async () => {
    const { certificate: cert, key } = await proxy.setup.authority.issue({ commonName: NAME });
    const options = {
      host: '127.0.0.1',
      port: proxy.served.port,
      servername: HOST,
      ca: proxy.setup.authority.pem,
      cert,
      key,
    };
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const first = connect({ ...options, maxVersion });
      const session = await new Promise<Buffer>((resolve) => first.once('session', resolve));
      first.destroy();
      const again = connect({ ...options, maxVersion, session });
      const answer = new Promise<string>((resolve, reject) => {
        again.once('data', (data: Buffer) => resolve(data.toString()));
        again.once('error', reject);
        again.once('close', () => reject(new Error('cut off')));
      });
      again.write(`GET /healthz HTTP/1.1\r\nhost: ${HOST}\r\n\r\n`);
      assert.match(await answer, /^HTTP\/1\.1 200 /);
      assert.equal(again.isSessionReused(), true);
      again.destroy();
    }
  });

  it('goes by other authorities and names when it is told so', async () => {
    const next = await setUp(proxy.api);
    const issued = (authority: Setup['authority'], commonName: string) =>
      authority.issue({ commonName }).then((clientCertificate) => ({ path, body, clientCertificate }));
    proxy.setup.put('ca.pem', next.authority.pem);
    proxy.setup.settings.tls = { ...proxy.setup.settings.tls, clientNames: ['another'] };
    proxy.served.reload(proxy.setup.configuration());
    assert.equal((await proxy.served.send(await issued(next.authority, 'another'))).status, 200);
    await assert.rejects(proxy.served.send(await issued(next.authority, NAME)));
    await assert.rejects(proxy.served.send(await issued(proxy.setup.authority, 'another')));
    next.remove();
  });
});
