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

const HOURS = 24;
const HOUR_MS = 3_600_000;
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
  const now = Date.now();
  const counts = new Map<string, number>();
  for (let ago = HOURS - 1; ago >= 0; ago -= 1) counts.set(hourOf(new Date(now - ago * HOUR_MS)), 0);
  let NextToken: string | undefined;
  let pages = 0;
  do {
    const page = await client.send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: arn }],
        StartTime: new Date(now - HOURS * HOUR_MS),
        MaxResults: 50,
        NextToken,
      }),
    );
    for (const { EventTime } of page.Events ?? []) {
      const hour = hourOf(EventTime ?? new Date());
      if (counts.has(hour)) counts.set(hour, (counts.get(hour) ?? 0) + 1);
    }
    NextToken = page.NextToken;
    pages += 1;
  } while (NextToken !== undefined && pages < PAGES_AT_MOST);
  return { hours: [...counts].map(([x, y]) => ({ x, y })), complete: NextToken === undefined };
}

function hourOf(date: Date): string {
  return `${String(date.getHours()).padStart(2, '0')}:00`;
}
