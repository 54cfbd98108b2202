/** `claviger hsm serve` and `module`: an HSM on any host, with modules that are not SoftHSM, crash or hang. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connectHsm } from '../../src/hsm-client/connect.ts';
import { createOperatorCa } from '../../src/operator/ca.ts';
import { OFFICER, activateHsm, enrolPeers, openHsm } from '../../src/operator/ceremony.ts';
import type { HsmAddress, OfficerConnection } from '../../src/operator/ceremony.ts';
import { hostHsm, prepareHsmFolder } from '../../src/operator/hsm-host.ts';
import { examineModuleFile } from '../../src/operator/module-report.ts';
import { claviger } from './tool.ts';

const SOFTHSM = '/usr/lib/softhsm/libsofthsm2.so';
/** p11-kit's proxy module, another shared library with its own slots and dispatch; it reaches SoftHSM by its configuration. */
const P11_KIT_PROXY = '/usr/lib/x86_64-linux-gnu/libp11-kit.so.0';
const P11_KIT_CONFIGURED = '/usr/share/p11-kit/modules/softhsm2.module';
/** Mozilla's software token. */
const NSS = '/usr/lib/x86_64-linux-gnu/libsoftokn3.so';
const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const PASSWORD = 'OfficerOfficer1';
const USER = { name: 'kmsuser', password: 'KmsuserPassword1', owner: 'test' };

const needs = (...files: string[]): { skip?: string } => {
  const missing = files.find((file) => !existsSync(file));
  return missing === undefined ? {} : { skip: `${missing} is not installed` };
};

describe('an HSM on a host of its own', () => {
  let dir: string;
  const serving: ChildProcess[] = [];
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'claviger-host-'));
  });
  after(async () => {
    for (const child of serving) {
      if (child.exitCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    await rm(dir, { recursive: true, force: true });
  });

  /** `claviger hsm serve`, once it says where it listens. */
  async function serve(hsmId: string, ...more: string[]): Promise<HsmAddress> {
    const clusterId = 'cluster-host';
    const fixed = ['--dir', join(dir, hsmId), '--hsm-id', hsmId, '--cluster-id', clusterId];
    const args = [MAIN, 'hsm', 'serve', ...fixed, '--zone', 'rack-1', '--listen', '127.0.0.1:0', ...more];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    serving.push(child);
    for await (const line of createInterface({ input: child.stdout })) {
      const [, host = '', port = ''] = /listens on (.+):(\d+)$/.exec(line) ?? [];
      return { hsmId, clusterId, host, port: Number(port) };
    }
    throw new Error(`the HSM ${hsmId} did not start`);
  }

  it(
    'serves with another PKCS#11 module (p11-kit proxy), and exchanges keys with an HSM on SoftHSM',
    needs(P11_KIT_PROXY, P11_KIT_CONFIGURED),
    async () => {
      const ca = await createOperatorCa(join(dir, 'operator'), { modulusBits: 2048 });
      const hsms = [
        await serve('hsm-p11kit', '--module', P11_KIT_PROXY),
        await serve('hsm-softhsm', '--module', SOFTHSM),
      ];
      const officers: OfficerConnection[] = [];
      for (const hsm of hsms) {
        const connection = await openHsm(hsm, ca, () => {});
        officers.push(
          await activateHsm(connection, hsm.hsmId, { user: OFFICER, password: PASSWORD }, () => {}),
        );
        await connection.createUser(USER.name, USER.password);
      }
      await enrolPeers(officers, USER.name, [], () => {});
      const { family, module, gaps } = await (officers[0] as OfficerConnection).connection.moduleReport();
      assert.deepEqual([family, module.manufacturer, gaps], ['p11-kit proxy', 'PKCS#11 Kit', []]);
      const users = [];
      for (const hsm of hsms) {
        const user = await connectHsm({ ...hsm, trustAnchor: ca.certificatePem, timeoutMs: 5_000 });
        await user.loginUser(USER);
        users.push(user);
      }
      const [onProxy, onSoftHsm] = users as [(typeof users)[0], (typeof users)[0]];
      const materialId = randomBytes(16).toString('hex');
      const made = await onProxy.generateKey({ materialId, label: 'arn' });
      const wrappedKey = await onProxy.exportKey({ materialId, peerHsmId: 'hsm-softhsm' });
      const cloned = await onSoftHsm.importKey({ materialId, label: 'arn', wrappedKey, check: made.check });
      assert.equal(cloned.check, made.check);
      const use = {
        keyRef: Buffer.from(materialId, 'hex'),
        check: Buffer.from(made.check, 'hex'),
        requestId: randomBytes(16),
        aad: Buffer.from('context'),
      };
      const sealed = await onProxy.encrypt(use, Buffer.from('through the proxy'), 5_000);
      assert.equal((await onSoftHsm.decrypt(use, sealed, 5_000)).toString(), 'through the proxy');
      for (const connection of [...users, ...officers.map((officer) => officer.connection)])
        connection.close();
    },
  );

  it('does not begin with another configuration than that of its folder', async () => {
    const config = {
      hsmId: 'hsm-fixed',
      clusterId: 'cluster-host',
      availabilityZone: 'rack-1',
      listen: { host: '127.0.0.1', port: 0 },
      module: { path: SOFTHSM },
    };
    await prepareHsmFolder(join(dir, 'fixed'), config);
    await prepareHsmFolder(join(dir, 'fixed'), config);
    const other = { ...config, module: { path: SOFTHSM, tokenLabel: 'mine' } };
    await assert.rejects(prepareHsmFolder(join(dir, 'fixed'), other), /hsm\.json has another module/);
  });

  it('starts the process again when the module takes it down, and when it hangs in a call', async () => {
    await prepareHsmFolder(join(dir, 'falls'), {
      hsmId: 'hsm-falls',
      clusterId: 'cluster-host',
      availabilityZone: 'rack-1',
      listen: { host: '127.0.0.1', port: 0 },
      module: { path: SOFTHSM },
    });
    const pids: number[] = [];
    const said: string[] = [];
    let started = (): void => {};
    const next = (): Promise<void> => new Promise((resolve) => (started = resolve));
    let ready = next();
    const hsm = hostHsm({
      dir: join(dir, 'falls'),
      silenceMs: 5_000,
      say: (line) => void said.push(line),
      ready: ({ pid }) => {
        pids.push(pid);
        started();
      },
    });
    await ready;
    ready = next();
    process.kill(pids[0] as number, 'SIGSEGV'); // as a bad module does
    await ready;
    ready = next();
    process.kill(pids[1] as number, 'SIGSTOP'); // a call that never returns
    await ready;
    assert.equal(new Set(pids).size, 3);
    assert.match(said.join('\n'), /ended \(SIGSEGV\).*\n.*says nothing for 5 s.*\n.*ended \(SIGKILL\)/);
    await hsm.stop();
    assert.equal(await hsm.ended, 'stopped');
    assert.throws(() => process.kill(pids[2] as number, 0), { code: 'ESRCH' });
  });

  it('takes no harm of what a library prints', async () => {
    await prepareHsmFolder(join(dir, 'talks'), {
      hsmId: 'hsm-talks',
      clusterId: 'cluster-host',
      availabilityZone: 'rack-1',
      listen: { host: '127.0.0.1', port: 0 },
      module: { path: SOFTHSM },
    });
    const options = process.env['NODE_OPTIONS'];
    process.env['NODE_OPTIONS'] = '--import=data:text/javascript,console.log(/vendor/)';
    let started = (_hsmId: string): void => {};
    const ready = new Promise<string>((resolve) => (started = resolve));
    const hsm = hostHsm({ dir: join(dir, 'talks'), say: () => {}, ready: ({ hsmId }) => started(hsmId) });
    if (options === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = options;
    assert.equal(await ready, 'hsm-talks');
    await hsm.stop();
  });

  it('says in plain words what a module lacks (NSS), and lets no key be made on it', needs(NSS), async () => {
    const ran = await claviger(['hsm', 'module', '--module', NSS]);
    assert.equal(ran.code, 1);
    assert.match(ran.out, /Mozilla Foundation.*\(NSS softoken\)/);
    assert.match(ran.out, /CKA_WRAP_WITH_TRUSTED +whoever has the password of a crypto user could carry/);
    const ca = await createOperatorCa(join(dir, 'operator'), { modulusBits: 2048 });
    const hsm = await serve('hsm-nss', '--module', NSS);
    const connection = await openHsm(hsm, ca, () => {});
    await activateHsm(connection, hsm.hsmId, { user: OFFICER, password: PASSWORD }, () => {});
    await assert.rejects(connection.createUser(USER.name, USER.password));
    assert.equal((await connection.describe()).state, 'ACTIVE'); // refused, not broken
    assert.ok((await connection.moduleReport()).gaps.length > 0);
    connection.close();
  });

  it('survives a library that is no module at all', async () => {
    const library = [P11_KIT_PROXY, SOFTHSM].map((path) => path.replace(/[^/]+$/, 'libz.so.1'));
    const path = library.find((one) => existsSync(one)) ?? process.execPath;
    await assert.rejects(examineModuleFile(path, {}), /cannot be used/);
    const good = await examineModuleFile(SOFTHSM, {});
    assert.deepEqual([good.family, good.gaps], ['SoftHSM 2', []]);
    assert.match(good.notes.join(' '), /was not tried, because no token is initialised/);
  });

  it('uses only the token that was chosen', async () => {
    const none = await examineModuleFile(SOFTHSM, { tokenLabel: 'not here' });
    assert.deepEqual(none.tokens, []);
    assert.deepEqual(
      none.gaps.map(({ what }) => what),
      ['a token'],
    );
    assert.ok((await readFile(join(dir, 'fixed', 'hsm.json'), 'utf8')).includes(SOFTHSM));
  });
});
