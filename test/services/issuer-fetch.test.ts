/** Fetching the keys of a provider: TLS by a known CA or a thumbprint, and what is not taken. Real servers, real certificates. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { IssuerUnreachable, createIssuerFetch } from '../../src/services/sts/issuer-fetch.ts';

const DOCUMENT = { hello: 'world' };

describe('fetching from an issuer', () => {
  let dir: string;
  const servers: Server[] = [];
  const file = (name: string): string => join(dir, name);
  const pem = (name: string): string => readFileSync(file(name), 'utf8');
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
  };
  const thumbprint = (name: string): string =>
    new X509Certificate(pem(name)).fingerprint.replaceAll(':', '').toLowerCase();

  /** A CA, and a certificate of it for 127.0.0.1 or another name. */
  const makeCa = (name: string): void =>
    openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.pem`],
    );
  const makeLeaf = (name: string, ca: string, san: string): void => {
    openssl(
      ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`],
    );
    writeFileSync(file(`${name}.ext`), `subjectAltName=${san}\n`);
    openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', `${ca}.pem`, '-CAkey', `${ca}.key`, '-CAcreateserial'],
      ...['-days', '2', '-extfile', `${name}.ext`, '-out', `${name}.pem`],
    );
  };
  const listen = async (server: Server): Promise<string> => {
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const serve = async (chain: string[], key: string, listener: RequestListener = answer): Promise<string> =>
    `https://${await listen(createServer({ cert: chain.map(pem).join(''), key: pem(key) }, listener))}`;
  const answer: RequestListener = (_request, response) => response.end(JSON.stringify(DOCUMENT));

  const plain = createIssuerFetch({ caFile: undefined, allowHttpOnLoopback: false });
  const refuses = (url: string, thumbprints: string[] = [], fetchDocument = plain): Promise<void> =>
    assert.rejects(fetchDocument(url, thumbprints), IssuerUnreachable);

  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'claviger-issuer-'));
    makeCa('ca');
    makeCa('forger');
    makeLeaf('leaf', 'ca', 'IP:127.0.0.1');
    makeLeaf('elsewhere', 'ca', 'DNS:elsewhere.example.com');
    makeLeaf('forged', 'forger', 'IP:127.0.0.1');
  });
  after(() => {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
    rmSync(dir, { recursive: true, force: true });
  });

  it('trusts a CA of the configuration, and no other', async () => {
    const url = await serve(['leaf.pem', 'ca.pem'], 'leaf.key');
    const trusting = createIssuerFetch({ caFile: file('ca.pem'), allowHttpOnLoopback: false });
    assert.deepEqual(await trusting(url, []), DOCUMENT);
    await refuses(url);
    await refuses(await serve(['forged.pem', 'forger.pem'], 'forged.key'), [], trusting);
    await refuses(await serve(['elsewhere.pem', 'ca.pem'], 'elsewhere.key'), [], trusting);
  });

  it('trusts a certificate by its thumbprint, and what was issued under it for this host', async () => {
    const url = await serve(['leaf.pem', 'ca.pem'], 'leaf.key');
    assert.deepEqual(await plain(url, [thumbprint('ca.pem')]), DOCUMENT);
    assert.deepEqual(await plain(url, [thumbprint('leaf.pem')]), DOCUMENT);
    await refuses(url, [thumbprint('forger.pem')]);
    await refuses(await serve(['elsewhere.pem', 'ca.pem'], 'elsewhere.key'), [thumbprint('ca.pem')]);
  });

  it('does not believe a certificate that is only sent along', async () => {
    // the CA's certificate is public: whoever sends it behind his own has not been issued by it
    await refuses(await serve(['forged.pem', 'ca.pem'], 'forged.key'), [thumbprint('ca.pem')]);
    await refuses(await serve(['forged.pem', 'forger.pem', 'ca.pem'], 'forged.key'), [thumbprint('ca.pem')]);
  });

  it('follows no redirect, and takes nothing that is too long, or no JSON', async () => {
    const local = createIssuerFetch({ caFile: undefined, allowHttpOnLoopback: true });
    const http = async (listener: RequestListener): Promise<string> =>
      `http://${await listen(createHttpServer(listener))}`;
    const good = await http(answer);
    assert.deepEqual(await local(good, []), DOCUMENT);
    await refuses(good); // no plain HTTP unless the configuration says so
    await refuses(good.replace('127.0.0.1', '0.0.0.0'), [], local);
    await refuses(await http((_q, r) => r.writeHead(302, { location: good }).end()), [], local);
    await refuses(await http((_q, r) => r.end('[')), [], local);
    await refuses(await http((_q, r) => r.writeHead(500).end('{}')), [], local);
    await refuses(await http((_q, r) => r.end(`"${'x'.repeat(300_000)}"`)), [], local);
    await refuses('file:///etc/passwd', [], local);
    await refuses('http://127.0.0.1:1/', [], local);
    await refuses('none', [], local);
  });
});
