import assert from 'node:assert/strict';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openJournal } from '../../src/audit/journal.ts';
import { printEvents, printVerification } from '../../src/audit/print.ts';
import type { PrintEventsOptions } from '../../src/audit/print.ts';
import { KEY_ARN, freshFolder, sampleEvent } from './sample.ts';

async function printed(dir: string, options: PrintEventsOptions): Promise<string[]> {
  let text = '';
  await printEvents(dir, options, (piece) => (text += piece));
  return text.split('\n').slice(0, -1);
}

describe('printing the trail', () => {
  it('shows time, operation, caller, key and error of each event, and what was asked for alone', async () => {
    const dir = await freshFolder();
    const journal = await openJournal({ dir, writerId: 'w1' });
    const events = [
      sampleEvent(),
      sampleEvent({ eventName: 'GenerateRandom', requestParameters: null, resources: [] }),
      sampleEvent({
        eventName: 'Decrypt',
        error: { code: 'AccessDeniedException', message: 'no\u001b[2J\nmore' },
      }),
    ];
    for (const event of events) await journal.append(event);
    await journal.close();
    const lines = await printed(dir, {});
    assert.deepEqual(
      lines.map((line) => line.split(/ {2,}/)),
      [
        ['2025-05-20T20:46:16Z', 'GenerateDataKey', 'user/Alice', 'key/1234abcd-12ab-34cd-56ef-1234567890ab'],
        ['2025-05-20T20:46:16Z', 'GenerateRandom', 'user/Alice', '-'],
        ['2025-05-20T20:46:16Z', 'Decrypt', 'user/Alice', '-', 'AccessDenied: no\\u001b[2J\\u000amore'],
      ],
    );
    assert.deepEqual(await printed(dir, { name: 'Decrypt' }), [lines[2]]);
    for (const key of [KEY_ARN, KEY_ARN.slice(-36), 'alias/app']) {
      assert.deepEqual(await printed(dir, { key }), [lines[0]], key);
    }
    assert.deepEqual(await printed(dir, { key: 'ab' }), []);
    assert.deepEqual(
      (await printed(dir, { json: true })).map((line) => JSON.parse(line) as unknown),
      events,
    );
  });

  it('says whether the trail is whole, and what is wrong with it', async () => {
    const dir = await freshFolder();
    const journal = await openJournal({ dir, writerId: 'w1' });
    await journal.append(sampleEvent());
    await journal.close();
    let text = '';
    const write = (piece: string): void => void (text += piece);
    assert.equal(await printVerification(dir, {}, write), true);
    assert.equal(text, '1 record: whole and unaltered.\n');
    await appendFile(join(dir, 'w1', 'journal-0000000000000001.log'), 'x\n');
    text = '';
    assert.equal(await printVerification(dir, {}, write), false);
    assert.equal(text, 'altered: record 2 in w1/journal-0000000000000001.log\n1 record, 1 problem(s).\n');
    text = '';
    assert.equal(await printVerification(dir, { json: true }, write), false);
    assert.equal((JSON.parse(text) as { ok: boolean }).ok, false);
  });
});
