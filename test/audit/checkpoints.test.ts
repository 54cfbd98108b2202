/** Signed statements about a journal: what they prove, what is found when somebody rewrites it, and removal by right. */
import assert from 'node:assert/strict';
import { appendFile, cp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { directoryAnchor } from '../../src/audit/anchors.ts';
import { directoryBucket } from '../../src/audit/buckets/directory-bucket.ts';
import { digestText, sha256, signedText } from '../../src/audit/digest.ts';
import type { Digest } from '../../src/audit/digest.ts';
import { appendLine, checkpointLine } from '../../src/audit/checkpoints.ts';
import { openJournal } from '../../src/audit/journal.ts';
import { printVerification } from '../../src/audit/print.ts';
import { readPublicKeys, writePublicKeys } from '../../src/audit/public-keys.ts';
import { readJournal } from '../../src/audit/reading.ts';
import { SegmentDamaged, bury, expiredRecords } from '../../src/audit/retention.ts';
import { JournalTail } from '../../src/audit/tail.ts';
import { verifyJournal } from '../../src/audit/verify.ts';
import { Checkpoints } from '../../src/jobs/checkpoints.ts';
import { freshFolder, sampleEvent } from './sample.ts';
import { newSigner } from './signer.ts';

const signer = newSigner();

/** A journal with a checkpoint after each third of its records, and an anchor beside it. */
async function signedJournal(): Promise<{ dir: string; anchor: string }> {
  const dir = await freshFolder();
  const anchor = await freshFolder();
  const journal = await openJournal({ dir, writerId: 'w1', segmentBytes: 3_500 });
  const checkpoints = new Checkpoints({
    ...{ journalDir: dir, writerId: 'w1', clock: Date.now, logger: { error() {} } as never },
    position: () => journal.position,
    signer: async () => signer,
    publicKeys: async () => [signer.published],
    anchor: directoryAnchor(anchor),
  });
  await checkpoints.run();
  await writePublicKeys(dir, [signer.published]);
  for (let count = 1; count <= 12; count += 1) {
    await journal.append(sampleEvent());
    if (count % 4 === 0) await checkpoints.run();
  }
  await journal.close();
  return { dir, anchor };
}

/** Writes another journal in the place of the old one: consistent in itself, with one event altered. */
async function rewrite(dir: string, upTo = Infinity): Promise<void> {
  const events = [];
  for await (const { event } of readJournal(dir)) events.push(event);
  const files = await readdir(join(dir, 'w1'));
  for (const name of files.filter((file) => /^(journal|head)/.test(file))) await rm(join(dir, 'w1', name));
  const journal = await openJournal({ dir, writerId: 'w1', segmentBytes: 3_500 });
  for (const [index, event] of events.slice(0, upTo).entries()) {
    await journal.append(index === 5 ? { ...event, eventName: 'Nothing' } : event);
  }
  await journal.close();
}

describe('signed checkpoints', () => {
  it('find nothing wrong with a journal that nobody touched, and say how far they reach', async () => {
    const { dir, anchor } = await signedJournal();
    assert.deepEqual(await verifyJournal(dir, { anchor }), {
      ok: true,
      records: 12,
      signed: 12,
      problems: [],
    });
  });

  it('contradict a journal that was rewritten without a flaw', async () => {
    const { dir } = await signedJournal();
    await rewrite(dir);
    const { problems } = await verifyJournal(dir);
    assert.deepEqual(
      problems.map(({ kind, seq }) => [kind, seq]),
      [
        ['contradicted', 8],
        ['contradicted', 12],
      ],
    );
  });

  it('show that a tail was cut off, head file and all', async () => {
    const { dir } = await signedJournal();
    await rewrite(dir, 5);
    const { problems } = await verifyJournal(dir);
    assert.deepEqual(problems.at(-1)?.kind, 'truncated');
    assert.deepEqual(problems.at(-1)?.seq, 6);
  });

  it('are missed when they are gone, and found forged when another key signed them', async () => {
    const { dir, anchor } = await signedJournal();
    const file = join(dir, 'w1', 'checkpoints.log');
    const lines = await readFile(file, 'utf8');
    await writeFile(file, lines.replace(/"seq":4,/, '"seq":5,'));
    const forged = { file: 'w1/checkpoints.log', seq: 2, kind: 'forged' };
    assert.deepEqual((await verifyJournal(dir)).problems, [forged]);
    await rm(file);
    const { problems } = await verifyJournal(dir);
    assert.deepEqual(problems, [{ file: 'w1/checkpoints.log', seq: 0, kind: 'removed' }]);
    await writeFile(file, lines);

    const mallory = newSigner();
    const journal = await openJournal({ dir, writerId: 'w1' });
    const forging = new Checkpoints({
      ...{
        journalDir: dir,
        writerId: 'w1',
        clock: Date.now,
        logger: { error() {} } as never,
        anchor: undefined,
      },
      position: () => journal.position,
      signer: async () => mallory,
      publicKeys: async () => [mallory.published],
    });
    await rm(file);
    await forging.run();
    await journal.close();
    await writePublicKeys(dir, [mallory.published]);
    assert.equal((await verifyJournal(dir)).ok, true); // who can write everything here is found only from outside
    assert.equal((await verifyJournal(dir, { anchor })).ok, false);
    assert.equal((await verifyJournal(dir, { key: [signer.fingerprint] })).ok, false);
  });

  it('go on behind a line that a full disk cut off, which is no forged one', async () => {
    const { dir, anchor } = await signedJournal();
    const file = join(dir, 'w1', 'checkpoints.log');
    const torn = (await checkpointLine('w1', { seq: 12, chain: 'a'.repeat(64) }, 0, signer)).slice(0, 200);
    for (const [written, record] of [
      [torn, 13],
      ['{', 14],
    ] as const) {
      await appendFile(file, written);
      assert.equal((await verifyJournal(dir, { anchor })).ok, true);
      const journal = await openJournal({ dir, writerId: 'w1' });
      await journal.append(sampleEvent());
      await appendLine(file, await checkpointLine('w1', journal.position, Date.now(), signer));
      await journal.close();
      const { problems, signed } = await verifyJournal(dir, { anchor });
      assert.deepEqual([problems, signed], [[], record]);
    }
  });

  it('in an anchor outlive those of the journal', async () => {
    const { dir, anchor } = await signedJournal();
    const file = join(dir, 'w1', 'checkpoints.log');
    await writeFile(file, (await readFile(file, 'utf8')).split('\n').slice(0, 1).join('\n') + '\n');
    await rewrite(dir);
    assert.equal((await verifyJournal(dir)).ok, true);
    const { problems } = await verifyJournal(dir, { anchor });
    assert.ok(problems.some(({ kind, seq }) => kind === 'contradicted' && seq === 8));
  });
});

describe('an anchor that is a folder', () => {
  it('needs no file replaced or taken away, also when there is a new key or one was cut off', async () => {
    const folder = await freshFolder();
    const [first, next] = [newSigner(), newSigner()];
    const put = async (...signers: (typeof first)[]): Promise<void> => {
      const line = await checkpointLine('w1', { seq: 1, chain: 'a'.repeat(64) }, 0, first);
      await directoryAnchor(folder).put(
        'w1',
        line,
        signers.map(({ published }) => published),
      );
    };
    const files = async (): Promise<{ name: string; inode: number; text: string }[]> =>
      Promise.all(
        (await readdir(folder)).map(async (name) => ({
          ...{ name, inode: (await stat(join(folder, name))).ino },
          text: await readFile(join(folder, name), 'utf8'),
        })),
      );
    await put(first);
    const before = await files();
    await put(first);
    await appendFile(join(folder, 'w1-keys.log'), '{"fingerprint":');
    await put(first, next);
    const after = await files();
    for (const { name, inode, text } of before) {
      const now = after.find((file) => file.name === name);
      assert.equal(now?.inode, inode, name);
      assert.ok(now.text.startsWith(text), name);
    }
    const keys = [...(await readPublicKeys(folder, 'checkpoint')).keys()];
    assert.deepEqual(keys, [first.fingerprint, next.fingerprint]);
    assert.equal(after.find(({ name }) => name === 'w1-keys.log')?.text.split('\n').length, 3, 'each once');
  });
});

describe('keys from outside', () => {
  const missing = { file: 'keys.json', seq: 0, kind: 'removed' };

  it('are missed when nothing that they signed is there, and no other stands for one', async () => {
    const { dir } = await signedJournal();
    await rewrite(dir);
    const file = join(dir, 'w1', 'checkpoints.log');
    await rm(file);
    const mallory = newSigner();
    const named = { key: [signer.fingerprint] };
    for (const published of [[mallory.published], []]) {
      await writePublicKeys(dir, published);
      assert.deepEqual((await verifyJournal(dir, named)).problems, [missing]);
      assert.deepEqual((await verifyJournal(dir, { anchor: await freshFolder() })).problems, [missing]);
    }
    // another key under the fingerprint of the one that was written down
    const journal = await openJournal({ dir, writerId: 'w1' });
    await journal.close();
    const liar = { ...mallory, fingerprint: signer.fingerprint };
    await writeFile(file, await checkpointLine('w1', journal.position, Date.now(), liar));
    await writePublicKeys(dir, [{ ...mallory.published, fingerprint: signer.fingerprint }]);
    const { problems } = await verifyJournal(dir, named);
    assert.deepEqual(problems[0], missing);
    assert.ok(problems.some(({ kind }) => kind === 'forged'));
  });

  it('may be several, for each signs for a year', async () => {
    const { dir } = await signedJournal();
    const next = newSigner();
    await writePublicKeys(dir, [signer.published, next.published]);
    const journal = await openJournal({ dir, writerId: 'w1' });
    await journal.append(sampleEvent());
    const line = await checkpointLine('w1', journal.position, Date.now(), next);
    await appendLine(join(dir, 'w1', 'checkpoints.log'), line);
    await journal.close();
    for (const key of [[signer.fingerprint], [next.fingerprint]])
      assert.equal((await verifyJournal(dir, { key })).ok, false);
    const both = await verifyJournal(dir, { key: [next.fingerprint, signer.fingerprint] });
    assert.deepEqual([both.ok, both.signed], [true, 13]);
  });

  it('are believed of digest files too, and those beside the journal are not', async () => {
    const { dir, anchor } = await signedJournal();
    const [own, mallory] = [newSigner('digest'), newSigner('digest')];
    await writePublicKeys(anchor, [signer.published, own.published]);
    await writePublicKeys(dir, [signer.published, mallory.published]);
    const logs = await freshFolder();
    const object = 'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/01/01/digest.json.gz';
    const text = digestText({
      ...{ accountId: '111122223333', start: 0, end: 3_600_000, bucket: 'logs', object, files: [] },
      fingerprint: mallory.fingerprint,
      previous: { bucket: null, object: null, hash: null, signature: null },
    });
    const signature = await mallory.sign(signedText(JSON.parse(text) as Digest, sha256(text)));
    await directoryBucket(logs).put(object, gzipSync(text), { signature: signature.toString('hex') });
    let output = '';
    const write = (piece: string): void => void (output += piece);
    assert.equal(await printVerification(dir, { logs }, write), true, output);
    assert.match(output, /^Digests of us-east-1 reach from 1970-01-01T00:00:00Z to 1970-01-01T01:00:00Z\.$/m);
    assert.equal(await printVerification(dir, { logs, anchor }, write), false);
    assert.match(output, /^forged: AWSLogs/m);
  });
});

describe('retention of a journal', () => {
  const everythingRead = { readUpTo: 12, bytes: undefined };

  async function aged(): Promise<string> {
    const { dir } = await signedJournal();
    const names = (await readdir(join(dir, 'w1'))).filter((name) => name.startsWith('journal-')).sort();
    for (const name of names.slice(0, 3)) await utimes(join(dir, 'w1', name), 1000, 1000);
    return dir;
  }

  it('leaves a signed tombstone, with which the rest verifies', async () => {
    const dir = await aged();
    const stone = await expiredRecords(dir, 'w1', { ...everythingRead, before: Date.now() - 86_400_000 });
    assert.ok(stone !== undefined && stone.first === 1 && stone.last >= 3 && stone.reason === 'age');
    await bury(dir, stone, Date.now(), signer);
    const { ok, records, buried, problems } = await verifyJournal(dir);
    assert.deepEqual(
      { ok, records, buried },
      { ok: true, records: 12 - stone.last, buried: stone.last },
      JSON.stringify(problems),
    );
    const journal = await openJournal({ dir, writerId: 'w1' });
    assert.equal(journal.position.seq, 12);
    await journal.append(sampleEvent());
    await journal.close();
    assert.equal((await verifyJournal(dir)).ok, true);
    assert.equal((await new JournalTail(dir, {}).read({}))[0]?.seq, stone.last + 1);
  });

  it('is found out when records are gone without a tombstone, or the tombstone is not signed', async () => {
    const dir = await aged();
    const copy = await freshFolder();
    const stone = await expiredRecords(dir, 'w1', { ...everythingRead, before: Date.now() - 86_400_000 });
    assert.ok(stone !== undefined);
    await bury(dir, stone, Date.now(), signer);
    await cp(dir, copy, { recursive: true });
    await rm(join(dir, 'w1', 'tombstones.log'));
    const gone = (await verifyJournal(dir)).problems;
    assert.deepEqual([gone[0]?.kind, gone[0]?.seq], ['removed', 1]);
    const file = join(copy, 'w1', 'tombstones.log');
    await writeFile(file, (await readFile(file, 'utf8')).replace('"reason":"age"', '"reason":"size"'));
    assert.ok((await verifyJournal(copy)).problems.some(({ kind }) => kind === 'forged'));
  });

  it('takes the oldest segments while there is too much, and never what a reader has not had', async () => {
    const { dir } = await signedJournal();
    const rules = { before: undefined, bytes: 1 };
    const all = await expiredRecords(dir, 'w1', { ...rules, readUpTo: 12 });
    assert.equal(all?.reason, 'size');
    const some = await expiredRecords(dir, 'w1', { ...rules, readUpTo: 5 });
    assert.ok(all !== undefined && (some?.last ?? 0) <= 5 && all.last > 5);
    assert.equal(await expiredRecords(dir, 'w1', { ...rules, readUpTo: 0 }), undefined);
  });

  it('gives nothing up when it is ended meanwhile', async () => {
    const { dir } = await signedJournal();
    const rules = { before: undefined, bytes: 1, readUpTo: 12 };
    assert.equal(await expiredRecords(dir, 'w1', rules, AbortSignal.abort()), undefined);
    assert.notEqual(await expiredRecords(dir, 'w1', rules, new AbortController().signal), undefined);
  });

  it('leaves what was written since the comparison of the trails stopped', async () => {
    const dir = await aged();
    const rules = { ...everythingRead, before: Date.now() - 86_400_000 };
    assert.equal(await expiredRecords(dir, 'w1', { ...rules, neededFrom: 0 }), undefined);
    assert.equal(await expiredRecords(dir, 'w1', { ...rules, neededFrom: 1000 * 1000 }), undefined);
    const stone = await expiredRecords(dir, 'w1', { ...rules, neededFrom: 1001 * 1000 });
    assert.deepEqual(stone, await expiredRecords(dir, 'w1', rules));
    assert.ok(stone !== undefined);
  });

  it('removes no segment that somebody changed', async () => {
    const { dir } = await signedJournal();
    const [name] = (await readdir(join(dir, 'w1'))).filter((file) => file.startsWith('journal-')).sort();
    const path = join(dir, 'w1', name as string);
    await writeFile(path, (await readFile(path, 'utf8')).replace('Alice', 'Mallo'));
    await assert.rejects(
      expiredRecords(dir, 'w1', { before: undefined, bytes: 1, readUpTo: 12 }),
      SegmentDamaged,
    );
  });
});

describe('following journals by position', () => {
  it('gives every record once, none beyond what is durable, and goes on where it stopped', async () => {
    const { dir } = await signedJournal();
    const tail = new JournalTail(dir, {});
    const seen: number[] = [];
    for (const limit of [0, 3, 3, 7, 12, 20]) {
      for (;;) {
        const records = await tail.read({ w1: limit }, 2);
        if (records.length === 0) break;
        seen.push(...records.map(({ seq }) => seq));
      }
      assert.equal(seen.length, Math.min(limit, 12));
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 12 }, (_, index) => index + 1),
    );
    assert.deepEqual(tail.positions, { w1: 12 });
    assert.equal((await new JournalTail(dir, { w1: 7 }).read({}))[0]?.seq, 8);
  });
});
