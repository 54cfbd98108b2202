/** Connections whose other end does not go, or is gone without a word. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { encodeFrame } from '../../src/rpc/frames.ts';
import { HsmVerb } from '../../src/rpc/hsm-messages.ts';
import type { HsmUser } from '../../src/rpc/hsm-messages.ts';
import { eventually } from '../stories/claviger.ts';
import * as t from './fixture.ts';

const ENDED_MS = 10_000;
/** Kinds of timers in /proc/net/tcp (proc(5)). */
const KEEP_ALIVE = '02';

describe('connections to an HSM', () => {
  let hsm: t.ActiveHsm;
  before(async () => {
    t.requireSoftHsm();
    hsm = await t.newActiveHsm();
  });
  after(t.cleanUp);

  const open = async (): Promise<TLSSocket> => {
    const options = { host: hsm.host, port: hsm.port, rejectUnauthorized: false, allowHalfOpen: true };
    const socket = connect(options);
    t.onCleanUp(() => socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'secureConnect');
    return socket;
  };

  it('are ended by a drain, whatever their clients do', async () => {
    const stubborn = await open();
    const login = { name: 'kmsuser', password: t.USER_PASSWORD, owner: 'kms-1' };
    stubborn.write(encodeFrame(1, HsmVerb.LoginUser, Buffer.from(JSON.stringify(login))));
    await once(stubborn, 'data');
    stubborn.resume();
    const loggedIn = async (): Promise<boolean | undefined> =>
      (await hsm.officer.json<HsmUser[]>(HsmVerb.ListUsers)).find(({ name }) => name === 'kmsuser')?.loggedIn;
    assert.equal(await loggedIn(), true);
    await hsm.officer.json(HsmVerb.Drain);
    await eventually(ENDED_MS, 'the end of the login', async () =>
      (await loggedIn()) === false ? true : undefined,
    );
    await hsm.officer.json(HsmVerb.Undrain);
  });

  it('are found lost when a client is gone without a word', async () => {
    const { localPort } = await open();
    const hex = (port = 0): string => port.toString(16).toUpperCase().padStart(4, '0');
    const ofHsm = readFileSync('/proc/net/tcp', 'latin1')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .find(
        ([, local, peer]) =>
          local?.endsWith(`:${hex(hsm.port)}`) === true && peer?.endsWith(`:${hex(localPort)}`),
      );
    assert.equal(ofHsm?.[5]?.slice(0, 2), KEEP_ALIVE);
  });
});
