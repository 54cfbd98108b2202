/** Accounts, and their root users' first access keys. */
import { randomInt } from 'node:crypto';
import { newEventId } from '../../audit/event-id.ts';
import { buildServiceEvent, encodeEvent } from '../../audit/event.ts';
import type { AuditTrail } from '../../audit/trail.ts';
import { putOutboxEvent } from '../../storage/outbox.ts';
import { insertAccessKey, insertAccount } from '../../storage/accounts.ts';
import type { RowMac } from '../../storage/row-mac.ts';
import { inTransaction } from '../../storage/store.ts';
import type { Database } from '../../storage/store.ts';
import { accessKeyRow, newAccessKey } from './access-keys.ts';
import type { AccessKeySeal } from './access-keys.ts';
import type { AccessKey, Account } from './entities.ts';
import type { Principals } from './principals.ts';

export interface AccountPorts {
  db: Database;
  mac: RowMac;
  secrets: AccessKeySeal;
  principals: Principals;
  clock: () => number;
}

/** Makes an account with an access key of its root user. @param accountId 12 digits; random when undefined */
export async function createAccount(
  ports: AccountPorts,
  wanted: { accountId: string | undefined; name: string | null },
  audit?: { trail: AuditTrail; region: string },
): Promise<{ account: Account; key: AccessKey }> {
  const now = ports.clock();
  const account: Account = {
    accountId: wanted.accountId ?? freeAccountId(ports.principals),
    name: wanted.name,
    createdAt: now,
  };
  const key = newAccessKey(account.accountId, undefined, now);
  const row = await accessKeyRow(ports, key, undefined);
  const event = audit === undefined ? undefined : creationEvent(account, audit.region);
  await inTransaction(ports.db, async (tx) => {
    await insertAccount(tx, { account_id: account.accountId, created_at: now, name: account.name });
    await insertAccessKey(tx, row);
    if (event !== undefined && audit !== undefined) await putOutboxEvent(tx, audit.trail, event);
  });
  ports.principals.putAccount(account);
  ports.principals.putAccessKey(key);
  if (event !== undefined) await audit?.trail.recordCommitted(event);
  return { account, key };
}

function freeAccountId(principals: Principals): string {
  for (;;) {
    const accountId = String(randomInt(100_000_000_000, 999_999_999_999));
    if (!principals.isAccount(accountId)) return accountId;
  }
}

/** As AWS Organizations records it; no caller of the API asked for it. CloudTrail: "CreateAccountResult". */
function creationEvent({ accountId }: Account, region: string): { eventId: string; event: string } {
  const time = Date.now();
  const eventId = newEventId(time);
  const event = buildServiceEvent({
    time,
    eventSource: 'organizations.amazonaws.com',
    eventName: 'CreateAccountResult',
    region,
    accountId,
    eventId,
    resources: [],
    serviceEventDetails: { createAccountStatus: { state: 'SUCCEEDED', accountId } },
  });
  return { eventId, event: encodeEvent(event) };
}
