/** Delivery of an HSM's log: every entry once, and no break of it passed over. The logs are real ones, written by the HSM's own code. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { createLogTextReader } from '../../src/hsm/log-reader.ts';
import { LogSignatures } from '../../src/hsm/log-signatures.ts';
import { HsmLog } from '../../src/hsm/log.ts';
import { listSegments } from '../../src/hsm-log/segments.ts';
import { verifyHsmLog } from '../../src/hsm-log/verify.ts';
import { newTrailNumbers } from '../../src/hsm-trail/alarm.ts';
import type { Alarm } from '../../src/hsm-trail/alarm.ts';
import { HsmLogDelivery } from '../../src/hsm-trail/delivery.ts';
import { listGenerations, readCopyStates, writeCopyState } from '../../src/hsm-trail/log-copy.ts';
import type { Duty } from '../../src/storage/leases.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import type { Database } from '../../src/storage/store.ts';
import { Rota } from '../nodes/rota.ts';

const OWNER = { hsmId: 'hsm-test1', clusterId: 'cluster-test1' };
const LOGIN = { opcode: 'CN_LOGIN', response: 0, userName: 'kmsuser', userType: 'CRYPTO_USER' } as const;
const KEY = 'ab'.repeat(16);

describe("delivery of an HSM's log", () => {
  let root: string;
  let hsmDir: string;
  let copies: string;
  let keys: { publicKey: KeyObject; privateKey: KeyObject };
  let log: HsmLog;
  let signatures: LogSignatures;
  let db: Database;
  let delivery: HsmLogDelivery;
  let alarms: Alarm[];
  /** Requests to the HSM fail from this one on. */
  let failAfter: number;
  /** What happens once the HSM has read its answer to a request, before it arrives. */
  let onTheWay: () => void;
  /** Who delivers: this process, which is on duty at first, or another one. */
  let rota: Rota;
  let mine: Duty;
  let theirs: Duty;
  let now = 0;

  const openLog = (): void => {
    log = new HsmLog(hsmDir, { segmentBytes: 20_000 });
    const privateKey = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const onError = (error: unknown): never => assert.fail(String(error));
    signatures = new LogSignatures({ log, dir: hsmDir, owner: OWNER, privateKey, onError });
  };
  const closeLog = (): void => {
    signatures.close();
    log.close();
  };
  const newDelivery = (publicKey = keys.publicKey): HsmLogDelivery =>
    new HsmLogDelivery({
      db,
      folder: copies,
      logger: pino({ level: 'silent' }),
      clock: () => (now += 1_000),
      sources: () => [
        {
          ...OWNER,
          publicKey,
          certificate: 'PEM',
          read: async (from, maxBytes) => {
            if (failAfter-- <= 0) throw new Error('the HSM went away');
            const checkpoint = signatures.current();
            const read = createLogTextReader(hsmDir);
            const text = await read(from, checkpoint.entries, Math.min(maxBytes, 6000));
            onTheWay();
            return { text, checkpoint };
          },
        },
      ],
      members: () => [{ hsm_id: OWNER.hsmId, cluster_id: OWNER.clusterId }],
      alarm: async (alarm) => void alarms.push(alarm),
      numbers: newTrailNumbers(),
    });
  const write = (entries: number): void => {
    for (let at = 0; at < entries; at++) {
      if (at % 10 === 0) log.append({ ...LOGIN, session: at });
      else log.appendUse(1, 0, KEY, 'Encrypt', 'cd'.repeat(16));
      log.flush();
    }
    log.sync();
  };
  const writeUses = (entries: number): void => {
    for (let at = 0; at < entries; at++) log.appendUse(1, 0, KEY, 'Encrypt', 'cd'.repeat(16));
    log.flush();
    log.sync();
  };
  const delivered = async (): Promise<{ position: number; message: string }[]> =>
    db.selectFrom('hsm_log_events').select(['position', 'message']).orderBy('position').execute();
  const copied = (): string =>
    listGenerations(copies, OWNER.hsmId)
      .flatMap(({ dir }) => listSegments(dir).map((name) => readFileSync(join(dir, name), 'utf8')))
      .join('');
  const original = (): string =>
    listSegments(hsmDir)
      .map((name) => readFileSync(join(hsmDir, name), 'utf8'))
      .join('');

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'claviger-delivery-'));
    [hsmDir, copies] = [join(root, 'hsm'), join(root, 'copies')];
    mkdirSync(hsmDir);
    keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    [alarms, failAfter, onTheWay] = [[], Number.POSITIVE_INFINITY, () => {}];
    rota = new Rota();
    rota.begin('mine');
    [mine, theirs] = [rota.dutyOf('mine'), rota.dutyOf('theirs')];
    db = await openSqlite(join(root, 'test.db'));
    openLog();
    delivery = newDelivery();
  });
  afterEach(async () => {
    closeLog();
    await delivery.close();
    await db.destroy();
    rmSync(root, { recursive: true });
  });

  it('copies every line and puts management, and nothing else, into the stream', async () => {
    write(250);
    await delivery.run(mine);
    write(50);
    await delivery.run(mine);
    await delivery.run(mine);
    assert.equal(copied(), original());
    const events = await delivered();
    assert.deepEqual(events.map(({ position }) => position), Array.from({ length: 30 }, (_, at) => at)); // prettier-ignore
    assert.ok(events.every(({ message }) => message.includes('Opcode : CN_LOGIN (0xd)')));
    assert.deepEqual(alarms, []);
    const [{ dir } = { dir: '' }] = listGenerations(copies, OWNER.hsmId);
    const verdict = await verifyHsmLog(dir, { identity: { ...OWNER, publicKey: keys.publicKey } });
    assert.ok(verdict.intact && verdict.entries === 300 && verdict.checkpoints > 0);
    const [state] = readCopyStates(copies);
    assert.deepEqual([state?.entries, state?.member], [300, true]);
  });

  it('says again how far it is where a loss of power left no word of it', async () => {
    write(20);
    await delivery.run(mine);
    writeFileSync(join(copies, OWNER.hsmId, 'state.json'), '');
    const [damaged] = readCopyStates(copies);
    assert.deepEqual([damaged?.hsmId, damaged?.member, damaged?.completeUntilMicros], [OWNER.hsmId, true, 0]);
    await delivery.run(mine);
    const [state] = readCopyStates(copies);
    assert.deepEqual([state?.entries, state?.clusterId], [20, OWNER.clusterId]);
  });

  it('goes on after outages at any request, and after a crash between copy and stream, each entry once', async () => {
    write(400);
    for (let fail = 1; (await delivered()).length < 40; fail++) {
      failAfter = fail;
      await delivery.run(mine);
      await delivery.close();
      delivery = newDelivery();
    }
    failAfter = Number.POSITIVE_INFINITY;
    assert.equal(copied(), original());
    // what the copy has and the database lost
    await delivery.close();
    await db.deleteFrom('hsm_log_events').execute();
    await db.deleteFrom('hsm_log_streams').execute();
    delivery = newDelivery();
    await delivery.run(mine);
    assert.deepEqual((await delivered()).map(({ position }) => position), Array.from({ length: 40 }, (_, at) => at)); // prettier-ignore
    // what the database has and the copy lost
    await delivery.close();
    rmSync(copies, { recursive: true });
    delivery = newDelivery();
    write(10);
    await delivery.run(mine);
    assert.equal((await delivered()).length, 41);
    assert.deepEqual(alarms, []);
  });

  for (const [entries, writeThem, events] of [
    ['entries of all kinds', write, 24],
    ['uses of keys alone', writeUses, 18],
  ] as const)
    it(`goes on behind ${entries} that another process delivered in between, each once`, async () => {
      write(20);
      await delivery.run(mine);
      const other = newDelivery();
      rota.begin('theirs');
      writeThem(60);
      write(100);
      await other.run(theirs);
      await other.close();
      write(30);
      rota.begin('mine');
      await delivery.run(mine);
      assert.equal(copied(), original());
      write(30);
      await delivery.run(mine);
      assert.equal(copied(), original());
      assert.deepEqual((await delivered()).map(({ position }) => position), Array.from({ length: events }, (_, at) => at)); // prettier-ignore
      const [{ dir } = { dir: '' }] = listGenerations(copies, OWNER.hsmId);
      assert.ok((await verifyHsmLog(dir, { identity: { ...OWNER, publicKey: keys.publicKey } })).intact);
      assert.deepEqual(alarms, []);
    });

  it('adds nothing once another process is on duty, though the HSM has answered', async () => {
    write(20);
    await delivery.run(mine);
    const before = copied();
    write(20);
    onTheWay = () => rota.begin('theirs');
    await delivery.run(mine);
    assert.equal(copied(), before);
    onTheWay = () => {};
    await delivery.run(mine);
    assert.equal(copied(), before);
    rota.begin('mine');
    await delivery.run(mine);
    assert.equal(copied(), original());
    assert.equal((await delivered()).length, 4);
  });

  it('changes no stream that another process delivers, though it does not know of that process yet', async () => {
    write(20);
    const unaware: Duty = { held: true, fence: mine.fence, require: (tx) => mine.require(tx) };
    await delivery.run(unaware);
    write(20);
    rota.begin('theirs');
    await delivery.run(unaware);
    assert.equal((await delivered()).length, 2);
    await delivery.close();
    const other = newDelivery();
    await other.run(theirs); // finds in the copy what the stream does not have
    await other.close();
    assert.equal(copied(), original());
    assert.equal((await delivered()).length, 4);
  });

  it('says anew which HSMs there are when another process may have said otherwise', async () => {
    failAfter = 0;
    await delivery.run(mine);
    const [state] = readCopyStates(copies);
    assert.ok(state?.member === true);
    rota.begin('theirs');
    writeCopyState(copies, { ...state, member: false });
    rota.begin('mine');
    await delivery.run(mine);
    assert.equal(readCopyStates(copies)[0]?.member, true);
  });

  it('tells of an entry that was altered before it was delivered, and goes on behind it', async () => {
    write(20);
    await delivery.run(mine);
    const before = readFileSync(join(hsmDir, listSegments(hsmDir)[0] ?? ''), 'utf8').length;
    write(20);
    closeLog();
    const path = join(hsmDir, listSegments(hsmDir).at(-1) ?? '');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.slice(0, before) + text.slice(before).replace('kmsuser', 'nobody_'));
    openLog();
    await delivery.run(mine);
    const [alarm, ...more] = alarms;
    assert.deepEqual([alarm?.kind, alarm?.detail['sequence'], more], ['hsm-log-broken', 20, []]);
    await delivery.run(mine);
    write(10);
    await delivery.run(mine);
    assert.equal(alarms.length, 1);
    assert.equal(copied(), original());
    assert.equal((await delivered()).length, 5);
    assert.equal(listGenerations(copies, OWNER.hsmId).length, 2);
  });

  it('tells of a log that was cut off or put back to what it was', async () => {
    write(20);
    closeLog();
    cpSync(hsmDir, join(root, 'backup'), { recursive: true });
    openLog();
    write(20);
    await delivery.run(mine);
    closeLog();
    rmSync(hsmDir, { recursive: true });
    cpSync(join(root, 'backup'), hsmDir, { recursive: true });
    openLog();
    await delivery.run(mine);
    assert.equal(alarms.length, 1);
    assert.match(alarms[0]?.what ?? '', /the HSM has 20 entries, though 40 were delivered/);
    write(10);
    await delivery.run(mine);
    assert.equal(alarms.length, 1);
  });

  it('takes nothing that another key has signed', async () => {
    write(20);
    await delivery.close();
    delivery = newDelivery(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);
    await delivery.run(mine);
    assert.match(alarms[0]?.what ?? '', /signature is not that of the HSM/);
    assert.deepEqual([await delivered(), copied()], [[], '']);
  });

  it('proves by its signatures that a tail was cut off or the chain made anew', async () => {
    write(30);
    closeLog();
    const identity = { ...OWNER, publicKey: keys.publicKey };
    assert.ok((await verifyHsmLog(hsmDir, { identity })).intact);
    const path = join(hsmDir, listSegments(hsmDir).at(-1) ?? '');
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    writeFileSync(path, `${lines.slice(0, -3).join('\n')}\n`);
    const cut = await verifyHsmLog(hsmDir, { identity });
    assert.ok(!cut.intact && /signed 30 entries/.test(cut.reason), JSON.stringify(cut));
    const forged = join(root, 'forged');
    mkdirSync(forged);
    const other = new HsmLog(forged);
    for (let at = 0; at < 30; at++) other.append({ ...LOGIN, session: at });
    other.close();
    cpSync(
      join(hsmDir, '00000000000000000000.checkpoints'),
      join(forged, '00000000000000000000.checkpoints'),
    );
    assert.equal((await verifyHsmLog(forged, { identity })).intact, false);
    openLog();
  });
});
