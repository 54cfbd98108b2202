/** From meters to a bill. */
import type { Prices } from '../configuration/prices.ts';
import { readMeters } from '../storage/meters.ts';
import type { MeterRow } from '../storage/schema.ts';
import type { Queryable } from '../storage/store.ts';
import { BUILT_IN } from './meter.ts';

export interface BillLine {
  accountId: string;
  region: string;
  /** `HSM-hours`, `key-months` or `requests`. */
  what: string;
  /** HSM id, `built-in`, or the id of a custom key store. */
  subject: string;
  amount: number;
  /** In the currency of the prices. */
  cost: number;
}

const HOUR = 3600;
const MONTH = 30 * 24 * HOUR;

/** Requests to keys of a custom key store cost nothing: their HSMs are paid for by the hour. */
export function billOf(meters: readonly MeterRow[], prices: Prices): BillLine[] {
  return meters.map(({ account_id, region, meter, subject, amount }) => {
    const line = { accountId: account_id, region, subject };
    switch (meter) {
      case 'hsm-seconds':
        return { ...line, what: 'HSM-hours', amount: amount / HOUR, cost: (amount / HOUR) * prices.hsmHour };
      case 'key-seconds':
        return {
          ...line,
          what: 'key-months',
          amount: amount / MONTH,
          cost: (amount / MONTH) * prices.keyMonth,
        };
      case 'requests': {
        const price = subject === BUILT_IN ? prices.requests10000 / 10_000 : 0;
        return { ...line, what: 'requests', amount, cost: amount * price };
      }
      default:
        return { ...line, what: meter, amount, cost: 0 };
    }
  });
}

export interface MonthlyCost {
  month: string;
  currency: string;
  lines: BillLine[];
  /** Of all lines. */
  total: number;
}

/**
 * @param month `2026-11`
 * @param accountId all accounts when undefined
 */
export async function costOfMonth(
  db: Queryable,
  month: string,
  prices: Prices,
  accountId?: string,
): Promise<MonthlyCost> {
  const meters = await readMeters(db, month);
  const lines = billOf(
    meters.filter(({ account_id: owner }) => accountId === undefined || owner === accountId),
    prices,
  );
  const total = lines.reduce((sum, line) => sum + line.cost, 0);
  return { month, currency: prices.currency, lines, total };
}
