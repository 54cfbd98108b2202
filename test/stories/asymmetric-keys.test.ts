/** Asymmetric, HMAC and KEM keys through the official SDK; what they make is checked outside, by OpenSSL and Node. */
import assert from 'node:assert/strict';
import * as crypto from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecapsulateCommand,
  DecryptCommand,
  DeriveSharedSecretCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncapsulateCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyPairCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
  GenerateMacCommand,
  GetPublicKeyCommand,
  ReEncryptCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  VerifyCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import type {
  CreateKeyCommandInput,
  DataKeyPairSpec,
  EncryptionAlgorithmSpec,
  KMSClient,
  KeySpec,
  KeyUsageType,
  MacAlgorithmSpec,
  MessageType,
  SigningAlgorithmSpec,
} from '@aws-sdk/client-kms';
import { ed25519ph } from '@noble/curves/ed25519.js';
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { ml_kem1024, ml_kem512, ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';
import { KEYS, RSA_SPECS, USAGES } from './key-specs.ts';
import { refusal } from './refusal.ts';

const message = Buffer.from('The quick brown fox jumps over the lazy dog');
const ML_DSA = { ML_DSA_44: ml_dsa44, ML_DSA_65: ml_dsa65, ML_DSA_87: ml_dsa87 };
const ML_KEM = { ML_KEM_512: ml_kem512, ML_KEM_768: ml_kem768, ML_KEM_1024: ml_kem1024 };
const NIST = [
  ['ECC_NIST_P256', 'P-256', 32],
  ['ECC_NIST_P384', 'P-384', 48],
  ['ECC_NIST_P521', 'P-521', 66],
] as const;

const shake256 = (bytes: Uint8Array): Buffer =>
  crypto.createHash('shake256', { outputLength: 64 }).update(bytes).digest();
const digest = (algorithm: string, bytes: Buffer): Buffer =>
  crypto
    .createHash(`sha${algorithm.slice(-3)}`)
    .update(bytes)
    .digest();
const flipped = (bytes: Uint8Array, at = bytes.length - 1): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
};
/** The raw ML-DSA or ML-KEM key at the end of a SubjectPublicKeyInfo. */
const rawKey = (spki: Buffer, length: number | undefined): Buffer =>
  spki.subarray(spki.length - (length ?? 0));

describe('asymmetric, HMAC and KEM keys through the AWS SDK', () => {
  let claviger: Claviger;
  let kms: KMSClient;
  /** `<spec> <usage>` to key ARN. */
  const keys = new Map<string, string>();
  let symmetric: string;

  const keyOf = (spec: string, usage: KeyUsageType): string => {
    const arn = keys.get(`${spec} ${usage}`);
    assert.ok(arn, `${spec} ${usage}`);
    return arn;
  };
  const create = async (input: CreateKeyCommandInput): Promise<string> =>
    (await kms.send(new CreateKeyCommand(input))).KeyMetadata?.Arn ?? '';
  const publicKey = async (KeyId: string): Promise<Buffer> =>
    Buffer.from((await kms.send(new GetPublicKeyCommand({ KeyId }))).PublicKey ?? []);
  const sign = async (
    KeyId: string,
    SigningAlgorithm: SigningAlgorithmSpec,
    MessageType: MessageType | undefined,
    Message: Buffer,
  ): Promise<Buffer> => {
    const answer = await kms.send(new SignCommand({ KeyId, SigningAlgorithm, MessageType, Message }));
    assert.equal(answer.KeyId, KeyId);
    assert.equal(answer.SigningAlgorithm, SigningAlgorithm);
    return Buffer.from(answer.Signature ?? []);
  };
  const isVerified = async (
    KeyId: string,
    SigningAlgorithm: SigningAlgorithmSpec,
    MessageType: MessageType,
    Message: Buffer,
    Signature: Buffer,
  ): Promise<boolean> => {
    const call = kms.send(new VerifyCommand({ KeyId, SigningAlgorithm, MessageType, Message, Signature }));
    try {
      const answer = await call;
      assert.deepEqual([answer.KeyId, answer.SigningAlgorithm], [KeyId, SigningAlgorithm]);
      assert.equal(answer.SignatureValid, true);
      return true;
    } catch {
      const error = await refusal(call);
      assert.equal(error.name, 'KMSInvalidSignatureException');
      assert.match(error.message, /^(|UnknownError|KMSInvalidSignatureException)$/); // the answer has no message
      return false;
    }
  };

  before(async () => {
    claviger = await startClaviger();
    kms = claviger.client();
    symmetric = await create({});
    await Promise.all(
      KEYS.map(async ([KeySpec, KeyUsage]) =>
        keys.set(`${KeySpec} ${KeyUsage}`, await create({ KeySpec, KeyUsage })),
      ),
    );
  });
  after(() => claviger.remove());

  describe('CreateKey', () => {
    for (const [spec, usage, algorithms] of KEYS) {
      it(`describes a key of ${spec} for ${usage} as AWS does`, async () => {
        const arn = keyOf(spec, usage);
        const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: arn }));
        assert.ok(KeyMetadata);
        const { CreationDate, ...rest } = KeyMetadata;
        assert.ok(CreationDate);
        assert.deepEqual(rest, {
          AWSAccountId: claviger.config().accountId,
          Arn: arn,
          KeyId: arn.split('/')[1],
          CustomerMasterKeySpec: spec,
          Description: '',
          Enabled: true,
          KeyManager: 'CUSTOMER',
          KeySpec: spec,
          KeyState: 'Enabled',
          KeyUsage: usage,
          MultiRegion: false,
          Origin: 'AWS_KMS',
          ...algorithms,
        });
      });
    }

    const specs = [...new Set(KEYS.map(([spec]) => spec))];
    it('refuses every usage that a spec has not', async () => {
      let refused = 0;
      for (const spec of specs) {
        for (const usage of USAGES.filter((u) => !keys.has(`${spec} ${u}`))) {
          const error = await refusal(kms.send(new CreateKeyCommand({ KeySpec: spec, KeyUsage: usage })));
          assert.equal(error.name, 'ValidationException');
          assert.equal(error.message, `KeyUsage ${usage} is not compatible with KeySpec ${spec}`);
          refused += 1;
        }
      }
      assert.equal(refused, specs.length * USAGES.length - KEYS.length);
    });

    it('wants a usage for every spec but the symmetric one', async () => {
      for (const KeySpec of specs) {
        const error = await refusal(kms.send(new CreateKeyCommand({ KeySpec })));
        assert.equal(
          error.message,
          'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
        );
      }
    });

    it('refuses SM2, which is for China', async () => {
      const input = { KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' } as const;
      const error = await refusal(kms.send(new CreateKeyCommand(input)));
      assert.equal(error.name, 'UnsupportedOperationException');
    });

    it('goes on answering while RSA primes are looked for', async () => {
      let pending = 2;
      const creations = Array.from({ length: pending }, () =>
        create({ KeySpec: 'RSA_4096', KeyUsage: 'SIGN_VERIFY' }).finally(() => (pending -= 1)),
      );
      let answered = 0;
      while (pending > 0) {
        await kms.send(new EncryptCommand({ KeyId: symmetric, Plaintext: message }));
        if (pending > 0) answered += 1;
      }
      await Promise.all(creations);
      assert.ok(answered > 10, `${answered} calls were answered meanwhile`);
    });
  });

  describe('GetPublicKey', () => {
    for (const [spec, usage, algorithms] of KEYS.filter(([s]) => !s.startsWith('HMAC'))) {
      it(`gives the public key of ${spec} for ${usage} as SubjectPublicKeyInfo`, async () => {
        const KeyId = keyOf(spec, usage);
        const { PublicKey, $metadata, ...rest } = await kms.send(new GetPublicKeyCommand({ KeyId }));
        assert.equal($metadata.httpStatusCode, 200);
        assert.deepEqual(rest, {
          KeyId,
          CustomerMasterKeySpec: spec,
          KeySpec: spec,
          KeyUsage: usage,
          ...algorithms,
        });
        const spki = Buffer.from(PublicKey ?? []);
        if (spec.startsWith('ML_')) {
          const scheme = { ...ML_DSA, ...ML_KEM }[spec as keyof typeof ML_DSA | keyof typeof ML_KEM];
          assert.equal(spki.length, (scheme.lengths.publicKey ?? 0) + 22);
          return;
        }
        const parsed = crypto.createPublicKey({ key: spki, format: 'der', type: 'spki' });
        const { modulusLength, publicExponent, namedCurve } = parsed.asymmetricKeyDetails ?? {};
        if (spec.startsWith('RSA')) {
          assert.equal(modulusLength, Number(spec.slice(4)));
          assert.equal(publicExponent, 65537n);
        } else if (spec === 'ECC_NIST_EDWARDS25519') {
          assert.equal(parsed.asymmetricKeyType, 'ed25519');
        } else {
          const curves: Record<string, string> = {
            ECC_NIST_P256: 'prime256v1',
            ECC_NIST_P384: 'secp384r1',
            ECC_NIST_P521: 'secp521r1',
            ECC_SECG_P256K1: 'secp256k1',
          };
          assert.equal(namedCurve, curves[spec]);
        }
      });
    }

    it('is not for symmetric and HMAC keys', async () => {
      for (const KeyId of [symmetric, keyOf('HMAC_256', 'GENERATE_VERIFY_MAC')]) {
        const error = await refusal(kms.send(new GetPublicKeyCommand({ KeyId })));
        assert.equal(error.name, 'UnsupportedOperationException');
      }
    });

    it('names ML-DSA and ML-KEM by their algorithm identifiers', async () => {
      const head = async (spec: string, usage: KeyUsageType): Promise<string> =>
        (await publicKey(keyOf(spec, usage))).toString('hex', 4, 17);
      assert.equal(await head('ML_DSA_44', 'SIGN_VERIFY'), '300b0609608648016503040311');
      assert.equal(await head('ML_DSA_65', 'SIGN_VERIFY'), '300b0609608648016503040312');
      assert.equal(await head('ML_DSA_87', 'SIGN_VERIFY'), '300b0609608648016503040313');
      assert.equal(await head('ML_KEM_512', 'ENCAPSULATE_DECAPSULATE'), '300b0609608648016503040401');
      assert.equal(await head('ML_KEM_768', 'ENCAPSULATE_DECAPSULATE'), '300b0609608648016503040402');
      assert.equal(await head('ML_KEM_1024', 'ENCAPSULATE_DECAPSULATE'), '300b0609608648016503040403');
    });
  });

  describe('Sign and Verify', () => {
    const hashed = KEYS.filter(
      ([spec, usage]) => usage === 'SIGN_VERIFY' && /^(RSA|ECC_(NIST_P|SECG))/.test(spec),
    );
    for (const [spec, , { SigningAlgorithms = [] }] of hashed) {
      for (const algorithm of SigningAlgorithms as SigningAlgorithmSpec[]) {
        it(`sign with ${spec} by ${algorithm} what Node verifies, RAW and DIGEST alike`, async () => {
          const KeyId = keyOf(spec, 'SIGN_VERIFY');
          const key = crypto.createPublicKey({ key: await publicKey(KeyId), format: 'der', type: 'spki' });
          const pss = {
            padding: crypto.constants.RSA_PKCS1_PSS_PADDING,
            saltLength: Number(algorithm.slice(-3)) / 8,
          };
          const outside = algorithm.includes('PSS') ? { key, ...pss } : key;
          const hash = `sha${algorithm.slice(-3)}`;
          const hashOfMessage = digest(algorithm, message);
          for (const [type, input] of [
            [undefined, message],
            ['RAW', message],
            ['DIGEST', hashOfMessage],
          ] as const) {
            const signature = await sign(KeyId, algorithm, type, input);
            assert.ok(crypto.verify(hash, message, outside, signature), `${type}`);
            assert.equal(await isVerified(KeyId, algorithm, 'RAW', message, signature), true);
            assert.equal(await isVerified(KeyId, algorithm, 'DIGEST', hashOfMessage, signature), true);
            assert.equal(await isVerified(KeyId, algorithm, 'RAW', flipped(message), signature), false);
            assert.equal(
              await isVerified(KeyId, algorithm, 'DIGEST', flipped(hashOfMessage), signature),
              false,
            );
            assert.equal(await isVerified(KeyId, algorithm, 'RAW', message, flipped(signature)), false);
            assert.equal(await isVerified(KeyId, algorithm, 'RAW', message, signature.subarray(1)), false);
          }
        });
      }
    }

    it('sign with Ed25519 what Node verifies', async () => {
      const KeyId = keyOf('ECC_NIST_EDWARDS25519', 'SIGN_VERIFY');
      const key = crypto.createPublicKey({ key: await publicKey(KeyId), format: 'der', type: 'spki' });
      const signature = await sign(KeyId, 'ED25519_SHA_512', 'RAW', message);
      assert.equal(signature.length, 64);
      assert.ok(crypto.verify(null, message, key, signature));
      assert.equal(await isVerified(KeyId, 'ED25519_SHA_512', 'RAW', message, signature), true);
      assert.equal(await isVerified(KeyId, 'ED25519_SHA_512', 'RAW', flipped(message), signature), false);
      assert.equal(await isVerified(KeyId, 'ED25519_SHA_512', 'RAW', message, flipped(signature)), false);
    });

    it('sign the digest with Ed25519ph, which hashes it once more', async () => {
      const KeyId = keyOf('ECC_NIST_EDWARDS25519', 'SIGN_VERIFY');
      const hashOfMessage = digest('512', message);
      const signature = await sign(KeyId, 'ED25519_PH_SHA_512', 'DIGEST', hashOfMessage);
      const raw = rawKey(await publicKey(KeyId), 32);
      assert.ok(ed25519ph.verify(signature, hashOfMessage, raw));
      assert.ok(!ed25519ph.verify(signature, message, raw));
      assert.equal(await isVerified(KeyId, 'ED25519_PH_SHA_512', 'DIGEST', hashOfMessage, signature), true);
      assert.equal(
        await isVerified(KeyId, 'ED25519_PH_SHA_512', 'DIGEST', flipped(hashOfMessage), signature),
        false,
      );
      assert.equal(
        await isVerified(KeyId, 'ED25519_PH_SHA_512', 'DIGEST', hashOfMessage, flipped(signature)),
        false,
      );
      assert.equal(await isVerified(KeyId, 'ED25519_SHA_512', 'RAW', hashOfMessage, signature), false);
    });

    for (const spec of ['ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87'] as const) {
      it(`sign with ${spec} the message or its representative, one verifying as the other`, async () => {
        const KeyId = keyOf(spec, 'SIGN_VERIFY');
        const scheme = ML_DSA[spec];
        const raw = rawKey(await publicKey(KeyId), scheme.lengths.publicKey);
        const mu = shake256(Buffer.concat([shake256(raw), Buffer.of(0, 0), message]));
        for (const [type, input] of [
          ['RAW', message],
          ['EXTERNAL_MU', mu],
        ] as const) {
          const signature = await sign(KeyId, 'ML_DSA_SHAKE_256', type, input);
          assert.ok(scheme.verify(signature, message, raw));
          assert.equal(await isVerified(KeyId, 'ML_DSA_SHAKE_256', 'RAW', message, signature), true);
          assert.equal(await isVerified(KeyId, 'ML_DSA_SHAKE_256', 'EXTERNAL_MU', mu, signature), true);
          assert.equal(
            await isVerified(KeyId, 'ML_DSA_SHAKE_256', 'RAW', flipped(message), signature),
            false,
          );
          assert.equal(
            await isVerified(KeyId, 'ML_DSA_SHAKE_256', 'RAW', message, flipped(signature, 0)),
            false,
          );
          assert.equal(
            await isVerified(KeyId, 'ML_DSA_SHAKE_256', 'RAW', message, signature.subarray(1)),
            false,
          );
        }
      });
    }

    it('refuse a digest of another length than the hash has', async () => {
      for (const [spec, , { SigningAlgorithms = [] }] of hashed) {
        for (const SigningAlgorithm of SigningAlgorithms as SigningAlgorithmSpec[]) {
          for (const Message of [message, digest(SigningAlgorithm, message).subarray(1)]) {
            const input = {
              KeyId: keyOf(spec, 'SIGN_VERIFY'),
              SigningAlgorithm,
              Message,
              MessageType: 'DIGEST',
            } as const;
            for (const error of [
              await refusal(kms.send(new SignCommand(input))),
              await refusal(kms.send(new VerifyCommand({ ...input, Signature: message }))),
            ]) {
              assert.equal(error.name, 'ValidationException');
              assert.equal(error.message, `Digest is invalid length for algorithm ${SigningAlgorithm}.`);
            }
          }
        }
      }
    });

    it('refuse the message types that an algorithm does not take', async () => {
      const long = Buffer.alloc(64, 1);
      const wrong: [KeySpec, SigningAlgorithmSpec, MessageType, Buffer][] = [
        ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', 'DIGEST', long],
        ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', 'EXTERNAL_MU', long],
        ['ECC_NIST_EDWARDS25519', 'ED25519_PH_SHA_512', 'RAW', long],
        ['ECC_NIST_EDWARDS25519', 'ED25519_PH_SHA_512', 'DIGEST', long.subarray(1)],
        ['ML_DSA_65', 'ML_DSA_SHAKE_256', 'DIGEST', long],
        ['ML_DSA_65', 'ML_DSA_SHAKE_256', 'EXTERNAL_MU', long.subarray(1)],
        ['ECC_NIST_P256', 'ECDSA_SHA_256', 'EXTERNAL_MU', long],
        ['RSA_2048', 'RSASSA_PSS_SHA_512', 'EXTERNAL_MU', long],
      ];
      for (const [spec, SigningAlgorithm, MessageType, Message] of wrong) {
        const input = { KeyId: keyOf(spec, 'SIGN_VERIFY'), SigningAlgorithm, MessageType, Message };
        for (const error of [
          await refusal(kms.send(new SignCommand(input))),
          await refusal(kms.send(new VerifyCommand({ ...input, Signature: long }))),
        ]) {
          assert.equal(error.name, 'ValidationException', `${SigningAlgorithm} ${MessageType}`);
        }
      }
    });

    it('refuse algorithms of another spec', async () => {
      for (const [spec, SigningAlgorithm] of [
        ['RSA_2048', 'ECDSA_SHA_256'],
        ['ECC_NIST_P256', 'ECDSA_SHA_384'],
        ['ECC_SECG_P256K1', 'RSASSA_PSS_SHA_256'],
        ['ML_DSA_44', 'ED25519_SHA_512'],
        ['ECC_NIST_P256', 'SM2DSA'],
      ] as const) {
        const input = { KeyId: keyOf(spec, 'SIGN_VERIFY'), SigningAlgorithm, Message: message };
        for (const error of [
          await refusal(kms.send(new SignCommand(input))),
          await refusal(kms.send(new VerifyCommand({ ...input, Signature: message }))),
        ]) {
          assert.equal(error.name, 'InvalidKeyUsageException');
          assert.equal(error.message, `Algorithm ${SigningAlgorithm} is incompatible with key spec ${spec}.`);
        }
      }
    });

    it('take messages of 1 to 4096 bytes', async () => {
      const KeyId = keyOf('ECC_NIST_P256', 'SIGN_VERIFY');
      for (const length of [1, 4096]) {
        const bytes = Buffer.alloc(length, 7);
        const signature = await sign(KeyId, 'ECDSA_SHA_256', 'RAW', bytes);
        assert.equal(await isVerified(KeyId, 'ECDSA_SHA_256', 'RAW', bytes, signature), true);
      }
      for (const [length, bound] of [
        [0, 'greater than or equal to 1'],
        [4097, 'less than or equal to 4096'],
      ] as const) {
        const Message = Buffer.alloc(length);
        const error = await refusal(
          kms.send(new SignCommand({ KeyId, SigningAlgorithm: 'ECDSA_SHA_256', Message })),
        );
        assert.equal(
          error.message,
          `1 validation error detected: Value at 'message' failed to satisfy constraint: Member must have length ${bound}`,
        );
      }
    });
  });

  describe('GenerateMac and VerifyMac', () => {
    for (const [spec, bytes] of [
      ['HMAC_224', 28],
      ['HMAC_256', 32],
      ['HMAC_384', 48],
      ['HMAC_512', 64],
    ] as const) {
      const MacAlgorithm: MacAlgorithmSpec = `HMAC_SHA_${spec.slice(5)}` as MacAlgorithmSpec;

      it(`make and check tags of ${bytes} bytes with ${spec}`, async () => {
        const KeyId = keyOf(spec, 'GENERATE_VERIFY_MAC');
        const made = await kms.send(new GenerateMacCommand({ KeyId, MacAlgorithm, Message: message }));
        assert.deepEqual([made.KeyId, made.MacAlgorithm, made.Mac?.length], [KeyId, MacAlgorithm, bytes]);
        const Mac = Buffer.from(made.Mac ?? []);
        const again = await kms.send(new GenerateMacCommand({ KeyId, MacAlgorithm, Message: message }));
        assert.deepEqual(Buffer.from(again.Mac ?? []), Mac);
        const { MacValid } = await kms.send(
          new VerifyMacCommand({ KeyId, MacAlgorithm, Message: message, Mac }),
        );
        assert.equal(MacValid, true);
        for (const wrong of [
          { Message: flipped(message), Mac },
          { Message: message, Mac: flipped(Mac) },
          { Message: message, Mac: Mac.subarray(0, 16) },
          { Message: message, Mac: Buffer.concat([Mac, Mac]) },
        ]) {
          const error = await refusal(kms.send(new VerifyMacCommand({ KeyId, MacAlgorithm, ...wrong })));
          assert.equal(error.name, 'KMSInvalidMacException');
        }
      });

      it(`refuse other algorithms with ${spec}`, async () => {
        const other = spec === 'HMAC_512' ? 'HMAC_SHA_256' : 'HMAC_SHA_512';
        const input = {
          KeyId: keyOf(spec, 'GENERATE_VERIFY_MAC'),
          MacAlgorithm: other,
          Message: message,
        } as const;
        for (const error of [
          await refusal(kms.send(new GenerateMacCommand(input))),
          await refusal(kms.send(new VerifyMacCommand({ ...input, Mac: message }))),
        ]) {
          assert.equal(error.name, 'InvalidKeyUsageException');
          assert.equal(error.message, `Algorithm ${other} is incompatible with key spec ${spec}.`);
        }
      });
    }
  });

  describe('Encrypt, Decrypt and ReEncrypt with RSA', () => {
    const limits: [KeySpec, EncryptionAlgorithmSpec, number][] = [
      ['RSA_2048', 'RSAES_OAEP_SHA_1', 214],
      ['RSA_2048', 'RSAES_OAEP_SHA_256', 190],
      ['RSA_3072', 'RSAES_OAEP_SHA_1', 342],
      ['RSA_3072', 'RSAES_OAEP_SHA_256', 318],
      ['RSA_4096', 'RSAES_OAEP_SHA_1', 470],
      ['RSA_4096', 'RSAES_OAEP_SHA_256', 446],
    ];
    for (const [spec, EncryptionAlgorithm, most] of limits) {
      it(`take 1 to ${most} bytes with ${spec} and ${EncryptionAlgorithm}, encrypted here or outside`, async () => {
        const KeyId = keyOf(spec, 'ENCRYPT_DECRYPT');
        for (const length of [1, most]) {
          const Plaintext = crypto.randomBytes(length);
          const encrypted = await kms.send(new EncryptCommand({ KeyId, Plaintext, EncryptionAlgorithm }));
          assert.equal(encrypted.EncryptionAlgorithm, EncryptionAlgorithm);
          assert.equal(encrypted.CiphertextBlob?.length, Number(spec.slice(4)) / 8);
          const outside = crypto.publicEncrypt(
            {
              key: crypto.createPublicKey({ key: await publicKey(KeyId), format: 'der', type: 'spki' }),
              padding: crypto.constants.RSA_PKCS1_OAEP_PADDING,
              oaepHash: EncryptionAlgorithm === 'RSAES_OAEP_SHA_1' ? 'sha1' : 'sha256',
            },
            Plaintext,
          );
          for (const CiphertextBlob of [encrypted.CiphertextBlob, outside]) {
            const opened = await kms.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm }));
            assert.deepEqual(Buffer.from(opened.Plaintext ?? []), Plaintext);
            assert.deepEqual([opened.KeyId, opened.EncryptionAlgorithm], [KeyId, EncryptionAlgorithm]);
            assert.equal(opened.KeyMaterialId, undefined);
          }
        }
        const Plaintext = Buffer.alloc(most + 1);
        const error = await refusal(kms.send(new EncryptCommand({ KeyId, Plaintext, EncryptionAlgorithm })));
        assert.equal(error.name, 'ValidationException');
        assert.equal(
          error.message,
          `Algorithm ${EncryptionAlgorithm} and key spec ${spec} cannot encrypt data larger than ${most} bytes.`,
        );
      });
    }

    it('refuse ciphertexts that are not the key’s, all alike', async () => {
      const KeyId = keyOf('RSA_2048', 'ENCRYPT_DECRYPT');
      const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256';
      const { CiphertextBlob = new Uint8Array() } = await kms.send(
        new EncryptCommand({ KeyId, Plaintext: message, EncryptionAlgorithm }),
      );
      const blob = Buffer.from(CiphertextBlob);
      const attempts: [Buffer, EncryptionAlgorithmSpec][] = [
        [flipped(blob), EncryptionAlgorithm],
        [flipped(blob, 0), EncryptionAlgorithm],
        [blob.subarray(1), EncryptionAlgorithm],
        [Buffer.concat([blob, blob]), EncryptionAlgorithm],
        [Buffer.alloc(256, 0xff), EncryptionAlgorithm],
        [blob, 'RSAES_OAEP_SHA_1'],
      ];
      for (const [CiphertextBlob, EncryptionAlgorithm] of attempts) {
        const error = await refusal(
          kms.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm })),
        );
        assert.equal(error.name, 'InvalidCiphertextException');
      }
    });

    it('refuse an encryption context, a missing key id and the wrong algorithm', async () => {
      const KeyId = keyOf('RSA_2048', 'ENCRYPT_DECRYPT');
      const oaep = 'RSAES_OAEP_SHA_256' as const;
      const { CiphertextBlob } = await kms.send(
        new EncryptCommand({ KeyId, Plaintext: message, EncryptionAlgorithm: oaep }),
      );
      const EncryptionContext = { a: 'b' };
      for (const command of [
        new EncryptCommand({ KeyId, Plaintext: message, EncryptionAlgorithm: oaep, EncryptionContext }),
        new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm: oaep, EncryptionContext }),
        new DecryptCommand({ CiphertextBlob, EncryptionAlgorithm: oaep }),
      ]) {
        assert.equal((await refusal(kms.send(command as EncryptCommand))).name, 'ValidationException');
      }
      const incompatible = 'Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.';
      for (const command of [
        new EncryptCommand({ KeyId, Plaintext: message }),
        new DecryptCommand({ KeyId, CiphertextBlob }),
        new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }),
        new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }),
      ]) {
        const error = await refusal(kms.send(command as EncryptCommand));
        assert.deepEqual([error.name, error.message], ['InvalidKeyUsageException', incompatible]);
      }
      const symmetricOaep = { KeyId: symmetric, Plaintext: message, EncryptionAlgorithm: oaep };
      const error = await refusal(kms.send(new EncryptCommand(symmetricOaep)));
      assert.equal(error.message, `Algorithm ${oaep} is incompatible with key spec SYMMETRIC_DEFAULT.`);
      const noKey = await refusal(kms.send(new DecryptCommand({ CiphertextBlob })));
      assert.equal(noKey.name, 'InvalidCiphertextException');
    });

    it('re-encrypt between RSA and symmetric keys, and between RSA keys', async () => {
      const rsa = keyOf('RSA_2048', 'ENCRYPT_DECRYPT');
      const other = keyOf('RSA_4096', 'ENCRYPT_DECRYPT');
      const first = await kms.send(
        new EncryptCommand({ KeyId: rsa, Plaintext: message, EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' }),
      );
      const second = await kms.send(
        new ReEncryptCommand({
          CiphertextBlob: first.CiphertextBlob,
          SourceKeyId: rsa,
          SourceEncryptionAlgorithm: 'RSAES_OAEP_SHA_1',
          DestinationKeyId: symmetric,
          DestinationEncryptionContext: { a: 'b' },
        }),
      );
      assert.equal(second.SourceEncryptionAlgorithm, 'RSAES_OAEP_SHA_1');
      assert.equal(second.DestinationEncryptionAlgorithm, 'SYMMETRIC_DEFAULT');
      assert.equal(second.SourceKeyMaterialId, undefined);
      assert.match(second.DestinationKeyMaterialId ?? '', /^[0-9a-f]{64}$/);
      const third = await kms.send(
        new ReEncryptCommand({
          CiphertextBlob: second.CiphertextBlob,
          SourceEncryptionContext: { a: 'b' },
          DestinationKeyId: other,
          DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
        }),
      );
      assert.deepEqual([third.SourceKeyId, third.KeyId], [symmetric, other]);
      const fourth = await kms.send(
        new ReEncryptCommand({
          CiphertextBlob: third.CiphertextBlob,
          SourceKeyId: other,
          SourceEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
          DestinationKeyId: rsa,
          DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
        }),
      );
      const opened = await kms.send(
        new DecryptCommand({
          KeyId: rsa,
          CiphertextBlob: fourth.CiphertextBlob,
          EncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
        }),
      );
      assert.deepEqual(Buffer.from(opened.Plaintext ?? []), message);
      const hmac = await refusal(
        kms.send(
          new ReEncryptCommand({
            CiphertextBlob: first.CiphertextBlob,
            SourceKeyId: keyOf('HMAC_256', 'GENERATE_VERIFY_MAC'),
            SourceEncryptionAlgorithm: 'RSAES_OAEP_SHA_1',
            DestinationKeyId: symmetric,
          }),
        ),
      );
      assert.equal(hmac.name, 'IncorrectKeyException');
      assert.equal(
        hmac.message,
        'The key ID in the request does not identify a CMK that can perform this operation.',
      );
    });
  });

  describe('DeriveSharedSecret', () => {
    for (const [spec, namedCurve, bytes] of NIST) {
      it(`agrees with Node on ${spec}, for both forms of the other key`, async () => {
        const KeyId = keyOf(spec, 'KEY_AGREEMENT');
        const mine = crypto.createPublicKey({ key: await publicKey(KeyId), format: 'der', type: 'spki' });
        const other = crypto.generateKeyPairSync('ec', { namedCurve });
        const secret = crypto.diffieHellman({ privateKey: other.privateKey, publicKey: mine });
        const spki = other.publicKey.export({ format: 'der', type: 'spki' });
        const answer = await kms.send(
          new DeriveSharedSecretCommand({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: spki }),
        );
        assert.equal(answer.SharedSecret?.length, bytes);
        assert.deepEqual(Buffer.from(answer.SharedSecret ?? []), secret);
        assert.deepEqual(
          [answer.KeyId, answer.KeyAgreementAlgorithm, answer.KeyOrigin],
          [KeyId, 'ECDH', 'AWS_KMS'],
        );
      });
    }

    it('agrees with itself: two KMS keys share one secret', async () => {
      const one = keyOf('ECC_NIST_P384', 'KEY_AGREEMENT');
      const two = await create({ KeySpec: 'ECC_NIST_P384', KeyUsage: 'KEY_AGREEMENT' });
      const secretOf = async (KeyId: string, peer: string): Promise<Buffer> => {
        const input = { KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: await publicKey(peer) } as const;
        return Buffer.from((await kms.send(new DeriveSharedSecretCommand(input))).SharedSecret ?? []);
      };
      assert.deepEqual(await secretOf(one, two), await secretOf(two, one));
    });

    it('refuses every other public key with a ValidationException that has no message', async () => {
      const KeyId = keyOf('ECC_NIST_P256', 'KEY_AGREEMENT');
      const good = crypto
        .generateKeyPairSync('ec', { namedCurve: 'P-256' })
        .publicKey.export({ format: 'der', type: 'spki' });
      const exported = (namedCurve: string, paramEncoding: 'named' | 'explicit'): Buffer =>
        crypto.generateKeyPairSync('ec', {
          namedCurve,
          paramEncoding,
          publicKeyEncoding: { type: 'spki', format: 'der' },
          privateKeyEncoding: { type: 'pkcs8', format: 'der' },
        }).publicKey;
      const wrong = {
        'no key': Buffer.from('InvalidPublicKey'),
        'another curve': exported('P-384', 'named'),
        'secp256k1, as long as this one': exported('secp256k1', 'named'),
        'explicit parameters': exported('P-256', 'explicit'),
        'a point off the curve': flipped(good),
        'a hybrid point': Buffer.concat([good.subarray(0, 26), Buffer.of(6), good.subarray(27)]),
        'bytes after it': Buffer.concat([good, Buffer.of(0)]),
        'bytes missing': good.subarray(0, -1),
        'the point at infinity': Buffer.concat([good.subarray(0, 26), Buffer.of(0)]),
        'an RSA key': await publicKey(keyOf('RSA_2048', 'SIGN_VERIFY')),
      };
      for (const [what, PublicKey] of Object.entries(wrong)) {
        const call = kms.send(
          new DeriveSharedSecretCommand({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey }),
        );
        const error = await refusal(call);
        assert.equal(error.name, 'ValidationException', what);
        assert.doesNotMatch(error.message, /key|curve|point/i, what);
      }
    });
  });

  describe('Encapsulate and Decapsulate', () => {
    for (const [spec, bytes] of [
      ['ML_KEM_512', 768],
      ['ML_KEM_768', 1088],
      ['ML_KEM_1024', 1568],
    ] as const) {
      it(`share a secret by ${spec}, encapsulated here or outside`, async () => {
        const KeyId = keyOf(spec, 'ENCAPSULATE_DECAPSULATE');
        const EncapsulationAlgorithm = 'ML_KEM';
        const made = await kms.send(new EncapsulateCommand({ KeyId, EncapsulationAlgorithm }));
        assert.deepEqual([made.KeyId, made.EncapsulationAlgorithm], [KeyId, 'ML_KEM']);
        assert.equal(made.SharedSecret?.length, 32);
        assert.equal(made.SharedSecretCiphertextBlob?.length, bytes);
        const scheme = ML_KEM[spec];
        const outside = scheme.encapsulate(rawKey(await publicKey(KeyId), scheme.lengths.publicKey));
        for (const [SharedSecretCiphertextBlob, secret] of [
          [made.SharedSecretCiphertextBlob, made.SharedSecret],
          [outside.cipherText, outside.sharedSecret],
        ] as const) {
          const opened = await kms.send(
            new DecapsulateCommand({ KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob }),
          );
          assert.deepEqual(Buffer.from(opened.SharedSecret ?? []), Buffer.from(secret ?? []));
        }
        const blob = flipped(made.SharedSecretCiphertextBlob ?? new Uint8Array());
        const rejected = await kms.send(
          new DecapsulateCommand({ KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob: blob }),
        );
        assert.equal(rejected.SharedSecret?.length, 32); // implicit rejection (FIPS 203)
        assert.notDeepEqual(Buffer.from(rejected.SharedSecret ?? []), Buffer.from(made.SharedSecret ?? []));
        for (const wrong of [blob.subarray(1), Buffer.concat([blob, Buffer.of(0)])]) {
          const input = { KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob: wrong } as const;
          const error = await refusal(kms.send(new DecapsulateCommand(input)));
          assert.equal(error.name, 'InvalidCiphertextException');
        }
      });
    }
  });

  describe('GenerateDataKeyPair', () => {
    const specs: DataKeyPairSpec[] = [
      ...RSA_SPECS,
      'ECC_NIST_P256',
      'ECC_NIST_P384',
      'ECC_NIST_P521',
      'ECC_SECG_P256K1',
      'ECC_NIST_EDWARDS25519',
      'ML_KEM_512',
      'ML_KEM_768',
      'ML_KEM_1024',
    ];
    const EncryptionContext = { pair: 'yes' };
    for (const KeyPairSpec of specs) {
      it(`makes a pair of ${KeyPairSpec} whose private key decrypts to itself`, async () => {
        const made = await kms.send(
          new GenerateDataKeyPairCommand({ KeyId: symmetric, KeyPairSpec, EncryptionContext }),
        );
        assert.deepEqual([made.KeyId, made.KeyPairSpec], [symmetric, KeyPairSpec]);
        assert.match(made.KeyMaterialId ?? '', /^[0-9a-f]{64}$/);
        const CiphertextBlob = made.PrivateKeyCiphertextBlob;
        const opened = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
        assert.deepEqual(opened.Plaintext, made.PrivateKeyPlaintext);
        const pkcs8 = Buffer.from(made.PrivateKeyPlaintext ?? []);
        const spki = Buffer.from(made.PublicKey ?? []);
        if (KeyPairSpec.startsWith('ML_KEM')) {
          const scheme = ML_KEM[KeyPairSpec as keyof typeof ML_KEM];
          assert.equal(pkcs8.toString('hex', 0, 9), '3054020100300b0609');
          assert.deepEqual(
            Buffer.from(scheme.keygen(pkcs8.subarray(-64)).publicKey),
            rawKey(spki, scheme.lengths.publicKey),
          );
        } else {
          const key = crypto.createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
          assert.deepEqual(crypto.createPublicKey(key).export({ type: 'spki', format: 'der' }), spki);
        }
        const wrong = await refusal(kms.send(new DecryptCommand({ CiphertextBlob })));
        assert.equal(wrong.name, 'InvalidCiphertextException');
      });
    }

    it('keeps the private key to itself when asked to', async () => {
      const hidden = await kms.send(
        new GenerateDataKeyPairWithoutPlaintextCommand({ KeyId: symmetric, KeyPairSpec: 'ECC_NIST_P256' }),
      );
      const members = ['KeyId', 'KeyMaterialId', 'KeyPairSpec', 'PrivateKeyCiphertextBlob', 'PublicKey'];
      assert.deepEqual(Object.keys(hidden).sort(), ['$metadata', ...members]);
      const opened = await kms.send(new DecryptCommand({ CiphertextBlob: hidden.PrivateKeyCiphertextBlob }));
      const key = crypto.createPrivateKey({
        key: Buffer.from(opened.Plaintext ?? []),
        format: 'der',
        type: 'pkcs8',
      });
      assert.deepEqual(
        crypto.createPublicKey(key).export({ type: 'spki', format: 'der' }),
        Buffer.from(hidden.PublicKey ?? []),
      );
    });

    it('is not for keys in custom key stores, nor SM2 for us', async () => {
      const KeyId = await create({
        Origin: 'AWS_CLOUDHSM',
        CustomKeyStoreId: claviger.config().customKeyStoreId,
      });
      for (const command of [
        new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }),
        new GenerateDataKeyPairWithoutPlaintextCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }),
      ]) {
        const error = await refusal(kms.send(command));
        assert.equal(error.name, 'UnsupportedOperationException');
        assert.equal(error.message, `${KeyId} origin is AWS_CLOUDHSM which is not valid for this operation.`);
      }
      const sm2 = await refusal(
        kms.send(new GenerateDataKeyPairCommand({ KeyId: symmetric, KeyPairSpec: 'SM2' })),
      );
      assert.equal(sm2.name, 'UnsupportedOperationException');
    });
  });

  /** One good call of every operation with the key that is made for it. */
  const uses = (KeyId: string, extra: { DryRun?: boolean } = {}): Record<string, () => Promise<unknown>> => {
    const Message = message;
    const SigningAlgorithm = 'ECDSA_SHA_256';
    const MacAlgorithm = 'HMAC_SHA_256';
    const EncapsulationAlgorithm = 'ML_KEM';
    const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256';
    const peer = crypto
      .generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .publicKey.export({ format: 'der', type: 'spki' });
    return {
      Sign: () => kms.send(new SignCommand({ KeyId, Message, SigningAlgorithm, ...extra })),
      Verify: () =>
        kms.send(new VerifyCommand({ KeyId, Message, SigningAlgorithm, Signature: message, ...extra })),
      GenerateMac: () => kms.send(new GenerateMacCommand({ KeyId, Message, MacAlgorithm, ...extra })),
      VerifyMac: () =>
        kms.send(new VerifyMacCommand({ KeyId, Message, MacAlgorithm, Mac: message, ...extra })),
      DeriveSharedSecret: () =>
        kms.send(
          new DeriveSharedSecretCommand({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: peer, ...extra }),
        ),
      Encapsulate: () => kms.send(new EncapsulateCommand({ KeyId, EncapsulationAlgorithm, ...extra })),
      Decapsulate: () =>
        kms.send(
          new DecapsulateCommand({
            KeyId,
            EncapsulationAlgorithm,
            SharedSecretCiphertextBlob: Buffer.alloc(768),
            ...extra,
          }),
        ),
      GenerateDataKeyPair: () =>
        kms.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256', ...extra })),
      GenerateDataKeyPairWithoutPlaintext: () =>
        kms.send(
          new GenerateDataKeyPairWithoutPlaintextCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256', ...extra }),
        ),
      Encrypt: () =>
        kms.send(new EncryptCommand({ KeyId, Plaintext: message, EncryptionAlgorithm, ...extra })),
    };
  };
  const OWN_KEY: Record<string, [KeySpec, KeyUsageType]> = {
    Sign: ['ECC_NIST_P256', 'SIGN_VERIFY'],
    Verify: ['ECC_NIST_P256', 'SIGN_VERIFY'],
    GenerateMac: ['HMAC_256', 'GENERATE_VERIFY_MAC'],
    VerifyMac: ['HMAC_256', 'GENERATE_VERIFY_MAC'],
    DeriveSharedSecret: ['ECC_NIST_P256', 'KEY_AGREEMENT'],
    Encapsulate: ['ML_KEM_512', 'ENCAPSULATE_DECAPSULATE'],
    Decapsulate: ['ML_KEM_512', 'ENCAPSULATE_DECAPSULATE'],
    GenerateDataKeyPair: ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'],
    GenerateDataKeyPairWithoutPlaintext: ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'],
    Encrypt: ['RSA_2048', 'ENCRYPT_DECRYPT'],
  };

  describe('every operation', () => {
    it('refuses keys of every other usage by name', async () => {
      let refused = 0;
      for (const [operation, [, usage]] of Object.entries(OWN_KEY)) {
        for (const other of USAGES.filter((u) => u !== usage)) {
          const key = KEYS.find(([, u]) => u === other);
          assert.ok(key);
          const KeyId = keyOf(key[0], other);
          const error = await refusal((uses(KeyId)[operation] as () => Promise<unknown>)());
          assert.equal(error.name, 'InvalidKeyUsageException');
          assert.equal(error.message, `${KeyId} key usage is ${other} which is not valid for ${operation}.`);
          refused += 1;
        }
      }
      assert.equal(refused, 40);
    });

    it('answers DryRun without doing it, and with what the call would be refused with', async () => {
      const wrong: Record<string, string> = {
        Verify: 'KMSInvalidSignatureException',
        VerifyMac: 'KMSInvalidMacException',
      };
      for (const [operation, [spec, usage]] of Object.entries(OWN_KEY)) {
        const KeyId = spec === 'SYMMETRIC_DEFAULT' ? symmetric : keyOf(spec, usage);
        const use = uses(KeyId, { DryRun: true })[operation] as () => Promise<unknown>;
        const error = await refusal(use());
        assert.equal(error.name, wrong[operation] ?? 'DryRunOperationException', operation);
        if (operation in wrong) continue;
        assert.equal(error.message, 'The request would have succeeded, but the DryRun option is set.');
      }
    });

    it('is refused by disabled keys and by keys that are pending deletion', async () => {
      const made = new Map<string, string>();
      for (const [spec, usage] of Object.values(OWN_KEY)) {
        const name = `${spec} ${usage}`;
        if (!made.has(name)) made.set(name, await create({ KeySpec: spec, KeyUsage: usage }));
      }
      const expectAll = async (code: string, words: string): Promise<void> => {
        for (const [operation, [spec, usage]] of Object.entries(OWN_KEY)) {
          const KeyId = made.get(`${spec} ${usage}`) ?? '';
          const error = await refusal((uses(KeyId)[operation] as () => Promise<unknown>)());
          assert.deepEqual([error.name, error.message], [code, `${KeyId} is ${words}.`], operation);
        }
        for (const [name, KeyId] of made) {
          if (/^(SYMMETRIC|HMAC)/.test(name)) continue;
          const error = await refusal(kms.send(new GetPublicKeyCommand({ KeyId })));
          assert.deepEqual([error.name, error.message], [code, `${KeyId} is ${words}.`], name);
        }
      };
      for (const KeyId of made.values()) await kms.send(new DisableKeyCommand({ KeyId }));
      await expectAll('DisabledException', 'disabled');
      for (const KeyId of made.values()) await kms.send(new ScheduleKeyDeletionCommand({ KeyId }));
      await expectAll('KMSInvalidStateException', 'pending deletion');
    });

    it('takes aliases', async () => {
      const KeyId = keyOf('ECC_NIST_P256', 'SIGN_VERIFY');
      const AliasName = 'alias/signer';
      await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId }));
      const input = { KeyId: AliasName, Message: message, SigningAlgorithm: 'ECDSA_SHA_256' } as const;
      assert.equal((await kms.send(new SignCommand(input))).KeyId, KeyId);
      assert.equal((await kms.send(new GetPublicKeyCommand({ KeyId: AliasName }))).KeyId, KeyId);
    });
  });

  it('puts every use on record, and no message, signature, MAC, key or secret', async () => {
    const secrets: Buffer[] = [message];
    const KeyId = keyOf('HMAC_256', 'GENERATE_VERIFY_MAC');
    const { Mac } = await kms.send(
      new GenerateMacCommand({ KeyId, MacAlgorithm: 'HMAC_SHA_256', Message: message }),
    );
    const made = await kms.send(
      new GenerateDataKeyPairCommand({ KeyId: symmetric, KeyPairSpec: 'ECC_NIST_P256' }),
    );
    secrets.push(
      Buffer.from(Mac ?? []),
      Buffer.from(made.PrivateKeyPlaintext ?? []),
      Buffer.from(made.PublicKey ?? []),
    );
    const folder = join(claviger.dataDir, 'server', 'audit');
    const journal = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.new')) // drafts come and go
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
      .join('\n');
    for (const secret of secrets) {
      for (const encoding of ['base64', 'hex', 'latin1'] as const)
        assert.ok(!journal.includes(secret.toString(encoding)));
    }
    const expected = [
      '"eventName":"Sign"',
      '"requestParameters":{"messageType":"DIGEST","keyId"',
      '"signingAlgorithm":"ML_DSA_SHAKE_256"',
      '"requestParameters":{"macAlgorithm":"HMAC_SHA_256","keyId"',
      '"keyAgreementAlgorithm":"ECDH"',
      '"encapsulationAlgorithm":"ML_KEM"',
      '"keyPairSpec":"RSA_4096"',
      '"eventName":"GetPublicKey"',
    ];
    for (const part of expected) assert.ok(journal.includes(part), part);
  });

  it('keeps all keys over a restart', async () => {
    const KeyId = keyOf('ECC_NIST_P256', 'SIGN_VERIFY');
    const signature = await sign(KeyId, 'ECDSA_SHA_256', 'RAW', message);
    const before = await publicKey(KeyId);
    const input = { KeyId: keyOf('HMAC_512', 'GENERATE_VERIFY_MAC'), MacAlgorithm: 'HMAC_SHA_512' } as const;
    const { Mac } = await kms.send(new GenerateMacCommand({ ...input, Message: message }));
    await claviger.restart();
    kms = claviger.client();
    assert.equal(await isVerified(KeyId, 'ECDSA_SHA_256', 'RAW', message, signature), true);
    assert.deepEqual(await publicKey(KeyId), before);
    assert.equal((await kms.send(new VerifyMacCommand({ ...input, Message: message, Mac }))).MacValid, true);
    for (const spec of ['RSA_4096', 'ECC_SECG_P256K1'] as const) {
      const algorithm = spec === 'RSA_4096' ? 'RSASSA_PSS_SHA_512' : 'ECDSA_SHA_256';
      const made = await sign(keyOf(spec, 'SIGN_VERIFY'), algorithm, 'RAW', message);
      assert.equal(await isVerified(keyOf(spec, 'SIGN_VERIFY'), algorithm, 'RAW', message, made), true);
    }
  });
});
