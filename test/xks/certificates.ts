/** Certificates for a proxy of tests, made in memory: an authority, and what it issues. */
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { X509Certificate } from '@peculiar/x509';

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const HOUR_MS = 3_600_000;

/** PEM. */
export interface KeyPair {
  certificate: string;
  key: string;
}

export interface CertificateWishes {
  commonName: string;
  /** DNS names. */
  names?: readonly string[];
  notBefore?: Date;
  notAfter?: Date;
}

export interface Authority {
  /** PEM: what clients are to trust. */
  pem: string;
  issue(wishes: CertificateWishes): Promise<KeyPair>;
}

export async function createAuthority(commonName = 'CA of a test'): Promise<Authority> {
  const ca = await certify({ commonName }, undefined);
  return {
    pem: ca.certificate.toString('pem'),
    issue: async (wishes) => pemOf(await certify(wishes, ca)),
  };
}

/** A certificate that nobody but itself vouches for. */
export async function selfSigned(wishes: CertificateWishes): Promise<KeyPair> {
  return pemOf(await certify(wishes, undefined));
}

interface Holder {
  certificate: X509Certificate;
  keys: webcrypto.CryptoKeyPair;
}

async function certify(wishes: CertificateWishes, issuer: Holder | undefined): Promise<Holder> {
  const { commonName, names = [] } = wishes;
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: randomBytes(8).toString('hex').replace(/^./, '1'),
      subject: `CN=${commonName}`,
      issuer: issuer?.certificate.subject ?? `CN=${commonName}`,
      notBefore: wishes.notBefore ?? new Date(Date.now() - HOUR_MS),
      notAfter: wishes.notAfter ?? new Date(Date.now() + 24 * HOUR_MS),
      publicKey: keys.publicKey,
      signingKey: (issuer ?? { keys }).keys.privateKey,
      signingAlgorithm: P256,
      extensions: [
        new BasicConstraintsExtension(issuer === undefined, undefined, true),
        ...(names.length === 0
          ? []
          : [new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value })))]),
      ],
    },
    webcrypto,
  );
  return { certificate, keys };
}

async function pemOf({ certificate, keys }: Holder): Promise<KeyPair> {
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { certificate: certificate.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') };
}
