/** The quorum, as an HSM process enforces it. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { CommittedState } from '../../src/hsm/committed.ts';
import { acceptApproval } from '../../src/hsm/quorum.ts';
import type { Request } from '../../src/hsm/requests.ts';
import { approverKey, requestApproval, signApproval } from '../../src/operator/quorum.ts';
import { approvalText, parametersHash, transportKeyFingerprint } from '../../src/rpc/quorum.ts';
import type { Approval, QuorumAction, QuorumPolicy } from '../../src/rpc/quorum.ts';
import { HsmVerb } from '../../src/rpc/hsm-messages.ts';
import type { HsmLogEntry, HsmUser, TransportKey } from '../../src/rpc/hsm-messages.ts';
import * as t from './fixture.ts';

const APPROVERS = ['alice', 'bob', 'carol'] as const;
type Approver = (typeof APPROVERS)[number];
const pairs = Object.fromEntries(
  APPROVERS.map((name) => [name, generateKeyPairSync('ed25519')] as const),
) as Record<Approver, ReturnType<typeof generateKeyPairSync>>;
const pem = (name: Approver): string =>
  pairs[name].privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const publicKeys = Object.fromEntries(
  APPROVERS.map((name) => [
    name,
    approverKey(pairs[name].publicKey.export({ type: 'spki', format: 'pem' }) as string),
  ]),
);
const POLICY: QuorumPolicy = {
  threshold: 2,
  approvers: publicKeys,
  actions: ['delete-user', 'destroy-keys', 'enrol-peers', 'export-keys', 'remove-peer', 'set-user-password'],
};
const CLUSTER = 'cluster-test1';

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const nextDigit = (digit = ''): string => BASE64[BASE64.indexOf(digit) + 1] ?? '';

function signed(approval: Approval, ...names: readonly Approver[]): Approval {
  return names.reduce((all, name) => signApproval(all, name, pem(name)), approval);
}

const ask = (action: QuorumAction, parameters: Approval['parameters'], ago = 0, lifetime = 600): Approval =>
  requestApproval(CLUSTER, action, parameters, lifetime, new Date(Date.now() - ago * 1000));

describe('the quorum of an HSM', () => {
  let hsm: t.ActiveHsm;
  before(async () => {
    t.requireSoftHsm();
    hsm = await t.newActiveHsm();
  });
  after(t.cleanUp);

  const officer = <Answer>(verb: number, request: unknown = {}): Promise<Answer> =>
    hsm.officer.json<Answer>(verb, request);
  const approve = (approval: unknown): Promise<string> => t.outcome(officer(HsmVerb.UseApproval, approval));
  const createUser = (name: string): Promise<unknown> =>
    officer(HsmVerb.CreateUser, { name, password: 'password1' });
  const deleteUser = (name: string): Promise<string> => t.outcome(officer(HsmVerb.DeleteUser, { name }));
  const restart = async (): Promise<void> => {
    await hsm.kill();
    const again = await t.startHsm(hsm.dir);
    const client = await t.connectTo(again);
    await client.json(HsmVerb.LoginOfficer, { name: 'admin', password: t.OFFICER_PASSWORD });
    hsm = { ...hsm, ...again, officer: client };
  };

  it('is off until it is set: the officer decides alone', async () => {
    assert.equal(await officer(HsmVerb.GetQuorum), null);
    await createUser('temporary');
    assert.equal(await deleteUser('temporary'), 'OK');
    assert.equal(
      await approve(signed(ask('delete-user', { user: 'x' }), 'alice', 'bob')),
      'APPROVAL_REFUSED',
    );
  });

  it('is not set with fewer approvers than one more than it needs, unknown actions or wrong keys', async () => {
    const two = { alice: publicKeys['alice'], bob: publicKeys['bob'] };
    const alice = publicKeys['alice'] ?? '';
    const sameKey = `${alice.slice(0, 42)}${nextDigit(alice[42])}=`; // base64 has two bits at its end that say nothing here
    assert.ok(sameKey !== alice && Buffer.from(sameKey, 'base64').equals(Buffer.from(alice, 'base64')));
    const wrong: unknown[] = [
      { ...POLICY, threshold: 1 },
      { ...POLICY, threshold: 3 },
      { ...POLICY, approvers: two },
      { ...POLICY, actions: ['set-quorum'] },
      { ...POLICY, actions: ['anything'] },
      { ...POLICY, actions: [] },
      { ...POLICY, approvers: { ...two, carol: publicKeys['alice'] } },
      { ...POLICY, approvers: { ...two, carol: sameKey } },
      { ...POLICY, approvers: { ...two, carol: 'AAAA' } },
      { ...POLICY, approvers: { ...two, 'Carol X': publicKeys['carol'] } },
    ];
    for (const policy of wrong)
      assert.equal(await t.outcome(officer(HsmVerb.SetQuorum, policy)), 'BAD_REQUEST');
    assert.equal(await officer(HsmVerb.GetQuorum), null);
    await officer(HsmVerb.SetQuorum, POLICY);
    assert.deepEqual(await officer(HsmVerb.GetQuorum), POLICY);
  });

  it('keeps the officer from what it guards, and lets through what it does not', async () => {
    await createUser('first');
    assert.equal(await deleteUser('first'), 'APPROVAL_REQUIRED');
    const request = { user: 'kmsuser', hsmId: 'hsm-b' };
    assert.equal(await t.outcome(officer(HsmVerb.RemovePeer, request)), 'APPROVAL_REQUIRED');
    const password = { name: 'first', password: 'password2' };
    assert.equal(await t.outcome(officer(HsmVerb.SetUserPassword, password)), 'APPROVAL_REQUIRED');
  });

  it('refuses one signature too few, however it is dressed up', async () => {
    const asked = ask('delete-user', { user: 'first' });
    const one = signed(asked, 'alice');
    const twice = { ...one, signatures: { ...one.signatures, bob: one.signatures['alice'] } };
    const stranger = signApproval(
      one,
      'bob',
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    );
    const unknown = { ...one, signatures: { ...one.signatures, mallory: one.signatures['alice'] } };
    for (const approval of [asked, one, twice, stranger, unknown])
      assert.equal(await approve(approval), 'APPROVAL_REFUSED');
    assert.equal(await deleteUser('first'), 'APPROVAL_REQUIRED');
  });

  it('refuses an approval whose parameters, action, cluster, nonce or expiry were altered', async () => {
    const good = signed(ask('delete-user', { user: 'first' }), 'alice', 'bob');
    const altered = [
      { ...good, parameters: { user: 'kmsuser' } },
      { ...good, action: 'set-user-password' },
      { ...good, nonce: '0'.repeat(32) },
      { ...good, expires: good.expires + 1 },
      { ...signed({ ...good, clusterId: 'cluster-other', signatures: {} }, 'alice', 'bob') },
    ];
    for (const approval of altered) assert.equal(await approve(approval), 'APPROVAL_REFUSED');
  });

  it('refuses an approval that has expired, or is good for longer than an hour', async () => {
    const expired = signed(ask('delete-user', { user: 'first' }, 120, 60), 'alice', 'bob');
    const long = signed(ask('delete-user', { user: 'first' }, -3600, 3600), 'alice', 'bob');
    assert.equal(await approve(expired), 'APPROVAL_REFUSED');
    assert.equal(await approve(long), 'APPROVAL_REFUSED');
  });

  it('does what enough approvers signed, once, and for nobody and nothing else', async () => {
    await createUser('second');
    const good = signed(ask('delete-user', { user: 'first' }), 'alice', 'carol');
    assert.equal(await approve(good), 'OK');
    assert.equal(await deleteUser('second'), 'APPROVAL_REQUIRED');
    assert.equal(await deleteUser('first'), 'OK');
    await createUser('first');
    assert.equal(await deleteUser('first'), 'APPROVAL_REQUIRED'); // it was used up
    assert.equal(await approve(good), 'APPROVAL_REFUSED'); // a replay
    await restart();
    assert.equal(await approve(good), 'APPROVAL_REFUSED'); // also after a restart
    assert.equal(await deleteUser('first'), 'APPROVAL_REQUIRED');
  });

  it('gives an approval to one connection alone', async () => {
    assert.equal(await approve(signed(ask('delete-user', { user: 'second' }), 'bob', 'carol')), 'OK');
    const other = await t.connectTo(hsm);
    await other.json(HsmVerb.LoginOfficer, { name: 'admin', password: t.OFFICER_PASSWORD });
    assert.equal(await t.outcome(other.json(HsmVerb.DeleteUser, { name: 'second' })), 'APPROVAL_REQUIRED');
    assert.equal(await deleteUser('second'), 'OK');
  });

  it('enrols the very transport keys that were approved', async () => {
    const other = await t.newActiveHsm({ hsmId: 'hsm-b' });
    const third = await t.newActiveHsm({ hsmId: 'hsm-c' });
    const [ofB, ofC] = [await t.transportKey(other), await t.transportKey(third)];
    const enrol = (peer: TransportKey): Promise<string> =>
      t.outcome(officer(HsmVerb.EnrolPeer, { user: 'kmsuser', peer }));
    assert.equal(await enrol(ofB), 'APPROVAL_REQUIRED');
    const peers = Object.fromEntries(
      [ofB, ofC].map(({ hsmId, modulus }) => [
        hsmId,
        transportKeyFingerprint(Buffer.from(modulus, 'base64')),
      ]),
    );
    assert.equal(await approve(signed(ask('enrol-peers', { user: 'kmsuser', peers }), 'alice', 'bob')), 'OK');
    assert.equal(await enrol({ ...ofC, hsmId: 'hsm-b' }), 'APPROVAL_REQUIRED'); // another key under this name
    assert.equal(await enrol({ ...ofB, hsmId: 'hsm-d' }), 'APPROVAL_REQUIRED');
    assert.deepEqual([await enrol(ofB), await enrol(ofC)], ['OK', 'OK']);
  });

  it("guards a user's exports and destructions by the peer and the keys that were approved", async () => {
    const user = await t.loginTo(hsm);
    const [one, two] = [await t.generateKey(user), await t.generateKey(user)];
    const exported = (peerHsmId: string): Promise<string> =>
      t.outcome(user.json(HsmVerb.ExportKey, { materialId: one.materialId, peerHsmId }));
    assert.equal(await exported('hsm-b'), 'APPROVAL_REQUIRED');
    await user.json(HsmVerb.UseApproval, signed(ask('export-keys', { peerHsmId: 'hsm-b' }), 'alice', 'bob'));
    assert.deepEqual([await exported('hsm-b'), await exported('hsm-b')], ['OK', 'OK']);
    assert.equal(await exported('hsm-c'), 'APPROVAL_REQUIRED');
    const destroyed = ({ materialId }: { materialId: string }): Promise<string> =>
      t.outcome(user.json(HsmVerb.DestroyKey, { materialId }));
    const parameters = { user: 'kmsuser', materialIds: [one.materialId] };
    await user.json(HsmVerb.UseApproval, signed(ask('destroy-keys', parameters), 'bob', 'carol'));
    assert.deepEqual([await destroyed(two), await destroyed(one)], ['APPROVAL_REQUIRED', 'OK']);
    await user.json(HsmVerb.Logout);
  });

  it('changes itself only with the approval of those in force', async () => {
    const next: QuorumPolicy = { ...POLICY, actions: ['remove-peer'] };
    assert.equal(await t.outcome(officer(HsmVerb.SetQuorum, next)), 'APPROVAL_REQUIRED');
    const parameters = { ...next };
    assert.equal(await approve(signed(ask('set-quorum', parameters), 'alice', 'carol')), 'OK');
    const other: QuorumPolicy = { ...next, actions: ['delete-user'] };
    assert.equal(await t.outcome(officer(HsmVerb.SetQuorum, other)), 'APPROVAL_REQUIRED');
    await officer(HsmVerb.SetQuorum, next);
    assert.deepEqual(await officer(HsmVerb.GetQuorum), next);
    assert.equal(await deleteUser('first'), 'OK'); // not guarded any more
  });

  it('leaves approvals, refusals and what was done in the log', async () => {
    const entries = await officer<HsmLogEntry[]>(HsmVerb.ReadLog, { from: 0, limit: 1000 });
    const count = (opcode: string, good: boolean): number =>
      entries.filter((entry) => entry.opcode === opcode && (entry.response === 0) === good).length;
    assert.equal(count('CN_APPROVE_TOKEN', true), 6);
    assert.equal(count('CN_APPROVE_TOKEN', false), 15);
    assert.equal(count('CN_SET_M_VALUE', true), 2);
    assert.ok(count('CN_DELETE_USER', false) >= 4);
    const users = await officer<HsmUser[]>(HsmVerb.ListUsers);
    assert.deepEqual(users.map(({ name }) => name).sort(), ['admin', 'kmsuser']);
  });
});

describe('an approval that was used', () => {
  const before = process.cwd();
  after(() => {
    process.chdir(before);
    return t.cleanUp();
  });

  it('is not revived by setting the clock back after it expired', async () => {
    process.chdir(await t.temporaryFolder()); // an HSM's process works in its folder
    mkdirSync('tokens');
    const state: CommittedState = { accounts: { users: {}, quorum: POLICY }, tokenObjects: {} };
    const start = Date.now();
    const at = (seconds: number): Date => new Date(start + seconds * 1000);
    const approval = (seconds: number): Request => ({
      ...signed(ask('delete-user', { user: 'x' }, -seconds), 'alice', 'bob'),
    });
    const [first, second, third] = [approval(0), approval(7200), approval(0)];
    acceptApproval(state, CLUSTER, first, at(1));
    acceptApproval(state, CLUSTER, second, at(7201)); // the first one's nonce is forgotten now
    assert.deepEqual(Object.keys(state.accounts.approvals?.nonces ?? {}), [second['nonce']]);
    for (const old of [first, third])
      assert.throws(() => acceptApproval(state, CLUSTER, old, at(2)), {
        code: 'APPROVAL_REFUSED',
        message: /expired/,
      });
    assert.throws(() => acceptApproval(state, CLUSTER, second, at(7202)), { message: /used before/ });
  });
});

describe('what approvers sign', () => {
  it('is the text that docs/formats.md says', () => {
    const parameters = { user: 'kmsuser', peers: { 'hsm-b': 'bb', 'hsm-a': 'aa' } };
    const request = { clusterId: CLUSTER, nonce: '00112233445566778899aabbccddeeff', expires: 1764104400 };
    const hash = '1eafad3f58e4ba67dc3224e1b209d47c5324dd7af26f35c258daf29a9f8c228d';
    assert.equal(parametersHash(parameters), hash); // SHA-256 of {"peers":{"hsm-a":"aa","hsm-b":"bb"},"user":"kmsuser"}
    assert.equal(
      approvalText({ ...request, action: 'enrol-peers', parameters }).toString(),
      `claviger quorum approval v1\n${CLUSTER}\nenrol-peers\n${hash}\n${request.nonce}\n1764104400\n`,
    );
  });
});
