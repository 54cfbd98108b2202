/** An HSM that is deleted while it works: what it did in its last moments is in its log's copy, so both trails agree. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CreateKeyCommand, GenerateDataKeyCommand } from '@aws-sdk/client-kms';
import { readCopyStates } from '../../src/hsm-trail/log-copy.ts';
import type { LogCopyState } from '../../src/hsm-trail/log-copy.ts';
import type { TrailReport } from '../../src/reconcile/print.ts';
import { removeHsm } from '../faults/hsm-faults.ts';
import { eventually, startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';

const COMMAND = fileURLToPath(new URL('../../bin/claviger', import.meta.url));
const CALLERS = 4;
const MARGIN_SECONDS = 2;

describe('the log of an HSM that is deleted under load', () => {
  let claviger: Claviger;
  const states = (): LogCopyState[] => readCopyStates(join(claviger.dataDir, 'server', 'hsm-logs'));

  before(async () => {
    claviger = await startClaviger();
  });
  after(() => claviger.remove());

  it('is delivered to its end', async () => {
    const kms = claviger.client();
    const { customKeyStoreId: CustomKeyStoreId, pids } = claviger.config();
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId }),
    );
    let goesOn = true;
    let calls = 0;
    const work = async (): Promise<void> => {
      while (goesOn) {
        await kms.send(new GenerateDataKeyCommand({ KeyId: KeyMetadata?.KeyId, KeySpec: 'AES_256' }));
        calls += 1;
      }
    };
    const working = Array.from({ length: CALLERS }, work);
    await eventually(10_000, 'calls are answered', () => (calls > 100 ? true : undefined));
    const begun = Date.now();
    await eventually(20_000, 'all logs are delivered', () =>
      states().filter(({ completeUntilMicros }) => completeUntilMicros / 1000 > begun).length === 2
        ? true
        : undefined,
    );
    const [deleted = ''] = Object.keys(pids.hsm);
    await removeHsm(claviger, deleted);
    goesOn = false;
    await Promise.all(working);
    const end = Date.now();
    await sleep((2 * MARGIN_SECONDS + 1) * 1000);
    await eventually(20_000, 'the other logs are here', () => {
      const late = states().some((state) => state.member && state.completeUntilMicros / 1000 < end + 4_000);
      return late ? undefined : true;
    });
    assert.equal(states().find(({ hsmId }) => hsmId === deleted)?.member, false);
    const reconcile = ['audit', 'reconcile', '--json', '--margin', String(MARGIN_SECONDS)];
    const { stdout } = spawnSync(process.execPath, [COMMAND, ...reconcile, '--data', claviger.dataDir], {
      encoding: 'utf8',
    });
    const report = JSON.parse(stdout) as TrailReport;
    assert.deepEqual(
      report.findings.map(({ what }) => what),
      [],
    );
    assert.ok(report.calls >= calls && report.to > end);
  });
});
