/**
 * Who this HSM is to the outside: its own key pair, its certificate request, a self-signed certificate until the operator
 * initialised it, and the operator's certificate from then on. CloudHSM: "Initialize the cluster" (customerCA.crt signs the
 * request directly, no intermediate CAs).
 */
import {
  X509Certificate,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
} from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RpcError } from '../rpc/frames.ts';
import { HsmErrorCode } from '../rpc/hsm-messages.ts';
import { replaceFile } from '../files/durable.ts';
import { HSM_FILES } from './folder.ts';
import type { HsmConfig } from './folder.ts';

const KEY_FILE = join(HSM_FILES.identity, 'hsm.key');
const REQUEST_FILE = join(HSM_FILES.identity, 'hsm.csr');
const SELF_SIGNED_FILE = join(HSM_FILES.identity, 'self-signed.crt');
/** One file for both, so that they are installed together or not at all. */
const INSTALLED_FILE = join(HSM_FILES.identity, 'installed.json');

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

function isCertified(): boolean {
  return existsSync(REQUEST_FILE) && existsSync(SELF_SIGNED_FILE);
}

/**
 * Loads what only a first start needs (a quarter of a second, which an HSM that starts again does not have), and only then.
 * To be called while the program's own files can be read: `openIdentity` then finds it loaded.
 */
export async function prepareIdentity(): Promise<void> {
  if (!isCertified()) await import('./certificate-request.ts');
}

/** Loads the identity from the working folder, or makes it. */
export async function openIdentity(config: HsmConfig, now: Date): Promise<Identity> {
  if (!existsSync(KEY_FILE)) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    replaceFile(KEY_FILE, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  }
  const privateKey = readFileSync(KEY_FILE, 'utf8');
  if (!isCertified()) {
    const { certify } = await import('./certificate-request.ts');
    const made = await certify(createPrivateKey(privateKey), config, now);
    replaceFile(SELF_SIGNED_FILE, made.selfSigned);
    replaceFile(REQUEST_FILE, made.request);
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
  replaceFile(INSTALLED_FILE, `${JSON.stringify(offered, null, 2)}\n`);
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
