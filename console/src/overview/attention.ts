/** What needs a person now, in plain words: worked out from what the API says. */
import type { Cluster } from '@aws-sdk/client-cloudhsm-v2';
import type { CustomKeyStoresListEntry } from '@aws-sdk/client-kms';
import type { Finding } from '../audit/findings.ts';
import { timeOf } from '../aws/claviger-client.ts';
import { connectionFailure } from '../key-stores/connection-errors.ts';
import type { ListedKey } from '../keys/key-list.ts';
import { dateText } from '../layout/dates.ts';
import { hrefTo } from '../layout/route.ts';

export interface Attention {
  readonly urgency: 'error' | 'warning' | 'info';
  readonly text: string;
  /** The page that helps. */
  readonly href: string | undefined;
}

const DAY_MS = 86_400_000;
const SOON_MS = 7 * DAY_MS;

export interface Findings {
  readonly keys: readonly ListedKey[];
  readonly stores: readonly CustomKeyStoresListEntry[];
  readonly clusters: readonly Cluster[];
  /** Reasons of /readyz; empty when the service is ready. */
  readonly notReady: readonly string[];
  /** When the HSMs' logs and KMS's journal did not agree. */
  readonly alarms: readonly Finding[];
  /** What could not be looked at, and why: nothing is known of it. */
  readonly unseen: readonly string[];
}

/** Most urgent first. */
export function attentionFor(findings: Findings, now: number): readonly Attention[] {
  const order = { error: 0, warning: 1, info: 2 };
  return [
    ...findings.notReady.map((reason) => ({
      urgency: 'error' as const,
      text: `Claviger is not ready: ${reason}.`,
      href: undefined,
    })),
    ...findings.unseen.map((text) => ({ urgency: 'warning' as const, text, href: undefined })),
    ...findings.alarms.flatMap((finding) => ofAlarm(finding, now)),
    ...findings.clusters.flatMap(ofCluster),
    ...findings.stores.flatMap(ofStore),
    ...findings.keys.flatMap((key) => ofKey(key, now)),
  ].sort((a, b) => order[a.urgency] - order[b.urgency]);
}

function ofAlarm({ Description, FoundAt }: Finding, now: number): Attention[] {
  const found = timeOf(FoundAt);
  if (now - Number(found) > SOON_MS) return [];
  const text = `The audit trails do not agree: ${Description} Found ${dateText(found)}.`;
  return [{ urgency: 'error', text, href: hrefTo(['reconciliation']) }];
}

function ofCluster({ ClusterId = '', State, Hsms = [] }: Cluster): Attention[] {
  const href = hrefTo(['clusters', ClusterId]);
  if (State === 'DELETED' || State === 'DELETE_IN_PROGRESS') return [];
  if (State === 'UNINITIALIZED' || State === 'INITIALIZED') {
    return [{ urgency: 'info', text: `The cluster ${ClusterId} is not active yet.`, href }];
  }
  const active = Hsms.filter((hsm) => hsm.State === 'ACTIVE');
  const zones = new Set(active.map((hsm) => hsm.AvailabilityZone));
  const failed: Attention[] = Hsms.filter((hsm) => hsm.State === 'DEGRADED').map((hsm) => ({
    urgency: 'error',
    text: `The HSM ${hsm.HsmId} in ${hsm.AvailabilityZone} does not serve. ${hsm.StateMessage ?? ''}`.trim(),
    href,
  }));
  if (active.length === 0)
    return [...failed, { urgency: 'error', text: `The cluster ${ClusterId} has no active HSM.`, href }];
  if (zones.size < 2) {
    const text = `The cluster ${ClusterId} has active HSMs in one zone only: no key can be made, and one failure stops it.`;
    return [...failed, { urgency: 'warning', text, href }];
  }
  return failed;
}

function ofStore(store: CustomKeyStoresListEntry): Attention[] {
  const { CustomKeyStoreId = '', CustomKeyStoreName, ConnectionState, ConnectionErrorCode } = store;
  const href = hrefTo(['key-stores', CustomKeyStoreId]);
  if (ConnectionState === 'FAILED') {
    const meaning = connectionFailure(store)?.meaning ?? ConnectionErrorCode ?? '';
    return [
      {
        urgency: 'error',
        text: `The key store ${CustomKeyStoreName} could not be connected. ${meaning}`,
        href,
      },
    ];
  }
  if (ConnectionState === 'DISCONNECTED') {
    return [
      {
        urgency: 'warning',
        text: `The key store ${CustomKeyStoreName} is disconnected: its keys cannot be used.`,
        href,
      },
    ];
  }
  return [];
}

function ofKey(key: ListedKey, now: number): Attention[] {
  const name = key.aliases[0] ?? key.keyId;
  const href = hrefTo(['keys', key.keyId]);
  if (key.KeyState === 'PendingDeletion' && key.DeletionDate !== undefined) {
    const soon = key.DeletionDate.getTime() - now < SOON_MS;
    const text = `${name} will be deleted on ${dateText(key.DeletionDate)}.`;
    return [{ urgency: soon ? 'warning' : 'info', text, href }];
  }
  if (key.KeyState === 'PendingImport') {
    return [{ urgency: 'info', text: `${name} waits for its key material.`, href }];
  }
  if (key.ValidTo !== undefined && key.ValidTo.getTime() - now < SOON_MS) {
    return [
      { urgency: 'warning', text: `The key material of ${name} expires on ${dateText(key.ValidTo)}.`, href },
    ];
  }
  return [];
}
