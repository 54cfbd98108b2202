/** Whatever lie is planted among uses and calls is found, and none is invented: over random histories with clock skew and retries. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { matchRequest } from '../../src/reconcile/match.ts';
import type { Matched, MatchRules } from '../../src/reconcile/match.ts';
import { Partitions } from '../../src/reconcile/partitions.ts';
import type { Call, Use } from '../../src/reconcile/records.ts';

const FROM = 1_800_000_000_000;
const TO = FROM + 600_000;
const MARGIN_MS = 30_000;
const HSMS = ['hsm-a', 'hsm-b', 'hsm-c'];
const arnOf = (material: string): string => `arn:aws:kms:r:1:key/${material}`;

const RULES: MatchRules = {
  from: FROM,
  to: TO,
  marginMs: MARGIN_MS,
  completeUntil: () => Number.MAX_SAFE_INTEGER,
  keyOf: arnOf,
};

const VERBS: Readonly<Record<string, string[]>> = {
  Encrypt: ['Encrypt'],
  Decrypt: ['Decrypt'],
  ReEncrypt: ['Decrypt', 'Encrypt'],
  GenerateDataKey: ['GenerateDataKey'],
};

interface History {
  uses: Use[];
  calls: Call[];
}

/** One call as it can happen: on one HSM, or failed there and repeated elsewhere, by clocks that differ. */
const request = fc.record({
  id: fc.uuid().map((id) => id.replaceAll('-', '')),
  eventName: fc.constantFrom(...Object.keys(VERBS)),
  timeAt: fc.integer({ min: FROM, max: TO }),
  skew: fc.array(fc.integer({ min: -10_000, max: 10_000 }), { minLength: 3, maxLength: 3 }),
  material: fc.constantFrom('aa'.repeat(16), 'bb'.repeat(16)),
  first: fc.nat(2),
  retries: fc.array(fc.boolean(), { maxLength: 2 }),
  outcome: fc.constantFrom('succeeded', 'succeeded', 'succeeded', 'failed', 'refused'),
});

type Request = typeof request extends fc.Arbitrary<infer R> ? R : never;

function historyOf(requests: readonly Request[]): History {
  const history: History = { uses: [], calls: [] };
  for (const [seq, one] of requests.entries()) {
    const verbs = VERBS[one.eventName] as string[];
    const outcome = one.outcome;
    history.calls.push({
      requestId: one.id,
      timeAt: Math.floor(one.timeAt / 1000) * 1000,
      writer: 'server-1',
      seq,
      eventId: one.id,
      eventName: one.eventName,
      outcome,
      verbs,
      keyArns: outcome === 'refused' ? [] : [arnOf(one.material)],
      keyStore: 'cks-1',
      wanted: outcome === 'succeeded' ? verbs.map((verb) => ({ verb, keyArn: arnOf(one.material) })) : [],
    });
    if (outcome === 'refused') continue;
    for (const verb of verbs) {
      // an attempt that failed, or whose answer came too late, and then the one that counts
      const attempts = [...one.retries, outcome === 'succeeded'];
      for (const [at, succeeded] of attempts.entries()) {
        const hsm = (one.first + at) % HSMS.length;
        history.uses.push({
          requestId: one.id,
          timeAt: one.timeAt - 1500 + at * 500 + (one.skew[hsm] as number),
          hsmId: HSMS[hsm] as string,
          sequence: history.uses.length,
          verb,
          succeeded,
          materialId: one.material,
        });
      }
    }
  }
  return history;
}

async function reconcile({ uses, calls }: History, rules = RULES): Promise<Matched> {
  const partitions = new Partitions(1);
  for (const use of uses) partitions.add({ use });
  for (const call of calls) partitions.add({ call });
  const total: Matched = { findings: [], uses: 0, calls: 0, repeated: 0, undecided: 0 };
  for (const one of partitions.requests()) {
    const matched = await matchRequest(one.requestId, one.uses, one.calls, rules);
    total.findings.push(...matched.findings);
    total.uses += matched.uses;
    total.calls += matched.calls;
    total.undecided += matched.undecided;
  }
  return total;
}

const histories = fc
  .uniqueArray(request, { selector: ({ id }) => id, minLength: 1, maxLength: 30 })
  .map(historyOf);

const inRange = ({ timeAt }: { timeAt: number }): boolean => timeAt >= FROM && timeAt <= TO;

describe('the comparison of uses and calls', () => {
  it('finds nothing where nothing was planted', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        const { findings, calls, uses } = await reconcile(history);
        assert.deepEqual(findings, []);
        assert.equal(calls, history.calls.filter((c) => c.outcome === 'succeeded' && inRange(c)).length);
        assert.equal(uses, history.uses.filter(inRange).length);
      }),
    );
  });

  it('finds every use that has no call, whatever its verb, key or request id', async () => {
    const stolen = fc.record({
      at: fc.integer({ min: FROM, max: TO }),
      verb: fc.constantFrom('Encrypt', 'Decrypt', 'Random'),
    });
    await fc.assert(
      fc.asyncProperty(histories, stolen, fc.uuid(), async (history, { at, verb }, id) => {
        const use: Use = {
          requestId: id.replaceAll('-', ''),
          timeAt: at,
          hsmId: 'hsm-a',
          sequence: 1_000_000,
          verb,
          succeeded: true,
          materialId: verb === 'Random' ? '' : 'aa'.repeat(16),
        };
        const { findings } = await reconcile({ ...history, uses: [...history.uses, use] });
        assert.deepEqual(findings.map((f) => [f.kind, f.use]), [['use-without-call', use]]); // prettier-ignore
      }),
    );
  });

  it('finds a use that borrows the request id of a call that was refused, was for another key, or is long over', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.nat(), fc.constantFrom('key', 'time'), async (history, pick, how) => {
        const call = history.calls[pick % history.calls.length] as Call;
        const materialId = how === 'key' ? 'cc'.repeat(16) : 'aa'.repeat(16);
        const timeAt = how === 'key' || call.timeAt + 120_000 > TO ? call.timeAt : call.timeAt + 120_000;
        if (how === 'time' && timeAt === call.timeAt) return;
        if (!inRange({ timeAt })) return;
        if (how === 'key' && call.outcome === 'failed' && call.keyArns.length === 0) return;
        const use: Use = {
          requestId: call.requestId,
          timeAt,
          hsmId: 'hsm-b',
          sequence: 1_000_000,
          verb: call.verbs[0] as string,
          succeeded: true,
          materialId,
        };
        const { findings } = await reconcile({ ...history, uses: [...history.uses, use] });
        assert.deepEqual(findings.map((f) => f.use), [use]); // prettier-ignore
      }),
    );
  });

  it('finds every call whose record was taken out, and every call whose uses were', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.nat(), async (history, pick) => {
        const used = history.calls.filter((call) => call.outcome === 'succeeded' && inRange(call));
        const call = used[pick % used.length];
        if (call === undefined) return;
        const without = history.calls.filter((one) => one !== call);
        const its = history.uses.filter((use) => use.requestId === call.requestId && inRange(use));
        const removed = await reconcile({ ...history, calls: without });
        assert.deepEqual(removed.findings.map((f) => f.use), its); // prettier-ignore
        const others = history.uses.filter(({ requestId }) => requestId !== call.requestId);
        const unused = await reconcile({ ...history, uses: others });
        assert.deepEqual(unused.findings.map((f) => [f.kind, f.call]), [['call-without-use', call]]); // prettier-ignore
      }),
    );
  });

  it('does not judge a call before every log has come that its use may be in', async () => {
    const [call] = historyOf(fc.sample(request, { numRuns: 20, seed: 7 })).calls.filter(
      (c) => c.outcome === 'succeeded' && inRange(c),
    );
    assert.ok(call);
    const early = await reconcile(
      { uses: [], calls: [call] },
      { ...RULES, completeUntil: () => call.timeAt },
    );
    assert.deepEqual([early.findings, early.undecided], [[], 1]);
  });

  it('gives the same whether records stay in memory or go through files, which it removes', async () => {
    const { uses, calls } = historyOf(fc.sample(request, { numRuns: 200, seed: 11 }));
    calls.push({ ...(calls[0] as Call), requestId: 'not one\nof ours', keyArns: ['arn with a blank'] });
    calls.push({ ...(calls[0] as Call), requestId: 'f'.repeat(32), keyArns: [`${'x'.repeat(9)} {"`] });
    const parent = mkdtempSync(join(tmpdir(), 'claviger-partitions-'));
    mkdirSync(join(parent, 'x'));
    const all = async (expected: number): Promise<string[]> => {
      const partitions = new Partitions(expected, { parent: join(parent, 'x') });
      for (const use of uses) partitions.add({ use });
      for (const call of calls) partitions.add({ call });
      const found: string[] = [];
      for (const one of partitions.requests()) found.push(JSON.stringify(one));
      partitions.remove();
      return found.sort();
    };
    assert.deepEqual(await all(5_000_000), await all(1));
    assert.deepEqual(readdirSync(join(parent, 'x')), []);
    rmSync(parent, { recursive: true });
  });
});
