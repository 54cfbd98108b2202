/** Adds what was used since the last run to the meters (src/metering). */
import { BUILT_IN } from '../metering/meter.ts';
import type { RequestMeter } from '../metering/meter.ts';
import { installationValue, setInstallationValue } from '../storage/accounts.ts';
import { addToMeters, hsmsInUse, keysInUse } from '../storage/meters.ts';
import type { MeterRow } from '../storage/schema.ts';
import { inTransaction } from '../storage/store.ts';
import type { Database } from '../storage/store.ts';

const METERED_UNTIL = 'metered-until';

/**
 * HSMs and keys are charged for the time since the last run, also when nothing ran in between: they existed. Amounts go to
 * the month in which the run is, so that a month may be off by one run.
 * @param now milliseconds since 1970
 */
export async function addUsage(db: Database, requests: RequestMeter, now: number): Promise<void> {
  const counts = requests.take();
  const month = new Date(now).toISOString().slice(0, 7);
  try {
    const keys = await keysInUse(db);
    await inTransaction(db, async (tx) => {
      const until = Number((await installationValue(tx, METERED_UNTIL)) ?? now);
      const seconds = Math.max(0, Math.floor((now - until) / 1000));
      const rows: MeterRow[] = counts.map(({ accountId, region, keyStore, count }) => ({
        ...{ month, account_id: accountId, region, meter: 'requests', subject: keyStore },
        amount: count,
      }));
      for (const hsm of await hsmsInUse(tx)) {
        const { account_id, region, hsm_id } = hsm;
        rows.push({ month, account_id, region, meter: 'hsm-seconds', subject: hsm_id, amount: seconds });
      }
      for (const { account_id, region, custom_key_store_id, count } of keys) {
        const subject = custom_key_store_id ?? BUILT_IN;
        rows.push({ month, account_id, region, meter: 'key-seconds', subject, amount: seconds * count });
      }
      await addToMeters(tx, rows);
      // what is left of a second counts with the next run
      await setInstallationValue(tx, METERED_UNTIL, String(Math.min(now, until + seconds * 1000)));
    });
  } catch (error) {
    requests.putBack(counts);
    throw error;
  }
}
