/**
 * The certificates of InitializeCluster. AWS: "Initialize the cluster" (CloudHSM user guide): the owner's self-signed
 * certificate is the trust anchor and signs the cluster's request itself, with no CA in between (RFC 5280).
 */
import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import { Pkcs10CertificateRequest } from '@peculiar/x509';
import { invalidRequest } from './errors.ts';

const MOST_CHARACTERS = 5000;

/**
 * @param now for the validity periods
 * @throws ApiError CloudHsmInvalidRequestException saying which rule is broken
 */
export function requireCertificates(csr: string, signedCert: string, trustAnchor: string, now: number): void {
  const certificate = read('SignedCert', signedCert);
  const anchor = read('TrustAnchor', trustAnchor);
  const requestKey = Buffer.from(new Pkcs10CertificateRequest(csr).publicKey.rawData);
  if (!requestKey.equals(certificate.publicKey.export({ type: 'spki', format: 'der' })))
    throw invalidRequest('SignedCert is not for the key of the cluster CSR.');
  if (!anchor.checkIssued(anchor) || !anchor.verify(anchor.publicKey))
    throw invalidRequest('TrustAnchor is not self-signed.');
  if (!certificate.checkIssued(anchor) || !certificate.verify(anchor.publicKey))
    throw invalidRequest('SignedCert was not signed by TrustAnchor.');
  for (const [name, { validFrom, validTo }] of Object.entries({
    SignedCert: certificate,
    TrustAnchor: anchor,
  })) {
    if (now < Date.parse(validFrom) || now > Date.parse(validTo))
      throw invalidRequest(`${name} is not valid now: it is for ${validFrom} to ${validTo}.`);
  }
  const wanted = new Pkcs10CertificateRequest(csr).subjectName;
  const { CN, OU } = certificate.toLegacyObject().subject as { CN?: unknown; OU?: unknown };
  if (CN !== wanted.getField('CN')[0] || OU !== wanted.getField('OU')[0])
    throw invalidRequest('The subject of SignedCert is not that of the cluster CSR.');
}

function read(name: string, pem: string): X509Certificate {
  if (pem.length > MOST_CHARACTERS)
    throw invalidRequest(`${name} has more than ${MOST_CHARACTERS} characters.`);
  try {
    return new X509Certificate(pem);
  } catch {
    throw invalidRequest(`${name} is not a PEM certificate.`);
  }
}
