import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { compiled } from '../../src/entries/compiled.ts';
import { connectHsm } from '../../src/hsm-client/connect.ts';
import type { HsmConnection } from '../../src/hsm-client/connection.ts';
import type { AgentEvent } from '../../src/operator/agent.ts';
import { createOperatorCa } from '../../src/operator/ca.ts';
import type { HsmAddress } from '../../src/operator/ceremony.ts';
import { createCluster } from '../../src/operator/cluster.ts';
import type { CreatedCluster } from '../../src/operator/cluster.ts';
import { RECOVERY_HSM_ID } from '../../src/operator/recovery-hsm.ts';
import { RpcError } from '../../src/rpc/frames.ts';
import { CLUSTER_ID, createTestHsms } from './hsms.ts';
import type { TestHsms } from './hsms.ts';

const A = 'hsm-aaaaaaaaaaa';
const B = 'hsm-bbbbbbbbbbb';
const NEW_PASSWORD = 'thePasswordThatKmsChose1234567';

describe('the operator agent', () => {
  let hsms: TestHsms;
  let addresses: HsmAddress[];
  let cluster: CreatedCluster;
  let agent: RunningAgent | undefined;
  before(async () => {
    hsms = await createTestHsms();
    addresses = await Promise.all([hsms.start(A), hsms.start(B)]);
    const { operatorDir } = hsms;
    const ca = { modulusBits: 2048 } as const;
    cluster = await createCluster({ operatorDir, clusterId: CLUSTER_ID, hsms: addresses, ca });
  });
  afterEach(async () => {
    await agent?.end();
    agent = undefined;
  });
  after(() => hsms.close());

  it('leaves a complete cluster alone', async () => {
    agent = await runAgent(hsms.operatorDir);
    agent.send({ hsms: addresses });
    await new Promise((resolve) => setTimeout(resolve, 1_800));
    assert.deepEqual(agent.events, [{ event: 'ready' }]);
    (await login(address(A), cluster.kmsuserPassword)).close();
  });

  it('heals an HSM whose folder was deleted, so that keys can be cloned to it again', async () => {
    const onB = await login(address(B), cluster.kmsuserPassword);
    const key = { materialId: randomBytes(16).toString('hex'), label: 'healed' };
    const { check } = await onB.generateKey(key);

    agent = await runAgent(hsms.operatorDir);
    agent.send({ hsms: addresses });
    await hsms.kill(A);
    await hsms.deleteFolder(A);
    addresses = [await hsms.start(A), address(B)];
    agent.send({ hsms: addresses });

    const [onTheNewHsm, onItsPeer] = await Promise.all([
      agent.event('enrolled', A),
      agent.event('enrolled', B),
    ]);
    assert.deepEqual([onTheNewHsm.userCreated, onTheNewHsm.recovery], [true, true]);
    assert.equal(onItsPeer.userCreated, false);
    await assert.rejects(login(address(A), cluster.kmsuserPassword), hasCode('LOGIN_FAILED'));

    agent.send({ resetUserPassword: { hsmId: A, user: 'kmsuser', password: NEW_PASSWORD } });
    assert.equal((await agent.event('passwordReset', A)).ok, true);
    const onA = await login(address(A), NEW_PASSWORD);
    const wrappedKey = await onB.exportKey({ materialId: key.materialId, peerHsmId: A });
    assert.equal((await onA.importKey({ ...key, wrappedKey })).check, check);
    await onA.exportKey({ materialId: key.materialId, peerHsmId: RECOVERY_HSM_ID });
    await onA.exportKey({ materialId: key.materialId, peerHsmId: B });
    onA.close();
    onB.close();
    assert.ok(!agent.output().includes(NEW_PASSWORD), 'the agent wrote a password out');
  });

  it('sets the password of no other user, and on no HSM that it was not told of', async () => {
    agent = await runAgent(hsms.operatorDir);
    agent.send({ resetUserPassword: { hsmId: A, user: 'kmsuser', password: NEW_PASSWORD } });
    const unknown = await agent.event('passwordReset', A);
    assert.equal(!unknown.ok && unknown.code, 'UNKNOWN_HSM');
    agent.send({ hsms: addresses });
    agent.send({ resetUserPassword: { hsmId: B, user: 'admin', password: NEW_PASSWORD } });
    const refused = await agent.event('passwordReset', B);
    assert.equal(!refused.ok && refused.code, 'REFUSED');
  });

  it('reports an HSM that another operator owns, once, and does not touch it', async () => {
    const otherDir = join(hsms.dir, 'other-operator');
    await createOperatorCa(otherDir, { modulusBits: 2048 });
    await writeFile(
      join(otherDir, 'officer.json'),
      JSON.stringify({ user: 'admin', password: 'notTheOfficer' }),
    );
    agent = await runAgent(otherDir);
    agent.send({ hsms: [address(B)] });
    assert.equal((await agent.event('failed', B)).code, 'UNTRUSTED_HSM');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    assert.equal(agent.events.length, 2);
  });

  it('ends when its parent ends', async () => {
    agent = await runAgent(hsms.operatorDir);
    const ended = once(agent.process, 'exit');
    agent.process.stdin?.end();
    assert.deepEqual(await ended, [0, null]);
  });

  function address(hsmId: string): HsmAddress {
    const found = addresses.find((hsm) => hsm.hsmId === hsmId);
    assert.ok(found);
    return found;
  }

  async function login(hsm: HsmAddress, password: string): Promise<HsmConnection> {
    const connection = await connectHsm({ ...hsm, trustAnchor: cluster.trustAnchorPem, timeoutMs: 2_000 });
    try {
      await connection.loginUser({ name: 'kmsuser', password, owner: 'kms' });
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }
});

type EventOf<Name extends AgentEvent['event']> = Extract<AgentEvent, { event: Name }>;

interface RunningAgent {
  process: ChildProcess;
  events: AgentEvent[];
  send(message: unknown): void;
  /** The first such event about the HSM, waited for up to 15 s. */
  event<Name extends AgentEvent['event']>(name: Name, hsmId: string): Promise<EventOf<Name>>;
  /** All that it wrote, log included. */
  output(): string;
  end(): Promise<void>;
}

async function runAgent(operatorDir: string): Promise<RunningAgent> {
  const main = fileURLToPath(compiled('operator/agent-main'));
  const args = [main, '--operator-dir', operatorDir, '--exit-with-parent'];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  const events: AgentEvent[] = [];
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  createInterface({ input: child.stdout }).on('line', (line) => {
    output += line;
    events.push(JSON.parse(line) as AgentEvent);
  });
  const next = async (matches: (event: AgentEvent) => boolean): Promise<AgentEvent> => {
    const deadline = performance.now() + 15_000;
    for (;;) {
      const found = events.find(matches);
      if (found !== undefined) return found;
      assert.ok(performance.now() < deadline, `no such event; the agent wrote ${output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await next(({ event }) => event === 'ready');
  return {
    process: child,
    events,
    send: (message) => void child.stdin.write(`${JSON.stringify(message)}\n`),
    event: async <Name extends AgentEvent['event']>(name: Name, hsmId: string) =>
      (await next((one) => one.event === name && 'hsmId' in one && one.hsmId === hsmId)) as EventOf<Name>,
    output: () => output,
    async end() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function hasCode(code: string): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof RpcError, String(error));
    assert.equal(error.code, code);
    return true;
  };
}
