/** The HSM processes of a machine, when several things are asked at once. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import type { HsmWork } from '../../src/server/parent-messages.ts';
import { HsmProcesses } from '../../src/supervisor/hsm-processes.ts';
import { dataFolder } from '../../src/supervisor/installation.ts';
import type { Installation } from '../../src/supervisor/installation.ts';
import { PROGRAMS } from '../../src/supervisor/programs.ts';
import { eventually } from '../stories/claviger.ts';

// what was built is run, as by everybody else; the source's own neighbour is no program
Object.assign(PROGRAMS, { hsm: fileURLToPath(new URL('../../dist/hsm/main.js', import.meta.url)) });

const HSM = 'hsm-aaaaaaaaaaa';
const CREATE: HsmWork = {
  task: 'createHsm',
  hsm: {
    ...{ hsmId: HSM, clusterId: 'cluster-aaaaaaaaaaa', availabilityZone: 'us-east-1a' },
    ...{ subnetId: 'subnet-a', host: '127.0.0.1', port: 0 },
  },
};

describe('the HSM processes of a machine', () => {
  let root: string;
  let make: () => HsmProcesses;
  let hsms: HsmProcesses;
  let started: number;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'claviger-hsms-'));
    const folder = dataFolder(root);
    for (const path of [folder.hsms, folder.logs]) mkdirSync(path);
    const installation: Installation = {
      ...{ region: 'us-east-1', clusterId: 'cluster-bbbbbbbbbbb', hsms: [], complete: true },
    };
    make = () =>
      new HsmProcesses({
        ...{ folder, installation, modulePath: '/usr/lib/softhsm/libsofthsm2.so' },
        note: (list) => (installation.hsms = list),
        logger: pino({ level: 'silent' }),
        changed: () => {},
        started: () => (started += 1),
        failed: () => {},
      });
    started = 0;
    hsms = make();
  });
  afterEach(async () => {
    await hsms.stop();
    rmSync(root, { recursive: true, force: true });
  });

  it('are started once, however often it is asked', async () => {
    const listens = () =>
      eventually(20_000, 'an HSM that listens', () => (hsms.listening.has(HSM) ? true : undefined));
    for (const folder of ['that is made', 'that is there']) {
      started = 0;
      await Promise.all([hsms.perform(CREATE), hsms.perform(CREATE)]);
      await listens();
      assert.equal(started, 1, `with a folder ${folder}`);
      await hsms.stop();
      hsms = make();
    }
  });

  it('are not started when they were removed meanwhile', async () => {
    await hsms.perform(CREATE);
    await hsms.perform({ task: 'removeHsm', hsmId: HSM });
    await new Promise((resolve) => setTimeout(resolve, 500)); // by then its folder has been made
    assert.deepEqual([started, hsms.pids], [0, {}]);
    assert.ok(!existsSync(join(root, 'logs', `${HSM}.log`)), String(readdirSync(root)));
  });
});
