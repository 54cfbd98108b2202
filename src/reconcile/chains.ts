/** Hash chains and signatures of the copies of the HSMs' logs. */
import { X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { listSegments } from '../hsm-log/segments.ts';
import { verifyHsmLog } from '../hsm-log/verify.ts';
import { listGenerations, readCopyStates } from '../hsm-trail/log-copy.ts';
import type { LogCopyState } from '../hsm-trail/log-copy.ts';

export type CopyVerdict =
  /** `begins`: number of the copy's first entry, where it does not begin with the log; `entries` counts those before too. */
  | { hsmId: string; intact: true; entries: number; checkpoints: number; begins?: number }
  | { hsmId: string; intact: false; reason: string };

/** Verifies all copies; one that had to be begun anew is broken, even where each of its parts is whole. */
export async function verifyCopies(folder: string): Promise<CopyVerdict[]> {
  const verdicts: CopyVerdict[] = [];
  for (const state of readCopyStates(folder)) {
    const { hsmId, clusterId, certificate } = state;
    const generations = listGenerations(folder, hsmId);
    if (certificate === '') {
      // a member's log has not come yet; of one that has left nobody can say any more whose signatures count
      if (!state.member && generations.some(({ dir }) => hasEntries(dir)))
        verdicts.push({ hsmId, intact: false, reason: 'state.json does not say whose key signed this copy' });
      continue;
    }
    const identity = { hsmId, clusterId, publicKey: new X509Certificate(certificate).publicKey };
    const begins = generations[0]?.startsAt ?? 0;
    const nothing = { hsmId, intact: true, entries: 0, checkpoints: 0 } as const;
    let whole: CopyVerdict = begins > 0 ? { ...nothing, begins } : nothing;
    for (const { dir, startsAt } of generations) {
      const verdict = await verifyHsmLog(dir, { identity, startsAt });
      if (!verdict.intact) {
        const reason = `${verdict.segment}, line ${verdict.line}: ${verdict.reason}`;
        whole = { hsmId, intact: false, reason };
      } else if (whole.intact) {
        const { entries } = verdict;
        whole = { ...whole, entries, checkpoints: whole.checkpoints + verdict.checkpoints };
      }
    }
    const newest = generations.at(-1)?.generation ?? -1;
    if (whole.intact && lacks(state, newest, whole.entries)) {
      const reason = `the copy ends after ${whole.entries} entries, and ${state.entries} were delivered`;
      whole = { hsmId, intact: false, reason };
    }
    const begunAnew = generations[1];
    if (whole.intact && begunAnew !== undefined) {
      const reason = `the HSM's log broke off and was begun anew at entry ${begunAnew.startsAt}`;
      whole = { hsmId, intact: false, reason };
    }
    verdicts.push(whole);
  }
  return verdicts;
}

function hasEntries(dir: string): boolean {
  return listSegments(dir).some((name) => statSync(join(dir, name)).size > 0);
}

/** Whether a copy of so many entries has less than was delivered: its state is written when the copy is on the disk. */
function lacks({ generation, entries }: LogCopyState, newest: number, there: number): boolean {
  return newest < generation || (newest === generation && there < entries);
}
