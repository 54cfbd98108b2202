/** What one account of an installation may see of the comparison of the trails, which is about all of them. */
import { readCopyStates } from '../hsm-trail/log-copy.ts';
import { outcomeOf } from '../reconcile/print.ts';
import type { TrailReport } from '../reconcile/print.ts';
import type { Finding } from '../reconcile/records.ts';

export interface AccountView {
  accountId: string;
  /** Its clusters. */
  clusterIds: readonly string[];
}

/**
 * The same report without what is of other accounts' HSMs and keys. The journal's chain is everybody's; numbers are of all.
 * @param copies folder of the copies of the HSMs' logs
 */
export function reportWithin(report: TrailReport, copies: string, view: AccountView): TrailReport {
  const { accountId, clusterIds } = view;
  const hsms = new Set(
    readCopyStates(copies).flatMap(({ hsmId, clusterId }) => (clusterIds.includes(clusterId) ? hsmId : [])),
  );
  const own = ({ hsmId }: { hsmId: string }): boolean => hsms.has(hsmId);
  const concerns = ({ use, call }: Finding): boolean =>
    use === undefined ? (call?.keyArns ?? []).some((arn) => arn.split(':')[4] === accountId) : own(use);
  const { chains } = report;
  const within = {
    ...report,
    findings: report.findings.filter(concerns),
    incomplete: report.incomplete.filter(own),
    ...(chains !== undefined && { chains: { ...chains, hsmLogs: chains.hsmLogs.filter(own) } }),
  };
  return { ...within, outcome: outcomeOf(within) };
}
