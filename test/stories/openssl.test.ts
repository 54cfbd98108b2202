/**
 * Public keys and signatures of every key spec, given to the `openssl` program: what users check them with. Specs and algorithms
 * that the machine's OpenSSL does not know are named and counted.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  CreateKeyCommand,
  DecryptCommand,
  DeriveSharedSecretCommand,
  GetPublicKeyCommand,
  SignCommand,
} from '@aws-sdk/client-kms';
import type {
  EncryptionAlgorithmSpec,
  KMSClient,
  KeySpec,
  KeyUsageType,
  SigningAlgorithmSpec,
} from '@aws-sdk/client-kms';
import { startClockedServer } from './clocked-server.ts';
import type { ClockedServer } from './clocked-server.ts';
import { KEYS } from './key-specs.ts';

const message = Buffer.from('The quick brown fox jumps over the lazy dog');
const openssl = (...command: string[]): Buffer => execFileSync('openssl', command, { stdio: 'pipe' });
const known = openssl('list', '-public-key-algorithms', '-signature-algorithms').toString();
/** Lattice keys come with OpenSSL 3.5. */
const knows = (spec: string): boolean => !spec.startsWith('ML_') || known.includes(spec.replaceAll('_', '-'));

/** How `openssl` verifies what an algorithm signed, RAW; undefined where it has no command line for it. */
function verification(algorithm: SigningAlgorithmSpec): string[] | undefined {
  const [, hash] = /SHA_(\d+)$/.exec(algorithm) ?? [];
  if (algorithm === 'ED25519_SHA_512' || algorithm === 'ML_DSA_SHAKE_256')
    return ['pkeyutl', '-verify', '-rawin', '-pubin'];
  if (algorithm === 'ED25519_PH_SHA_512') return undefined;
  const pss = ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:digest'];
  return ['dgst', `-sha${hash}`, ...(algorithm.includes('PSS') ? pss : [])];
}

describe('OpenSSL', () => {
  let server: ClockedServer;
  let kms: KMSClient;
  let folder: string;
  const keys = new Map<string, string>();
  const file = (name: string, content: Uint8Array = Buffer.alloc(0)): string => {
    const path = join(folder, name.replaceAll(' ', '-'));
    writeFileSync(path, content);
    return path;
  };
  const publicKeyOf = async (name: string): Promise<Buffer> =>
    Buffer.from((await kms.send(new GetPublicKeyCommand({ KeyId: keys.get(name) }))).PublicKey ?? []);
  /** PEM file of the key, as OpenSSL itself wrote it. */
  const pemOf = async (name: string): Promise<string> => {
    const pem = file(`${name}.pem`);
    openssl(
      'pkey',
      '-pubin',
      '-inform',
      'DER',
      '-in',
      file(`${name}.der`, await publicKeyOf(name)),
      '-out',
      pem,
    );
    return pem;
  };
  const asymmetric = KEYS.filter(([spec]) => !spec.startsWith('HMAC'));
  const nameOf = (spec: KeySpec, usage: KeyUsageType): string => `${spec} ${usage}`;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-openssl-'));
    server = await startClockedServer();
    kms = server.client('us-east-1', 10);
    await Promise.all(
      asymmetric.map(async ([KeySpec, KeyUsage]) => {
        const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec, KeyUsage }));
        keys.set(nameOf(KeySpec, KeyUsage), KeyMetadata?.KeyId ?? '');
      }),
    );
  });
  after(async () => {
    await server.remove();
    rmSync(folder, { recursive: true });
  });

  for (const [spec, usage] of asymmetric) {
    const skip = knows(spec) ? false : `this OpenSSL does not know ${spec}`;
    it(`reads the public key of ${spec} for ${usage}, and would write the same bytes`, { skip }, async () => {
      const der = await publicKeyOf(nameOf(spec, usage));
      const path = file(`${spec}.der`, der);
      const read = ['pkey', '-pubin', '-inform', 'DER', '-in', path];
      assert.deepEqual(openssl(...read, '-outform', 'DER'), der);
      const text = openssl(...read, '-noout', '-text').toString();
      const [, bits] = /(?:RSA_|P)(\d+)/.exec(spec) ?? [];
      if (bits !== undefined && !spec.startsWith('ML_') && spec !== 'ECC_SECG_P256K1') {
        assert.match(text, new RegExp(`\\(${bits} bit\\)`));
      }
    });
  }

  for (const [spec, usage, { SigningAlgorithms = [] }] of asymmetric) {
    for (const algorithm of SigningAlgorithms as SigningAlgorithmSpec[]) {
      const command = verification(algorithm);
      const skip =
        knows(spec) && command !== undefined ? false : `this OpenSSL does not verify ${algorithm} of ${spec}`;
      it(`verifies what ${spec} signed by ${algorithm}, and nothing else`, { skip }, async () => {
        const name = nameOf(spec, usage);
        const input = { KeyId: keys.get(name), Message: message, SigningAlgorithm: algorithm };
        const { Signature } = await kms.send(new SignCommand(input));
        const signature = file(`${name}.${algorithm}`, Signature);
        const pem = await pemOf(name);
        const verifies = (content: Buffer): boolean => {
          const signed = file('message', content);
          const [tool = '', ...options] = command ?? [];
          const key =
            tool === 'dgst'
              ? ['-verify', pem, '-signature', signature, signed]
              : ['-inkey', pem, '-sigfile', signature, '-in', signed];
          return spawnSync('openssl', [tool, ...options, ...key]).status === 0;
        };
        assert.ok(verifies(message));
        assert.ok(!verifies(Buffer.from('another message')));
      });
    }
  }

  for (const [spec, usage, { EncryptionAlgorithms = [] }] of asymmetric) {
    for (const algorithm of EncryptionAlgorithms as EncryptionAlgorithmSpec[]) {
      it(`encrypts for ${spec} by ${algorithm} what KMS decrypts`, async () => {
        const name = nameOf(spec, usage);
        const hash = algorithm.endsWith('SHA_1') ? 'sha1' : 'sha256';
        const options = ['rsa_padding_mode:oaep', `rsa_oaep_md:${hash}`, `rsa_mgf1_md:${hash}`];
        const pkeyopt = options.flatMap((option) => ['-pkeyopt', option]);
        const sent = file('plaintext', message);
        const CiphertextBlob = openssl(
          'pkeyutl',
          '-encrypt',
          '-pubin',
          '-inkey',
          await pemOf(name),
          '-in',
          sent,
          ...pkeyopt,
        );
        const input = { KeyId: keys.get(name), CiphertextBlob, EncryptionAlgorithm: algorithm };
        const { Plaintext } = await kms.send(new DecryptCommand(input));
        assert.deepEqual(Buffer.from(Plaintext ?? []), message);
      });
    }
  }

  for (const [spec, curve] of [
    ['ECC_NIST_P256', 'P-256'],
    ['ECC_NIST_P384', 'P-384'],
    ['ECC_NIST_P521', 'P-521'],
  ] as const) {
    it(`derives the secret that KMS derives on ${curve}`, async () => {
      const name = nameOf(spec, 'KEY_AGREEMENT');
      const own = file(`${curve}.own.pem`);
      openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${curve}`, '-out', own);
      const PublicKey = openssl('pkey', '-in', own, '-pubout', '-outform', 'DER');
      const input = { KeyId: keys.get(name), KeyAgreementAlgorithm: 'ECDH', PublicKey } as const;
      const { SharedSecret } = await kms.send(new DeriveSharedSecretCommand(input));
      const secret = openssl('pkeyutl', '-derive', '-inkey', own, '-peerkey', await pemOf(name));
      assert.deepEqual(Buffer.from(SharedSecret ?? []), secret);
    });
  }
});
