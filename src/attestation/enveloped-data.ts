/**
 * CMS EnvelopedData (RFC 5652, section 6) for one recipient: AES-256-CBC (RFC 3565) under a fresh key, that key under the
 * recipient's by RSAES-OAEP with SHA-256 (RFC 3560). The frame is BER of indefinite length around DER parts, as AWS KMS
 * writes it: AWS's own client for enclaves (aws-nitro-enclaves-sdk-c, source/cms.c) reads no other form.
 */
import { constants, createCipheriv, createHash, publicEncrypt, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import {
  CMSVersion,
  KeyTransRecipientInfo,
  RecipientIdentifier,
  RecipientInfo,
  RecipientInfos,
} from '@peculiar/asn1-cms';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier, SubjectKeyIdentifier, SubjectPublicKeyInfo } from '@peculiar/asn1-x509';

const ID_AES256_CBC = '2.16.840.1.101.3.4.1.42';
const ID_RSAES_OAEP = '1.2.840.113549.1.1.7';
/** RSAES-OAEP-params (RFC 8017, appendix A.2.1): SHA-256 for the label and in MGF1; no label. */
const OAEP_SHA256 = Uint8Array.from(
  Buffer.from(
    '302fa00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500',
    'hex',
  ),
).buffer;
const ID_ENVELOPED_DATA = Buffer.from('06092a864886f70d010703', 'hex');
const ID_DATA = Buffer.from('06092a864886f70d010701', 'hex');
/** Because the recipient is named by its key and not by a certificate (RFC 5652, section 6.1). */
const VERSION_2 = Buffer.from('020102', 'hex');

const SEQUENCE = 0x30;
/** [0], constructed. */
const CONTEXT_0 = 0xa0;

/**
 * `plaintext` for whoever has the private key of `recipient`, an RSA key. The caller wipes the plaintext.
 * @returns the whole ContentInfo
 */
export function envelopFor(recipient: KeyObject, plaintext: Buffer): Buffer {
  const contentKey = randomBytes(32);
  const iv = randomBytes(16);
  try {
    const cipher = createCipheriv('aes-256-cbc', contentKey, iv);
    const encrypted = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    const encryptedContentInfo = indefinite(
      SEQUENCE,
      ID_DATA,
      serialized(
        new AlgorithmIdentifier({
          algorithm: ID_AES256_CBC,
          parameters: AsnConvert.serialize(new OctetString(iv)),
        }),
      ),
      indefinite(CONTEXT_0, octets(encrypted)),
    );
    const envelopedData = indefinite(
      SEQUENCE,
      VERSION_2,
      recipientInfos(recipient, contentKey),
      encryptedContentInfo,
    );
    return indefinite(SEQUENCE, ID_ENVELOPED_DATA, indefinite(CONTEXT_0, envelopedData));
  } finally {
    contentKey.fill(0);
  }
}

function recipientInfos(recipient: KeyObject, contentKey: Buffer): Buffer {
  const encryptedKey = publicEncrypt(
    { key: recipient, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    contentKey,
  );
  const ktri = new KeyTransRecipientInfo({
    version: CMSVersion.v2,
    rid: new RecipientIdentifier({
      subjectKeyIdentifier: new SubjectKeyIdentifier(keyIdentifier(recipient)),
    }),
    keyEncryptionAlgorithm: new AlgorithmIdentifier({ algorithm: ID_RSAES_OAEP, parameters: OAEP_SHA256 }),
    encryptedKey: new OctetString(encryptedKey),
  });
  return serialized(new RecipientInfos([new RecipientInfo({ ktri })]));
}

/** RFC 5280, section 4.2.1.2, method 1: SHA-1 of the key's bits. A name, not a protection. */
function keyIdentifier(recipient: KeyObject): Buffer {
  const spki = AsnConvert.parse(recipient.export({ format: 'der', type: 'spki' }), SubjectPublicKeyInfo);
  return createHash('sha1').update(Buffer.from(spki.subjectPublicKey)).digest();
}

function serialized(value: object): Buffer {
  return Buffer.from(AsnConvert.serialize(value));
}

function octets(bytes: Buffer): Buffer {
  return serialized(new OctetString(bytes));
}

/** X.690, section 8.1.3.6: the contents end with two zero bytes instead of having a length before them. */
function indefinite(tag: number, ...contents: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.of(tag, 0x80), ...contents, Buffer.of(0, 0)]);
}
