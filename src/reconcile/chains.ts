/** Hash chains and signatures of the copies of the HSMs' logs. */
import { X509Certificate } from 'node:crypto';
import { verifyHsmLog } from '../hsm-log/verify.ts';
import { listGenerations, readCopyStates } from '../hsm-trail/log-copy.ts';

export type CopyVerdict =
  | { hsmId: string; intact: true; entries: number; checkpoints: number }
  | { hsmId: string; intact: false; reason: string };

/** Verifies all copies; one that had to be begun anew is broken, even where each of its parts is whole. */
export async function verifyCopies(folder: string): Promise<CopyVerdict[]> {
  const verdicts: CopyVerdict[] = [];
  for (const { hsmId, clusterId, certificate } of readCopyStates(folder)) {
    if (certificate === '') continue; // nothing was delivered yet
    const identity = { hsmId, clusterId, publicKey: new X509Certificate(certificate).publicKey };
    const generations = listGenerations(folder, hsmId);
    let whole: CopyVerdict = { hsmId, intact: true, entries: 0, checkpoints: 0 };
    for (const { dir, startsAt } of generations) {
      const verdict = await verifyHsmLog(dir, { identity, startsAt });
      if (!verdict.intact) {
        const reason = `${verdict.segment}, line ${verdict.line}: ${verdict.reason}`;
        whole = { hsmId, intact: false, reason };
      } else if (whole.intact) {
        const { entries } = verdict;
        whole = { hsmId, intact: true, entries, checkpoints: whole.checkpoints + verdict.checkpoints };
      }
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
