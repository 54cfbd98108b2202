/** `claviger hsm` from HSMs that have no owner to a cluster that was lost and rebuilt: real HSMs, the built command. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connectHsm } from '../../src/hsm-client/connect.ts';
import type { HsmConnection } from '../../src/hsm-client/connection.ts';
import { createOperatorCa } from '../../src/operator/ca.ts';
import type { HsmAddress } from '../../src/operator/ceremony.ts';
import type { HsmReport } from '../../src/operator/every-hsm.ts';
import type { RecoverReport } from '../../src/operator/recover.ts';
import { RECOVERY_HSM_ID, createRecoveryHsm } from '../../src/operator/recovery-hsm.ts';
import type { HsmUser } from '../../src/rpc/hsm-messages.ts';
import { CLUSTER_ID, createTestHsms } from './hsms.ts';
import type { TestHsms } from './hsms.ts';
import { claviger } from './tool.ts';
import type { Ran } from './tool.ts';

const [A, B, C, D] = ['hsm-aaaaaaaaaaa', 'hsm-bbbbbbbbbbb', 'hsm-ccccccccccc', 'hsm-ddddddddddd'] as const;
const OFFICER = 'OfficerOfficer1';
const SECOND_OFFICER = 'OfficerOfficer2';
const USER = 'KmsuserPassword1';
const SECOND_USER = 'KmsuserPassword2';

describe('claviger hsm', () => {
  let hsms: TestHsms;
  let trustAnchor: string;
  let config: string;
  let officer = OFFICER;
  let user = USER;
  const members = new Map<string, HsmAddress>();
  /** The lost keys' escrow, as KMS writes it. */
  let escrowFile: string;

  before(async () => {
    hsms = await createTestHsms();
    trustAnchor = (await createOperatorCa(hsms.operatorDir, { modulusBits: 2048 })).certificatePem;
    await createRecoveryHsm(hsms.operatorDir);
    await writeFile(
      join(hsms.operatorDir, 'officer.json'),
      JSON.stringify({ user: 'admin', password: OFFICER }),
    );
    config = join(hsms.dir, 'cluster.yaml');
    escrowFile = join(hsms.dir, 'keys.jsonl');
    for (const hsmId of [A, B]) await start(hsmId); // in this order in the connection data
    await writeConfig();
  });
  after(() => hsms.close());

  async function start(hsmId: string): Promise<void> {
    members.set(hsmId, await hsms.start(hsmId));
  }

  async function writeConfig(): Promise<void> {
    const lines = [...members.values()].map(
      ({ hsmId, host, port }) => `  - { hsmId: ${hsmId}, address: '${host}:${port}' }`,
    );
    await writeFile(
      config,
      `clusterId: ${CLUSTER_ID}\ntrustAnchor: operator/customerCA.crt\nhsms:\n${lines.join('\n')}\n`,
    );
  }

  const run = (args: string, env: NodeJS.ProcessEnv = {}): Promise<Ran> =>
    claviger(['hsm', ...args.split(' '), '--config', config, '--operator', hsms.operatorDir], {
      CLAVIGER_HSM_PASSWORD: officer,
      ...env,
    });
  const asUser = (args: string): Promise<Ran> => run(args, { CLAVIGER_HSM_PASSWORD: user });
  const reports = async (ran: Promise<Ran>): Promise<string[]> =>
    (await ran).json<HsmReport[]>().map(({ hsmId, outcome, code }) => `${hsmId} ${code ?? outcome}`);

  async function login(hsmId: string, password = user): Promise<HsmConnection> {
    const hsm = members.get(hsmId) as HsmAddress;
    const connection = await connectHsm({ ...hsm, trustAnchor, timeoutMs: 5_000 });
    try {
      await connection.loginUser({ name: 'kmsuser', password, owner: 'test' });
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Makes a key on one HSM and puts it into escrow, as KMS does. */
  async function makeKey(hsmId: string, label: string): Promise<string> {
    const connection = await login(hsmId);
    const materialId = randomBytes(16).toString('hex');
    const { check } = await connection.generateKey({ materialId, label });
    const wrappedKey = await connection.exportKey({ materialId, peerHsmId: RECOVERY_HSM_ID });
    const line = { clusterId: CLUSTER_ID, materialId, keyArn: label, check, wrappedKey };
    await appendFile(escrowFile, `${JSON.stringify(line)}\n`);
    connection.close();
    return materialId;
  }

  const keys = async (): Promise<Record<string, string>> => {
    const listed = (await asUser('key list --json')).json<{ keys: { label: string; state: string }[] }>();
    return Object.fromEntries(listed.keys.map(({ label, state }) => [label, state]));
  };

  it('activates all HSMs, and changes nothing when it is asked again', async () => {
    const env = { CLAVIGER_HSM_NEW_PASSWORD: OFFICER };
    assert.deepEqual(await reports(run('activate --json', env)), [`${A} done`, `${B} done`]);
    assert.deepEqual(await reports(run('activate --json', env)), [`${A} unchanged`, `${B} unchanged`]);
    const wrong = await run('activate --json', { CLAVIGER_HSM_NEW_PASSWORD: 'AnotherPassword1' });
    assert.equal(wrong.code, 1);
    assert.deepEqual(await reports(Promise.resolve(wrong)), [`${A} LOGIN_FAILED`, `${B} LOGIN_FAILED`]);
  });

  it('takes no password from its arguments and asks nothing without a terminal', async () => {
    const ran = await claviger(['hsm', 'user', 'list', '--config', config], { CLAVIGER_HSM_PASSWORD: '' });
    assert.equal(ran.code, 1);
    assert.match(ran.err, /Crypto officer's password is wanted: give it in a file/);
    const argument = await run('user list --password secret123');
    assert.match(argument.err, /unknown option '--password'/);
  });

  it('says what is wrong with the connection data', async () => {
    const path = join(hsms.dir, 'wrong.yaml');
    await writeFile(path, `clusterId: c\ntrustAnchor: operator/customerCA.crt\nhsm: []\n`);
    const ran = await claviger(['hsm', 'user', 'list', '--config', path]);
    assert.match(ran.err, /wrong\.yaml: 'hsm' is not known here/);
    assert.equal(ran.code, 1);
  });

  it('creates a crypto user everywhere, whose keys may be copied between the HSMs', async () => {
    const env = { CLAVIGER_HSM_NEW_PASSWORD: USER };
    const enrolled = await run(`enrol ${A} --fingerprint ${'0'.repeat(64)}`);
    assert.equal(enrolled.code, 1);
    assert.match(enrolled.err, /the fingerprint was not confirmed/); // of its transport key
    const made = await run('user create kmsuser --json', env);
    assert.deepEqual(await reports(Promise.resolve(made)), [`${A} unchanged`, `${B} done`]); // enrol made A's
    assert.deepEqual(await reports(run('user change-password kmsuser --json', env)), [
      `${A} done`,
      `${B} done`,
    ]);
    const table = await run('user list');
    assert.match(table.out, /^USER +TYPE +hsm-aaaaaaaaaaa +hsm-bbbbbbbbbbb\n/);
    assert.match(table.out, /kmsuser +CRYPTO_USER +there +there\n/);
    const connection = await login(A);
    const materialId = randomBytes(16).toString('hex');
    await connection.generateKey({ materialId, label: 'clone' });
    await connection.exportKey({ materialId, peerHsmId: B });
    await connection.destroyKey(materialId);
    connection.close();
  });

  it('neither creates nor deletes the crypto officer', async () => {
    for (const command of ['user create admin', 'user delete Admin']) {
      const refused = await run(command, { CLAVIGER_HSM_NEW_PASSWORD: 'AnotherUser1' });
      assert.equal(refused.code, 1);
      assert.match(refused.err, /admin is the crypto officer/);
    }
  });

  it('says which HSM missed a change, and completes it when it is repeated', async () => {
    const env = { CLAVIGER_HSM_NEW_PASSWORD: 'SecondPassword1' };
    await hsms.kill(B);
    const partial = await run('user create second', env);
    assert.equal(partial.code, 1);
    assert.match(partial.out, /hsm-aaaaaaaaaaa +done +created/);
    assert.match(partial.out, /hsm-bbbbbbbbbbb +failed +UNREACHABLE/);
    assert.match(partial.out, /1 of 2 HSMs are as wanted\. Mend the others and repeat the command\./);
    await start(B);
    await writeConfig();
    const check = await run('check');
    assert.equal(check.code, 1);
    assert.match(check.out, /hsm-bbbbbbbbbbb +fault +lacks the user second, which others have/);
    assert.deepEqual(await reports(run('user create second --json', env)), [`${A} unchanged`, `${B} done`]);
    assert.deepEqual(await reports(run('user delete second --json')), [`${A} done`, `${B} done`]);
    assert.deepEqual(await reports(run('user delete second --json')), [`${A} unchanged`, `${B} unchanged`]);
  });

  it('unlocks a user who gave five wrong passwords, with a new one', async () => {
    for (const hsmId of [A, B])
      for (let count = 0; count < 5; count++)
        await assert.rejects(login(hsmId, 'WrongPassword1'), { code: 'LOGIN_FAILED' });
    assert.deepEqual(
      (await run('user list --json'))
        .json<HsmReport<HsmUser[]>[]>()
        .map(({ value }) => value?.find(({ name }) => name === 'kmsuser')?.locked),
      [true, true],
    );
    assert.match((await run('check')).out, /fault +kmsuser is locked after five wrong passwords/);
    const env = { CLAVIGER_HSM_NEW_PASSWORD: SECOND_USER };
    assert.deepEqual(await reports(run('user unlock kmsuser --json', env)), [`${A} done`, `${B} done`]);
    user = SECOND_USER;
    assert.equal((await asUser('key list')).code, 0);
  });

  it('changes a password of somebody who knows it, and completes that when an HSM was away', async () => {
    const env = { CLAVIGER_HSM_PASSWORD: SECOND_USER, CLAVIGER_HSM_NEW_PASSWORD: USER };
    const change = 'user change-password kmsuser --own --json';
    await hsms.kill(A);
    assert.deepEqual(await reports(run(change, env)), [`${A} UNREACHABLE`, `${B} done`]);
    await start(A);
    await writeConfig();
    assert.deepEqual(await reports(run(change, env)), [`${A} done`, `${B} unchanged`]);
    user = USER;
  });

  it('shows which HSM lacks a key, copies it there, and shows its attributes', async () => {
    const one = await makeKey(A, 'arn:one');
    await makeKey(B, 'arn:two');
    assert.deepEqual(await keys(), { 'arn:one': `missing on ${B}`, 'arn:two': `missing on ${A}` });
    const resync = await asUser('resync');
    assert.match(resync.out, /2 copies made, 0 failed/);
    assert.equal(resync.code, 0);
    assert.deepEqual(await keys(), { 'arn:one': 'ok', 'arn:two': 'ok' });
    const { out } = await asUser(`key attributes ${one}`);
    for (const [name, value] of [
      ['EXTRACTABLE', 'true'],
      ['SENSITIVE', 'true'],
      ['WRAP_WITH_TRUSTED', 'true'],
      ['ENCRYPT', 'false'],
      ['MODIFIABLE', 'false'],
    ] as const)
      assert.match(out, new RegExp(`CKA_${name} +${value} +${value}\\n`));
  });

  it('refuses to disturb KMS: another owner of the login is told so', async () => {
    const connection = await login(A);
    const ran = await asUser('key list');
    assert.equal(ran.code, 1);
    assert.match(ran.out, /hsm-aaaaaaaaaaa +failed +USER_LOGGED_IN/);
    connection.close();
  });

  it("changes the crypto officer's password on every HSM and in the operator's folder", async () => {
    const env = { CLAVIGER_HSM_NEW_PASSWORD: SECOND_OFFICER };
    const ran = await run('user change-password admin --json', env);
    assert.deepEqual(
      ran.json<HsmReport[]>().map(({ hsmId, outcome }) => `${hsmId} ${outcome}`),
      [`${A} done`, `${B} done`, `${RECOVERY_HSM_ID} done`],
    );
    officer = SECOND_OFFICER;
    const remembered = await readFile(join(hsms.operatorDir, 'officer.json'), 'utf8');
    assert.equal((JSON.parse(remembered) as { password: string }).password, SECOND_OFFICER);
    const ofFile = await run('user list', { CLAVIGER_HSM_PASSWORD: undefined });
    assert.equal(ofFile.code, 0, ofFile.err); // officer.json is read
  });

  it('enrols a third HSM only under the fingerprints that its console shows', async () => {
    await start(C);
    await writeConfig();
    const wrong = await run(`enrol ${C} --fingerprint ${'0'.repeat(64)}`);
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /hsm-ccccccccccc was not initialised: the fingerprint was not confirmed/);
    const shown = await consoleFingerprint(members.get(C) as HsmAddress);
    const half = await run(`enrol ${C} --fingerprint ${shown}`);
    assert.match(half.err, /hsm-ccccccccccc was not enrolled: the fingerprint was not confirmed/);
    const [, transport = ''] = /transport key of kmsuser ([0-9a-f]{64})/.exec(half.err) ?? [];
    const good = await run(`enrol ${C} --json --fingerprint ${shown} --fingerprint ${transport}`);
    assert.deepEqual(await reports(Promise.resolve(good)), [`${A} done`, `${B} done`, `${C} done`]);
    const transcript = await readFile(join(hsms.operatorDir, 'ceremonies.txt'), 'utf8');
    assert.ok(transcript.includes(transport) && transcript.includes(shown));
    await run('user change-password kmsuser', { CLAVIGER_HSM_NEW_PASSWORD: user });
    await asUser('resync');
    assert.deepEqual(await keys(), { 'arn:one': 'ok', 'arn:two': 'ok' });
    const check = await run('check --json');
    assert.deepEqual(
      check.json<{ findings: { weight: string }[] }>().findings.filter(({ weight }) => weight === 'fault'),
      [],
    );
    assert.equal(check.code, 0);
  });

  it('drains an HSM only while another serves the same keys, ends its logins, and takes it back', async () => {
    const onC = await login(C);
    const alone = await run(`drain ${C}`);
    assert.match(
      alone.err,
      /no other HSM serves kmsuser with all 2 keys of hsm-ccccccccccc: nothing was done/,
    );
    const onA = await login(A);
    const ended = new Promise<void>((resolve) => onC.onClose(resolve));
    assert.deepEqual(await reports(run(`drain ${C} --json`)), [`${C} done`]);
    await ended;
    await assert.rejects(login(C), { code: 'DRAINING' });
    assert.match((await run('check')).out, /hsm-ccccccccccc +local.*|zone-hsm-ccccccccccc +DRAINED/);
    assert.deepEqual(await reports(run(`drain ${C} --back --json`)), [`${C} done`]);
    (await login(C)).close();
    onA.close();
  });

  it('replaces an HSM: the new one is enrolled, the old one removed from the others', async () => {
    await start(D);
    await writeConfig();
    const shown = await consoleFingerprint(members.get(D) as HsmAddress);
    await hsms.kill(C);
    const first = await run(`enrol ${D} --fingerprint ${shown}`);
    const [, transport = ''] = /transport key of kmsuser ([0-9a-f]{64})/.exec(first.err) ?? [];
    const ran = await run(`replace ${C} ${D} --json --fingerprint ${shown} --fingerprint ${transport}`);
    assert.deepEqual(await reports(Promise.resolve(ran)), [`${A} done`, `${B} done`, `${D} unchanged`]);
    members.delete(C);
    await writeConfig();
    await run('user change-password kmsuser', { CLAVIGER_HSM_NEW_PASSWORD: user });
    await asUser('resync');
    assert.deepEqual(await keys(), { 'arn:one': 'ok', 'arn:two': 'ok' });
  });

  it('unlocks the officer on the host of the HSM, while its process does not run', async () => {
    const connection = await connectHsm({ ...(members.get(D) as HsmAddress), trustAnchor, timeoutMs: 5_000 });
    for (let count = 0; count < 5; count++)
      await assert.rejects(connection.loginOfficer('admin', 'WrongPassword1'), { code: 'LOGIN_FAILED' });
    connection.close();
    const locked = await run(`user list --hsm ${D}`);
    assert.match(locked.out, /USER_LOCKED/);
    const unlock = ['hsm', 'unlock', '--dir', join(hsms.dir, D)];
    assert.match((await claviger(unlock)).err, /the process of this HSM runs: stop it first/);
    await hsms.kill(D);
    assert.match((await claviger(unlock)).out, /was locked and is not any more/);
    await start(D);
    await writeConfig();
    assert.equal((await run(`user list --hsm ${D}`)).code, 0);
  });

  it('has a quorum from key pairs to an approved deletion', async () => {
    const folder = hsms.dir;
    const passphrase = { CLAVIGER_APPROVER_PASSPHRASE: 'a long passphrase' };
    const approvers: string[] = [];
    for (const name of ['alice', 'bob', 'carol']) {
      const made = await claviger(['hsm', 'quorum', 'keygen', join(folder, name)], passphrase);
      assert.equal(made.code, 0, made.err);
      approvers.push(`--approver ${name}=${join(folder, `${name}.pub`)}`);
    }
    await run('user create temporary', { CLAVIGER_HSM_NEW_PASSWORD: 'TemporaryUser1' });
    const init = await run(`quorum init --json --threshold 2 ${approvers.join(' ')}`);
    assert.deepEqual(await reports(Promise.resolve(init)), [`${A} done`, `${B} done`, `${D} done`]);
    assert.match((await run('quorum status')).out, /2 of 3: delete-user, enrol-peers, remove-peer/);
    const refused = await run('user delete temporary');
    assert.match(refused.out, /hsm-aaaaaaaaaaa +failed +APPROVAL_REQUIRED/);

    const file = join(folder, 'delete-temporary.json');
    const asked = await run(`quorum request delete-user user=temporary --out ${file}`);
    assert.match(asked.err, /delete-user on cluster-1o36p5xeo5k: deletes a crypto user/);
    const approve = (name: string): Promise<Ran> =>
      claviger(
        ['hsm', 'quorum', 'approve', file, '--name', name, '--key', join(folder, `${name}.key`), '--yes'],
        passphrase,
      );
    assert.equal((await approve('alice')).code, 0);
    const tooFew = await run(`user delete temporary --approval ${file}`);
    assert.match(tooFew.out, /APPROVAL_REFUSED: the approval is refused: 1 of 2 valid signatures/);
    await approve('bob');
    await hsms.kill(B);
    const deleted = await run(`user delete temporary --json --approval ${file}`);
    assert.deepEqual(await reports(Promise.resolve(deleted)), [`${A} done`, `${B} UNREACHABLE`, `${D} done`]);
    await start(B);
    await writeConfig();
    const rest = await run(`user delete temporary --json --approval ${file}`);
    assert.deepEqual(await reports(Promise.resolve(rest)), [`${A} unchanged`, `${B} done`, `${D} unchanged`]);
  });

  it('does not ask approvers to sign what an HSM would refuse, and says which file is wrong', async () => {
    const folder = join(hsms.dir, 'approvers');
    mkdirSync(folder);
    const passphrase = { CLAVIGER_APPROVER_PASSPHRASE: 'a long passphrase' };
    const pub = (name: string): string => join(folder, `${name}.pub`);
    for (const name of ['dave', 'erin', 'frank'])
      await claviger(['hsm', 'quorum', 'keygen', join(folder, name)], passphrase);
    const approvers = ['dave', 'erin', 'frank'].map((name) => `--approver ${name}=${pub(name)}`);
    const file = join(folder, 'request.json');
    const refusals = {
      [`set-quorum ${approvers[0]}`]: /there must be more approvers than the quorum needs/,
      [`set-quorum --threshold all ${approvers.join(' ')}`]: /a quorum is of 2 to 8 approvers/,
      [`set-quorum --action everything ${approvers.join(' ')}`]: /an action is not known/,
      [`set-quorum ${approvers.join(' ')} --approver dora=${pub('dave')}`]: /two approvers have the same key/,
      ['set-quorum --approver dave']: /'dave': --approver takes <name>=<file>/,
      [`set-quorum --approver dave=${join(folder, 'dave.key')}`]: /public key is a file such as <name>\.pub/,
      [`enrol-peers user=kmsuser peer=${B}`]: /peer=<hsm id>:<fingerprint>, 64 hex digits/,
      [`enrol-peers user=kmsuser peer=${B}:ab12`]: /peer=<hsm id>:<fingerprint>, 64 hex digits/,
    };
    for (const [words, text] of Object.entries(refusals)) {
      const refused = await run(`quorum request ${words} --out ${file}`);
      assert.equal(refused.code, 1, words);
      assert.match(refused.err, text);
    }
    assert.equal(existsSync(file), false);
    await run(`quorum request set-quorum ${approvers.join(' ')} --out ${file}`);
    const approve = (key: string, CLAVIGER_APPROVER_PASSPHRASE: string): Promise<Ran> =>
      claviger(['hsm', 'quorum', 'approve', file, '--name', 'dave', '--key', join(folder, key), '--yes'], {
        CLAVIGER_APPROVER_PASSPHRASE,
      });
    for (const refused of [await approve('dave.key', 'another'), await approve('dave.pub', 'another')]) {
      assert.equal(refused.code, 1);
      assert.match(refused.err, /the private key is not PKCS #8 in PEM, or the passphrase is wrong/);
    }
    assert.equal((await approve('dave.key', passphrase.CLAVIGER_APPROVER_PASSPHRASE)).code, 0);
  });

  it('rebuilds a lost cluster from escrow, with the recovery HSM and nothing else', async () => {
    for (const hsmId of [A, B, D]) {
      await hsms.kill(hsmId);
      await hsms.deleteFolder(hsmId);
    }
    members.clear();
    for (const hsmId of [A, B]) await start(hsmId); // in this order in the connection data
    await writeConfig();
    await appendFile(escrowFile, '{"clusterId":"torn\n'); // a line that a full disk cut off
    for (const hsmId of [A, B]) {
      const shown = await consoleFingerprint(members.get(hsmId) as HsmAddress);
      const half = await run(`enrol ${hsmId} --fingerprint ${shown}`);
      const [, transport = ''] = /transport key of kmsuser ([0-9a-f]{64})/.exec(half.err) ?? [];
      await run(`enrol ${hsmId} --fingerprint ${shown} --fingerprint ${transport}`);
    }
    await run('user change-password kmsuser', { CLAVIGER_HSM_NEW_PASSWORD: user });
    const ran = await asUser(`recover --json --escrow ${escrowFile}`);
    assert.equal(ran.code, 0, ran.err);
    assert.match(ran.err, /Left out, because they are cut off or damaged: lines 3 of /);
    const { hsmId, restored, present, failed, others } = ran.json<RecoverReport>();
    assert.deepEqual([hsmId, restored, present, failed, others.copied.length], [A, 2, 0, [], 2]);
    assert.deepEqual(await keys(), { 'arn:one': 'ok', 'arn:two': 'ok' });
    const checks = (await asUser('key list --json')).json<{ keys: { label: string; holders: object }[] }>();
    const escrow = (await readFile(escrowFile, 'utf8'))
      .split('\n')
      .slice(0, 2)
      .map((line) => JSON.parse(line) as { keyArn: string; check: string });
    for (const { keyArn, check } of escrow) {
      const key = checks.keys.find(({ label }) => label === keyArn);
      assert.deepEqual(Object.values(key?.holders ?? {}), [check, check]);
    }
    const again = await asUser(`recover --escrow ${escrowFile}`);
    assert.match(again.out, /^0 keys are restored in hsm-aaaaaaaaaaa, 2 were there; 0 copies made/);
  });

  it("opens escrow only with the approval of the recovery HSM's own quorum", async () => {
    const clusterId = 'cluster-recovery';
    const recoveryConfig = join(hsms.dir, 'recovery.yaml');
    const folder = join(hsms.operatorDir, 'recovery-hsm');
    const identity = ['--hsm-id', RECOVERY_HSM_ID, '--cluster-id', clusterId, '--zone', 'offline'];
    const module = ['--module', '/usr/lib/softhsm/libsofthsm2.so'];
    const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
    const serving = spawn(
      process.execPath,
      [main, 'hsm', 'serve', '--dir', folder, '--listen', '127.0.0.1:0', ...module, ...identity],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const [line] = (await once(createInterface({ input: serving.stdout }), 'line')) as [string];
    const address = line.split(' ').at(-1) ?? '';
    await writeFile(
      recoveryConfig,
      `clusterId: ${clusterId}\ntrustAnchor: operator/customerCA.crt\nhsms: [{ hsmId: ${RECOVERY_HSM_ID}, address: '${address}' }]\n`,
    );
    const onRecovery = (args: string): Promise<Ran> =>
      claviger(['hsm', ...args.split(' '), '--config', recoveryConfig], { CLAVIGER_HSM_PASSWORD: officer });
    const approvers = ['alice', 'bob', 'carol'].map(
      (name) => `--approver ${name}=${join(hsms.dir, `${name}.pub`)}`,
    );
    const init = await onRecovery(`quorum init --json --action export-keys ${approvers.join(' ')}`);
    const ended = once(serving, 'exit');
    serving.kill('SIGTERM');
    await ended;
    assert.deepEqual(await reports(Promise.resolve(init)), [`${RECOVERY_HSM_ID} done`]);

    for (const hsmId of [A, B]) {
      const connection = await login(hsmId);
      for (const { materialId } of await connection.listKeys()) await connection.destroyKey(materialId);
      connection.close();
    }
    const refused = (await asUser(`recover --json --escrow ${escrowFile}`)).json<RecoverReport>();
    assert.deepEqual(
      [refused.restored, refused.failed.map(({ code }) => code)],
      [0, ['APPROVAL_REQUIRED', 'APPROVAL_REQUIRED']],
    );
    const file = join(hsms.dir, 'restore.json');
    await onRecovery(`quorum request export-keys peerHsmId=${A} --out ${file}`);
    for (const name of ['alice', 'carol'])
      await claviger(
        ['hsm', 'quorum', 'approve', file, '--name', name, '--key', join(hsms.dir, `${name}.key`), '--yes'],
        { CLAVIGER_APPROVER_PASSPHRASE: 'a long passphrase' },
      );
    const ran = await asUser(`recover --json --escrow ${escrowFile} --approval ${file}`);
    assert.equal(ran.json<RecoverReport>().restored, 2, ran.out);
    assert.deepEqual(await keys(), { 'arn:one': 'ok', 'arn:two': 'ok' });
  });
});

/** SHA-256 of the key that an HSM without a certificate shows: what its own log says, too. */
async function consoleFingerprint(hsm: HsmAddress): Promise<string> {
  const connection = await connectHsm({ ...hsm, timeoutMs: 5_000 });
  const key = connection.peerCertificate?.publicKey.export({ type: 'spki', format: 'der' });
  connection.close();
  return createHash('sha256')
    .update(key ?? Buffer.alloc(0))
    .digest('hex');
}
