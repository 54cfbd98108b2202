/**
 * src/evidence: what an auditor asks about one key, gathered from the journal, the HSMs and the comparison of both trails, and
 * written as JSON and as a page to read. This file: the key's life and use, by the journal.
 */
import { isOwnersCopy } from '../audit/event.ts';
import type { CloudTrailEvent } from '../audit/event.ts';
import { readJournal } from '../audit/reading.ts';

/** Something that was done to the key. */
export interface LifeEvent {
  /** ISO, UTC. */
  time: string;
  eventName: string;
  /** ARN of the caller, or the service. */
  by: string;
  parameters: Readonly<Record<string, unknown>> | null;
  error: string | null;
  eventId: string;
  /** `<writer>:<record>` in the journal. */
  record: string;
}

/** A key policy and since when it was in force. */
export interface PolicyVersion {
  since: string;
  by: string;
  /** null: the default policy, which gives the account's IAM policies effect. */
  policy: string | null;
  eventId: string;
}

/** Who used the key for what, and how often. */
export interface Usage {
  by: string;
  eventName: string;
  succeeded: number;
  failed: number;
  first: string;
  last: string;
}

export interface KeyEvents {
  life: LifeEvent[];
  policies: PolicyVersion[];
  usage: Usage[];
}

/** Events that read the key's metadata are no use of the key. */
const USES = new Set([
  ...['Encrypt', 'Decrypt', 'ReEncrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'],
  ...[
    'GenerateDataKeyPair',
    'GenerateDataKeyPairWithoutPlaintext',
    'Sign',
    'Verify',
    'GenerateMac',
    'VerifyMac',
  ],
  ...['DeriveSharedSecret', 'Encapsulate', 'Decapsulate'],
  ...['GenerateExternalKey', 'EncryptWithExternalKey', 'DecryptWithExternalKey'],
]);

/**
 * @param journal folder of the journals
 * @param accountId tells it as this account's trail does, where callers of other accounts have no names
 */
export async function keyEvents(journal: string, keyArn: string, accountId?: string): Promise<KeyEvents> {
  const life: LifeEvent[] = [];
  const policies: PolicyVersion[] = [];
  const usage = new Map<string, Usage>();
  for await (const { event, writer, seq } of readJournal(journal)) {
    if (event.resources?.some(({ ARN }) => ARN === keyArn) !== true) continue;
    if (accountId === undefined ? isOwnersCopy(event) : event.recipientAccountId !== accountId) continue;
    if (USES.has(event.eventName)) count(usage, event);
    if (event.readOnly) continue;
    life.push({
      time: event.eventTime,
      eventName: event.eventName,
      by: principalOf(event),
      parameters: event.requestParameters ?? event.serviceEventDetails ?? null,
      error: event.errorCode ?? null,
      eventId: event.eventID,
      record: `${writer}:${seq}`,
    });
    const version = policyOf(event);
    if (version !== undefined) policies.push(version);
  }
  return { life, policies, usage: [...usage.values()] };
}

/** ARNs of keys in the journal that `key` may mean: a key id or an ARN. */
export async function findKeyArns(journal: string, key: string): Promise<string[]> {
  const found = new Set<string>();
  for await (const { event } of readJournal(journal)) {
    for (const { ARN } of event.resources ?? [])
      if (ARN === key || ARN.endsWith(`:key/${key}`)) found.add(ARN);
  }
  return [...found];
}

function principalOf({ userIdentity }: CloudTrailEvent): string {
  return userIdentity.arn ?? userIdentity.invokedBy ?? userIdentity.accountId ?? 'unknown';
}

/** The policy of ReplicateKey is the new key's, which has a CreateKey of its own; that of an AWS managed key stands in no event. */
function policyOf(event: CloudTrailEvent): PolicyVersion | undefined {
  if (event.errorCode !== undefined || event.eventType === 'AwsServiceEvent') return undefined;
  if (!['CreateKey', 'PutKeyPolicy'].includes(event.eventName)) return undefined;
  const policy = event.requestParameters?.['policy'];
  return {
    since: event.eventTime,
    by: principalOf(event),
    policy: typeof policy === 'string' ? policy : null,
    eventId: event.eventID,
  };
}

function count(usage: Map<string, Usage>, event: CloudTrailEvent): void {
  const by = principalOf(event);
  const name = `${by} ${event.eventName}`;
  const { eventName, eventTime: time } = event;
  const known = usage.get(name) ?? { by, eventName, succeeded: 0, failed: 0, first: time, last: time };
  if (event.errorCode === undefined) known.succeeded += 1;
  else known.failed += 1;
  if (time > known.last) known.last = time;
  if (time < known.first) known.first = time;
  usage.set(name, known);
}
