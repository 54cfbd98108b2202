import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { refuseCertificate } from '../../src/hsm-client/identity.ts';
import { RequestRefused, createOperatorCa, loadOperatorCa, signHsmRequest } from '../../src/operator/ca.ts';
import type { OperatorCa } from '../../src/operator/ca.ts';
import { makeRequest } from './certificate-request.ts';

const HSM = { hsmId: 'hsm-Lgavqitns2a', clusterId: 'cluster-1o36p5Xeo5k' };
const DNS = 'hsm-lgavqitns2a.cluster-1o36p5xeo5k.hsm';
const now = new Date();

describe('the operator CA', () => {
  let dir: string;
  let ca: OperatorCa;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'claviger-ca-'));
    ca = await createOperatorCa(join(dir, 'operator'), { modulusBits: 2048 });
  });
  after(() => rm(dir, { recursive: true, force: true }));

  it('is a self-signed RSA certificate that may sign certificates and nothing else', () => {
    const certificate = new X509Certificate(ca.certificatePem);
    assert.equal(certificate.ca, true);
    assert.equal(certificate.publicKey.asymmetricKeyType, 'rsa');
    assert.ok(certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey));
    const text = openssl(['x509', '-noout', '-text'], ca.certificatePem);
    assert.match(text, /Version: 3/);
    assert.match(text, /X509v3 Key Usage: critical\s+Certificate Sign\n/);
    assert.match(text, /X509v3 Basic Constraints: critical\s+CA:TRUE, pathlen:0/);
  });

  it('keeps its key in a file that nobody else can read, in a folder that nobody else can enter', async () => {
    const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
    assert.equal(await mode(join(dir, 'operator')), 0o700);
    assert.equal(await mode(join(dir, 'operator', 'customerCA.key')), 0o600);
    assert.equal(
      createPrivateKey(await readFile(join(dir, 'operator', 'customerCA.key'))).asymmetricKeyType,
      'rsa',
    );
    assert.match(await readFile(join(dir, 'operator', 'README.txt'), 'utf8'), /customerCA\.key/);
  });

  it('stays the same CA when it is created again', async () => {
    const again = await createOperatorCa(join(dir, 'operator'));
    assert.equal(again.certificatePem, ca.certificatePem);
  });

  it('finishes its certificate when it was stopped after its key', async () => {
    const folder = join(dir, 'stopped');
    await createOperatorCa(folder, { modulusBits: 2048 });
    const key = await readFile(join(folder, 'customerCA.key'), 'utf8');
    await rm(join(folder, 'customerCA.crt'));
    const finished = await createOperatorCa(folder);
    assert.equal(await readFile(join(folder, 'customerCA.key'), 'utf8'), key);
    assert.ok(new X509Certificate(finished.certificatePem).checkPrivateKey(createPrivateKey(key)));
  });

  it('is not loaded when key and certificate belong to different CAs', async () => {
    const folder = join(dir, 'mixed');
    await createOperatorCa(folder, { modulusBits: 2048 });
    await writeFile(join(folder, 'customerCA.crt'), ca.certificatePem);
    await assert.rejects(loadOperatorCa(folder), /does not belong to/);
  });

  it('signs a request into a certificate that names the HSM and serves TLS for ten years', async () => {
    const { csrPem, keyPem } = await makeRequest({ ...HSM, dns: [DNS] });
    const certificate = new X509Certificate(await signHsmRequest(ca, csrPem));
    assert.equal(refuseCertificate(certificate, new X509Certificate(ca.certificatePem), HSM, now), undefined);
    assert.ok(certificate.checkPrivateKey(createPrivateKey(keyPem)));
    assert.equal(certificate.ca, false);
    assert.equal(certificate.subjectAltName, `DNS:${DNS}`);
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1']); // Node's name for the extended usage: serverAuth
    const years = (new Date(certificate.validTo).getTime() - now.getTime()) / (365.25 * 86_400_000);
    assert.ok(Math.abs(years - 10) < 0.01, `${years} years`);
  });

  it('does not sign what is not a request, was altered, or asks for another name', async () => {
    const good = await makeRequest({ ...HSM, dns: [DNS] });
    const der = Buffer.from(good.csrPem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    const at = der.indexOf('hsm-Lgavqitns2a');
    assert.ok(at > 0);
    der.write('X', at + 4); // another HSM id, under the old signature
    const altered = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    const refused: [string, RegExp][] = [
      ['no request', /not a PKCS #10/],
      [ca.certificatePem, /not a PKCS #10/],
      [altered, /signature is wrong/],
      [(await makeRequest({ ...HSM, dns: [DNS, 'kms.example.com'] })).csrPem, /other names/],
      [(await makeRequest({ hsmId: 'hsm-a' })).csrPem, /one CN .* one OU/],
    ];
    for (const [request, reason] of refused) {
      await assert.rejects(signHsmRequest(ca, request), (error) => {
        assert.ok(error instanceof RequestRefused);
        assert.match(error.message, reason);
        return true;
      });
    }
  });

  it('can be used with plain openssl: its certificate for an HSM is accepted by CN and OU', async () => {
    const { csrPem } = await makeRequest({ ...HSM, dns: [DNS] });
    const certificate = new X509Certificate(await opensslSign(join(dir, 'operator'), csrPem));
    assert.equal(
      certificate.subjectAltName,
      undefined,
      'openssl x509 -req leaves the names of the request out',
    );
    const anchor = new X509Certificate(ca.certificatePem);
    assert.equal(refuseCertificate(certificate, anchor, HSM, new Date()), undefined);
    const other = { ...HSM, hsmId: 'hsm-another' };
    assert.match(refuseCertificate(certificate, anchor, other, new Date()) ?? '', /not that of hsm-another/);
  });

  async function opensslSign(operatorDir: string, csrPem: string): Promise<string> {
    const csr = join(dir, 'request.csr');
    await writeFile(csr, csrPem);
    const [crt, key] = [join(operatorDir, 'customerCA.crt'), join(operatorDir, 'customerCA.key')];
    return openssl([
      'x509',
      '-req',
      '-in',
      csr,
      '-CA',
      crt,
      '-CAkey',
      key,
      '-CAcreateserial',
      '-days',
      '365',
    ]);
  }
});

describe('an HSM certificate', () => {
  let dir: string;
  let ca: OperatorCa;
  let anchor: X509Certificate;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'claviger-ca-'));
    ca = await createOperatorCa(dir, { modulusBits: 2048 });
    anchor = new X509Certificate(ca.certificatePem);
  });
  after(() => rm(dir, { recursive: true, force: true }));

  it('is refused under another CA of the same name', async () => {
    const otherCa = await createOperatorCa(join(dir, 'other'), { modulusBits: 2048 });
    const certificate = await certificateFor(otherCa);
    assert.match(refuseCertificate(certificate, anchor, HSM, now) ?? '', /not signed by the trust anchor/);
  });

  it('is refused for another HSM and for another cluster', async () => {
    const certificate = await certificateFor(ca);
    assert.match(
      refuseCertificate(certificate, anchor, { ...HSM, hsmId: 'hsm-b' }, now) ?? '',
      /not that of/,
    );
    assert.match(
      refuseCertificate(certificate, anchor, { ...HSM, clusterId: 'cluster-b' }, now) ?? '',
      /not that of/,
    );
  });

  it('is refused before its first and after its last day', async () => {
    const certificate = await certificateFor(ca);
    const [early, late] = [
      new Date(now.getTime() - 86_400_000),
      new Date(now.getTime() + 11 * 366 * 86_400_000),
    ];
    assert.match(refuseCertificate(certificate, anchor, HSM, early) ?? '', /validity/);
    assert.match(refuseCertificate(certificate, anchor, HSM, late) ?? '', /the certificate is outside/);
  });

  it('is refused under a trust anchor that is not self-signed', async () => {
    const leaf = await certificateFor(ca);
    assert.match(refuseCertificate(leaf, leaf, HSM, now) ?? '', /not self-signed/);
  });

  async function certificateFor(issuer: OperatorCa): Promise<X509Certificate> {
    const { csrPem } = await makeRequest({ ...HSM, dns: [DNS] });
    return new X509Certificate(await signHsmRequest(issuer, csrPem));
  }
});

function openssl(args: string[], input = ''): string {
  return execFileSync('openssl', args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });
}
