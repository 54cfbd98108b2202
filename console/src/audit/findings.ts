/** What the server found when it compared the HSMs' own logs with the journal of KMS calls. */
import type { Answered } from '../aws/claviger-client.ts';
import type { Clients } from '../aws/clients.ts';

export type Reconciliation = Answered<'DescribeReconciliation'>;
export type Finding = Reconciliation['Findings'][number];

/** Findings that a page shows at most. */
const MOST = 100;

export const KINDS: Readonly<Record<Finding['Kind'], string>> = {
  'hsm-log-broken': 'HSM log broken',
  'use-without-call': 'Use without a call',
  'call-without-use': 'Call without a use',
};

/** The newest findings, with how far the comparison is. */
export async function reconciliation(clients: Clients): Promise<Reconciliation> {
  const client = await clients.claviger();
  return client.call('DescribeReconciliation', { MaxResults: MOST });
}
