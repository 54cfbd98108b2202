import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { X509Certificate, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connectHsm } from '../../src/hsm-client/connect.ts';
import type { HsmConnection } from '../../src/hsm-client/connection.ts';
import { createOperatorCa } from '../../src/operator/ca.ts';
import { initialiseHsm } from '../../src/operator/ceremony.ts';
import type { HsmAddress } from '../../src/operator/ceremony.ts';
import { createCluster } from '../../src/operator/cluster.ts';
import type { CreateClusterOptions, CreatedCluster } from '../../src/operator/cluster.ts';
import { checkEscrow, rewrapEscrow } from '../../src/operator/escrow.ts';
import { RECOVERY_HSM_ID } from '../../src/operator/recovery-hsm.ts';
import { RpcError } from '../../src/rpc/frames.ts';
import { CLUSTER_ID, createTestHsms } from './hsms.ts';
import type { TestHsms } from './hsms.ts';

const CA = { modulusBits: 2048 } as const;

describe('the first ceremony of a cluster', () => {
  let hsms: TestHsms;
  let a: HsmAddress;
  let b: HsmAddress;
  let cluster: CreatedCluster;
  before(async () => {
    hsms = await createTestHsms();
    [a, b] = await Promise.all([hsms.start('hsm-aaaaaaaaaaa'), hsms.start('hsm-bbbbbbbbbbb')]);
    cluster = await createCluster({
      operatorDir: hsms.operatorDir,
      clusterId: CLUSTER_ID,
      hsms: [a, b],
      ca: CA,
    });
  });
  after(() => hsms.close());

  it('leaves HSMs that kmsuser can log in to, under certificates that the trust anchor signed', async () => {
    for (const hsm of [a, b]) {
      const connection = await login(hsm);
      assert.equal((await connection.describe()).state, 'ACTIVE');
      connection.close();
      const certificate = new X509Certificate(cluster.certificates[hsm.hsmId] ?? '');
      assert.ok(certificate.verify(new X509Certificate(cluster.trustAnchorPem).publicKey));
    }
    assert.match(cluster.kmsuserPassword, /^[A-Za-z0-9]{32}$/);
  });

  it('refuses an HSM under another trust anchor, or under another name', async () => {
    const other = await createOperatorCa(join(hsms.dir, 'another-operator'), CA);
    const cases = [
      { ...a, trustAnchor: other.certificatePem },
      { ...a, host: b.host, port: b.port, trustAnchor: cluster.trustAnchorPem },
      { ...a, clusterId: 'cluster-another', trustAnchor: cluster.trustAnchorPem },
      a, // no trust anchor, but initialised
    ];
    for (const options of cases) {
      await assert.rejects(connectHsm({ ...options, timeoutMs: 2_000 }), hasCode('UNTRUSTED_HSM'));
    }
  });

  it('enrols every HSM in every other and in the recovery HSM, with the same fingerprints everywhere', () => {
    const pairs = cluster.peers
      .map(({ hsmId, peerHsmId, change }) => `${hsmId} ${peerHsmId} ${change}`)
      .sort();
    assert.deepEqual(pairs, [
      `${a.hsmId} ${b.hsmId} enrolled`,
      `${a.hsmId} ${RECOVERY_HSM_ID} enrolled`,
      `${b.hsmId} ${a.hsmId} enrolled`,
      `${b.hsmId} ${RECOVERY_HSM_ID} enrolled`,
    ]);
    const recovery = cluster.peers.filter(({ peerHsmId }) => peerHsmId === RECOVERY_HSM_ID);
    assert.equal(new Set(recovery.map(({ fingerprint }) => fingerprint)).size, 1);
    assert.equal(new Set(cluster.peers.map(({ fingerprint }) => fingerprint)).size, 3);
    for (const { hsmId, fingerprint } of cluster.peers.map((p) => ({ ...p, hsmId: p.peerHsmId }))) {
      if (hsmId === RECOVERY_HSM_ID) continue;
      const line = cluster.transcript.find((one) => one.startsWith(RECOVERY_HSM_ID) && one.includes(hsmId));
      assert.ok(line?.includes(fingerprint), `the recovery HSM has the key of ${hsmId}`);
    }
  });

  it('clones a key from one HSM to the other and to the recovery HSM, with equal check values', async () => {
    const [onA, onB] = [await login(a), await login(b)];
    const materialId = randomBytes(16).toString('hex');
    const key = { materialId, label: 'arn:aws:kms:eu-central-1:111122223333:key/clone' };
    const made = await onA.generateKey(key);
    const copied = await onB.importKey({
      ...key,
      wrappedKey: await onA.exportKey({ materialId, peerHsmId: b.hsmId }),
    });
    assert.equal(copied.check, made.check);

    const escrow = {
      wrappedKey: await onA.exportKey({ materialId, peerHsmId: RECOVERY_HSM_ID }),
      check: made.check,
    };
    assert.deepEqual(await checkEscrow(hsms.operatorDir, [escrow]), [{ proven: true, check: made.check }]);

    const use = {
      keyRef: Buffer.from(materialId, 'hex'),
      check: Buffer.from(made.check, 'hex'),
      requestId: randomBytes(16),
      aad: Buffer.from('context'),
    };
    const sealed = await onA.generateDataKey(use, 32);
    assert.equal(sealed.plaintext.length, 32);
    assert.deepEqual(await onB.decrypt(use, sealed.ciphertext), sealed.plaintext);
    const encrypted = await onB.encrypt(use, Buffer.from('plain text'));
    assert.equal((await onA.decrypt(use, encrypted)).toString(), 'plain text');

    // all HSMs of the cluster lost: escrow fills one again
    await onB.destroyKey(materialId);
    const restored = await onB.importKey({
      ...key,
      wrappedKey: await rewrapEscrow(hsms.operatorDir, escrow, b.hsmId),
    });
    assert.equal(restored.check, made.check);
    onA.close();
    onB.close();
  });

  it('does not call an escrow proven that was altered, or that holds another key', async () => {
    const onA = await login(a);
    const reports = [];
    for (const name of ['one', 'two']) {
      const materialId = randomBytes(16).toString('hex');
      const { check } = await onA.generateKey({ materialId, label: name });
      reports.push({ wrappedKey: await onA.exportKey({ materialId, peerHsmId: RECOVERY_HSM_ID }), check });
    }
    onA.close();
    const [one, two] = reports as [(typeof reports)[0], (typeof reports)[0]];
    const altered = Buffer.from(one.wrappedKey, 'base64');
    altered[100] = (altered[100] ?? 0) ^ 1;
    const swapped = { wrappedKey: two.wrappedKey, check: one.check };
    const answers = await checkEscrow(hsms.operatorDir, [
      { ...one, wrappedKey: altered.toString('base64') },
      swapped,
      one,
    ]);
    assert.deepEqual(answers, [
      { proven: false },
      { proven: false, check: two.check },
      { proven: true, check: one.check },
    ]);
    await assert.rejects(
      rewrapEscrow(hsms.operatorDir, swapped, b.hsmId),
      /another key than the one recorded/,
    );
  });

  it('keeps secrets out of the transcript, and in files that nobody else can read', async () => {
    const secrets: string[] = [cluster.kmsuserPassword];
    for (const name of ['officer.json', 'recovery-hsm.json', 'customerCA.key']) {
      const path = join(hsms.operatorDir, name);
      assert.equal((await stat(path)).mode & 0o777, 0o600, name);
      if (name.endsWith('.json'))
        secrets.push((JSON.parse(await readFile(path, 'utf8')) as { password: string }).password);
    }
    const written = await readFile(join(hsms.operatorDir, 'ceremonies.txt'), 'utf8');
    for (const line of cluster.transcript) assert.ok(written.includes(line));
    for (const secret of secrets) assert.ok(secret.length === 32 && !written.includes(secret));
    const files = await readdir(hsms.dir, { recursive: true, withFileTypes: true });
    for (const file of files.filter((one) => one.isFile())) {
      const content = await readFile(join(file.parentPath, file.name));
      assert.ok(!content.includes(cluster.kmsuserPassword), `${file.name} holds the password of kmsuser`);
    }
  });

  it('changes nothing but the password when it is held again', async () => {
    const again = await createCluster({ operatorDir: hsms.operatorDir, clusterId: CLUSTER_ID, hsms: [a, b] });
    assert.deepEqual(
      again.peers.map(({ change }) => change),
      ['none', 'none', 'none', 'none'],
    );
    assert.deepEqual(again.certificates, cluster.certificates);
    await assert.rejects(login(a), hasCode('LOGIN_FAILED'));
    cluster = again;
    (await login(a)).close();
  });

  it('is refused while kmsuser is logged in', async () => {
    const connection = await login(b);
    const options = { operatorDir: hsms.operatorDir, clusterId: CLUSTER_ID, hsms: [a, b] };
    await assert.rejects(createCluster(options), /kmsuser is logged in on hsm-bbbbbbbbbbb/);
    connection.close();
  });

  async function login(hsm: HsmAddress): Promise<HsmConnection> {
    const connection = await connectHsm({ ...hsm, trustAnchor: cluster.trustAnchorPem, timeoutMs: 2_000 });
    try {
      await connection.loginUser({ name: 'kmsuser', password: cluster.kmsuserPassword, owner: 'test' });
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }
});

describe('initialising an HSM', () => {
  let hsms: TestHsms;
  before(async () => {
    hsms = await createTestHsms();
  });
  after(() => hsms.close());

  it('works with a certificate that plain openssl signed', async () => {
    const ca = await createOperatorCa(hsms.operatorDir, CA);
    const hsm = await hsms.start('hsm-ooooooooooo');
    const fresh = await connectHsm({ ...hsm, timeoutMs: 2_000 });
    await writeFile(join(hsms.dir, 'cluster.csr'), await fresh.getCertificateRequest());
    const [crt, key] = ['customerCA.crt', 'customerCA.key'].map((name) => join(hsms.operatorDir, name));
    const sign = [
      'x509',
      '-req',
      '-in',
      join(hsms.dir, 'cluster.csr'),
      '-CA',
      crt,
      '-CAkey',
      key,
      '-CAcreateserial',
    ];
    const certificate = execFileSync('openssl', sign as string[], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await fresh.initialize(certificate, ca.certificatePem);
    fresh.close();
    const trusted = await connectHsm({ ...hsm, trustAnchor: ca.certificatePem, timeoutMs: 2_000 });
    assert.equal((await trusted.describe()).state, 'INITIALIZED');
    trusted.close();
  });

  it('is refused to an HSM that asks for a certificate of another', async () => {
    const ca = await createOperatorCa(hsms.operatorDir, CA);
    const hsm = await hsms.start('hsm-iiiiiiiiiii');
    const fresh = await connectHsm({ ...hsm, timeoutMs: 2_000 });
    const wanted = { ...hsm, hsmId: 'hsm-jjjjjjjjjjj' };
    await assert.rejects(
      initialiseHsm(fresh, wanted, ca, () => {}),
      /it is for hsm-iiiiiiiiiii/,
    );
    assert.equal((await fresh.describe()).state, 'UNINITIALIZED');
    fresh.close();
  });
});

describe('a ceremony that is killed', () => {
  let hsms: TestHsms;
  before(async () => {
    hsms = await createTestHsms();
  });
  after(() => hsms.close());

  it('is taken up where it stopped, whatever the step, and whether it or an HSM was killed', async () => {
    const a = await hsms.start('hsm-aaaaaaaaaaa');
    const options = { operatorDir: hsms.operatorDir, clusterId: CLUSTER_ID, hsms: [a], ca: CA };
    const steps: string[] = [];
    for (;;) {
      const step = await killAfterNewStep(options, steps);
      if (step === undefined) break;
      steps.push(step);
    }
    assert.deepEqual(
      steps.map((step) => /^[^:]+: \w+/.exec(step)?.[0]),
      ['initialised', 'activated', 'created']
        .map((verb) => `${a.hsmId}: ${verb}`)
        .concat(
          ['initialised', 'activated', 'created', 'enrolled'].map((verb) => `${RECOVERY_HSM_ID}: ${verb}`),
        )
        .concat(`${a.hsmId}: enrolled`),
    );

    // a second HSM joins, and is itself killed in the middle
    let b = await hsms.start('hsm-bbbbbbbbbbb');
    let killed: Promise<void> | undefined;
    const onNote = (line: string): void => {
      if (line.startsWith(`${b.hsmId}: activated`)) killed = hsms.kill(b.hsmId);
    };
    await assert.rejects(createCluster({ ...options, hsms: [a, b], onNote }), RpcError);
    assert.ok(killed !== undefined);
    await killed;
    b = await hsms.start(b.hsmId);
    const cluster = await createCluster({ ...options, hsms: [a, b] });
    const ofB = cluster.transcript
      .filter((line) => line.startsWith(b.hsmId))
      .map((line) => line.split(' ')[1]);
    assert.deepEqual(ofB, ['created', 'enrolled', 'enrolled']);
    assert.equal(cluster.peers.filter(({ change }) => change === 'none').length, 1);
    assert.equal(cluster.peers.filter(({ change }) => change === 'enrolled').length, 3);
    for (const hsm of [a, b]) {
      const connection = await connectHsm({ ...hsm, trustAnchor: cluster.trustAnchorPem, timeoutMs: 2_000 });
      await connection.loginUser({ name: 'kmsuser', password: cluster.kmsuserPassword, owner: 'test' });
      connection.close();
    }
  });
});

/** Runs a ceremony and kills it (SIGKILL) at its first step that is not in `known`; `undefined` when there was none. */
async function killAfterNewStep(
  options: CreateClusterOptions,
  known: readonly string[],
): Promise<string | undefined> {
  const script = fileURLToPath(new URL('ceremony-process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let step: string | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    if (known.includes(line) || /set the password|complete with/.test(line)) {
      child.stdin.write('.'); // done in every run
      continue;
    }
    step = line;
    child.kill('SIGKILL');
  }
  const [code] = (await ended) as [number | null];
  if (step === undefined) assert.equal(code, 0);
  return step;
}

function hasCode(code: string): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof RpcError, String(error));
    assert.equal(error.code, code);
    return true;
  };
}
