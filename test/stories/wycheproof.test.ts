/**
 * Wycheproof's vectors through the running API, with the official SDK: the vectors' private keys are imported, and the service
 * must say of each vector what Wycheproof says. KMS works with keys that it holds, so vectors that come with a public key
 * alone cannot be asked here; crypto-process/wycheproof.test.ts runs them one level below.
 *
 * A part of the vectors, always the same, unless CLAVIGER_ALL_VECTORS=1.
 */
import assert from 'node:assert/strict';
import { constants, createECDH, createPrivateKey, createPublicKey, publicEncrypt } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  CreateKeyCommand,
  DecryptCommand,
  DeriveSharedSecretCommand,
  GetParametersForImportCommand,
  ImportKeyMaterialCommand,
  KMSServiceException,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import type { EncryptionAlgorithmSpec, KMSClient, KeySpec, MacAlgorithmSpec } from '@aws-sdk/client-kms';
import { startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';
import { importedKey } from './imported-key.ts';

type Vector = { tcId: number; result: 'valid' | 'invalid' | 'acceptable'; comment?: string } & Record<
  string,
  string
>;
type Group = { tests: Vector[]; keySize?: number } & Record<string, string>;
interface File {
  numberOfTests: number;
  testGroups: Group[];
}

const folder = resolve(
  process.env['CLAVIGER_VECTORS'] ?? resolve(import.meta.dirname, '../../../shared/vectors'),
  'wycheproof',
);
const ALL = process.env['CLAVIGER_ALL_VECTORS'] === '1';
/** Of one file, unless all are wanted: the keys that most vectors have, others, and vectors. */
const POPULAR_KEYS = 3;
const OTHER_KEYS = 3;
const MOST_VECTORS = 120;
const IN_FLIGHT = 8;
const SUFFIX = '_test.json.gz';
const skip = existsSync(folder) ? false : `${folder} is not there (CLAVIGER_VECTORS names the vectors)`;

const hex = (text = ''): Buffer => Buffer.from(text, 'hex');
const read = (file: string): File =>
  JSON.parse(gunzipSync(readFileSync(join(folder, file + SUFFIX))).toString('utf8')) as File;

/** Every n-th, so that at most `most` are left. */
function spread<T>(items: readonly T[], most: number): readonly T[] {
  const step = ALL ? 1 : Math.ceil(items.length / most);
  return items.filter((_, index) => index % step === 0);
}

/** The keys to import, by how many of the vectors have them. */
function chosen(questions: readonly Question[]): readonly string[] {
  const uses = new Map<string, number>();
  for (const { key } of questions) uses.set(key, (uses.get(key) ?? 0) + 1);
  const keys = [...uses].sort(([, a], [, b]) => b - a).map(([key]) => key);
  return [...keys.slice(0, POPULAR_KEYS), ...spread(keys.slice(POPULAR_KEYS), OTHER_KEYS)];
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      for (const item of waiting) await work(item);
    }),
  );
}

/** The answer, or the code of the refusal. */
async function answerOf<T>(call: Promise<T>): Promise<T | string> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof KMSServiceException) return error.name;
    throw error;
  }
}

/** One vector, ready to be asked. */
interface Question {
  vector: Vector;
  /** What names its key among those of the file; equal keys are imported once. */
  key: string;
}

interface Plan {
  file: string;
  spec: KeySpec;
  usage: 'ENCRYPT_DECRYPT' | 'GENERATE_VERIFY_MAC' | 'KEY_AGREEMENT';
  /** The key's material, by which it is told from others. */
  keyOf(group: Group, vector: Vector): Buffer;
  /** Why no call can carry the vector; undefined when one can. */
  without?(group: Group, vector: Vector): string | undefined;
  /** Asks, and asserts the verdict. */
  ask(kms: KMSClient, KeyId: string, vector: Vector, group: Group): Promise<void>;
}

describe('Wycheproof through the running API', () => {
  let claviger: Claviger;
  let kms: KMSClient;
  const ran = new Map<string, number>();

  before(async () => {
    if (skip !== false) return;
    claviger = await startClaviger();
    kms = claviger.client({ maxAttempts: 10 }); // a busy machine puts off what is slow
  });
  after(() => (skip === false ? claviger.remove() : undefined));

  function vectors(plan: Plan): void {
    it(`agrees with ${plan.file}`, { skip }, async (t: TestContext) => {
      const { testGroups, numberOfTests } = read(plan.file);
      const left = new Map<string, number>();
      const groups = new Map<Vector, Group>();
      const questions: Question[] = [];
      for (const group of testGroups) {
        for (const vector of group.tests) {
          const why = plan.without?.(group, vector);
          if (why !== undefined) left.set(why, (left.get(why) ?? 0) + 1);
          else questions.push({ vector, key: plan.keyOf(group, vector).toString('hex') });
          groups.set(vector, group);
        }
      }
      const keys = chosen(questions);
      const asked = spread(
        questions.filter(({ key }) => keys.includes(key)),
        MOST_VECTORS,
      );
      const arns = new Map<string, string>();
      await inParallel(keys, async (key) => {
        const input = { KeySpec: plan.spec, KeyUsage: plan.usage };
        arns.set(key, await importedKey(kms, input, hex(key)));
      });
      await inParallel(asked, ({ vector, key }) =>
        plan.ask(kms, arns.get(key) ?? '', vector, groups.get(vector) as Group),
      );
      ran.set(plan.file, asked.length);
      const reasons = [...left].map(([why, count]) => `; ${count} not: ${why}`).join('');
      t.diagnostic(
        `${plan.file}: ${asked.length} of ${questions.length} under ${keys.length} imported keys, of ${numberOfTests} vectors${reasons}`,
      );
      assert.ok(asked.length > 20);
    });
  }

  const oaep: [string, KeySpec, EncryptionAlgorithmSpec][] = [
    ['rsa_oaep_2048_sha1_mgf1sha1', 'RSA_2048', 'RSAES_OAEP_SHA_1'],
    ['rsa_oaep_2048_sha256_mgf1sha256', 'RSA_2048', 'RSAES_OAEP_SHA_256'],
    ['rsa_oaep_3072_sha256_mgf1sha256', 'RSA_3072', 'RSAES_OAEP_SHA_256'],
    ['rsa_oaep_4096_sha256_mgf1sha256', 'RSA_4096', 'RSAES_OAEP_SHA_256'],
  ];
  for (const [file, spec, EncryptionAlgorithm] of oaep) {
    vectors({
      file,
      spec,
      usage: 'ENCRYPT_DECRYPT',
      keyOf: ({ privateKeyPkcs8 }) => hex(privateKeyPkcs8),
      without: (_group, { ct = '' }) => (ct === '' ? 'an empty ciphertext' : undefined),
      async ask(client, KeyId, vector) {
        const CiphertextBlob = hex(vector['ct']);
        const answer = await answerOf(
          client.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm })),
        );
        // KMS's label is empty: what was encrypted with another must not open
        const good = vector.result !== 'invalid' && (vector['label'] ?? '') === '';
        const name = `${file} ${vector.tcId}: ${vector.comment}`;
        if (typeof answer !== 'string') {
          assert.equal(Buffer.from(answer.Plaintext ?? []).toString('hex'), vector['msg'], name);
          assert.ok(good, name);
        } else {
          assert.equal(answer, 'InvalidCiphertextException', name);
          assert.ok(!good || vector.result === 'acceptable', name);
        }
      },
    });
  }

  /** What AWS takes as an HMAC key. */
  const hmac: [string, KeySpec, MacAlgorithmSpec, number, number][] = [
    ['hmac_sha224', 'HMAC_224', 'HMAC_SHA_224', 28, 64],
    ['hmac_sha256', 'HMAC_256', 'HMAC_SHA_256', 32, 64],
    ['hmac_sha384', 'HMAC_384', 'HMAC_SHA_384', 48, 128],
    ['hmac_sha512', 'HMAC_512', 'HMAC_SHA_512', 64, 128],
  ];
  for (const [file, spec, MacAlgorithm, shortest, longest] of hmac) {
    vectors({
      file,
      spec,
      usage: 'GENERATE_VERIFY_MAC',
      keyOf: (_group, { key }) => hex(key),
      without(_group, { key = '', msg = '' }) {
        const bytes = key.length / 2;
        if (bytes < shortest || bytes > longest) return 'a key of a length that KMS does not import';
        return msg === '' ? 'an empty message' : undefined;
      },
      async ask(client, KeyId, vector, { tagSize }) {
        const input = { KeyId, MacAlgorithm, Message: hex(vector['msg']), Mac: hex(vector['tag']) };
        const answer = await answerOf(client.send(new VerifyMacCommand(input)));
        const truncated = Number(tagSize) !== Number(spec.slice(5)); // KMS has whole tags only
        const good = vector.result === 'valid' && !truncated;
        const verdict = typeof answer === 'string' ? answer : answer.MacValid;
        assert.equal(verdict, good || 'KMSInvalidMacException', `${file} ${vector.tcId}: ${vector.comment}`);
      },
    });
  }

  const curves: [string, KeySpec, string, string, number][] = [
    ['secp256r1', 'ECC_NIST_P256', 'prime256v1', 'P-256', 32],
    ['secp384r1', 'ECC_NIST_P384', 'secp384r1', 'P-384', 48],
    ['secp521r1', 'ECC_NIST_P521', 'secp521r1', 'P-521', 66],
  ];
  for (const [curve, spec, openssl, jwkName, bytes] of curves) {
    const derive = async (
      client: KMSClient,
      KeyId: string,
      PublicKey: Buffer,
      vector: Vector,
    ): Promise<void> => {
      const input = { KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey } as const;
      const answer = await answerOf(client.send(new DeriveSharedSecretCommand(input)));
      const name = `${curve} ${vector.tcId}: ${vector.comment}`;
      if (typeof answer !== 'string') {
        assert.equal(Buffer.from(answer.SharedSecret ?? []).toString('hex'), vector['shared'], name);
        assert.notEqual(vector.result, 'invalid', name);
      } else {
        assert.equal(answer, 'ValidationException', name);
        assert.notEqual(vector.result, 'valid', name);
      }
    };
    const pem = (text = ''): Buffer => Buffer.from(text.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64');
    vectors({
      file: `ecdh_${curve}_pem`,
      spec,
      usage: 'KEY_AGREEMENT',
      keyOf: (_group, vector) => pem(vector['private']),
      ask: (client, KeyId, vector) => derive(client, KeyId, pem(vector['public']), vector),
    });
    vectors({
      file: `ecdh_${curve}_ecpoint`,
      spec,
      usage: 'KEY_AGREEMENT',
      keyOf: (_group, vector) => privateKeyOf(openssl, jwkName, bytes, vector['private'] ?? ''),
      without: (_group, vector) => (vector['public'] === '' ? 'an empty point' : undefined),
      ask: (client, KeyId, vector) => derive(client, KeyId, spkiOf(openssl, hex(vector['public'])), vector),
    });
  }

  it('agrees with aes_kwp, as far as key material is imported in it', { skip }, async (t) => {
    const { testGroups, numberOfTests } = read('aes_kwp');
    const ofAes256 = testGroups.filter(({ keySize }) => keySize === 256).flatMap(({ tests }) => tests);
    const asked = spread(ofAes256, MOST_VECTORS);
    const newKey = async () => {
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Origin: 'EXTERNAL' }));
      const WrappingAlgorithm = 'RSA_AES_KEY_WRAP_SHA_256';
      const KeyId = KeyMetadata?.Arn ?? '';
      const input = { KeyId, WrappingAlgorithm, WrappingKeySpec: 'RSA_2048' } as const;
      return { ...(await kms.send(new GetParametersForImportCommand(input))), KeyId };
    };
    const refusing = await newKey();
    await inParallel(asked, async (vector) => {
      const fits = vector.result === 'valid' && vector['msg']?.length === 64;
      const { KeyId, PublicKey = new Uint8Array(), ImportToken } = fits ? await newKey() : refusing;
      const key = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
      const padding = constants.RSA_PKCS1_OAEP_PADDING;
      const aesKey = publicEncrypt({ key, padding, oaepHash: 'sha256' }, hex(vector['key']));
      const EncryptedKeyMaterial = Buffer.concat([aesKey, hex(vector['ct'])]);
      const ExpirationModel = 'KEY_MATERIAL_DOES_NOT_EXPIRE';
      const input = { KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel } as const;
      const answer = await answerOf(kms.send(new ImportKeyMaterialCommand(input)));
      const name = `aes_kwp ${vector.tcId}: ${vector.comment}`;
      if (fits) assert.notEqual(typeof answer, 'string', name);
      // what unwraps, and is no AES-256 key, is told from what does not unwrap
      else if (vector.result === 'valid') assert.equal(answer, 'IncorrectKeyMaterialException', name);
      else assert.equal(answer, 'InvalidCiphertextException', name);
    });
    ran.set('aes_kwp', asked.length);
    const others = numberOfTests - ofAes256.length;
    t.diagnostic(
      `aes_kwp: ${asked.length} of ${ofAes256.length}; ${others} not: keys of other lengths than 256 bits`,
    );
  });

  it('says which vectors no call can carry', { skip }, (t) => {
    const publicOnly = 'only a public key, and Verify and Encapsulate use keys that KMS holds';
    const reasons: [RegExp, string][] = [
      [/^(ecdsa|rsa_pss|rsa_signature|ed25519|mldsa|mlkem_\d+_encaps)/, publicOnly],
      [/^mlkem/, 'ML-KEM keys have no imported material'],
      [/^aes_gcm/, 'nonce and associated data are the service’s own'],
      [/^aes_wrap/, 'key material is wrapped with padding (aes_kwp)'],
    ];
    const files = readdirSync(folder).filter((name) => name.endsWith(SUFFIX));
    const counts = new Map<string, number>();
    for (const name of files) {
      const file = name.slice(0, -SUFFIX.length);
      if (ran.has(file)) continue;
      const [, why] = reasons.find(([pattern]) => pattern.test(file)) ?? [];
      assert.ok(why, `${file} was neither asked nor explained`);
      counts.set(why, (counts.get(why) ?? 0) + read(file).numberOfTests);
    }
    for (const [why, count] of counts) t.diagnostic(`${count} vectors not asked: ${why}`);
    const asked = [...ran.values()].reduce((sum, count) => sum + count, 0);
    t.diagnostic(
      `${asked} vectors of ${ran.size} files asked${ALL ? '' : ' (CLAVIGER_ALL_VECTORS=1 asks all)'}`,
    );
  });
});

/** PKCS#8 of a private scalar. */
function privateKeyOf(openssl: string, crv: string, bytes: number, scalar: string): Buffer {
  const d = hex(scalar.padStart(2 * bytes, '0').slice(-2 * bytes));
  const ecdh = createECDH(openssl);
  ecdh.setPrivateKey(d);
  const point = ecdh.getPublicKey();
  const [x, y] = [point.subarray(1, 1 + bytes), point.subarray(1 + bytes)].map((part) =>
    part.toString('base64url'),
  );
  const key = { kty: 'EC', crv, x: x ?? '', y: y ?? '', d: d.toString('base64url') };
  return createPrivateKey({ key, format: 'jwk' }).export({ type: 'pkcs8', format: 'der' });
}

const EC_PUBLIC_KEY = '06072a8648ce3d0201';
const CURVE_IDS: Record<string, string> = {
  prime256v1: '06082a8648ce3d030107',
  secp384r1: '06052b81040022',
  secp521r1: '06052b81040023',
};

/** SubjectPublicKeyInfo of a point in whatever form, right or wrong. */
function spkiOf(openssl: string, point: Buffer): Buffer {
  const algorithm = der(0x30, hex(EC_PUBLIC_KEY), hex(CURVE_IDS[openssl]));
  return der(0x30, algorithm, der(0x03, Buffer.of(0), point));
}

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(contents);
  const { length } = bytes;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.of(tag, ...head), bytes]);
}
