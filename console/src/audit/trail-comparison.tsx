import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useCallback } from 'react';
import { useAnswer } from '../aws/use-answer.ts';
import { Command } from '../layout/command.tsx';
import { dateText } from '../layout/dates.ts';
import { Loaded } from '../layout/loaded.tsx';
import { useSignedIn } from '../session/session-context.ts';
import { ALARMS, trailAlarms } from './trail-alarms.ts';

const EVERY_MS = 60_000;

/** Whether both trails agree, as the server's own comparison recorded it, and how to compare and export them. */
export function TrailComparison() {
  const { clients } = useSignedIn();
  const load = useCallback(() => trailAlarms(clients), [clients]);
  const answer = useAnswer(load, EVERY_MS);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="The server compares what the HSMs recorded with the calls that KMS recorded, all the time, and records what does not agree"
        >
          Reconciliation
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Loaded answer={answer}>
          {(alarms) =>
            alarms.length === 0 ? (
              <StatusIndicator type="success">No mismatch is on record in the last 90 days.</StatusIndicator>
            ) : (
              <SpaceBetween size="xs">
                {alarms.map(({ EventId, EventName = '', EventTime }) => (
                  <StatusIndicator key={EventId} type="error">
                    {dateText(EventTime)}: {EventName}. {ALARMS[EventName]} See the event history.
                  </StatusIndicator>
                ))}
              </SpaceBetween>
            )
          }
        </Loaded>
        <Command
          what="Compare both trails now, with their hash chains and signatures"
          command="claviger audit reconcile"
        />
        <Command
          what="Evidence for an auditor about one key: its life, policies, uses, and what each HSM says of it"
          command="claviger audit export --key KEY-ID --out ./evidence"
        />
      </SpaceBetween>
    </Container>
  );
}
