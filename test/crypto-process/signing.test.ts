/** What the crypto process's signatures and RSA ciphertexts must not take, although OpenSSL would. */
import assert from 'node:assert/strict';
import * as crypto from 'node:crypto';
import { before, describe, it } from 'node:test';
import type {
  MessageType,
  PublicKey,
  SigningAlgorithm,
} from '../../src/crypto-process/asymmetric-messages.ts';
import { generateKeyBytes, publicKeyOf } from '../../src/crypto-process/key-generation.ts';
import type { NewKey } from '../../src/crypto-process/key-generation.ts';
import { KEY_TYPES } from '../../src/crypto-process/messages.ts';
import type { KeyType } from '../../src/crypto-process/messages.ts';
import { decryptAsymmetric, encryptAsymmetric } from '../../src/crypto-process/oaep.ts';
import { createRandomPool } from '../../src/crypto-process/randomness.ts';
import { signMessage, verifyMessage } from '../../src/crypto-process/signing.ts';

const fillRandom = createRandomPool();
const message = Buffer.from('message');

describe('keys of the crypto process', () => {
  let rsa: NewKey;
  let rsaPublic: PublicKey;

  before(async () => {
    rsa = await generateKeyBytes('RSA_2048', fillRandom);
    rsaPublic = { type: 'RSA_2048', spki: rsa.publicKey ?? Buffer.alloc(0) };
  });

  it('have the public key that their private bytes give', async () => {
    for (const type of Object.keys(KEY_TYPES) as KeyType[]) {
      if (type === 'RSA_3072' || type === 'RSA_4096') continue; // as RSA_2048, only slower
      const { bytes, publicKey } = await generateKeyBytes(type, fillRandom);
      assert.deepEqual(publicKeyOf(type, bytes), publicKey, type);
      assert.equal(publicKey === undefined, /^(AES|HMAC)/.test(type), type);
    }
  });

  it('take no RSA signature without its leading zero, in PSS or PKCS #1', async () => {
    const pss = { padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    const key = crypto.createPrivateKey({ key: rsa.bytes, format: 'der', type: 'pkcs8' });
    for (const [algorithm, options] of [
      ['RSASSA_PSS_SHA_256', pss],
      ['RSASSA_PKCS1_V1_5_SHA_256', {}],
    ] as const) {
      let signature = Buffer.of(1);
      let text = message;
      for (let i = 0; signature[0] !== 0; i += 1) {
        text = Buffer.from(`message ${i}`);
        signature = crypto.sign('sha256', text, { key, ...options });
      }
      const input = { algorithm, messageType: 'RAW', message: text } as const;
      assert.equal(await verifyMessage(rsaPublic, signature, input), true);
      assert.equal(await verifyMessage(rsaPublic, signature.subarray(1), input), false, algorithm);
      const longer = Buffer.concat([Buffer.of(0), signature]);
      assert.equal(await verifyMessage(rsaPublic, longer, input), false, algorithm);
    }
  });

  it('take no RSA ciphertext without its leading zero', async () => {
    let ciphertext: Buffer = Buffer.of(1);
    while (ciphertext[0] !== 0) ciphertext = encryptAsymmetric(rsaPublic, 'RSAES_OAEP_SHA_256', message);
    const open = (bytes: Buffer): Promise<Buffer> =>
      decryptAsymmetric('RSA_2048', rsa.bytes, 'RSAES_OAEP_SHA_256', bytes);
    assert.deepEqual(await open(ciphertext), message);
    await assert.rejects(open(ciphertext.subarray(1)), { code: 'INVALID_CIPHERTEXT' });
    await assert.rejects(open(Buffer.concat([Buffer.of(0), ciphertext])), { code: 'INVALID_CIPHERTEXT' });
  });

  it('sign with PSS salts as long as the hash, and take no others', async () => {
    const key = crypto.createPublicKey({ key: rsaPublic.spki, format: 'der', type: 'spki' });
    const privateKey = crypto.createPrivateKey({ key: rsa.bytes, format: 'der', type: 'pkcs8' });
    const padding = crypto.constants.RSA_PKCS1_PSS_PADDING;
    for (const bits of [256, 384, 512]) {
      const algorithm = `RSASSA_PSS_SHA_${bits}` as SigningAlgorithm;
      const input = { algorithm, messageType: 'RAW', message } as const;
      const signature = await signMessage('RSA_2048', rsa.bytes, input, fillRandom);
      assert.equal(
        crypto.verify(`sha${bits}`, message, { key, padding, saltLength: bits / 8 }, signature),
        true,
      );
      for (const saltLength of [0, bits / 8 - 1]) {
        const other = crypto.sign(`sha${bits}`, message, { key: privateKey, padding, saltLength });
        assert.equal(await verifyMessage(rsaPublic, other, input), false, `${saltLength}`);
      }
    }
  });

  it('do not what their type is not for', async () => {
    const p256 = await generateKeyBytes('ECC_NIST_P256', fillRandom);
    const wrong: [KeyType, Buffer, SigningAlgorithm, MessageType, Buffer][] = [
      ['ECC_NIST_P256', p256.bytes, 'RSASSA_PSS_SHA_256', 'RAW', message],
      ['ECC_NIST_P256', p256.bytes, 'ED25519_SHA_512', 'RAW', message],
      ['ECC_NIST_P256', p256.bytes, 'ECDSA_SHA_256', 'DIGEST', Buffer.alloc(31)],
      ['ECC_NIST_P256', p256.bytes, 'ECDSA_SHA_256', 'DIGEST', Buffer.alloc(33)],
      ['ECC_NIST_P256', p256.bytes, 'ECDSA_SHA_256', 'EXTERNAL_MU', Buffer.alloc(64)],
      ['RSA_2048', rsa.bytes, 'ECDSA_SHA_256', 'RAW', message],
      ['AES_256', Buffer.alloc(32), 'ECDSA_SHA_256', 'RAW', message],
      ['HMAC_256', Buffer.alloc(32), 'ECDSA_SHA_256', 'RAW', message],
    ];
    for (const [type, bytes, algorithm, messageType, text] of wrong) {
      const input = { algorithm, messageType, message: text };
      await assert.rejects(signMessage(type, bytes, input, fillRandom), RangeError, `${type} ${algorithm}`);
    }
    assert.throws(
      () => encryptAsymmetric({ ...rsaPublic, type: 'ECC_NIST_P256' }, 'RSAES_OAEP_SHA_1', message),
      RangeError,
    );
  });

  it('sign with ML-DSA anew each time, and one key’s signature is not another’s', async () => {
    const [one, two] = [
      await generateKeyBytes('ML_DSA_44', fillRandom),
      await generateKeyBytes('ML_DSA_44', fillRandom),
    ];
    const input = { algorithm: 'ML_DSA_SHAKE_256', messageType: 'RAW', message } as const;
    const signature = await signMessage('ML_DSA_44', one.bytes, input, fillRandom);
    assert.notDeepEqual(await signMessage('ML_DSA_44', one.bytes, input, fillRandom), signature);
    const verify = (key: NewKey): Promise<boolean> =>
      verifyMessage({ type: 'ML_DSA_44', spki: key.publicKey ?? Buffer.alloc(0) }, signature, input);
    assert.deepEqual([await verify(one), await verify(two)], [true, false]);
  });
});
