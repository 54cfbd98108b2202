/** The rules by which uses and calls of one request id belong together; all else about reconciliation is moving records to here. */
import type { Call, Finding, Use, WantedUse } from './records.ts';

export interface MatchRules {
  /** Milliseconds since 1970, both included: only what is in it is judged; what is around it is there to be matched. */
  from: number;
  to: number;
  /** How far the times of a use and of its call may be apart: clock skew, and the call's own time. */
  marginMs: number;
  /**
   * Milliseconds since 1970 until which the log of every HSM of a key store is known, or of every HSM where it is not known which
   * store it was. A call after that is not judged yet: its use may be in a log that has not come.
   */
  completeUntil(keyStore: string | undefined): Promise<number> | number;
  /** The KMS key that a backing key belongs to; undefined when that is not known (any more). */
  keyOf(materialId: string): Promise<string | undefined> | string | undefined;
}

export interface Matched {
  findings: Finding[];
  /** Uses in the range that belong to a call. */
  uses: number;
  /** Successful calls in the range that have their uses. */
  calls: number;
  /** Uses in the range beyond those that a call needs: it was repeated, on another HSM as a rule. */
  repeated: number;
  /** Calls in the range that lack a use, which may come still. */
  undecided: number;
}

/** KMS gives up on a call after 250 ms, 1200 ms and 500 ms (keystores/hsm-cluster); a busy machine may take longer. */
const REPEAT_WITHIN_MS = 5_000;

/** @param uses all uses with this request id @param calls all calls with it: one, or its copies for two accounts */
export async function matchRequest(
  requestId: string,
  uses: readonly Use[],
  calls: readonly Call[],
  rules: MatchRules,
): Promise<Matched> {
  const result: Matched = { findings: [], uses: 0, calls: 0, repeated: 0, undecided: 0 };
  const isJudged = ({ timeAt }: { timeAt: number }): boolean => timeAt >= rules.from && timeAt <= rules.to;
  if (!uses.some(isJudged) && !calls.some(isJudged)) return result;
  const explained: Use[] = [];
  for (const use of uses) {
    const objection = await objectionTo(use, calls, explained, rules);
    if (objection === undefined) explained.push(use);
    if (!isJudged(use)) continue;
    if (objection === undefined) result.uses += 1;
    else result.findings.push(useFinding(requestId, use, calls[0], objection));
  }
  const call = calls.find(({ outcome }) => outcome === 'succeeded');
  const missing = call === undefined ? [] : await unmet(call.wanted, explained, rules);
  const needed = (call?.wanted.length ?? 0) - missing.length;
  const succeeded = explained.filter((use) => use.succeeded && isJudged(use)).length;
  if (call !== undefined) result.repeated = Math.max(0, succeeded - needed);
  if (call === undefined || !isJudged(call)) return result;
  if (missing.length === 0) result.calls += 1;
  else if (call.timeAt + rules.marginMs / 2 > (await rules.completeUntil(call.keyStore)))
    result.undecided += 1;
  else result.findings.push(callFinding(requestId, call, missing));
  return result;
}

/** Why a use belongs to none of the calls. */
async function objectionTo(
  use: Use,
  calls: readonly Call[],
  before: readonly Use[],
  rules: MatchRules,
): Promise<string | undefined> {
  if (calls.length === 0) return 'no recorded call on a key of the cluster has its request id';
  const authorised = calls.filter(({ outcome }) => outcome !== 'refused');
  if (authorised.length === 0) return 'the call with its request id was refused';
  const sameVerb = authorised.filter(({ verbs }) => verbs.includes(use.verb));
  const names = authorised.map(({ eventName }) => eventName).join(', ');
  if (sameVerb.length === 0) return `the call with its request id is ${names}`;
  const near = sameVerb.filter(({ timeAt }) => Math.abs(timeAt - use.timeAt) <= rules.marginMs + 1000);
  if (near.length === 0) return 'the call with its request id was at another time';
  if (!(await isForKey(use, near, rules))) return 'the call with its request id was for another key';
  const earlier = before.find(
    (other) => other.hsmId === use.hsmId && other.verb === use.verb && other.succeeded,
  );
  if (earlier !== undefined && use.timeAt - earlier.timeAt > REPEAT_WITHIN_MS)
    return 'the call with its request id had ended when the key was used again';
  return undefined;
}

async function isForKey(use: Use, calls: readonly Call[], rules: MatchRules): Promise<boolean> {
  if (use.materialId === '') return true;
  const known = calls.filter(({ keyArns }) => keyArns.length > 0);
  if (known.length === 0) return true; // a failed call's event need not say which key it was for
  const keyArn = await rules.keyOf(use.materialId);
  return keyArn === undefined || known.some(({ keyArns }) => keyArns.includes(keyArn));
}

/** The wanted uses that are not among those that were explained. */
async function unmet(
  wanted: readonly WantedUse[],
  uses: readonly Use[],
  rules: MatchRules,
): Promise<WantedUse[]> {
  const left = uses.filter(({ succeeded }) => succeeded);
  const missing: WantedUse[] = [];
  for (const one of wanted) {
    let found = -1;
    for (const [at, use] of left.entries()) {
      if (found >= 0 || use.verb !== one.verb) continue;
      const keyArn = use.materialId === '' ? undefined : await rules.keyOf(use.materialId);
      if (keyArn === undefined || one.keyArn === undefined || keyArn === one.keyArn) found = at;
    }
    if (found < 0) missing.push(one);
    else left.splice(found, 1);
  }
  return missing;
}

function useFinding(requestId: string, use: Use, call: Call | undefined, objection: string): Finding {
  const key = use.materialId === '' ? '' : ` of key ${use.materialId}`;
  return {
    kind: 'use-without-call',
    id: `use:${use.hsmId}:${use.sequence}:${use.requestId}`,
    requestId,
    timeAt: use.timeAt,
    what: `${use.verb}${key} in ${use.hsmId} (entry ${use.sequence}): ${objection}`,
    use,
    ...(call !== undefined && { call }),
  };
}

function callFinding(requestId: string, call: Call, missing: readonly WantedUse[]): Finding {
  const verbs = missing.map(({ verb }) => verb).join(' and ');
  return {
    kind: 'call-without-use',
    id: `call:${call.writer}:${call.seq}:${call.eventId}`,
    requestId,
    timeAt: call.timeAt,
    what: `${call.eventName} ${call.eventId} (record ${call.seq} of ${call.writer}): no HSM has a record of its ${verbs}`,
    call,
  };
}
