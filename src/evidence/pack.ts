/** The evidence pack of one key: gathered, and written into a folder. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportOnTrails } from '../reconcile/print.ts';
import type { TrailReport } from '../reconcile/print.ts';
import type { KeyEvidence } from '../rpc/operator-messages.ts';
import { keyEvents } from './key-events.ts';
import { reportWithin } from './account-view.ts';
import type { AccountView } from './account-view.ts';
import type { KeyEvents } from './key-events.ts';
import { page } from './page.ts';

export interface Evidence extends KeyEvents {
  /** Of this format. */
  version: 1;
  /** ISO, UTC. */
  madeAt: string;
  keyArn: string;
  /** As the running server and its HSMs said just now; null when there was no server to ask, or it has no such key (any more). */
  now: KeyEvidence | null;
  /** Why `now` is null. */
  notAsked: string | null;
  verification: TrailReport;
}

export interface EvidenceOptions {
  journal: string;
  copies: string;
  keyArn: string;
  /** Milliseconds since 1970. */
  at: number;
  marginMs: number;
  /** Whose eyes it is for; those of the operator, who sees all of the installation, when undefined. */
  view?: AccountView;
  /** Asks the running server. @throws Error when there is none */
  ask(keyArn: string): Promise<KeyEvidence | null>;
}

export async function gatherEvidence(options: EvidenceOptions): Promise<Evidence> {
  const { journal, copies, keyArn, at, marginMs, view } = options;
  const answer = await options.ask(keyArn).then(
    (now) => ({ now, notAsked: now === null ? 'the server has no such key (any more)' : null }),
    (error: unknown) => ({ now: null, notAsked: (error as Error).message }),
  );
  const events = await keyEvents(journal, keyArn, view?.accountId);
  const report = await reportOnTrails({ journal, copies, from: 0, to: at, now: at, marginMs, chains: true });
  return {
    version: 1,
    madeAt: new Date(at).toISOString(),
    keyArn,
    ...answer,
    ...events,
    verification: view === undefined ? report : reportWithin(report, copies, view),
  };
}

/** Writes `evidence.json`, `report.html` and the certificates. @returns the files' names */
export function writeEvidence(folder: string, evidence: Evidence): string[] {
  const files: [string, string][] = [
    ['evidence.json', `${JSON.stringify(evidence, null, 2)}\n`],
    ['report.html', page(evidence)],
    ...certificates(evidence),
  ];
  mkdirSync(join(folder, 'certificates'), { recursive: true, mode: 0o700 });
  for (const [name, content] of files) writeFileSync(join(folder, name), content, { mode: 0o600 });
  return files.map(([name]) => name);
}

function certificates({ now }: Evidence): [string, string][] {
  const { cluster } = now ?? {};
  if (cluster === undefined || cluster === null) return [];
  const found: [string, string | null][] = [
    ['certificates/trust-anchor.pem', cluster.trustAnchor],
    ['certificates/cluster.pem', cluster.clusterCertificate],
    ...cluster.hsms.map((hsm): [string, string | null] => [`certificates/${hsm.hsmId}.pem`, hsm.certificate]),
  ];
  return found.filter((file): file is [string, string] => file[1] !== null);
}
