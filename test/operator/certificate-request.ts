/** Makes certificate requests as an HSM makes them, and wrong ones. */
import 'reflect-metadata';
import { KeyObject, webcrypto } from 'node:crypto';
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509';

export interface RequestedNames {
  hsmId: string;
  clusterId?: string;
  /** DNS names; none when left out. */
  dns?: string[];
}

/** A request signed by a fresh P-256 key; the key comes as PKCS#8 PEM. */
export async function makeRequest(names: RequestedNames): Promise<{ csrPem: string; keyPem: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const csr = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [names.hsmId] }, ...(names.clusterId === undefined ? [] : [{ OU: [names.clusterId] }])],
    keys,
    signingAlgorithm: algorithm,
    extensions:
      names.dns === undefined
        ? []
        : [new SubjectAlternativeNameExtension(names.dns.map((value) => ({ type: 'dns' as const, value })))],
  });
  const keyPem = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }) as string;
  return { csrPem: csr.toString('pem'), keyPem };
}
