/** Copies of the HSMs' logs: what is missing at their ends. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { FIRST_CHAIN, entryContent, nextChain } from '../../src/hsm-log/line.ts';
import { segmentName } from '../../src/hsm-log/segments.ts';
import { nothingDelivered, writeCopyState } from '../../src/hsm-trail/log-copy.ts';
import { verifyCopies } from '../../src/reconcile/chains.ts';
import { reportLines } from '../../src/reconcile/print.ts';
import { makeCertificates } from '../audit/collector.ts';
import { freshFolder } from '../audit/sample.ts';

const ENTRIES = 5;

describe('the verification of a copy', () => {
  let copies: string;
  let lines: string[];
  const write = (first: number, last: number): void => {
    const dir = join(copies, 'hsm-a', '0000');
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, segmentName(first)), lines.slice(first, last + 1).join(''));
  };

  beforeEach(async () => {
    copies = await freshFolder();
    let chain = FIRST_CHAIN;
    lines = Array.from({ length: ENTRIES }, (_, at) => {
      const content = entryContent(at, at, { opcode: 'CN_LOGIN', session: 1, response: 0 });
      chain = nextChain(chain, content);
      return `${content} ${chain}\n`;
    });
    write(0, ENTRIES - 1);
    const certificate = readFileSync(makeCertificates(await freshFolder()).certificate, 'utf8');
    writeCopyState(copies, {
      ...{ hsmId: 'hsm-a', clusterId: 'c', member: true, generation: 0, entries: ENTRIES, certificate },
      completeUntilMicros: 0,
    });
  });

  it('finds that entries were delivered which are not there', async () => {
    const whole = { hsmId: 'hsm-a', intact: true, entries: ENTRIES, checkpoints: 0 };
    assert.deepEqual(await verifyCopies(copies), [whole]);
    write(0, 2);
    const reason = 'the copy ends after 3 entries, and 5 were delivered';
    assert.deepEqual(await verifyCopies(copies), [{ hsmId: 'hsm-a', intact: false, reason }]);
    rmSync(join(copies, 'hsm-a', '0000'), { recursive: true });
    const [gone] = await verifyCopies(copies);
    assert.equal(gone?.intact, false);
  });

  it('does not pass over the copy of an HSM that has left when nobody can say whose key signed it', async () => {
    writeFileSync(join(copies, 'hsm-a', 'state.json'), '');
    assert.deepEqual(await verifyCopies(copies), [], 'a member whose log is delivered again');
    writeCopyState(copies, { ...nothingDelivered('hsm-a', 'c'), member: false });
    const reason = 'state.json does not say whose key signed this copy';
    assert.deepEqual(await verifyCopies(copies), [{ hsmId: 'hsm-a', intact: false, reason }]);
    rmSync(join(copies, 'hsm-a', '0000'), { recursive: true });
    assert.deepEqual(await verifyCopies(copies), [], 'an HSM that left before anything was delivered');
  });

  it('says where a copy begins that does not begin with the log', async () => {
    write(3, 4);
    const hsmLogs = await verifyCopies(copies);
    assert.deepEqual(hsmLogs, [{ hsmId: 'hsm-a', intact: true, entries: 5, checkpoints: 0, begins: 3 }]);
    const text = reportLines({
      ...{ from: 0, to: 0, findings: [], incomplete: [], outcome: 'agree' },
      ...{ uses: 0, calls: 0, repeated: 0, undecided: 0 },
      chains: { journal: { ok: true, records: 0, problems: [] }, hsmLogs },
    }).join('\n');
    assert.match(text, /^log of hsm-a: entries 3 to 4, those before are not in this copy, 0 signature/m);
  });
});
