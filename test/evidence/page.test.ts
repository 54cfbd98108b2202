/** The page of an evidence pack: what callers chose shows as text, whatever it is. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { html, table } from '../../src/evidence/html.ts';
import { page } from '../../src/evidence/page.ts';

const HOSTILE = `<script>alert("1")</script>&'`;

describe('the page of an evidence pack', () => {
  it('escapes every value and keeps its own markup', () => {
    assert.equal(html`<p title="${HOSTILE}">${html`<b>${'<'}</b>`}</p>`.text, '<p title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;"><b>&lt;</b></p>'); // prettier-ignore
    assert.ok(!table([HOSTILE], [[HOSTILE]], '').text.includes('<script'));
  });

  it('runs nothing and loads nothing, even of a key whose description, caller and policy are hostile', () => {
    const text = page({
      version: 1,
      madeAt: '2026-11-25T21:52:00.000Z',
      keyArn: HOSTILE,
      notAsked: null,
      now: { keyArn: HOSTILE, metadata: { Description: HOSTILE }, policy: HOSTILE, cluster: null },
      life: [{ time: HOSTILE, eventName: HOSTILE, by: HOSTILE, parameters: { description: HOSTILE }, error: HOSTILE, eventId: '', record: HOSTILE }], // prettier-ignore
      policies: [{ since: HOSTILE, by: HOSTILE, policy: HOSTILE, eventId: '' }],
      usage: [{ by: HOSTILE, eventName: HOSTILE, succeeded: 1, failed: 0, first: '', last: '' }],
      verification: { outcome: 'agree', from: 0, to: 0, incomplete: [], findings: [], uses: 0, calls: 0, repeated: 0, undecided: 0 }, // prettier-ignore
    });
    assert.ok(!/<script|javascript:|src=|href=/i.test(text));
    assert.ok(text.includes(`default-src 'none'`));
    assert.ok(text.includes('&lt;script&gt;'));
  });
});
