/** Adds what was used since the last run to the meters (src/metering). */
import { BUILT_IN } from '../metering/meter.ts';
import type { RequestBatch, RequestMeter } from '../metering/meter.ts';
import { installationValue, setInstallationValue } from '../storage/accounts.ts';
import { addToMeters, hsmsInUse, keysInUse } from '../storage/meters.ts';
import type { KeysInUse } from '../storage/meters.ts';
import type { MeterRow } from '../storage/schema.ts';
import { inTransaction } from '../storage/store.ts';
import type { Database, DatabaseTransaction } from '../storage/store.ts';

const METERED_UNTIL = 'metered-until';
/** Installation values, one for each process: the batch of requests that it added last. */
const LAST_BATCH_PREFIX = 'metered-batch:';
/**
 * Time may be metered until so far ahead of this clock, milliseconds: clocks of nodes differ, and clocks are set back. It was
 * charged, and is not charged again. Further ahead it was a wrong clock's, and metering goes on without waiting for it.
 */
const METERED_AHEAD_MS = 3_600_000;

/**
 * Each process adds the requests that it counted. The one on duty adds the time of HSMs and keys: they are charged for all since
 * the last run, also when nothing ran in between, for they existed. Amounts go to the month in which the run is, so that a month may
 * be off by one run. Nothing is added twice, also when nobody hears that a commit was made.
 * @param writerId names this process in the installation
 * @param now milliseconds since 1970
 * @param onDuty whether this process does what must be done once in the installation
 */
export async function addUsage(
  db: Database,
  requests: RequestMeter,
  writerId: string,
  now: number,
  onDuty: boolean,
): Promise<void> {
  const month = new Date(now).toISOString().slice(0, 7);
  // the one whose fate nobody knew, and that of now; not all that is counted while they are stored
  for (let batches = 0; batches < 2; batches += 1) {
    const batch = requests.batch();
    if (batch === undefined) break;
    await addRequests(db, batch, writerId, month);
    requests.stored(batch);
  }
  if (!onDuty) return;
  const keys = await keysInUse(db);
  await inTransaction(db, (tx) => addTime(tx, keys, now, month));
}

async function addRequests(
  db: Database,
  { id, counts }: RequestBatch,
  writerId: string,
  month: string,
): Promise<void> {
  const lastBatch = `${LAST_BATCH_PREFIX}${writerId}`;
  const rows = counts.map(({ accountId, region, keyStore, count }): MeterRow => ({
    ...{ month, account_id: accountId, region, meter: 'requests', subject: keyStore },
    amount: count,
  }));
  await inTransaction(db, async (tx) => {
    if ((await installationValue(tx, lastBatch)) === id) return;
    await addToMeters(tx, rows);
    await setInstallationValue(tx, lastBatch, id);
  });
}

async function addTime(
  tx: DatabaseTransaction,
  keys: readonly KeysInUse[],
  now: number,
  month: string,
): Promise<void> {
  const metered = Number((await installationValue(tx, METERED_UNTIL)) ?? now);
  const until = metered - now > METERED_AHEAD_MS ? now : metered;
  const seconds = Math.max(0, Math.floor((now - until) / 1000));
  const rows: MeterRow[] = [];
  for (const { account_id, region, hsm_id } of await hsmsInUse(tx))
    rows.push({ month, account_id, region, meter: 'hsm-seconds', subject: hsm_id, amount: seconds });
  for (const { account_id, region, custom_key_store_id, count } of keys) {
    const subject = custom_key_store_id ?? BUILT_IN;
    rows.push({ month, account_id, region, meter: 'key-seconds', subject, amount: seconds * count });
  }
  await addToMeters(tx, rows);
  // what is left of a second counts with the next run
  await setInstallationValue(tx, METERED_UNTIL, String(until + seconds * 1000));
}
