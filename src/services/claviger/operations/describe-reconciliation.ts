import { lowerCamel } from '../../../audit/event.ts';
import type { Finding, FindingKind } from '../../../aws/generated/claviger.ts';
import type { HsmRow } from '../../../storage/schema.ts';
import { listFindings } from '../../../storage/trail-findings.ts';
import type { FindingPlace, TrailFinding } from '../../../storage/trail-findings.ts';
import { isOwn } from '../../cloudhsm/resources.ts';
import { invalidToken } from '../errors.ts';
import { operation } from '../operation.ts';
import type { ClavigerCall } from '../operation.ts';

const DEFAULT_RESULTS = 50;
const READ_AT_A_TIME = 200;

/**
 * How far the comparison of the journal with the HSMs' logs is, and what it found, newest first: of HSMs of the caller's
 * account in this Region, and where no HSM is named, of the account and Region whose event tells of it.
 */
export const describeReconciliation = operation('DescribeReconciliation', {
  action: 'claviger:DescribeReconciliation',
  readOnly: true,
  audit: lowerCamel,

  async handle(call) {
    const { ports, input } = call;
    const { continuous, everySeconds, marginSeconds } = ports.reconciliation;
    const { reconciledUntil, matched, hsmLogCompleteUntil } = ports.trails();
    const after = input.NextToken === undefined ? undefined : placeOf(input.NextToken);
    const found = await findings(call, after, input.MaxResults ?? DEFAULT_RESULTS);
    return {
      Continuous: continuous,
      EverySeconds: everySeconds,
      MarginSeconds: marginSeconds,
      ComparedUntil: reconciledUntil === 0 ? undefined : new Date(reconciledUntil),
      Matched: matched,
      HsmLogs: ownHsms(call).map(({ hsm_id: HsmId, cluster_id: ClusterId }) => {
        const until = hsmLogCompleteUntil.get(HsmId);
        return { HsmId, ClusterId, DeliveredUntil: until === undefined ? undefined : new Date(until * 1000) };
      }),
      Findings: found.items.map(shown),
      NextToken: found.next === undefined ? undefined : tokenOf(found.next),
    };
  },
});

function ownHsms(call: ClavigerCall): HsmRow[] {
  const { clusters } = call.ports;
  return clusters
    .all()
    .filter((row) => isOwn(call, row) && row.state !== 'DELETED')
    .flatMap(({ cluster_id: id }) => clusters.hsmsOf(id));
}

/** @returns one page, and the place of its last finding when there are more */
async function findings(
  call: ClavigerCall,
  after: FindingPlace | undefined,
  most: number,
): Promise<{ items: TrailFinding[]; next: FindingPlace | undefined }> {
  const { db, clusters } = call.ports;
  const items: TrailFinding[] = [];
  let place = after;
  for (;;) {
    const rows = await listFindings(db, { after: place, limit: READ_AT_A_TIME });
    for (const row of rows) {
      const cluster = clusters.concernedBy(row.detail);
      if (cluster === undefined || !isOwn(call, cluster)) continue;
      if (items.length === most) return { items, next: items.at(-1) };
      items.push(row);
    }
    place = rows.at(-1);
    if (rows.length < READ_AT_A_TIME) return { items, next: undefined };
  }
}

function shown({ findingId, kind, detail, foundAt }: TrailFinding): Finding {
  const text = (name: string): string | undefined => {
    const value = detail[name];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    FindingId: findingId,
    Kind: kind as FindingKind,
    Description: text('what') ?? '',
    FoundAt: new Date(foundAt),
    HsmId: text('hsmId'),
    RequestId: text('requestId'),
    EventId: text('eventId'),
  };
}

function tokenOf({ foundAt, findingId }: FindingPlace): string {
  return Buffer.from(JSON.stringify([foundAt, findingId])).toString('base64url');
}

/** @throws ApiError ValidationException */
function placeOf(token: string): FindingPlace {
  try {
    const [foundAt, findingId] = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as unknown[];
    if (typeof foundAt === 'number' && typeof findingId === 'string') return { foundAt, findingId };
  } catch {
    // not one of ours
  }
  throw invalidToken();
}
