/**
 * Opens Claviger's ciphertexts as somebody would who has the keys, docs/formats.md and nothing of Claviger. Imports no code
 * of it, on purpose: a change of a format that its own code would not notice is noticed here.
 */
import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';

export interface Envelope {
  header: Buffer;
  suite: number;
  flags: number;
  keyId: string;
  materialPrefix: string;
  storePart: Buffer;
}

export function readEnvelope(ciphertext: Buffer): Envelope {
  assert.equal(ciphertext[0], 1, 'version');
  assert.equal(ciphertext[3], 0, 'reserved');
  const id = ciphertext.toString('hex', 4, 20);
  const flags = ciphertext[2] as number;
  return {
    header: ciphertext.subarray(0, 24),
    suite: ciphertext[1] as number,
    flags,
    keyId: flags === 1 ? `mrk-${id}` : id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    materialPrefix: ciphertext.toString('hex', 20, 24),
    storePart: ciphertext.subarray(24),
  };
}

/** The 24 bytes of the header, then the encryption context: pairs in order of their names' bytes, lengths before all. */
export function aadOf(envelope: Envelope, context: Record<string, string>): Buffer {
  const pairs = Object.entries(context).map((pair) => pair.map((text) => Buffer.from(text, 'utf8')));
  pairs.sort((one, other) => Buffer.compare(one[0] as Buffer, other[0] as Buffer));
  const parts = pairs.flat().flatMap((text) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length);
    return [length, text];
  });
  return Buffer.concat([envelope.header, ...parts]);
}

/** Suite 1: message key and commitment out of the KMS key and the nonce, then AES-256-GCM. @param key 32 bytes */
export function openSuite1(key: Buffer, ciphertext: Buffer, context: Record<string, string>): Buffer {
  const envelope = readEnvelope(ciphertext);
  return openMessage(key, envelope.storePart, aadOf(envelope, context));
}

function openMessage(key: Buffer, message: Buffer, aad: Buffer): Buffer {
  const derived = kdf(key, 'claviger/message/1', message.subarray(0, 16), 64);
  assert.equal(derived.toString('hex', 32), message.toString('hex', 28, 60), 'commitment');
  return openGcm(derived.subarray(0, 32), message.subarray(16, 28), message.subarray(60), aad);
}

/** Suite 2: a message key wrapped under the KMS key (RFC 3394), then AES-256-GCM. @param key 32 bytes */
export function openSuite2(key: Buffer, ciphertext: Buffer, context: Record<string, string>): Buffer {
  const envelope = readEnvelope(ciphertext);
  const { storePart } = envelope;
  const unwrap = createDecipheriv('id-aes256-wrap', key, Buffer.alloc(8, 0xa6));
  const messageKey = Buffer.concat([unwrap.update(storePart.subarray(0, 40)), unwrap.final()]);
  return openGcm(messageKey, storePart.subarray(40, 52), storePart.subarray(52), aadOf(envelope, context));
}

/**
 * What an external key of ours encrypted: the derivation key is in the key's id, wrapped under the KMS key (RFC 3394); the
 * AES-CBC encryption of salt and constant under it is the message key.
 * @param key the KMS key, 32 bytes
 */
export function openExternal(
  key: Buffer,
  xksKeyId: string,
  message: { metadata: Buffer; nonce: Buffer; ciphertext: Buffer; tag: Buffer },
  additionalData: Buffer,
): Buffer {
  const { metadata, nonce, ciphertext, tag } = message;
  assert.equal(metadata.length, 17);
  assert.equal(metadata[0], 1, 'version');
  const wrapped = Buffer.from(xksKeyId.slice(37), 'base64url');
  const unwrap = createDecipheriv('id-aes256-wrap', key, Buffer.alloc(8, 0xa6));
  const derivationKey = Buffer.concat([unwrap.update(wrapped), unwrap.final()]);
  const derive = createCipheriv('aes-256-cbc', derivationKey, Buffer.alloc(16)).setAutoPadding(false);
  const input = Buffer.concat([metadata.subarray(1), Buffer.from('claviger xks key')]);
  const messageKey = Buffer.concat([derive.update(input), derive.final()]);
  const aad = Buffer.concat([Buffer.from([1]), additionalData]);
  return openGcm(messageKey, nonce, Buffer.concat([ciphertext, tag]), aad);
}

/**
 * Suite 3: what the key manager does (XKS proxy API specification, "Encrypt", `ciphertextMetadata`), then suite 1.
 * @param externalKey 32 bytes
 */
export function openSuite3(
  key: Buffer,
  ciphertext: Buffer,
  context: Record<string, string>,
  externalKey: Buffer,
): Buffer {
  const envelope = readEnvelope(ciphertext);
  const id = envelope.storePart.subarray(0, 16);
  const storePart = envelope.storePart.subarray(16);
  const aad = Buffer.concat([aadOf(envelope, context), id]);
  assert.equal(storePart[0], 1, 'form');
  const ivAt = 3 + (storePart[1] as number);
  const tagAt = ivAt + (storePart[2] as number);
  const [metadata, iv] = [storePart.subarray(3, ivAt), storePart.subarray(ivAt, tagAt)];
  const [tag, sealed] = [storePart.subarray(tagAt, tagAt + 16), storePart.subarray(tagAt + 16)];
  const told = createHash('sha256').update('claviger xks associated data v1\0').update(aad).digest();
  const managersAad = Buffer.concat([Buffer.from([0, 32]), told, Buffer.from([metadata.length]), metadata]);
  return openMessage(key, openGcm(externalKey, iv, Buffer.concat([sealed, tag]), managersAad), aad);
}

/**
 * The bytes of a built-in key from its encrypted form.
 * @param owner the key's ARN; for a multi-Region key without its Region
 */
export function openEncryptedKey(
  domainKey: Buffer,
  ekt: Buffer,
  { owner, materialId }: { owner: string; materialId: string },
): Buffer {
  assert.equal(ekt[0], 1, 'version');
  const key = kdf(domainKey, 'claviger/ekt/1', ekt.subarray(8, 24), 32);
  const aad = Buffer.from(`claviger key material v1\0${owner}\0${materialId}`);
  return openGcm(key, ekt.subarray(24, 36), ekt.subarray(36), Buffer.concat([ekt.subarray(0, 36), aad]));
}

/** NIST SP 800-108r1 in counter mode with HMAC-SHA256. */
function kdf(key: Buffer, label: string, context: Buffer, bytes: number): Buffer {
  const u32 = (value: number): Buffer => {
    const encoded = Buffer.alloc(4);
    encoded.writeUInt32BE(value);
    return encoded;
  };
  const blocks: Buffer[] = [];
  for (let i = 1; blocks.length * 32 < bytes; i += 1) {
    const message = Buffer.concat([u32(i), Buffer.from(label), Buffer.alloc(1), context, u32(bytes * 8)]);
    blocks.push(createHmac('sha256', key).update(message).digest());
  }
  return Buffer.concat(blocks).subarray(0, bytes);
}

function openGcm(key: Buffer, iv: Buffer, sealed: Buffer, aad: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(sealed.length - 16));
  return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - 16)), decipher.final()]);
}
