/**
 * Looking over a cluster as its officer, while it serves: health, users in step, peers, quorum, epochs and, for users who
 * are logged in, which HSM holds which key. Nothing is changed and nobody is disturbed.
 */
import { isDeepStrictEqual } from 'node:util';
import type { HsmConnection } from '../hsm-client/connection.ts';
import type { HsmDescription, HsmUser, Inventory, ModuleReport, TransportKey } from '../rpc/hsm-messages.ts';
import type { QuorumPolicy } from '../rpc/quorum.ts';
import { transportFingerprint } from './ceremony.ts';
import type { HsmAddress } from './ceremony.ts';
import type { ClusterConnection } from './connection-data.ts';
import { asOfficer, onEveryHsm } from './every-hsm.ts';
import type { HsmReport } from './every-hsm.ts';

export interface HsmHealth {
  description: HsmDescription;
  module: ModuleReport;
  users: HsmUser[];
  quorum: QuorumPolicy | undefined;
  /** By crypto user. */
  partitions: Record<string, Partition>;
}

interface Partition {
  transportKey: TransportKey;
  peers: TransportKey[];
  inventory: Inventory;
}

export interface Finding {
  hsmId: string;
  /** `fault` wants mending; `note` is good to know. */
  weight: 'fault' | 'note';
  what: string;
}

export interface CheckReport {
  reports: HsmReport<HsmHealth>[];
  findings: Finding[];
}

/** @param whole whether all HSMs of the cluster are in `cluster` */
export async function checkCluster(
  cluster: ClusterConnection,
  officerPassword: string,
  whole = true,
): Promise<CheckReport> {
  const reports = await onEveryHsm(cluster, asOfficer(officerPassword), async (connection, hsm) => {
    const value = await look(connection, hsm);
    return { outcome: 'done', message: value.description.state, value };
  });
  const healthy = reports.flatMap(({ hsmId, value }) => (value === undefined ? [] : [{ hsmId, ...value }]));
  const findings = [
    ...reports
      .filter(({ outcome }) => outcome === 'failed')
      .map(({ hsmId, code, message }): Finding => ({ hsmId, weight: 'fault', what: `${code}: ${message}` })),
    ...healthy.flatMap(ofOneHsm),
    ...usersInStep(healthy),
    ...peersInStep(healthy),
    ...keysInStep(healthy),
    ...quorumInStep(healthy),
  ];
  if (whole && healthy.length < 2)
    findings.push({ hsmId: '', weight: 'fault', what: 'fewer than two HSMs answer: no key can be made' });
  return { reports, findings };
}

async function look(connection: HsmConnection, _hsm: HsmAddress): Promise<HsmHealth> {
  const description = await connection.describe();
  const users = await connection.listUsers();
  const partitions: Record<string, Partition> = {};
  for (const { name, type } of users) {
    if (type !== 'CRYPTO_USER') continue;
    partitions[name] = {
      transportKey: await connection.getTransportKey(name),
      peers: await connection.listPeers(name),
      inventory: await connection.inventory(name),
    };
  }
  const module = await connection.moduleReport();
  return { description, module, users, quorum: await connection.getQuorum(), partitions };
}

type Known = HsmHealth & { hsmId: string };

function ofOneHsm({ hsmId, description, module, users, partitions }: Known): Finding[] {
  const fault = (what: string): Finding => ({ hsmId, weight: 'fault', what });
  const note = (what: string): Finding => ({ hsmId, weight: 'note', what });
  const findings: Finding[] = [];
  if (description.draining === true) findings.push(note('is drained: no crypto user logs in'));
  for (const { what, then } of module.gaps) findings.push(fault(`the module lacks ${what}: ${then}`));
  for (const { name, locked } of users)
    if (locked) findings.push(fault(`${name} is locked after five wrong passwords`));
  for (const [user, { inventory }] of Object.entries(partitions)) {
    if (!inventory.loggedIn)
      findings.push(note(`${user} is not logged in: keys and epoch cannot be seen by the officer`));
    else if (inventory.epoch === null) findings.push(note(`${user} has no epoch yet`));
  }
  return findings;
}

/** Users that some HSMs have and others lack. */
function usersInStep(hsms: readonly Known[]): Finding[] {
  const all = new Set(hsms.flatMap(({ users }) => users.map(({ name }) => name)));
  return hsms.flatMap(({ hsmId, users }) =>
    [...all]
      .filter((name) => !users.some((user) => user.name === name))
      .map((name): Finding => ({
        hsmId,
        weight: 'fault',
        what: `lacks the user ${name}, which others have`,
      })),
  );
}

/** Every HSM must have every other's real transport key as a peer. */
function peersInStep(hsms: readonly Known[]): Finding[] {
  return hsms.flatMap(({ hsmId, partitions }) =>
    Object.entries(partitions).flatMap(([user, { peers }]) =>
      hsms.flatMap((other): Finding[] => {
        const real = other.partitions[user]?.transportKey;
        if (other.hsmId === hsmId || real === undefined) return [];
        const enrolled = peers.find((peer) => peer.hsmId === other.hsmId);
        const fault = (what: string): Finding[] => [{ hsmId, weight: 'fault', what }];
        if (enrolled === undefined) return fault(`${other.hsmId} is not enrolled for ${user}: run 'enrol'`);
        if (transportFingerprint(enrolled) === transportFingerprint(real)) return [];
        return fault(`has another transport key for ${other.hsmId} than that has: run 'enrol'`);
      }),
    ),
  );
}

/** For users who are logged in on two HSMs or more: keys that one of them lacks, check values that differ, epochs behind. */
function keysInStep(hsms: readonly Known[]): Finding[] {
  const users = new Set(hsms.flatMap(({ partitions }) => Object.keys(partitions)));
  const findings: Finding[] = [];
  for (const user of users) {
    const seen = hsms.flatMap(({ hsmId, partitions }) => {
      const inventory = partitions[user]?.inventory;
      return inventory?.keys === undefined ? [] : [{ hsmId, keys: inventory.keys, epoch: inventory.epoch }];
    });
    const newest = Math.max(0, ...seen.map(({ epoch }) => epoch?.counter ?? 0));
    const checks = new Map(
      seen.flatMap(({ keys }) => keys.map(({ materialId, check }) => [materialId, check] as const)),
    );
    for (const { hsmId, keys, epoch } of seen) {
      const fault = (what: string): void => void findings.push({ hsmId, weight: 'fault', what });
      const held = new Map(keys.map(({ materialId, check }) => [materialId, check]));
      const lacking = [...checks.keys()].filter((materialId) => !held.has(materialId)).length;
      if (lacking > 0) fault(`lacks ${lacking} keys of ${user} that others hold`);
      for (const [materialId, check] of held)
        if (check !== undefined && checks.get(materialId) !== undefined && checks.get(materialId) !== check)
          fault(`holds another key ${materialId} of ${user} than others`);
      if (epoch !== null && epoch !== undefined && epoch.counter < newest)
        findings.push({
          hsmId,
          weight: 'note',
          what: `the epoch of ${user} is ${newest - epoch.counter} behind`,
        });
    }
  }
  return findings;
}

function quorumInStep(hsms: readonly Known[]): Finding[] {
  const [first, ...others] = hsms;
  if (first === undefined) return [];
  return others
    .filter(({ quorum }) => !isDeepStrictEqual(quorum, first.quorum))
    .map(({ hsmId }) => ({ hsmId, weight: 'fault', what: `has another quorum than ${first.hsmId}` }));
}
