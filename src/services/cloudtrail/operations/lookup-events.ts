import { lowerCamel } from '../../../audit/event.ts';
import { operation } from '../cloudtrail.ts';
import { rateExceeded } from '../errors.ts';
import { queryOf, shownEvent, tokenOf } from '../lookup.ts';

/** Management events of the caller's account and this Region, the newest first. AWS: API_LookupEvents. */
export const lookupEvents = operation('LookupEvents', {
  action: 'cloudtrail:LookupEvents',
  readOnly: true,
  audit: lowerCamel,

  async handle({ input, ports, caller, region, now }) {
    if (!ports.lookupRate.take(`${caller.accountId} ${region}`, now)) throw rateExceeded();
    const query = queryOf(input, {
      accountId: caller.accountId,
      region,
      now,
      historyDays: ports.settings.historyDays,
    });
    if (input.EventCategory === 'insight') return { Events: [] }; // nothing here is unusual enough to be one
    const { records, next } = await ports.find(query);
    return {
      Events: records.map(shownEvent),
      ...(next !== undefined && { NextToken: tokenOf(next, input) }),
    };
  },
});
