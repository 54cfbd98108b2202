/** The HSM's own log: everything is in it before it is answered, and no line can be changed unseen. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { HsmLog } from '../../src/hsm/log.ts';
import { listSegments } from '../../src/hsm-log/segments.ts';
import { verifyHsmLog } from '../../src/hsm-log/verify.ts';
import { createLogReader } from '../../src/hsm/log-reader.ts';
import { HsmVerb } from '../../src/rpc/hsm-messages.ts';
import type { HsmLogEntry, LogText } from '../../src/rpc/hsm-messages.ts';
import { isSigned } from '../../src/hsm-log/checkpoint.ts';
import * as t from './fixture.ts';

const LOGIN = { opcode: 'CN_LOGIN', response: 0, userName: 'kmsuser', userType: 'CRYPTO_USER' } as const;

function writeEntries(dir: string, entries: number, segmentBytes = 2000): void {
  const log = new HsmLog(dir, { segmentBytes, now: () => 1_732_000_000_000 });
  for (let session = 0; session < entries; session++) {
    log.append({ ...LOGIN, session });
    log.flush();
  }
  log.close();
}

function segments(dir: string): string[] {
  return listSegments(dir).map((name) => join(dir, name));
}

async function keyOf(client: t.TestClient): Promise<KeyObject> {
  const { certificate = '' } = await t.describeHsm(client);
  return new X509Certificate(certificate).publicKey;
}

describe('the log of an HSM', () => {
  before(t.requireSoftHsm);
  after(t.cleanUp);

  it('is intact over many segments and restarts, and gives any range of it', async () => {
    const dir = await t.temporaryFolder();
    writeEntries(dir, 50);
    writeEntries(dir, 50);
    assert.ok(segments(dir).length > 3);
    const verdict = await verifyHsmLog(dir);
    assert.ok(verdict.intact);
    assert.equal(verdict.entries, 100);
    const read = createLogReader(dir);
    const all = await read(0, 1000);
    assert.deepEqual(all.map(({ sequence }) => sequence), Array.from({ length: 100 }, (_, at) => at)); // prettier-ignore
    assert.equal(all.at(-1)?.chain, verdict.lastChain);
    for (const [from, limit] of [
      [7, 30],
      [37, 30],
      [3, 5],
      [99, 5],
      [100, 5],
    ] as const) {
      assert.deepEqual(await read(from, limit), all.slice(from, from + limit)); // prettier-ignore
    }
  });

  it('finds every line that was altered, removed, doubled or exchanged with the next', async () => {
    const dir = await t.temporaryFolder();
    writeEntries(dir, 12, 1_000_000);
    const [segment] = segments(dir);
    assert.ok(segment);
    const lines = readFileSync(segment, 'utf8').trimEnd().split('\n');
    const attacks: ((at: number) => string[])[] = [
      (at) => lines.with(at, (lines[at] ?? '').replace('kmsuser', 'thief__')),
      (at) =>
        lines.with(
          at,
          (lines[at] ?? '').replace(/.$/, (digit) => (digit === '0' ? '1' : '0')),
        ),
      (at) => lines.toSpliced(at, 1),
      (at) => lines.toSpliced(at, 0, lines[at] ?? ''),
      (at) => lines.with(at, lines[at + 1] ?? '').with(at + 1, lines[at] ?? ''),
    ];
    for (const attack of attacks) {
      for (let at = 0; at < lines.length - 1; at++) {
        writeFileSync(segment, `${attack(at).join('\n')}\n`);
        assert.equal((await verifyHsmLog(dir)).intact, false);
      }
    }
    writeFileSync(segment, `${lines.join('\n')}\n`);
    assert.equal((await verifyHsmLog(dir)).intact, true);
  });

  it('finds a segment that was removed', async () => {
    const dir = await t.temporaryFolder();
    writeEntries(dir, 60);
    const middle = segments(dir)[1];
    assert.ok(middle);
    rmSync(middle);
    assert.equal((await verifyHsmLog(dir)).intact, false);
  });

  it('cuts off a line that a crash left unfinished, and goes on', async () => {
    const dir = await t.temporaryFolder();
    writeEntries(dir, 3, 1_000_000);
    const [segment] = segments(dir);
    assert.ok(segment);
    appendFileSync(segment, '3 1732000000000000 CN_LOG');
    writeEntries(dir, 2, 1_000_000);
    const verdict = await verifyHsmLog(dir);
    assert.ok(verdict.intact);
    assert.equal(verdict.entries, 5);
  });

  it('records logins, also failed ones, key management and each use with its request id', async () => {
    const hsm = await t.newActiveHsm();
    await t.outcome(t.loginTo(hsm, 'wrongPassword1'));
    const user = await t.loginTo(hsm);
    const key = await t.generateKey(user);
    const sealed = await t.encrypt(user, key, Buffer.from('x'));
    await t.decrypt(user, key, sealed);
    await t.outcome(t.decrypt(user, key, sealed.subarray(1)));
    await user.json(HsmVerb.DestroyKey, { materialId: key.materialId });
    const stranger = await t.connectTo(hsm);
    assert.equal(await t.outcome(stranger.json(HsmVerb.ReadLog, { from: 0, limit: 1 })), 'NOT_LOGGED_IN');
    const asText = { from: 0, maxBytes: 100_000 };
    assert.equal(await t.outcome(stranger.json(HsmVerb.ReadLogText, asText)), 'NOT_LOGGED_IN');
    const entries = await user.json<HsmLogEntry[]>(HsmVerb.ReadLog, { from: 0, limit: 100 });
    const { text, checkpoint } = await user.json<LogText>(HsmVerb.ReadLogText, asText);
    assert.equal(text.trimEnd().split('\n').length, checkpoint.entries); // as far as it was synced
    assert.ok(isSigned({ hsmId: 'hsm-test1', clusterId: 'cluster-test1' }, checkpoint, await keyOf(user)));
    const shown = entries.map(({ opcode, response, userName, use }) => [
      opcode,
      response,
      use?.verb ?? userName ?? '',
    ]);
    assert.deepEqual(shown, [
      ['CN_INIT_TOKEN', 0, ''],
      ['CN_CHANGE_PSWD', 0, 'admin'],
      ['CN_LOGIN', 0, 'admin'],
      ['CN_CREATE_USER', 0, 'kmsuser'],
      ['CN_LOGIN', 163, 'kmsuser'],
      ['CN_LOGIN', 0, 'kmsuser'],
      ['CN_GENERATE_KEY', 0, 'kmsuser'],
      ['USE_KEY', 0, 'Encrypt'],
      ['USE_KEY', 0, 'Decrypt'],
      ['USE_KEY', 1, 'Decrypt'],
      ['CN_DESTROY_OBJECT', 0, 'kmsuser'],
    ]);
    assert.equal(entries[6]?.keyHandle, key.keyHandle);
    for (const entry of entries.slice(6)) assert.equal(entry.materialId, key.materialId);
    assert.match(entries[7]?.use?.requestId ?? '', /^[0-9a-f]{32}$/);
    await hsm.kill();
    assert.equal((await verifyHsmLog(join(hsm.dir, 'log'))).intact, true);
  });
});
