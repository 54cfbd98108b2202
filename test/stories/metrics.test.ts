/** What operators see of a running Claviger: the metrics page, and what it costs. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CreateKeyCommand, DescribeKeyCommand, EncryptCommand } from '@aws-sdk/client-kms';
import { eventually, startClaviger } from './claviger.ts';
import { freePort } from '../storage/postgres-server.ts';
import type { Claviger } from './claviger.ts';

const COMMAND = fileURLToPath(new URL('../../bin/claviger', import.meta.url));

describe('what operators see', () => {
  const dir = mkdtempSync(join(tmpdir(), 'claviger-'));
  const configFile = join(dir, 'claviger.yaml');
  let claviger: Claviger;
  let port: number;

  before(async () => {
    port = await freePort();
    writeFileSync(
      configFile,
      `metrics: { listen: "127.0.0.1:${port}" }\nprices: { currency: EUR, hsmHour: 3600 }\n`,
    );
    claviger = await startClaviger({ CLAVIGER_CONFIG: configFile });
  });
  after(async () => {
    await claviger.remove();
    rmSync(dir, { recursive: true });
  });

  const page = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  /** The value of a metric whose labels contain all of `labels`. */
  const value = async (name: string, ...labels: string[]): Promise<number | undefined> => {
    const lines = (await page())
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    const line = lines.find((candidate) => labels.every((label) => candidate.includes(label)));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  };

  it('counts requests by operation and outcome, and names no key', async () => {
    const client = claviger.client();
    const { KeyMetadata } = await client.send(
      new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: claviger.config().customKeyStoreId }),
    );
    const KeyId = KeyMetadata?.KeyId ?? '';
    await client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
    await assert.rejects(client.send(new DescribeKeyCommand({ KeyId: KeyId.replace(/^.{8}/, '00000000') })));
    assert.equal(await value('claviger_requests_total', 'operation="Encrypt"', 'outcome="ok"'), 1);
    assert.equal(
      await value('claviger_requests_total', 'operation="DescribeKey"', 'outcome="NotFoundException"'),
      1,
    );
    assert.equal(await value('claviger_request_seconds_count', 'operation="Encrypt"'), 1);
    assert.ok(!(await page()).includes(KeyId));
  });

  it('shows HSMs that serve, what they hold, and one that is dead', async () => {
    const [first = '', second = ''] = Object.keys(claviger.config().pids.hsm);
    assert.equal(await value('claviger_hsm_serving', first), 1);
    assert.equal(await value('claviger_hsm_keys', second), 1);
    assert.equal(await value('claviger_key_store_connected', claviger.config().customKeyStoreId), 1);
    assert.equal(await value('claviger_journal_available'), 1);
    assert.equal(await value('claviger_hsm_users', first), 2); // admin and kmsuser
    assert.equal(await value('claviger_hsm_unknown_keys', first), 0);
    assert.ok(((await value('claviger_hsm_sessions', first)) ?? 0) >= 1);
    assert.ok(((await value('claviger_hsm_in_step_seconds', first)) ?? 0) > 1.6e9);
    const perHsm = [first, second];
    const sum = async (name: string, ...labels: string[]): Promise<number> => {
      const values = await Promise.all(perHsm.map(async (id) => (await value(name, id, ...labels)) ?? 0));
      return values.reduce((total, one) => total + one, 0);
    };
    assert.equal(await sum('claviger_hsm_operations_total', 'outcome="ok"'), 1); // the Encrypt of before
    assert.equal(await sum('claviger_hsm_operation_seconds_count'), 1);
    assert.equal(await sum('claviger_hsm_message_keys'), 1);
    const pid = claviger.config().pids.hsm[first] as number;
    process.kill(pid, 'SIGSTOP');
    try {
      await eventually(10_000, 'the HSM is seen to be down', async () =>
        (await value('claviger_hsm_up', first)) === 0 ? true : undefined,
      );
      assert.equal(await value('claviger_hsm_up', second), 1);
      assert.equal(await value('claviger_hsm_users', first), undefined); // who does not answer says nothing
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });

  it('answers nothing but the page there', async () => {
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 404);
    assert.equal((await fetch(`http://127.0.0.1:${port}/metrics`, { method: 'POST' })).status, 404);
  });

  it('reckons what was used, HSM by HSM, once it was stopped', async () => {
    await claviger.restart();
    await claviger.restart();
    const args = ['cost', '--json', '--data', claviger.dataDir, '--config', configFile];
    const { stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], { encoding: 'utf8' });
    assert.equal(stderr, '');
    const { currency, lines } = JSON.parse(stdout) as {
      currency: string;
      lines: { what: string; subject: string; amount: number; cost: number }[];
    };
    assert.equal(currency, 'EUR');
    for (const hsmId of Object.keys(claviger.config().pids.hsm)) {
      const line = lines.find(({ what, subject }) => what === 'HSM-hours' && subject === hsmId);
      assert.ok(line !== undefined && line.amount > 0, hsmId);
      assert.ok(Math.abs(line.cost - line.amount * 3600) < 1e-6);
    }
    const uses = lines.find(({ what, subject }) => what === 'requests' && subject.startsWith('cks-'));
    assert.equal(uses?.cost, 0);
    assert.ok((uses?.amount ?? 0) >= 1);
  });
});
