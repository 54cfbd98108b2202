/**
 * Who this HSM is to the outside: its own key pair, its certificate request, a self-signed certificate until the operator
 * initialised it, and the operator's certificate from then on. CloudHSM: "Initialize the cluster" (customerCA.crt signs the
 * request directly, no intermediate CAs).
 */
import 'reflect-metadata';
import {
  X509Certificate,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  webcrypto,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { RpcError } from '../rpc/frames.ts';
import { HsmErrorCode } from '../rpc/hsm-messages.ts';
import { writeDurably } from './durable.ts';
import { HSM_FILES } from './folder.ts';
import type { HsmConfig } from './folder.ts';

const KEY_FILE = join(HSM_FILES.identity, 'hsm.key');
const REQUEST_FILE = join(HSM_FILES.identity, 'hsm.csr');
const SELF_SIGNED_FILE = join(HSM_FILES.identity, 'self-signed.crt');
/** One file for both, so that they are installed together or not at all. */
const INSTALLED_FILE = join(HSM_FILES.identity, 'installed.json');

const EC = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const;
const SELF_SIGNED_YEARS = 10;

/** Both PEM. */
export interface Installed {
  certificate: string;
  trustAnchor: string;
}

export interface Identity {
  /** PEM of the private key: for the TLS server and the signatures over the log. */
  readonly privateKey: string;
  /** PEM, PKCS #10. */
  readonly request: string;
  readonly selfSigned: string;
  installed: Installed | undefined;
}

/** Loads the identity from the working folder, or makes it. */
export async function openIdentity(config: HsmConfig, now: Date): Promise<Identity> {
  if (!existsSync(KEY_FILE)) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: EC.namedCurve });
    writeDurably(KEY_FILE, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  }
  const privateKey = readFileSync(KEY_FILE, 'utf8');
  if (!existsSync(REQUEST_FILE) || !existsSync(SELF_SIGNED_FILE)) {
    const made = await certify(createPrivateKey(privateKey), config, now);
    writeDurably(SELF_SIGNED_FILE, made.selfSigned);
    writeDurably(REQUEST_FILE, made.request);
  }
  return {
    privateKey,
    request: readFileSync(REQUEST_FILE, 'utf8'),
    selfSigned: readFileSync(SELF_SIGNED_FILE, 'utf8'),
    installed: existsSync(INSTALLED_FILE)
      ? (JSON.parse(readFileSync(INSTALLED_FILE, 'utf8')) as Installed)
      : undefined,
  };
}

/** SHA-256 of the public key (SubjectPublicKeyInfo), hex: what two persons compare before the HSM is initialised. */
export function identityFingerprint({ privateKey }: Identity): string {
  const publicKey = createPublicKey(createPrivateKey(privateKey)).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(publicKey).digest('hex');
}

async function certify(
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

/**
 * Installs the operator's certificate and trust anchor, durably.
 * @throws RpcError INVALID_CERTIFICATE, with the reason
 */
export function installCertificate(
  identity: Identity,
  config: HsmConfig,
  offered: Installed,
  now: Date,
): void {
  const reason = refusal(identity, config, offered, now);
  if (reason !== undefined) throw new RpcError(HsmErrorCode.invalidCertificate, reason);
  writeDurably(INSTALLED_FILE, `${JSON.stringify(offered, null, 2)}\n`);
  identity.installed = offered;
}

/** CloudHSM's checks of InitializeCluster: request key = certificate key, direct chain, self-signed anchor, dates. */
function refusal(identity: Identity, config: HsmConfig, offered: Installed, now: Date): string | undefined {
  let certificate: X509Certificate, trustAnchor: X509Certificate;
  try {
    certificate = new X509Certificate(offered.certificate);
    trustAnchor = new X509Certificate(offered.trustAnchor);
  } catch {
    return 'certificate or trust anchor is not a PEM certificate';
  }
  if (!certificate.checkPrivateKey(createPrivateKey(identity.privateKey))) {
    return "the certificate is not for this HSM's key";
  }
  if (!trustAnchor.checkIssued(trustAnchor) || !trustAnchor.verify(trustAnchor.publicKey)) {
    return 'the trust anchor is not self-signed';
  }
  if (!certificate.checkIssued(trustAnchor) || !certificate.verify(trustAnchor.publicKey)) {
    return 'the certificate was not signed by the trust anchor';
  }
  for (const [name, one] of [['certificate', certificate] as const, ['trust anchor', trustAnchor] as const]) {
    if (now < new Date(one.validFrom) || now > new Date(one.validTo)) return `the ${name} is not valid now`;
  }
  const subject = certificate.toLegacyObject().subject as { CN?: unknown; OU?: unknown };
  if (subject.CN !== config.hsmId || subject.OU !== config.clusterId) {
    return 'the subject is not that of the certificate request';
  }
  return undefined;
}
