import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { openJournal } from '../../src/audit/journal.ts';
import { segmentFirst } from '../../src/audit/line.ts';
import { verifyJournal } from '../../src/audit/verify.ts';
import type { JournalProblem } from '../../src/audit/verify.ts';
import { sampleEvent } from './sample.ts';

const RECORDS = 11;

describe('verifying a journal', () => {
  let whole = '';
  let segments: { name: string; lines: string[]; first: number; last: number }[] = [];

  before(async () => {
    whole = await mkdtemp(join(tmpdir(), 'claviger-audit-'));
    const journal = await openJournal({ dir: whole, writerId: 'w1', segmentBytes: 3500 });
    for (let count = 0; count < RECORDS; count += 1) await journal.append(sampleEvent());
    await journal.close();
    const names = (await readdir(join(whole, 'w1'))).filter((name) => name.startsWith('journal-')).sort();
    segments = await Promise.all(
      names.map(async (name) => {
        const lines = (await readFile(join(whole, 'w1', name), 'utf8')).split('\n').slice(0, -1);
        const first = segmentFirst(name) as number;
        return { name, lines, first, last: first + lines.length - 2 };
      }),
    );
    assert.ok(segments.length >= 3 && segments.every(({ first, last }) => last >= first));
  });

  after(() => rm(whole, { recursive: true }));

  /** Problems of a copy of the journal with which `tamper` did something. */
  async function problemsAfter(
    test: TestContext,
    tamper: (folder: string) => Promise<void>,
  ): Promise<JournalProblem[]> {
    const copy = await mkdtemp(join(tmpdir(), 'claviger-audit-'));
    test.after(() => rm(copy, { recursive: true }));
    await cp(whole, copy, { recursive: true });
    await tamper(join(copy, 'w1'));
    const { ok, problems } = await verifyJournal(copy);
    assert.equal(ok, problems.length === 0);
    return problems;
  }

  /** For each record: the problems after its line was replaced by what `change` makes of it. */
  async function forEachRecord(
    test: TestContext,
    change: (lines: string[], index: number) => void,
    check: (problems: JournalProblem[], seq: number, segment: (typeof segments)[number]) => void,
  ): Promise<void> {
    for (const segment of segments) {
      for (let seq = segment.first; seq <= segment.last; seq += 1) {
        const lines = [...segment.lines];
        change(lines, seq - segment.first + 1);
        const problems = await problemsAfter(test, (folder) =>
          writeFile(join(folder, segment.name), lines.map((line) => `${line}\n`).join('')),
        );
        check(problems, seq, segment);
      }
    }
  }

  it('finds nothing wrong with one that nobody touched', async (test) => {
    assert.deepEqual(await problemsAfter(test, async () => undefined), []);
    assert.equal((await verifyJournal(whole)).records, RECORDS);
  });

  it('names the altered record, and no other, when an event was altered', async (test) => {
    await forEachRecord(
      test,
      (lines, index) => (lines[index] = (lines[index] as string).replace('Alice', 'Mallo')),
      (problems, seq, { name }) => assert.deepEqual(problems, [{ file: `w1/${name}`, seq, kind: 'altered' }]),
    );
  });

  it('names the altered record, and no other, when a chain value was altered', async (test) => {
    await forEachRecord(
      test,
      (lines, index) =>
        (lines[index] = (lines[index] as string).replace(/("chain":")[0-9a-f]{8}/, '$100000000')),
      (problems, seq, { name }) => assert.deepEqual(problems, [{ file: `w1/${name}`, seq, kind: 'altered' }]),
    );
  });

  it('names the altered record when its line is no longer one', async (test) => {
    await forEachRecord(
      test,
      (lines, index) => (lines[index] = 'nothing to see here'),
      (problems, seq, { name }) => assert.deepEqual(problems, [{ file: `w1/${name}`, seq, kind: 'altered' }]),
    );
  });

  it('names the record that was removed', async (test) => {
    await forEachRecord(
      test,
      (lines, index) => lines.splice(index, 1),
      (problems, seq, { name }) => {
        const kind = seq === RECORDS ? 'truncated' : 'removed';
        assert.deepEqual(problems, [{ file: `w1/${name}`, seq, kind }]);
      },
    );
  });

  it('names records that changed places', async (test) => {
    await forEachRecord(
      test,
      (lines, index) => {
        const other = index + 1 < lines.length ? index + 1 : index - 1;
        [lines[index], lines[other]] = [lines[other] as string, lines[index] as string];
      },
      (problems, seq, { name, first, last }) => {
        if (first === last) return;
        const earlier = seq < last ? seq : seq - 1;
        assert.deepEqual(problems[0], { file: `w1/${name}`, seq: earlier, kind: 'reordered' });
      },
    );
  });

  it('names the record that was put in twice', async (test) => {
    await forEachRecord(
      test,
      (lines, index) => lines.splice(index, 0, lines[index] as string),
      (problems, seq, { name }) =>
        assert.deepEqual(problems, [{ file: `w1/${name}`, seq, kind: 'reordered' }]),
    );
  });

  it('names the first record that is missing when a segment was cut off in the middle of it', async (test) => {
    for (const { name, lines, first, last } of segments) {
      for (let seq = first; seq <= last; seq += 1) {
        const kept = `${lines.slice(0, seq - first + 1).join('\n')}\n{"seq":${seq},"ch`;
        const problems = await problemsAfter(test, (folder) => writeFile(join(folder, name), kept));
        assert.deepEqual(problems, [{ file: `w1/${name}`, seq, kind: 'truncated' }]);
      }
    }
  });

  it('finds a missing segment, wherever it was', async (test) => {
    for (const [index, { name, first, last }] of segments.entries()) {
      const problems = await problemsAfter(test, (folder) => rm(join(folder, name)));
      const file = segments[index - 1]?.name ?? segments[index + 1]?.name;
      const kind = last === RECORDS ? 'truncated' : 'removed';
      assert.deepEqual(problems, [{ file: `w1/${file}`, seq: first, kind }]);
    }
  });

  it('finds all segments missing, and a missing or an altered head file', async (test) => {
    assert.deepEqual(
      await problemsAfter(test, async (folder) => {
        for (const { name } of segments) await rm(join(folder, name));
      }),
      [{ file: 'w1/head.json', seq: 1, kind: 'truncated' }],
    );
    assert.deepEqual(await problemsAfter(test, (folder) => rm(join(folder, 'head.json'))), [
      { file: 'w1/head.json', seq: RECORDS, kind: 'removed' },
    ]);
    const head = `{"seq":${RECORDS},"chain":"${'0'.repeat(64)}"}\n`;
    assert.deepEqual(await problemsAfter(test, (folder) => writeFile(join(folder, 'head.json'), head)), [
      { file: `w1/${segments.at(-1)?.name}`, seq: RECORDS, kind: 'altered' },
    ]);
  });

  it("finds a writer's journal that was passed off as another's", async (test) => {
    const problems = await problemsAfter(test, (folder) => rename(folder, join(folder, '..', 'w2')));
    assert.equal(problems[0]?.kind, 'altered');
  });

  it('finds every single byte that was altered, of a header, a record and the end of a segment', async (test) => {
    const { name } = segments[1] as (typeof segments)[number];
    const path = join('w1', name);
    const bytes = await readFile(join(whole, path));
    const copy = await mkdtemp(join(tmpdir(), 'claviger-audit-'));
    test.after(() => rm(copy, { recursive: true }));
    await cp(whole, copy, { recursive: true });
    const recordEnd = bytes.indexOf('\n', bytes.indexOf('\n') + 1);
    for (let at = 0; at < bytes.length; at += at === recordEnd ? bytes.length - 1 - at : 1) {
      const altered = Buffer.from(bytes);
      altered[at] = (altered[at] as number) ^ (1 << (at % 8));
      await writeFile(join(copy, path), altered);
      const { problems } = await verifyJournal(copy);
      assert.ok(
        problems.some(({ file }) => file === `w1/${name}`),
        `byte ${at}`,
      );
    }
  });
});
