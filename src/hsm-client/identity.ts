/**
 * Who an HSM is to its clients: a certificate that the operator's CA signed directly, and that names the HSM and its
 * cluster. CloudHSM's "direct PKI" rule (customerCA.crt signs the cluster's CSR, no intermediate CAs) is kept here.
 */
import { X509Certificate } from 'node:crypto';

export interface HsmIdentity {
  /** Such as `hsm-lgavqitns2a`. */
  hsmId: string;
  /** Such as `cluster-1o36p5xeo5k`. */
  clusterId: string;
}

/** The DNS name in an HSM's certificate. Lower case, because DNS names compare without case. */
export function hsmServerName({ hsmId, clusterId }: HsmIdentity): string {
  return `${hsmId}.${clusterId}.hsm`.toLowerCase();
}

/**
 * Says why `certificate` is not that of `identity` under `trustAnchor`, or `undefined` when it is.
 * Checked: the anchor is self-signed and signed the certificate itself; both are in their validity period; the
 * certificate names the HSM, by its subject alternative names where it has any (RFC 6125 section 6.4.4: then the
 * common name does not count), else by CN = HSM id with OU = cluster id, which is what plain `openssl x509 -req` keeps.
 */
export function refuseCertificate(
  certificate: X509Certificate,
  trustAnchor: X509Certificate,
  identity: HsmIdentity,
  now: Date,
): string | undefined {
  if (!signedDirectly(trustAnchor, trustAnchor)) return 'the trust anchor is not self-signed';
  if (!isValidAt(trustAnchor, now)) return 'the trust anchor is outside its validity period';
  if (!signedDirectly(certificate, trustAnchor)) return 'the certificate was not signed by the trust anchor';
  if (!isValidAt(certificate, now)) return 'the certificate is outside its validity period';
  if (!namesHsm(certificate, identity)) return `the certificate is not that of ${hsmServerName(identity)}`;
  return undefined;
}

/** SHA-256 of the certificate's DER bytes, as `ab:cd:…`. */
export function certificateFingerprint(certificate: X509Certificate): string {
  return certificate.fingerprint256.toLowerCase();
}

/** Reads one PEM certificate. @throws Error when it is none */
export function readCertificate(pem: string): X509Certificate {
  return new X509Certificate(pem);
}

function signedDirectly(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function isValidAt(certificate: X509Certificate, now: Date): boolean {
  return new Date(certificate.validFrom) <= now && now <= new Date(certificate.validTo);
}

function namesHsm(certificate: X509Certificate, identity: HsmIdentity): boolean {
  if (certificate.subjectAltName !== undefined) {
    const options = { subject: 'never', wildcards: false } as const;
    return certificate.checkHost(hsmServerName(identity), options) !== undefined;
  }
  const { CN, OU } = certificate.toLegacyObject().subject as { CN?: unknown; OU?: unknown };
  return CN === identity.hsmId && OU === identity.clusterId;
}
