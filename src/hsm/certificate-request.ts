/** The certificate request of a new HSM, and the certificate that it shows until the operator has signed the request. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { HsmConfig } from './folder.ts';

const EC = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const;
const SELF_SIGNED_YEARS = 10;

/** @param key of P-256 @returns PEM: a PKCS #10 request and a self-signed certificate, both for the HSM's name and cluster */
export async function certify(
  key: KeyObject,
  config: HsmConfig,
  now: Date,
): Promise<{ request: string; selfSigned: string }> {
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
  const privateKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, EC, true, ['sign']);
  pkcs8.fill(0);
  const { kty, crv, x, y } = await webcrypto.subtle.exportKey('jwk', privateKey);
  const publicKey = await webcrypto.subtle.importKey('jwk', { kty, crv, x, y }, EC, true, ['verify']);
  const keys = { privateKey, publicKey };
  const name = `CN=${config.hsmId}, OU=${config.clusterId}`;
  const extensions = [
    new x509.SubjectAlternativeNameExtension([
      { type: 'dns', value: `${config.hsmId}.${config.clusterId}.hsm`.toLowerCase() },
    ]),
  ];
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name,
    keys,
    signingAlgorithm: SIGNATURE,
    extensions,
  });
  const notAfter = new Date(now);
  notAfter.setFullYear(notAfter.getFullYear() + SELF_SIGNED_YEARS);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    signingAlgorithm: SIGNATURE,
    extensions,
    notBefore: new Date(now.getTime() - 5 * 60 * 1000), // for clients whose clock is behind
    notAfter,
  });
  return { request: `${request.toString('pem')}\n`, selfSigned: `${certificate.toString('pem')}\n` };
}
