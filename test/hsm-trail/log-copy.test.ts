/** The copy of an HSM's log where several processes may open it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { LogCopy } from '../../src/hsm-trail/log-copy.ts';
import { FIRST_CHAIN } from '../../src/hsm-log/line.ts';

const HSM = 'hsm-test1';

describe("a copy of an HSM's log", () => {
  let folder: string;
  const opened: LogCopy[] = [];
  const open = (begin: Parameters<typeof LogCopy.open>[2]): LogCopy => {
    const copy = LogCopy.open(folder, HSM, begin);
    opened.push(copy);
    return copy;
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-copy-'));
  });
  afterEach(() => {
    for (const copy of opened.splice(0)) copy.close();
    rmSync(folder, { recursive: true });
  });

  it('takes no line behind those that another process has added', async () => {
    const begin = { generation: 0, sequence: 0, chain: FIRST_CHAIN };
    const [one, other] = [open(begin), open(begin)];
    await other.append(['theirs'], { sequence: 1, chain: undefined });
    await assert.rejects(one.append(['mine'], { sequence: 1, chain: undefined }), /another process/);
    assert.equal(readFileSync(join(one.dir, '00000000000000000000.log'), 'utf8'), 'theirs\n');
    await other.append(['theirs again'], { sequence: 2, chain: undefined });
  });

  it('takes no chain value of one generation for the beginning of the next', () => {
    const row = { generation: 0, sequence: 20, chain: 'ab'.repeat(32) };
    LogCopy.begin(folder, HSM, { generation: 1, sequence: 20, chain: undefined }).close();
    assert.deepEqual(open(row).place, { sequence: 20, chain: undefined });
    assert.deepEqual(open({ ...row, generation: 1 }).place, { sequence: 20, chain: row.chain });
  });
});
