/** The life of an HSM over real TLS: from an empty folder to keys that work in another HSM. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { HsmVerb } from '../../src/rpc/hsm-messages.ts';
import type { HsmUser, KeyAttributes } from '../../src/rpc/hsm-messages.ts';
import * as t from './fixture.ts';

describe('the life of an HSM', { concurrency: true }, () => {
  before(t.requireSoftHsm);
  after(t.cleanUp);

  it('goes from uninitialized to active, and refuses what its state does not allow', async () => {
    const hsm = await t.startHsm(await t.newHsmFolder());
    const client = await t.connectTo(hsm);
    assert.equal((await t.describeHsm(client)).state, 'UNINITIALIZED');
    assert.equal(
      await t.outcome(client.json(HsmVerb.Activate, { password: t.OFFICER_PASSWORD })),
      'WRONG_STATE',
    );
    const ca = await t.newCa();
    const { certificateRequest } = await client.json<{ certificateRequest: string }>(
      HsmVerb.GetCertificateRequest,
    );
    const certificate = await ca.sign(certificateRequest);
    await client.json(HsmVerb.Initialize, { certificate, trustAnchor: ca.pem });
    assert.equal((await t.describeHsm(client)).state, 'INITIALIZED');
    assert.equal(
      await t.outcome(client.json(HsmVerb.Initialize, { certificate, trustAnchor: ca.pem })),
      'WRONG_STATE',
    );
    const trusted = await t.connectTo(hsm, ca.pem); // TLS itself verifies the new certificate
    assert.equal(await t.outcome(trusted.json(HsmVerb.Activate, { password: 'short' })), 'INVALID_PASSWORD');
    await trusted.json(HsmVerb.Activate, { password: t.OFFICER_PASSWORD });
    assert.equal((await t.describeHsm(trusted)).state, 'ACTIVE');
    assert.equal(
      await t.outcome(trusted.json(HsmVerb.Activate, { password: t.OFFICER_PASSWORD })),
      'WRONG_STATE',
    );
    assert.equal(await t.outcome(trusted.json(HsmVerb.ListUsers)), 'NOT_LOGGED_IN');
    assert.equal(await hsm.kill(), 0);
  });

  it('installs only a certificate for its own key, directly under a self-signed anchor, that is valid now', async () => {
    const hsm = await t.startHsm(await t.newHsmFolder());
    const client = await t.connectTo(hsm);
    const [ca, otherCa] = [await t.newCa(), await t.newCa('CN=Another CA')];
    const { certificateRequest } = await client.json<{ certificateRequest: string }>(
      HsmVerb.GetCertificateRequest,
    );
    const otherHsm = await t.startHsm(await t.newHsmFolder());
    const foreign = await (
      await t.connectTo(otherHsm)
    ).json<{ certificateRequest: string }>(HsmVerb.GetCertificateRequest);
    const right = await ca.sign(certificateRequest);
    const offers = [
      { certificate: await ca.sign(foreign.certificateRequest), trustAnchor: ca.pem },
      { certificate: right, trustAnchor: otherCa.pem },
      { certificate: right, trustAnchor: right },
      {
        certificate: await ca.sign(certificateRequest, { notAfter: new Date(Date.now() - 1000) }),
        trustAnchor: ca.pem,
      },
      {
        certificate: await ca.sign(certificateRequest, { subject: 'CN=hsm-other, OU=cluster-test1' }),
        trustAnchor: ca.pem,
      },
      { certificate: 'no certificate', trustAnchor: ca.pem },
    ];
    for (const offer of offers) {
      assert.equal(await t.outcome(client.json(HsmVerb.Initialize, offer)), 'INVALID_CERTIFICATE');
      assert.equal((await t.describeHsm(client)).state, 'UNINITIALIZED');
    }
    await client.json(HsmVerb.Initialize, { certificate: right, trustAnchor: ca.pem });
  });

  it('clones a key to a peer, where it opens what the first HSM sealed', async () => {
    const a = await t.newActiveHsm({ hsmId: 'hsm-a' });
    const b = await t.newActiveHsm({ hsmId: 'hsm-b', availabilityZone: 'local-1b' });
    const [userA, userB] = [await t.loginTo(a), await t.loginTo(b)];
    const key = await t.generateKey(userA);
    const exportForB = { materialId: key.materialId, peerHsmId: 'hsm-b' };
    assert.equal(await t.outcome(userA.json(HsmVerb.ExportKey, exportForB)), 'PEER_NOT_ENROLLED');
    await t.enrolEachOther(a, b);
    await t.enrolEachOther(a, b); // enrolling again changes nothing
    assert.equal((await a.officer.json<unknown[]>(HsmVerb.ListPeers, { user: 'kmsuser' })).length, 1);
    const { wrappedKey } = await userA.json<{ wrappedKey: string }>(HsmVerb.ExportKey, exportForB);
    const request = { materialId: key.materialId, label: 'clone', wrappedKey };
    const wrongCheck = { ...request, check: '00'.repeat(16) };
    assert.equal(await t.outcome(userB.json(HsmVerb.ImportKey, wrongCheck)), 'IMPORT_FAILED');
    const clone = await userB.json<typeof key>(HsmVerb.ImportKey, { ...request, check: key.check });
    assert.equal(clone.check, key.check);
    assert.equal(await t.outcome(userB.json(HsmVerb.ImportKey, request)), 'KEY_EXISTS');

    const plaintext = Buffer.from('attack at dawn');
    assert.deepEqual(await t.decrypt(userB, key, await t.encrypt(userA, key, plaintext)), plaintext);
    const [dataKey, sealed] = await t.generateDataKey(userB, key);
    assert.deepEqual(await t.decrypt(userA, key, sealed), dataKey);
    const hidden = await t.generateDataKeyWithoutPlaintext(userA, key, 64);
    assert.equal((await t.decrypt(userB, key, hidden)).length, 64);

    await a.officer.json(HsmVerb.RemovePeer, { user: 'kmsuser', hsmId: 'hsm-b' });
    assert.equal(await t.outcome(userA.json(HsmVerb.ExportKey, exportForB)), 'PEER_NOT_ENROLLED');
    assert.deepEqual(await t.decrypt(userA, key, sealed), dataKey); // the officer's work did not disturb the user
  });

  it('keeps keys, users and epoch over a restart, and shows the attributes that the object table asks for', async () => {
    const first = await t.newActiveHsm();
    const user = await t.loginTo(first);
    assert.equal(await user.json(HsmVerb.GetEpoch), null);
    const epoch = { clusterId: 'cluster-test1', hsmId: 'hsm-test1', incarnation: 'i1', counter: 7 };
    await user.json(HsmVerb.SetEpoch, { ...epoch, counter: 6 });
    await user.json(HsmVerb.SetEpoch, epoch);
    const key = await t.generateKey(user);
    const sealed = await t.encrypt(user, key, Buffer.from('x'));
    assert.equal(await first.kill(), 0);

    const second = await t.startHsm(first.dir);
    assert.doesNotMatch(second.stderr(), /repaired/);
    const again = await t.loginTo(second);
    assert.deepEqual(await again.json(HsmVerb.GetEpoch), epoch);
    assert.equal((await t.decrypt(again, key, sealed)).toString(), 'x');
    assert.equal((await again.json<typeof key>(HsmVerb.CheckKey, key)).check, key.check);
    const { attributes, label } = await again.json<KeyAttributes>(HsmVerb.KeyAttributes, key);
    assert.equal(label, 'arn:aws:kms:local:111122223333:key/test');
    const { CLASS, KEY_TYPE, VALUE_LEN, ...others } = attributes;
    assert.deepEqual([CLASS, KEY_TYPE, VALUE_LEN], [4, 0x1f, 32]);
    assert.deepEqual(others, {
      TOKEN: true, PRIVATE: true, SENSITIVE: true, ALWAYS_SENSITIVE: true, EXTRACTABLE: true, NEVER_EXTRACTABLE: false,
      WRAP_WITH_TRUSTED: true, LOCAL: true, ENCRYPT: false, DECRYPT: false, WRAP: true, UNWRAP: true, SIGN: false,
      VERIFY: false, DERIVE: false, MODIFIABLE: false, COPYABLE: true, ALLOWED_MECHANISMS: '0x2109',
    }); // prettier-ignore

    assert.equal(await t.outcome(t.generateKey(again, key.materialId)), 'KEY_EXISTS');
    await again.json(HsmVerb.DestroyKey, { materialId: key.materialId });
    await again.json(HsmVerb.DestroyKey, { materialId: key.materialId });
    assert.equal(await t.outcome(t.decrypt(again, key, sealed)), 'KEY_NOT_FOUND');
    assert.deepEqual(await again.json(HsmVerb.ListKeys), []);
  });

  it('deletes a user only when it owns no keys, and gives its place to the next one', async () => {
    const hsm = await t.newActiveHsm();
    const user = await t.loginTo(hsm);
    const key = await t.generateKey(user);
    const remove = (): Promise<string> =>
      t.outcome(hsm.officer.json(HsmVerb.DeleteUser, { name: 'kmsuser' }));
    assert.equal(await remove(), 'USER_LOGGED_IN');
    await user.json(HsmVerb.Logout);
    assert.equal(await remove(), 'USER_OWNS_KEYS');
    const again = await t.loginTo(hsm);
    await again.json(HsmVerb.DestroyKey, { materialId: key.materialId });
    await again.json(HsmVerb.Logout);
    assert.equal(await remove(), 'OK');
    assert.equal(await t.outcome(t.loginTo(hsm)), 'USER_NOT_FOUND');
    await hsm.officer.json(HsmVerb.CreateUser, { name: 'KmsUser', password: 'anotherPassword1' });
    assert.equal(
      await t.outcome(
        hsm.officer.json(HsmVerb.CreateUser, { name: 'kmsuser', password: 'anotherPassword1' }),
      ),
      'USER_EXISTS',
    );
    await t.generateKey(await t.loginTo(hsm, 'anotherPassword1'));
    const names = (await hsm.officer.json<HsmUser[]>(HsmVerb.ListUsers)).map(({ name, loggedIn }) => [
      name,
      loggedIn,
    ]);
    assert.deepEqual(names, [['admin', true], ['kmsuser', true]]); // prettier-ignore
  });
});
