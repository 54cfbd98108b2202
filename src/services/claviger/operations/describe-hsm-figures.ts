import { lowerCamel } from '../../../audit/event.ts';
import type { HsmFigures as Figures, HsmState, Work as Told } from '../../../aws/generated/claviger.ts';
import type { HsmLink } from '../../../keystores/hsm-cluster/hsm-link.ts';
import { INTERVAL_SECONDS } from '../../../metrics/hsm-figures.ts';
import type { HsmFigures, Work } from '../../../metrics/hsm-figures.ts';
import { countKeysByHsm } from '../../../storage/clusters.ts';
import { isOwn, resourceArn } from '../../cloudhsm/resources.ts';
import { noSuchCluster } from '../errors.ts';
import { operation } from '../operation.ts';

/** An HSM that hangs is waited for this long; it only lacks what it says itself. */
const VITALS_MS = 200;

const STATES: Readonly<Record<HsmLink['state'], HsmState>> = {
  serving: 'SERVING',
  up: 'REACHABLE',
  down: 'UNREACHABLE',
};

/** How each HSM of a cluster is, what it holds, and what it did in the last quarter of an hour. */
export const describeHsmFigures = operation('DescribeHsmFigures', {
  action: 'claviger:DescribeHsmFigures',
  readOnly: true,
  resources: ({ input, caller, region }) => [
    resourceArn('cluster', input.ClusterId, { accountId: caller.accountId, region }),
  ],
  audit: lowerCamel,

  async handle(call) {
    const { ports, input } = call;
    const { ClusterId } = input;
    const row = ports.clusters.find(ClusterId);
    if (row === undefined || !isOwn(call, row) || row.state === 'DELETED') throw noSuchCluster(ClusterId);
    const keys = await countKeysByHsm(ports.db);
    const links = ports.clusters.live(ClusterId)?.links ?? [];
    return {
      ClusterId,
      IntervalSeconds: INTERVAL_SECONDS,
      Hsms: await Promise.all(
        links.map((link) => figuresOf(link, ports.figures, keys.get(link.member.hsmId) ?? 0)),
      ),
    };
  },
});

async function figuresOf(link: HsmLink, figures: HsmFigures, keysHeld: number): Promise<Figures> {
  const { hsmId, availabilityZone } = link.member;
  return {
    HsmId: hsmId,
    AvailabilityZone: availabilityZone,
    State: STATES[link.state],
    InFlight: link.inFlight,
    KeysHeld: keysHeld,
    UnknownKeys: link.unknownKeys,
    InStepAt: date(link.inStepAt),
    RepairedAt: date(link.repairedAt),
    CloningDone: link.progress?.done,
    CloningTotal: link.progress?.total,
    Vitals: await vitalsOf(link),
    LastMinute: told(figures.lastMinute(hsmId)),
    Intervals: figures.intervals(hsmId).map(({ startsAt, ...work }) => ({
      StartTime: new Date(startsAt),
      Work: told(work),
    })),
  };
}

async function vitalsOf(link: HsmLink): Promise<Figures['Vitals']> {
  if (link.state !== 'serving') return undefined;
  try {
    const { connections, sessions, users, messageKeys } = await link.connection.vitals(VITALS_MS);
    return { Connections: connections, Sessions: sessions, Users: users, MessageKeys: messageKeys };
  } catch {
    return undefined; // it is on its way down; the next answer has its state
  }
}

function told({ operations, errors, operationsPerSecond, p50, p95, p99 }: Work): Told {
  return {
    Operations: operations,
    Errors: errors,
    OperationsPerSecond: operationsPerSecond,
    P50Milliseconds: p50,
    P95Milliseconds: p95,
    P99Milliseconds: p99,
  };
}

function date(milliseconds: number | undefined): Date | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds);
}
