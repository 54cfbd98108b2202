/**
 * Wycheproof's vectors through the functions behind the crypto process's verbs. Most vectors come with a key of their own, so they
 * test these functions and not the running API, which takes keys of others only by import.
 */
import assert from 'node:assert/strict';
import { createECDH, createPrivateKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type {
  OaepAlgorithm,
  PublicKey,
  SigningAlgorithm,
} from '../../src/crypto-process/asymmetric-messages.ts';
import { publicKeyOf } from '../../src/crypto-process/key-generation.ts';
import { KEY_SHAPES } from '../../src/crypto-process/key-shapes.ts';
import { verifyMac } from '../../src/crypto-process/mac.ts';
import type { KeyType } from '../../src/crypto-process/messages.ts';
import { decryptAsymmetric } from '../../src/crypto-process/oaep.ts';
import type { FillRandom } from '../../src/crypto-process/randomness.ts';
import { decapsulate, deriveSharedSecret, encapsulate } from '../../src/crypto-process/shared-secrets.ts';
import { verifyMessage } from '../../src/crypto-process/signing.ts';
import { RpcError } from '../../src/rpc/frames.ts';

type Verdict = 'valid' | 'invalid' | 'acceptable';
type Test = { tcId: number; result: Verdict; comment?: string; flags?: string[] } & Record<string, string>;
type Group = { tests: Test[]; keySize?: number } & Record<string, string>;

const folder = resolve(
  process.env['CLAVIGER_VECTORS'] ?? resolve(import.meta.dirname, '../../../shared/vectors'),
  'wycheproof',
);
const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** What became of the vectors of one file. */
interface Count {
  tested: number;
  /** Vectors that no call of this service can carry, with the reason. */
  left: Map<string, number>;
}

/** A suite over one file: skipped aloud when the file is not there, and never empty. */
function vectors(
  file: string,
  run: (group: Group, test: Test, leave: (why: string) => void) => Promise<void>,
): void {
  const path = join(folder, `${file}_test.json.gz`);
  const skip = existsSync(path) ? false : `${path} is not there (CLAVIGER_VECTORS names the vectors)`;
  it(`agrees with ${file}`, { skip }, async (t) => {
    const { testGroups, numberOfTests } = JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')) as {
      testGroups: Group[];
      numberOfTests: number;
    };
    const count: Count = { tested: 0, left: new Map() };
    for (const group of testGroups) {
      for (const test of group.tests) {
        let left = false;
        const leave = (why: string): void => {
          left = true;
          count.left.set(why, (count.left.get(why) ?? 0) + 1);
        };
        await run(group, test, leave);
        if (!left) count.tested += 1;
      }
    }
    const notTested = [...count.left].map(([why, n]) => `; ${n} not: ${why}`).join('');
    t.diagnostic(`${file}: ${count.tested} of ${numberOfTests} vectors${notTested}`);
    assert.ok(count.tested > numberOfTests / 2, 'most vectors were tested');
  });
}

/** Whether the outcome is one that the vector allows. */
function expectVerdict(file: string, test: Test, accepted: boolean): void {
  if (test.result === 'acceptable') return;
  assert.equal(accepted, test.result === 'valid', `${file} ${test.tcId}: ${test.comment}`);
}

/** undefined when the crypto process refuses with one of its own codes; a defect of ours is thrown on. */
async function orRefused<T>(call: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof RpcError) return undefined;
    throw error;
  }
}

async function isGood(
  key: PublicKey,
  algorithm: SigningAlgorithm,
  { msg = '', sig = '' }: Test,
): Promise<boolean> {
  return verifyMessage(key, hex(sig), { algorithm, messageType: 'RAW', message: hex(msg) });
}

describe('signatures', () => {
  const ecdsa: [string, KeyType, SigningAlgorithm][] = [
    ['ecdsa_secp256r1_sha256', 'ECC_NIST_P256', 'ECDSA_SHA_256'],
    ['ecdsa_secp384r1_sha384', 'ECC_NIST_P384', 'ECDSA_SHA_384'],
    ['ecdsa_secp521r1_sha512', 'ECC_NIST_P521', 'ECDSA_SHA_512'],
    ['ecdsa_secp256k1_sha256', 'ECC_SECG_P256K1', 'ECDSA_SHA_256'],
    ['ed25519', 'ECC_NIST_EDWARDS25519', 'ED25519_SHA_512'],
  ];
  const rsa = [
    ...['2048_sha256', '2048_sha384', '2048_sha512', '3072_sha256', '3072_sha384', '3072_sha512'],
    ...['4096_sha256', '4096_sha384', '4096_sha512'],
  ].map((name): (typeof ecdsa)[number] => {
    const [bits = '', hash = ''] = name.split('_sha');
    return [
      `rsa_signature_${name}`,
      `RSA_${bits}` as KeyType,
      `RSASSA_PKCS1_V1_5_SHA_${hash}` as SigningAlgorithm,
    ];
  });
  const pss: (typeof ecdsa)[number][] = [
    ['rsa_pss_2048_sha256_mgf1_32', 'RSA_2048', 'RSASSA_PSS_SHA_256'],
    ['rsa_pss_2048_sha384_mgf1_48', 'RSA_2048', 'RSASSA_PSS_SHA_384'],
    ['rsa_pss_3072_sha256_mgf1_32', 'RSA_3072', 'RSASSA_PSS_SHA_256'],
    ['rsa_pss_4096_sha384_mgf1_48', 'RSA_4096', 'RSASSA_PSS_SHA_384'],
    ['rsa_pss_4096_sha512_mgf1_64', 'RSA_4096', 'RSASSA_PSS_SHA_512'],
  ];
  for (const [file, type, algorithm] of [...ecdsa, ...rsa, ...pss]) {
    vectors(file, async ({ publicKeyDer = '' }, test) => {
      expectVerdict(file, test, await isGood({ type, spki: hex(publicKeyDer) }, algorithm, test));
    });
  }

  for (const [file, type] of [
    ['mldsa_44_verify', 'ML_DSA_44'],
    ['mldsa_65_verify', 'ML_DSA_65'],
    ['mldsa_87_verify', 'ML_DSA_87'],
  ] as const) {
    vectors(file, async (group, test, leave) => {
      const publicKey = hex(group['publicKey'] ?? '');
      const { publicKey: keyBytes } =
        KEY_SHAPES[type].kind === 'ml-dsa' ? KEY_SHAPES[type].scheme.lengths : {};
      if (publicKey.length !== keyBytes)
        return leave('a public key of a wrong length, which KMS never makes');
      if ((test['ctx'] ?? '') !== '') return leave('a context, which KMS does not take');
      // the key as this service writes it: the vectors have no DER for some keys
      const spki = Buffer.concat([Buffer.alloc(22), publicKey]);
      expectVerdict(file, test, await isGood({ type, spki }, 'ML_DSA_SHAKE_256', test));
    });
  }

  it('gives the Ed25519ph signature of RFC 8032, section 7.3', async () => {
    const spki = hex(
      '302a300506032b6570032100ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
    );
    const sig =
      '98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41' +
      '31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406';
    const key: PublicKey = { type: 'ECC_NIST_EDWARDS25519', spki };
    const verify = (message: string): Promise<boolean> =>
      verifyMessage(key, hex(sig), {
        algorithm: 'ED25519_PH_SHA_512',
        messageType: 'DIGEST',
        message: Buffer.from(message),
      });
    assert.equal(await verify('abc'), true);
    assert.equal(await verify('abd'), false);
  });
});

describe('HMAC', () => {
  for (const [file, type] of [
    ['hmac_sha224', 'HMAC_224'],
    ['hmac_sha256', 'HMAC_256'],
    ['hmac_sha384', 'HMAC_384'],
    ['hmac_sha512', 'HMAC_512'],
  ] as const) {
    vectors(file, async ({ tagSize }, test) => {
      const good = verifyMac(type, hex(test['key'] ?? ''), hex(test['msg'] ?? ''), hex(test['tag'] ?? ''));
      const truncated = Number(tagSize) !== Number(type.slice(5));
      if (truncated) assert.equal(good, false, `${file} ${test.tcId}: a truncated tag`);
      else expectVerdict(file, test, good);
    });
  }
});

describe('RSA-OAEP', () => {
  for (const [file, type, algorithm] of [
    ['rsa_oaep_2048_sha1_mgf1sha1', 'RSA_2048', 'RSAES_OAEP_SHA_1'],
    ['rsa_oaep_2048_sha256_mgf1sha256', 'RSA_2048', 'RSAES_OAEP_SHA_256'],
    ['rsa_oaep_3072_sha256_mgf1sha256', 'RSA_3072', 'RSAES_OAEP_SHA_256'],
    ['rsa_oaep_4096_sha256_mgf1sha256', 'RSA_4096', 'RSAES_OAEP_SHA_256'],
  ] as [string, KeyType, OaepAlgorithm][]) {
    vectors(file, async ({ privateKeyPkcs8 = '' }, test) => {
      const { ct = '', msg = '', label = '' } = test;
      const plaintext = await orRefused(() =>
        decryptAsymmetric(type, hex(privateKeyPkcs8), algorithm, hex(ct)),
      );
      const right = plaintext?.equals(hex(msg)) === true;
      // KMS's label is empty: what was encrypted with another must not open
      if (label === '') expectVerdict(file, test, right);
      else assert.equal(plaintext, undefined, `${file} ${test.tcId}: a label`);
    });
  }
});

describe('ECDH', () => {
  const curves: [string, KeyType, string, string][] = [
    ['secp256r1', 'ECC_NIST_P256', 'prime256v1', 'P-256'],
    ['secp384r1', 'ECC_NIST_P384', 'secp384r1', 'P-384'],
    ['secp521r1', 'ECC_NIST_P521', 'secp521r1', 'P-521'],
  ];
  const expectSecret = (file: string, test: Test, secret: Buffer | undefined): void => {
    const right = secret?.toString('hex') === test['shared'];
    if (test.result === 'acceptable') assert.ok(secret === undefined || right, `${file} ${test.tcId}`);
    else expectVerdict(file, test, right);
    if (test.result === 'invalid') assert.equal(secret, undefined, `${file} ${test.tcId}`);
  };
  const pem = (text: string): Buffer => Buffer.from(text.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64');

  for (const [curve, type, openssl, jwkName] of curves) {
    vectors(`ecdh_${curve}_pem`, async (_group, test) => {
      const { private: own = '', public: peer = '' } = test;
      expectSecret(curve, test, await orRefused(() => deriveSharedSecret(type, pem(own), pem(peer))));
    });

    vectors(`ecdh_${curve}_ecpoint`, async (_group, test) => {
      const { private: scalar = '', public: point = '' } = test;
      const shape = KEY_SHAPES[type];
      assert.ok(shape.kind === 'ec');
      const form = shape.peers.find(({ pointBytes }) => pointBytes === point.length / 2) ?? shape.peers[0];
      const peer = Buffer.concat([form?.head ?? Buffer.alloc(0), hex(point)]);
      const own = privateKeyOf(openssl, jwkName, scalar);
      expectSecret(curve, test, await orRefused(() => deriveSharedSecret(type, own, peer)));
    });
  }

  it(
    'leaves no vector out for its form: explicit parameters and other curves are among the refused',
    { skip: !existsSync(folder) },
    async () => {
      const path = join(folder, 'ecdh_secp256r1_pem_test.json.gz');
      const { testGroups } = JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')) as {
        testGroups: Group[];
      };
      const tests = testGroups.flatMap((group) => group.tests);
      const unnamed = tests.filter(({ flags = [] }) =>
        flags.some((flag) => /UnnamedCurve|WrongCurve|Modified/.test(flag)),
      );
      assert.ok(unnamed.length > 10);
      for (const { private: own = '', public: peer = '', tcId } of unnamed) {
        const secret = await orRefused(() => deriveSharedSecret('ECC_NIST_P256', pem(own), pem(peer)));
        assert.equal(secret, undefined, `${tcId}`);
      }
    },
  );

  /** PKCS#8 of a private scalar. */
  function privateKeyOf(openssl: string, jwkName: string, scalar: string): Buffer {
    const bytes = { 'P-256': 32, 'P-384': 48, 'P-521': 66 }[jwkName] ?? 0;
    const d = hex(scalar.padStart(2 * bytes, '0').slice(-2 * bytes));
    const ecdh = createECDH(openssl);
    ecdh.setPrivateKey(d);
    const point = ecdh.getPublicKey();
    const jwk = {
      kty: 'EC',
      crv: jwkName,
      x: point.subarray(1, 1 + bytes).toString('base64url'),
      y: point.subarray(1 + bytes).toString('base64url'),
      d: d.toString('base64url'),
    };
    return createPrivateKey({ key: jwk, format: 'jwk' }).export({ type: 'pkcs8', format: 'der' });
  }
});

describe('ML-KEM', () => {
  for (const bits of ['512', '768', '1024']) {
    const type = `ML_KEM_${bits}` as KeyType;
    const shape = KEY_SHAPES[type];
    assert.ok(shape.kind === 'ml-kem');
    const { lengths } = shape.scheme;

    vectors(`mlkem_${bits}`, async (_group, test, leave) => {
      const { seed = '', c = '', K = '', ek } = test;
      if (hex(seed).length !== lengths.seed) return leave('a seed of a wrong length, which no key has');
      if (ek !== undefined && ek !== '' && test.result === 'valid') {
        assert.ok(
          publicKeyOf(type, hex(seed))?.toString('hex').endsWith(ek),
          `${test.tcId}: another public key`,
        );
      }
      const secret = await orRefused(() => decapsulate(type, hex(seed), hex(c)));
      expectVerdict(`mlkem_${bits}`, test, secret !== undefined && Buffer.from(secret).toString('hex') === K);
    });

    vectors(`mlkem_${bits}_encaps`, async (_group, test, leave) => {
      const { m = '', ek = '', c = '', K = '' } = test;
      if (hex(ek).length !== lengths.publicKey)
        return leave('a public key of a wrong length, which KMS never makes');
      const fixed: FillRandom = (target, start) => void hex(m).copy(target, start);
      const spki = Buffer.concat([Buffer.alloc(22), hex(ek)]);
      let right = false;
      try {
        const { sharedSecret, ciphertext } = encapsulate({ type, spki }, fixed);
        right =
          Buffer.from(sharedSecret).toString('hex') === K && Buffer.from(ciphertext).toString('hex') === c;
      } catch (error) {
        assert.equal(test.result, 'invalid', `${test.tcId}: ${String(error)}`); // a coefficient above q (FIPS 203, section 7.2)
      }
      expectVerdict(`mlkem_${bits}_encaps`, test, right);
    });
  }
});
