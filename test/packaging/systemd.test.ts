/** The units of packaging/systemd under a real systemd: a host's process manager, with all that it forbids them. */
import assert from 'node:assert/strict';
import { appendFileSync, chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { CreateKeyCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import type { ClientConfig } from '../../src/supervisor/client-config.ts';
import { eventually } from '../stories/claviger.ts';
import { createAuthority } from '../xks/certificates.ts';
import { WITHOUT_SYSTEMD, bootSystemd } from './systemd-machine.ts';
import type { SystemdMachine } from './systemd-machine.ts';

const SERVICE = 'claviger.service';
const XKS_PROXY = 'claviger-xks-proxy.service';
const UNITS = [SERVICE, 'claviger-hsm@.service', XKS_PROXY];
/** Whom claviger-xks-proxy.service runs as. */
const PROXY_UID = 63_200;

describe('units for systemd', { skip: WITHOUT_SYSTEMD }, () => {
  let machine: SystemdMachine;
  let keyId: string | undefined;

  const file = (path: string): string => readFileSync(machine.path(path), 'utf8');
  const config = (): ClientConfig => JSON.parse(file('/var/lib/claviger/client.json')) as ClientConfig;
  /** The supervisor's is the first. */
  const servers = (): number[] => config().pids.server.slice(1);
  const mainPid = (): Promise<string> => machine.property(SERVICE, 'MainPID');

  async function withClient<Result>(use: (kms: KMSClient) => Promise<Result>): Promise<Result> {
    const { endpoint, region, accessKeyId, secretAccessKey } = config();
    const kms = new KMSClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
    try {
      return await use(kms);
    } finally {
      kms.destroy();
    }
  }

  const encrypt = () =>
    withClient((kms) => kms.send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('a') })));

  before(async () => {
    machine = await bootSystemd();
    mkdirSync(machine.path('/etc/claviger'), { mode: 0o700 });
    writeFileSync(machine.path('/etc/claviger/environment'), 'CLAVIGER_LISTEN=127.0.0.1:0\n');
    // in place of the journal, which is not started
    for (const name of UNITS) {
      const folder = machine.path(`/usr/lib/systemd/system/${name}.d`);
      mkdirSync(folder);
      writeFileSync(
        `${folder}/output.conf`,
        '[Service]\nStandardOutput=append:/run/%p.out\nStandardError=append:/run/%p.out\n',
      );
    }
    await machine.run('systemctl', 'daemon-reload');
  });

  after(() => machine?.stop());

  it('are as systemd wants them', async () => {
    for (const unit of UNITS)
      assert.equal(
        await machine.run('systemd-analyze', 'verify', '--man=no', `/usr/lib/systemd/system/${unit}`),
        '',
      );
  });

  it('have started when requests are served, and not before', async () => {
    await machine.run('systemctl', 'start', SERVICE);
    assert.equal(await machine.property(SERVICE, 'ActiveState'), 'active');
    assert.equal(await machine.property(SERVICE, 'StatusText'), `Serving at ${config().endpoint}`);
    keyId = await withClient(async (kms) => {
      const { CustomKeyStoreId } = { CustomKeyStoreId: config().customKeyStoreId };
      const made = await kms.send(new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId }));
      return made.KeyMetadata?.KeyId;
    });
    await encrypt();
  });

  it('give each HSM a user of its own, and none of them rights of root', async () => {
    const users = Object.values(config().pids.hsm).map((pid) => {
      const status = file(`/proc/${pid}/status`);
      assert.match(status, /^CapEff:\s+0+$/m);
      assert.match(status, /^NoNewPrivs:\s+1$/m);
      return /^Uid:\s+(\d+)/m.exec(status)?.[1];
    });
    assert.equal(new Set(users).size, users.length);
    assert.ok(!users.includes('0'));
  });

  it('let no secret into what is printed', () => {
    const printed = file('/run/claviger.out');
    assert.match(printed, /Claviger is ready at http/);
    assert.ok(!printed.includes(config().secretAccessKey));
  });

  it('replace the serving processes at a reload, and stay the same service', async () => {
    const before = { main: await mainPid(), servers: servers() };
    await machine.run('systemctl', 'reload', SERVICE);
    await eventually(20_000, 'new serving processes', () =>
      servers().every((pid) => !before.servers.includes(pid)) ? true : undefined,
    );
    await encrypt();
    assert.equal(await mainPid(), before.main);
  });

  it('start again what was killed', async () => {
    const killed = await mainPid();
    await machine.run('kill', '-9', killed);
    await eventually(60_000, 'a service that is active again', async () =>
      (await machine.property(SERVICE, 'ActiveState')) === 'active' && (await mainPid()) !== killed
        ? true
        : undefined,
    );
    await eventually(20_000, 'a key store that is connected again', () => encrypt().catch(() => undefined));
  });

  it('end in order', async () => {
    await machine.run('systemctl', 'stop', SERVICE);
    assert.equal(await machine.property(SERVICE, 'Result'), 'success');
    assert.equal(await machine.property(SERVICE, 'ActiveState'), 'inactive');
  });

  it('run one HSM on a host of its own', async () => {
    mkdirSync(machine.path('/etc/claviger-hsm'), { mode: 0o700 });
    writeFileSync(
      machine.path('/etc/claviger-hsm/a'),
      [
        'MODULE=/usr/lib/softhsm/libsofthsm2.so',
        'LISTEN=127.0.0.1:0',
        'HSM_ID=hsm-aaaaaaaaaaa',
        'CLUSTER_ID=cluster-aaaaaaaaaaa',
        'ZONE=us-east-1a',
        'RUN_AS=63100:63100\n',
      ].join('\n'),
    );
    await machine.run('systemctl', 'start', 'claviger-hsm@a.service');
    assert.match(
      await machine.property('claviger-hsm@a.service', 'StatusText'),
      /^hsm-aaaaaaaaaaa listens on 127\.0\.0\.1:\d+$/,
    );
    const folder = statSync(machine.path('/var/lib/claviger-hsm/a'));
    assert.deepEqual({ mode: folder.mode & 0o777, uid: folder.uid }, { mode: 0o700, uid: 63100 });
    await machine.run('systemctl', 'stop', 'claviger-hsm@a.service');
    assert.equal(await machine.property('claviger-hsm@a.service', 'Result'), 'success');
  });

  it('run an XKS proxy, which has no right but to listen at port 443', async () => {
    appendFileSync(machine.path('/etc/passwd'), `claviger-xks:x:${PROXY_UID}:${PROXY_UID}::/:/bin/false\n`);
    const folder = '/etc/claviger-xks-proxy';
    mkdirSync(machine.path(folder), { mode: 0o700 });
    const { certificate, key } = await (await createAuthority()).issue({ commonName: 'proxy' });
    const configuration = `
listen: 127.0.0.1:443
tls: { certificate: ${folder}/proxy.pem, key: ${folder}/proxy.key }
claviger: { endpoints: ['http://127.0.0.1:7080'], region: us-east-1, accessKeyId: AKIAEXAMPLEXAMPLE, secretFile: ${folder}/secret }
stores: [{ path: '', region: us-east-1, credentials: [{ accessKeyId: ABCDEFGHIJKLMNOPQRST, secretFile: ${folder}/secret }] }]
`;
    const contents = { 'proxy.pem': certificate, 'proxy.key': key, secret: 'a'.repeat(43) };
    for (const [name, content] of Object.entries({ ...contents, 'proxy.yaml': configuration })) {
      writeFileSync(machine.path(`${folder}/${name}`), content, { mode: 0o600 });
      chownSync(machine.path(`${folder}/${name}`), PROXY_UID, PROXY_UID);
    }
    chownSync(machine.path(folder), PROXY_UID, PROXY_UID);
    await machine.run('systemctl', 'start', XKS_PROXY);
    assert.equal(await machine.property(XKS_PROXY, 'StatusText'), 'Listening on 127.0.0.1:443');
    const status = file(`/proc/${await machine.property(XKS_PROXY, 'MainPID')}/status`);
    assert.match(status, new RegExp(`^Uid:\\s+${PROXY_UID}\\s`, 'm'));
    assert.match(status, /^CapEff:\s+0{13}400$/m);
    assert.match(status, /^NoNewPrivs:\s+1$/m);
    await machine.run('systemctl', 'reload', XKS_PROXY);
    const output = (): string => file('/run/claviger-xks-proxy.out');
    await eventually(20_000, 'a configuration that was taken anew', () =>
      output().includes('the configuration was taken anew') ? true : undefined,
    );
    await machine.run('systemctl', 'stop', XKS_PROXY);
    assert.equal(await machine.property(XKS_PROXY, 'Result'), 'success');
  });
});
