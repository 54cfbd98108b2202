/**
 * The operator's certificate authority: a self-signed RSA certificate (`customerCA.crt`, the trust anchor) that signs the
 * certificate requests of HSMs and nothing else. CloudHSM asks for RSA-2048 or RSA-4096, self-signed, X.509 v3 with
 * basicConstraints, and no intermediate CAs (CloudHSM user guide, "Initialize the cluster").
 */
import { createPrivateKey, createPublicKey, generateKeyPair, webcrypto } from 'node:crypto';
import { promisify } from 'node:util';
import type * as X509 from '@peculiar/x509';
import { hsmServerName, readCertificate } from '../hsm-client/identity.ts';
import type { HsmIdentity } from '../hsm-client/identity.ts';
import { createOperatorFolder, operatorFolder, readIfThere, writeDurably } from './folder.ts';

export interface OperatorCa {
  /** PEM of `customerCA.crt`: the trust anchor. */
  certificatePem: string;
  certificate: X509.X509Certificate;
  /** Signs only; cannot be exported. */
  signingKey: webcrypto.CryptoKey;
}

export interface CaOptions {
  /** Default 4096. */
  modulusBits?: 2048 | 4096;
  now?: Date;
}

/** A certificate request that the CA does not sign. The message says why. */
export class RequestRefused extends Error {
  constructor(reason: string) {
    super(`the certificate request was refused: ${reason}`);
    this.name = 'RequestRefused';
  }
}

/** Loaded where it is used: it takes longer to load than most of the operator's commands to run. */
async function x509Library(): Promise<typeof X509> {
  await import('reflect-metadata'); // which it looks for
  return import('@peculiar/x509');
}

const SIGNATURE = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const;
const YEAR_MS = 365.25 * 24 * 3600 * 1000;
const CA_YEARS = 20;
const HSM_YEARS = 10;
/** Certificates start a little in the past, for HSM hosts whose clock is behind. */
const CLOCK_SKEW_MS = 5 * 60 * 1000;

/**
 * Makes `customerCA.key` (0600, PKCS#8 PEM) and `customerCA.crt` in the operator's folder, or loads them when they are
 * there. A crash in between is repaired: the certificate is made again from the key.
 */
export async function createOperatorCa(dir: string, options: CaOptions = {}): Promise<OperatorCa> {
  const folder = await createOperatorFolder(dir);
  if ((await readIfThere(folder.caKey)) === undefined) {
    await writeDurably(folder.caKey, await newPrivateKey(options.modulusBits ?? 4096), 0o600);
  }
  if ((await readIfThere(folder.caCertificate)) === undefined) {
    const pem = await selfSign(await readRequired(folder.caKey), options.now ?? new Date());
    await writeDurably(folder.caCertificate, pem, 0o644);
  }
  return loadOperatorCa(dir);
}

/** @throws Error when a file is missing, or key and certificate do not belong together. */
export async function loadOperatorCa(dir: string): Promise<OperatorCa> {
  const folder = operatorFolder(dir);
  const keyPem = await readRequired(folder.caKey);
  const certificatePem = await readRequired(folder.caCertificate);
  if (!readCertificate(certificatePem).checkPrivateKey(createPrivateKey(keyPem))) {
    throw new Error(`${folder.caCertificate} does not belong to ${folder.caKey}`);
  }
  const signingKey = await importPrivateKey(keyPem);
  const { X509Certificate } = await x509Library();
  return { certificatePem, certificate: new X509Certificate(certificatePem), signingKey };
}

/**
 * Which HSM a request asks a certificate for: CN = HSM id, OU = cluster id; a subject alternative name, where the request
 * has one, must say the same.
 * @throws RequestRefused also when the request's signature is not by the key it carries
 */
export async function readHsmRequest(
  csrPem: string,
): Promise<HsmIdentity & { request: X509.Pkcs10CertificateRequest }> {
  const x509 = await x509Library();
  let request: X509.Pkcs10CertificateRequest;
  try {
    request = new x509.Pkcs10CertificateRequest(csrPem);
  } catch {
    throw new RequestRefused('it is not a PKCS #10 request');
  }
  if (!(await request.verify().catch(() => false))) throw new RequestRefused('its signature is wrong');
  const [hsmId, ...moreNames] = request.subjectName.getField('CN');
  const [clusterId, ...moreUnits] = request.subjectName.getField('OU');
  if (hsmId === undefined || clusterId === undefined || moreNames.length + moreUnits.length > 0) {
    throw new RequestRefused('its subject must have one CN (HSM id) and one OU (cluster id)');
  }
  const serverName = hsmServerName({ hsmId, clusterId });
  const names = alternativeNames(x509, request);
  if (names.some(({ type, value }) => type !== 'dns' || value !== serverName)) {
    throw new RequestRefused(`it asks for other names than ${serverName}`);
  }
  return { hsmId, clusterId, request };
}

/**
 * Signs an HSM's request: an end-entity certificate for TLS servers, valid for 10 years (at most as long as the CA), with
 * the request's subject and DNS name. Nothing else that the request asks for is taken over.
 * @returns PEM
 * @throws RequestRefused
 */
export async function signHsmRequest(
  ca: OperatorCa,
  csrPem: string,
  now: Date = new Date(),
): Promise<string> {
  const { request, ...identity } = await readHsmRequest(csrPem);
  const x509 = await x509Library();
  const notAfter = Math.min(now.getTime() + HSM_YEARS * YEAR_MS, ca.certificate.notAfter.getTime());
  const certificate = await x509.X509CertificateGenerator.create({
    subject: request.subjectName,
    issuer: ca.certificate.subjectName,
    notBefore: new Date(now.getTime() - CLOCK_SKEW_MS),
    notAfter: new Date(notAfter),
    publicKey: request.publicKey,
    signingKey: ca.signingKey,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: hsmServerName(identity) }]),
      await x509.AuthorityKeyIdentifierExtension.create(ca.certificate.publicKey),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

async function newPrivateKey(modulusLength: number): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

async function selfSign(keyPem: string, now: Date): Promise<string> {
  const keys = { privateKey: await importPrivateKey(keyPem), publicKey: await importPublicKey(keyPem) };
  const x509 = await x509Library();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ O: ['Claviger operator'] }, { CN: ['HSM cluster CA'] }],
    notBefore: new Date(now.getTime() - CLOCK_SKEW_MS),
    notAfter: new Date(now.getTime() + CA_YEARS * YEAR_MS),
    keys,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true), // 0: no CA below this one
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

function importPrivateKey(keyPem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(keyPem).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', der, SIGNATURE, false, ['sign']).finally(() => der.fill(0));
}

function importPublicKey(keyPem: string): Promise<webcrypto.CryptoKey> {
  const der = createPublicKey(keyPem).export({ type: 'spki', format: 'der' });
  return webcrypto.subtle.importKey('spki', der, SIGNATURE, true, ['verify']);
}

function alternativeNames(
  { SubjectAlternativeNameExtension }: typeof X509,
  request: X509.Pkcs10CertificateRequest,
): readonly { type: string; value: string }[] {
  const extension = request.extensions.find(({ type }) => type === '2.5.29.17'); // subjectAltName
  if (extension === undefined) return [];
  return new SubjectAlternativeNameExtension(extension.rawData).names.items;
}

async function readRequired(path: string): Promise<string> {
  const text = await readIfThere(path);
  if (text === undefined) throw new Error(`${path} is missing`);
  return text;
}
