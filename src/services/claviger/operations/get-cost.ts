import { lowerCamel } from '../../../audit/event.ts';
import type { CostItem } from '../../../aws/generated/claviger.ts';
import { costOfMonth } from '../../../metering/bill.ts';
import { operation } from '../operation.ts';

/** What the caller's account used in a month, in all Regions, and what it costs at the configured prices. Counts lag by a minute. */
export const getCost = operation('GetCost', {
  action: 'claviger:GetCost',
  readOnly: true,
  audit: lowerCamel,

  async handle({ ports, input, caller, now }) {
    const Month = input.Month ?? new Date(now).toISOString().slice(0, 7);
    const { currency, lines, total } = await costOfMonth(ports.db, Month, ports.prices, caller.accountId);
    return {
      Month,
      Currency: currency,
      Lines: lines.map(({ region, what, subject, amount, cost }) => ({
        Region: region,
        Item: what as CostItem,
        Subject: subject,
        Amount: amount,
        Cost: cost,
      })),
      Total: total,
    };
  },
});
