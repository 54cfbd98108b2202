import { EventTable } from '../../audit/events-page.tsx';

/** What was done with this key of late. */
export function EventsTab({ arn }: { arn: string }) {
  return <EventTable variant="container" title="Recent events" attribute="ResourceName" value={arn} />;
}
