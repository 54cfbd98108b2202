/** Answers for attested recipients through the official SDK: what an enclave gets, and what nobody else can read. */
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  CreateKeyCommand,
  DecryptCommand,
  DeriveSharedSecretCommand,
  DisableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyPairCommand,
  GenerateRandomCommand,
  GetPublicKeyCommand,
} from '@aws-sdk/client-kms';
import type { CreateKeyCommandInput, KMSClient, RecipientInfo } from '@aws-sdk/client-kms';
import { readJournal } from '../../src/audit/reading.ts';
import { createEnclave, openEnveloped } from '../attestation/enclave.ts';
import type { Enclave, Payload } from '../attestation/enclave.ts';
import { startClaviger } from './claviger.ts';
import { WITHOUT_REQUEST_QUOTAS } from './without-quotas.ts';
import type { Claviger } from './claviger.ts';
import { startClockedServer } from './clocked-server.ts';
import type { ClockedServer } from './clocked-server.ts';
import { refusal } from './refusal.ts';

const hello = Buffer.from('hello, enclave');

describe('attested recipients', () => {
  let folder: string;
  let claviger: Claviger;
  let kms: KMSClient;
  let enclave: Enclave;
  const keys = { symmetric: '', cluster: '', rsa: '', agreement: '' };

  const create = async (input: CreateKeyCommandInput): Promise<string> =>
    (await kms.send(new CreateKeyCommand(input))).KeyMetadata?.Arn ?? '';
  const recipient = (changes?: Payload): RecipientInfo => ({
    KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
    AttestationDocument: enclave.attest(changes),
  });
  const open = (cms: Uint8Array | undefined): Buffer => openEnveloped(enclave.privateKey, cms);
  const encrypt = async (KeyId: string): Promise<Uint8Array | undefined> =>
    (await kms.send(new EncryptCommand({ KeyId, Plaintext: hello }))).CiphertextBlob;

  before(async () => {
    enclave = await createEnclave();
    folder = mkdtempSync(join(tmpdir(), 'claviger-attestation-'));
    const root = join(folder, 'root.pem');
    writeFileSync(root, enclave.rootPem);
    const config = join(folder, 'claviger.yaml');
    writeFileSync(config, `${WITHOUT_REQUEST_QUOTAS}attestation:\n  roots: ['${root}']\n`);
    claviger = await startClaviger({ CLAVIGER_CONFIG: config });
    kms = claviger.client();
    const CustomKeyStoreId = claviger.config().customKeyStoreId;
    [keys.symmetric, keys.cluster, keys.rsa, keys.agreement] = await Promise.all([
      create({}),
      create({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId }),
      create({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' }),
      create({ KeySpec: 'ECC_NIST_P384', KeyUsage: 'KEY_AGREEMENT' }),
    ]);
  });
  after(async () => {
    await claviger.remove();
    rmSync(folder, { recursive: true });
  });

  it('get what Decrypt opens under their key, in every key store, and no plaintext', async () => {
    for (const KeyId of [keys.symmetric, keys.cluster]) {
      const answer = await kms.send(
        new DecryptCommand({ CiphertextBlob: await encrypt(KeyId), Recipient: recipient() }),
      );
      assert.equal(answer.Plaintext, undefined);
      assert.equal(answer.KeyId, KeyId);
      assert.equal(answer.KeyMaterialId, undefined);
      assert.deepEqual(open(answer.CiphertextForRecipient), hello);
    }
    const rsa = await kms.send(
      new EncryptCommand({ KeyId: keys.rsa, Plaintext: hello, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }),
    );
    const { CiphertextForRecipient, Plaintext } = await kms.send(
      new DecryptCommand({
        KeyId: keys.rsa,
        CiphertextBlob: rsa.CiphertextBlob,
        EncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
        Recipient: recipient(),
      }),
    );
    assert.equal(Plaintext, undefined);
    assert.deepEqual(open(CiphertextForRecipient), hello);
  });

  it('open with OpenSSL what they get', async () => {
    const { CiphertextForRecipient } = await kms.send(
      new DecryptCommand({ CiphertextBlob: await encrypt(keys.symmetric), Recipient: recipient() }),
    );
    const key = join(folder, 'enclave.pem');
    writeFileSync(key, enclave.privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const command = ['cms', '-decrypt', '-inform', 'DER', '-inkey', key];
    const opened = execFileSync('openssl', command, { input: CiphertextForRecipient });
    assert.deepEqual(opened, hello);
  });

  it('get data keys that the key opens again', async () => {
    for (const KeyId of [keys.symmetric, keys.cluster]) {
      for (const [input, length] of [
        [{ KeySpec: 'AES_256' }, 32],
        [{ NumberOfBytes: 1024 }, 1024],
      ] as const) {
        const made = await kms.send(new GenerateDataKeyCommand({ KeyId, ...input, Recipient: recipient() }));
        assert.equal(made.Plaintext, undefined);
        const dataKey = open(made.CiphertextForRecipient);
        assert.equal(dataKey.length, length);
        const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob }));
        assert.deepEqual(Buffer.from(Plaintext ?? []), dataKey);
      }
    }
  });

  it('get private keys of data key pairs, the longest included', async () => {
    for (const KeyPairSpec of ['ECC_NIST_P256', 'RSA_4096', 'ML_KEM_768'] as const) {
      const made = await kms.send(
        new GenerateDataKeyPairCommand({ KeyId: keys.symmetric, KeyPairSpec, Recipient: recipient() }),
      );
      assert.equal(made.PrivateKeyPlaintext, undefined);
      const privateKey = open(made.CiphertextForRecipient);
      const { Plaintext } = await kms.send(
        new DecryptCommand({ CiphertextBlob: made.PrivateKeyCiphertextBlob }),
      );
      assert.deepEqual(Buffer.from(Plaintext ?? []), privateKey);
      if (KeyPairSpec === 'ML_KEM_768') continue; // Node 20 does not know it
      const publicKey = createPublicKey(createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8' }));
      assert.deepEqual(Buffer.from(made.PublicKey ?? []), publicKey.export({ format: 'der', type: 'spki' }));
    }
  });

  it('get random bytes of the service and of an HSM cluster', async () => {
    for (const CustomKeyStoreId of [undefined, claviger.config().customKeyStoreId]) {
      const input = { NumberOfBytes: 64, CustomKeyStoreId, Recipient: recipient() };
      const answer = await kms.send(new GenerateRandomCommand(input));
      assert.equal(answer.Plaintext, undefined);
      assert.equal(open(answer.CiphertextForRecipient).length, 64);
    }
  });

  it('get shared secrets', async () => {
    const peer = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const KeyId = keys.agreement;
    const answer = await kms.send(
      new DeriveSharedSecretCommand({
        KeyId,
        KeyAgreementAlgorithm: 'ECDH',
        PublicKey: peer.publicKey.export({ format: 'der', type: 'spki' }),
        Recipient: recipient(),
      }),
    );
    assert.equal(answer.SharedSecret, undefined);
    const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }));
    const publicKey = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' });
    assert.deepEqual(
      open(answer.CiphertextForRecipient),
      diffieHellman({ publicKey, privateKey: peer.privateKey }),
    );
  });

  it('are refused by every operation when their document is not valid, before anything is done', async () => {
    const Recipient = { ...recipient(), AttestationDocument: Buffer.alloc(100) };
    const unknown = keys.symmetric.replace(/[0-9a-f]{12}$/, '000000000000');
    const calls = [
      () => kms.send(new DecryptCommand({ CiphertextBlob: hello, Recipient })),
      () => kms.send(new GenerateDataKeyCommand({ KeyId: unknown, KeySpec: 'AES_256', Recipient })),
      () =>
        kms.send(new GenerateDataKeyPairCommand({ KeyId: unknown, KeyPairSpec: 'ECC_NIST_P256', Recipient })),
      () => kms.send(new GenerateRandomCommand({ NumberOfBytes: 1, Recipient })),
      () =>
        kms.send(
          new DeriveSharedSecretCommand({
            KeyId: unknown,
            KeyAgreementAlgorithm: 'ECDH',
            PublicKey: hello,
            Recipient,
          }),
        ),
    ];
    for (const call of calls) {
      const error = await refusal(call());
      assert.equal(error.name, 'ValidationException');
      assert.equal(error.$metadata.httpStatusCode, 400);
      assert.match(error.message, /^The attestation document is not valid: .+\.$/);
    }
  });

  it('are refused with what is wrong', async () => {
    const other = await createEnclave();
    const algorithm = 'RSAES_OAEP_SHA_256';
    const cases: [RecipientInfo, RegExp][] = [
      [{ KeyEncryptionAlgorithm: algorithm }, /AttestationDocument is required/],
      [{ AttestationDocument: enclave.attest() }, /KeyEncryptionAlgorithm is required/],
      [
        { ...recipient(), KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_1' as never },
        /at 'recipient.keyEncryptionAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: \[RSAES_OAEP_SHA_256\]/,
      ],
      [{ KeyEncryptionAlgorithm: algorithm, AttestationDocument: Buffer.alloc(150_000) }, /it is too long/],
      [{ KeyEncryptionAlgorithm: algorithm, AttestationDocument: other.attest() }, /trusted root/],
      [recipient({ timestamp: Date.now() - 3_600_000 }), /it is expired/],
      [recipient({ public_key: null }), /it has no public key/],
    ];
    for (const [Recipient, message] of cases) {
      const error = await refusal(kms.send(new GenerateRandomCommand({ NumberOfBytes: 1, Recipient })));
      assert.equal(error.name, 'ValidationException');
      assert.match(error.message, message);
    }
  });

  it('may try with DryRun: a valid document would do, another would not', async () => {
    const DryRun = true;
    const CiphertextBlob = await encrypt(keys.symmetric);
    const peer = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey;
    const PublicKey = peer.export({ format: 'der', type: 'spki' });
    const agreement = { KeyId: keys.agreement, KeyAgreementAlgorithm: 'ECDH', PublicKey } as const;
    const KeyId = keys.symmetric;
    const ignoring = { DryRun, DryRunModifiers: ['IGNORE_CIPHERTEXT'] as ['IGNORE_CIPHERTEXT'] };
    const calls = (Recipient: RecipientInfo) => [
      () => kms.send(new DecryptCommand({ CiphertextBlob, Recipient, DryRun })),
      () => kms.send(new DecryptCommand({ KeyId, Recipient, ...ignoring })),
      () => kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', Recipient, DryRun })),
      () =>
        kms.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256', Recipient, DryRun })),
      () => kms.send(new DeriveSharedSecretCommand({ ...agreement, Recipient, DryRun })),
    ];
    for (const call of calls(recipient())) {
      assert.equal((await refusal(call())).name, 'DryRunOperationException');
    }
    for (const call of calls(recipient({ timestamp: 1 }))) {
      assert.equal((await refusal(call())).name, 'ValidationException');
    }
  });

  it('do not get past the key’s state', async () => {
    const KeyId = await create({});
    const CiphertextBlob = await encrypt(KeyId);
    await kms.send(new DisableKeyCommand({ KeyId }));
    const error = await refusal(kms.send(new DecryptCommand({ CiphertextBlob, Recipient: recipient() })));
    assert.equal(error.name, 'DisabledException');
  });

  it('are on record with module and registers, as CloudTrail shows them, and without the document', async () => {
    const base64 = (register: number): string => Buffer.alloc(48, register + 1).toString('base64');
    const document = recipient();
    const enclaved = await kms.send(new GenerateRandomCommand({ NumberOfBytes: 7, Recipient: document }));
    const onTpm = await kms.send(
      new GenerateDataKeyCommand({
        KeyId: keys.symmetric,
        NumberOfBytes: 7,
        Recipient: recipient({ pcrs: undefined, nitrotpm_pcrs: enclave.pcrs, module_id: 'i-0123-tpm0000' }),
      }),
    );
    const events = new Map<string, string>();
    for await (const { event } of readJournal(join(claviger.dataDir, 'server', 'audit'))) {
      events.set(event.requestID ?? '', JSON.stringify(event));
    }
    const of = (id: string | undefined): Record<string, unknown> =>
      JSON.parse(events.get(id ?? '') ?? '{}') as Record<string, unknown>;
    const random = of(enclaved.$metadata.requestId);
    assert.equal(random['requestParameters'], null);
    assert.deepEqual(random['additionalEventData'], {
      recipient: {
        attestationDocumentModuleId: 'i-0123456789abcdef0-enc0123456789abcde0',
        attestationDocumentEnclaveImageDigest: base64(0),
        attestationDocumentEnclavePCR1: base64(1),
        attestationDocumentEnclavePCR2: base64(2),
        attestationDocumentEnclavePCR3: base64(3),
        attestationDocumentEnclavePCR4: base64(4),
        attestationDocumentEnclavePCR8: base64(8),
      },
    });
    const dataKey = of(onTpm.$metadata.requestId);
    assert.deepEqual(dataKey['requestParameters'], { keyId: keys.symmetric, numberOfBytes: 7 });
    const { recipient: shown, keyMaterialId } = dataKey['additionalEventData'] as Record<string, unknown>;
    assert.match(String(keyMaterialId), /^[0-9a-f]{64}$/);
    assert.equal(onTpm.KeyMaterialId, undefined);
    assert.deepEqual(shown, {
      attestationDocumentModuleId: 'i-0123-tpm0000',
      attestationDocumentNitroTPMPCR4: base64(4),
      attestationDocumentNitroTPMPCR7: base64(7),
      attestationDocumentNitroTPMPCR8: base64(8),
      attestationDocumentNitroTPMPCR9: base64(9),
    });
  });
});

describe('a server that trusts no root of attestation', () => {
  let server: ClockedServer;
  before(async () => {
    server = await startClockedServer();
  });
  after(() => server.remove());

  it('refuses every recipient, and says what is missing', async () => {
    const enclave = await createEnclave();
    const Recipient: RecipientInfo = {
      KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
      AttestationDocument: enclave.attest(),
    };
    const call = server.client('us-east-1').send(new GenerateRandomCommand({ NumberOfBytes: 1, Recipient }));
    const error = await refusal(call);
    assert.equal(error.name, 'ValidationException');
    assert.match(error.message, /no root certificate for attestation is configured \(attestation\.roots\)/);
  });
});
