import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { GetKeyLastUsageCommand } from '@aws-sdk/client-kms';
import BarChart from '@cloudscape-design/components/bar-chart';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useCallback } from 'react';
import { useAnswer } from '../../aws/use-answer.ts';
import { dateText } from '../../layout/dates.ts';
import { Facts } from '../../layout/facts.tsx';
import { Loaded } from '../../layout/loaded.tsx';
import { useSignedIn } from '../../session/session-context.ts';
import { countByHour, lastHours } from './usage-hours.ts';

/** Pages of 50 events that are counted; a busy key has more, and the chart says so. */
const PAGES_AT_MOST = 10;

/** When the key was used last, and how often in the last day, as far as the event history tells. */
export function UsageTab({ keyId, arn }: { keyId: string; arn: string }) {
  const { clients } = useSignedIn();
  const loadLast = useCallback(async () => {
    const client = await clients.kms();
    return client.send(new GetKeyLastUsageCommand({ KeyId: keyId }));
  }, [clients, keyId]);
  const last = useAnswer(loadLast);
  const loadHistory = useCallback(() => history(clients, arn), [clients, arn]);
  const counts = useAnswer(loadHistory);
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Last use</Header>}>
        <Loaded answer={last}>
          {({ KeyLastUsage, TrackingStartDate }) => (
            <Facts
              columns={3}
              items={[
                { label: 'Operation', value: KeyLastUsage?.Operation ?? 'Never used' },
                { label: 'When', value: dateText(KeyLastUsage?.Timestamp) },
                { label: 'Recorded since', value: dateText(TrackingStartDate) },
              ]}
            />
          )}
        </Loaded>
      </Container>
      <Container
        header={
          <Header variant="h2" description="Calls with this key in the last 24 hours, from the event history">
            Usage
          </Header>
        }
      >
        <Loaded answer={counts}>
          {({ hours, complete }) => (
            <BarChart
              height={220}
              series={[{ title: 'Calls', type: 'bar', data: hours }]}
              xScaleType="categorical"
              xTitle="Hour"
              yTitle={complete ? 'Calls' : `Calls (the newest ${PAGES_AT_MOST * 50})`}
              hideFilter
              hideLegend
              ariaLabel="Calls by hour"
              empty={<Box>This key was not used in the last 24 hours.</Box>}
            />
          )}
        </Loaded>
      </Container>
    </SpaceBetween>
  );
}

type Clients = ReturnType<typeof useSignedIn>['clients'];

async function history(
  clients: Clients,
  arn: string,
): Promise<{ hours: { x: string; y: number }[]; complete: boolean }> {
  const client = await clients.cloudtrail();
  const hours = lastHours(Date.now());
  const times: Date[] = [];
  let NextToken: string | undefined;
  let pages = 0;
  do {
    const page = await client.send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: arn }],
        StartTime: new Date(hours[0] ?? 0),
        MaxResults: 50,
        NextToken,
      }),
    );
    times.push(...(page.Events ?? []).map(({ EventTime = new Date() }) => EventTime));
    NextToken = page.NextToken;
    pages += 1;
  } while (NextToken !== undefined && pages < PAGES_AT_MOST);
  return { hours: countByHour(hours, times), complete: NextToken === undefined };
}
