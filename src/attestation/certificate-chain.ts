/**
 * From a trusted root to the certificate that signed an attestation document. Rules: RFC 5280, section 6, as far as the
 * Nitro attestation PKI uses it (AWS Nitro Enclaves user guide, "Certificates validity"); no revocation, as with AWS, whose
 * signing certificates live for hours.
 */
import { X509Certificate, createHash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  BasicConstraints,
  Certificate,
  KeyUsage,
  KeyUsageFlags,
  id_ce_basicConstraints,
  id_ce_keyUsage,
} from '@peculiar/asn1-x509';
import { AttestationRejected } from './document.ts';

/** ecdsa-with-SHA384 (RFC 5758): what all these certificates are signed with. */
const ECDSA_SHA384 = '1.2.840.10045.4.3.3';
const UNDERSTOOD: ReadonlySet<string> = new Set([id_ce_basicConstraints, id_ce_keyUsage]);

interface Link {
  x509: X509Certificate;
  isCa: boolean;
  /** How many issuers may come between it and the last certificate; undefined: any number. */
  pathLength: number | undefined;
  /** undefined: the certificate does not limit its key. */
  usage: number | undefined;
}

/** An attested machine sends the same certificates again for hours; reading and checking one takes about a millisecond. */
const MAX_REMEMBERED = 1000;

/**
 * The key of `leaf`, once every certificate from a trusted root down to it was checked.
 * @param bundle DER, the root first and then each issuer under the one before it
 * @param now milliseconds since 1970
 * @throws AttestationRejected
 */
export type KeyOfChain = (bundle: readonly Buffer[], leaf: Buffer, now: number) => KeyObject;

export function chainVerifier(roots: readonly X509Certificate[]): KeyOfChain {
  /** By all certificates from the root to this one; their times and uses are looked at again each time. */
  const remembered = new Map<string, Link>();

  return (bundle, leaf, now) => {
    const [root = Buffer.alloc(0)] = bundle;
    if (!roots.some(({ raw }) => raw.equals(root))) {
      throw new AttestationRejected('its cabundle does not begin with a trusted root certificate');
    }
    const ders = [...bundle, leaf];
    let issuer: Link | undefined; // the root is trusted for being what it is
    let path = '';
    for (const [index, der] of ders.entries()) {
      path = createHash('sha256').update(path).update(der).digest('hex');
      const link: Link = remembered.get(path) ?? readLink(der, issuer);
      requireUsable(link, ders.length - 1 - index, now);
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      remembered.set(path, link);
      issuer = link;
    }
    return (issuer as Link).x509.publicKey;
  };
}

/**
 * @param depth how many certificates follow: 0 for the one that signs documents
 * @throws AttestationRejected
 */
function requireUsable({ x509, isCa, pathLength, usage }: Link, depth: number, now: number): void {
  if (!(Date.parse(x509.validFrom) <= now && now <= Date.parse(x509.validTo))) {
    throw new AttestationRejected('one of its certificates is not valid now');
  }
  const wanted = depth === 0 ? KeyUsageFlags.digitalSignature : KeyUsageFlags.keyCertSign;
  if (isCa !== depth > 0 || (usage !== undefined && (usage & wanted) === 0)) {
    throw new AttestationRejected('one of its certificates is for another use');
  }
  if (pathLength !== undefined && depth - 1 > pathLength) {
    throw new AttestationRejected('its chain of certificates is too long');
  }
  if (x509.publicKey.asymmetricKeyDetails?.namedCurve !== 'secp384r1') {
    throw new AttestationRejected('one of its certificates has a key that is not of P-384');
  }
}

/**
 * A certificate that its issuer signed.
 * @throws AttestationRejected
 */
function readLink(der: Buffer, issuer: Link | undefined): Link {
  const link = parseLink(der);
  if (
    issuer !== undefined &&
    !(link.x509.checkIssued(issuer.x509) && link.x509.verify(issuer.x509.publicKey))
  ) {
    throw new AttestationRejected('its certificates do not form a chain');
  }
  return link;
}

/** @throws AttestationRejected */
function parseLink(der: Buffer): Link {
  try {
    const x509 = new X509Certificate(der);
    if (!x509.raw.equals(der)) throw new Error('bytes that belong to no certificate');
    const { tbsCertificate, signatureAlgorithm } = AsnConvert.parse(der, Certificate);
    const { signature, extensions = [] } = tbsCertificate;
    if (signature.algorithm !== ECDSA_SHA384 || signatureAlgorithm.algorithm !== ECDSA_SHA384) {
      throw new Error('another signature algorithm');
    }
    const values = new Map<string, ArrayBuffer>();
    for (const { extnID, critical, extnValue } of extensions) {
      if (values.has(extnID)) throw new Error('an extension that is there twice');
      if (critical && !UNDERSTOOD.has(extnID)) throw new Error('a critical extension that is not understood');
      values.set(extnID, extnValue.buffer);
    }
    const basic = values.get(id_ce_basicConstraints);
    const constraints = basic === undefined ? undefined : AsnConvert.parse(basic, BasicConstraints);
    const usage = values.get(id_ce_keyUsage);
    return {
      x509,
      isCa: constraints?.cA ?? false,
      pathLength: constraints?.pathLenConstraint,
      usage: usage === undefined ? undefined : AsnConvert.parse(usage, KeyUsage).toNumber(),
    };
  } catch {
    throw new AttestationRejected('one of its certificates cannot be read');
  }
}
