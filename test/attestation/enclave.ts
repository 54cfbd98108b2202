/**
 * An attested machine for tests: a certificate authority of the Nitro kind (P-384; root, two issuers, a certificate that
 * lives for hours), a signing module, and the RSA key pair of the code that runs there. What it signs is as real as AWS's.
 */
import 'reflect-metadata';
import assert from 'node:assert/strict';
import {
  KeyObject,
  constants,
  createDecipheriv,
  generateKeyPairSync,
  privateDecrypt,
  sign,
  webcrypto,
} from 'node:crypto';
import { ContentInfo, EnvelopedData, id_data, id_envelopedData } from '@peculiar/asn1-cms';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { X509Certificate, Extension } from '@peculiar/x509';
import { encode } from 'cborg';

const P384 = { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' } as const;
const HOUR_MS = 3_600_000;

interface Holder {
  certificate: X509Certificate;
  keys: webcrypto.CryptoKeyPair;
}

export interface CertificateOptions {
  ca?: boolean;
  pathLength?: number;
  usages?: KeyUsageFlags;
  notBefore?: Date;
  notAfter?: Date;
  curve?: 'P-256' | 'P-384' | 'P-521';
  extensions?: Extension[];
}

/** @param issuer itself when undefined */
export async function certify(
  name: string,
  issuer: Holder | undefined,
  options: CertificateOptions = {},
): Promise<Holder> {
  const { ca = true, curve = 'P-384' } = options;
  const algorithm = { ...P384, namedCurve: curve };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: Buffer.from(webcrypto.getRandomValues(new Uint8Array(8))).toString('hex'),
      subject: `CN=${name}, C=US, O=Test, OU=Test`,
      issuer: issuer?.certificate.subject ?? `CN=${name}, C=US, O=Test, OU=Test`,
      notBefore: options.notBefore ?? new Date(Date.now() - HOUR_MS),
      notAfter: options.notAfter ?? new Date(Date.now() + 3 * HOUR_MS),
      publicKey: keys.publicKey,
      signingKey: (issuer ?? { keys }).keys.privateKey,
      signingAlgorithm: P384,
      extensions: [
        new BasicConstraintsExtension(ca, options.pathLength, true),
        new KeyUsagesExtension(
          options.usages ??
            (ca ? KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign : KeyUsageFlags.digitalSignature),
          true,
        ),
        ...(options.extensions ?? []),
      ],
    },
    webcrypto,
  );
  return { certificate, keys };
}

const derOf = ({ certificate }: Holder): Buffer => Buffer.from(certificate.rawData);

/** What the signed map holds; `undefined` leaves a member out. */
export type Payload = Record<string, unknown>;

export interface Enclave {
  /** PEM, for the configuration file. */
  rootPem: string;
  root: Holder;
  issuers: readonly Holder[];
  module: Holder;
  /** The attested code's own. */
  privateKey: KeyObject;
  pcrs: Map<number, Buffer>;
  /** The members of a document of now. */
  payload(): Payload;
  /** A document. */
  attest(changes?: Payload): Buffer;
  /** A document whose parts a test sets itself. */
  attestBytes(payload: Uint8Array, parts?: { protectedHeader?: Uint8Array; signer?: Holder }): Buffer;
}

export async function createEnclave(): Promise<Enclave> {
  const root = await certify('test.nitro-enclaves', undefined);
  const region = await certify('region.test.nitro-enclaves', root, { pathLength: 1 });
  const instance = await certify('i-0123.region.test.nitro-enclaves', region, { pathLength: 0 });
  const module = await certify('i-0123-enc4567.region.test.nitro-enclaves', instance, { ca: false });
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pcrs = new Map(Array.from({ length: 16 }, (_, index) => [index, Buffer.alloc(48, index + 1)]));
  const issuers = [region, instance];
  const payload = (): Payload => ({
    module_id: 'i-0123456789abcdef0-enc0123456789abcde0',
    digest: 'SHA384',
    timestamp: Date.now(),
    pcrs,
    certificate: derOf(module),
    cabundle: [root, ...issuers].map(derOf),
    public_key: publicKey.export({ format: 'der', type: 'spki' }),
    user_data: null,
    nonce: null,
  });
  const attestBytes: Enclave['attestBytes'] = (bytes, parts = {}) => {
    const protectedHeader = parts.protectedHeader ?? encode(new Map([[1, -35]]));
    const toSign = encode(['Signature1', protectedHeader, new Uint8Array(), bytes]);
    const key = KeyObject.from((parts.signer ?? module).keys.privateKey);
    const signature = sign('sha384', toSign, { key, dsaEncoding: 'ieee-p1363' });
    return Buffer.from(encode([protectedHeader, new Map(), bytes, signature]));
  };
  return {
    rootPem: root.certificate.toString('pem'),
    root,
    issuers,
    module,
    privateKey,
    pcrs,
    payload,
    attestBytes,
    attest: (changes = {}) => {
      const members = Object.entries({ ...payload(), ...changes }).filter(([, value]) => value !== undefined);
      return attestBytes(encode(new Map(members)));
    },
  };
}

/** Opens what KMS answered, as the attested code does. */
export function openEnveloped(privateKey: KeyObject, cms: Uint8Array | undefined): Buffer {
  const { contentType, content } = AsnConvert.parse(Buffer.from(cms ?? []), ContentInfo);
  assert.equal(contentType, id_envelopedData);
  const { version, recipientInfos, encryptedContentInfo } = AsnConvert.parse(content, EnvelopedData);
  assert.equal(version, 2);
  assert.equal(recipientInfos.length, 1);
  const transport = recipientInfos[0]?.ktri;
  assert.ok(transport?.rid.subjectKeyIdentifier);
  assert.equal(transport.version, 2);
  assert.equal(transport.keyEncryptionAlgorithm.algorithm, '1.2.840.113549.1.1.7');
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const contentKey = privateDecrypt(
    { key: privateKey, padding, oaepHash: 'sha256' },
    Buffer.from(transport.encryptedKey.buffer),
  );
  assert.equal(encryptedContentInfo.contentType, id_data);
  const { algorithm, parameters } = encryptedContentInfo.contentEncryptionAlgorithm;
  assert.equal(algorithm, '2.16.840.1.101.3.4.1.42');
  const iv = Buffer.from(AsnConvert.parse(parameters ?? new ArrayBuffer(0), OctetString).buffer);
  const parts = encryptedContentInfo.encryptedContent?.constructedValue ?? [];
  const decipher = createDecipheriv('aes-256-cbc', contentKey, iv);
  return Buffer.concat([...parts.map((part) => decipher.update(Buffer.from(part.buffer))), decipher.final()]);
}
