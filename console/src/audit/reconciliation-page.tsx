import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { useCallback } from 'react';
import { timeOf } from '../aws/claviger-client.ts';
import { useAnswer } from '../aws/use-answer.ts';
import { Command } from '../layout/command.tsx';
import { dateText } from '../layout/dates.ts';
import { Facts } from '../layout/facts.tsx';
import { Loaded } from '../layout/loaded.tsx';
import { hrefTo } from '../layout/route.ts';
import { useSignedIn } from '../session/session-context.ts';
import { KINDS, reconciliation } from './findings.ts';
import type { Finding, Reconciliation } from './findings.ts';

const EVERY_MS = 15_000;

/** `reconciliation`: whether the HSMs' own logs and the journal of KMS calls agree, how far they were compared, what was found. */
export function ReconciliationPage() {
  const { clients } = useSignedIn();
  const load = useCallback(() => reconciliation(clients), [clients]);
  const answer = useAnswer(load, EVERY_MS);
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="Each use of a key in an HSM must belong to a recorded, authorised call to KMS, and each call to a use"
        >
          Reconciliation
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Loaded answer={answer}>
          {(found) => (
            <SpaceBetween size="l">
              <State found={found} />
              <Findings findings={found.Findings} more={found.NextToken !== undefined} />
              <Logs logs={found.HsmLogs} />
            </SpaceBetween>
          )}
        </Loaded>
        <Container header={<Header variant="h2">With hash chains and signatures</Header>}>
          <Command
            what="Compare all of both trails now, from the first record on, and verify that neither was altered. The same is in the evidence that a key's page exports."
            command="claviger audit reconcile"
          />
        </Container>
      </SpaceBetween>
    </ContentLayout>
  );
}

function State({ found }: { found: Reconciliation }) {
  const { Continuous, EverySeconds, MarginSeconds, ComparedUntil, Matched, Findings: all } = found;
  return (
    <Container header={<Header variant="h2">Continuous comparison</Header>}>
      <Facts
        columns={4}
        items={[
          { label: 'Result', value: <Verdict found={found} /> },
          { label: 'Compared until', value: dateText(timeOf(ComparedUntil)) },
          { label: 'Uses matched with calls since the start', value: Matched.toLocaleString('en') },
          {
            label: 'How often',
            value: Continuous
              ? `Every ${EverySeconds} s; the last ${MarginSeconds} s are left alone`
              : 'Never: reconciliation.continuous is off in the configuration',
          },
        ]}
      />
      {all.length === 0 ? null : <Link href={hrefTo(['events'])}>Event history</Link>}
    </Container>
  );
}

function Verdict({ found: { Continuous, ComparedUntil, Findings: all } }: { found: Reconciliation }) {
  if (all.length > 0) return <StatusIndicator type="error">The trails do not agree</StatusIndicator>;
  if (!Continuous) return <StatusIndicator type="stopped">Not compared</StatusIndicator>;
  if (ComparedUntil === undefined) return <StatusIndicator type="pending">Not compared yet</StatusIndicator>;
  return <StatusIndicator type="success">No mismatch was found</StatusIndicator>;
}

function Findings({ findings, more }: { findings: readonly Finding[]; more: boolean }) {
  return (
    <Table
      header={
        <Header variant="h2" counter={`(${findings.length}${more ? '+' : ''})`}>
          Findings
        </Header>
      }
      items={findings}
      trackBy="FindingId"
      wrapLines
      empty="Nothing was found."
      ariaLabels={{ tableLabel: 'Findings' }}
      columnDefinitions={[
        { id: 'time', header: 'Found', minWidth: 190, cell: ({ FoundAt }) => dateText(timeOf(FoundAt)) },
        { id: 'kind', header: 'Kind', minWidth: 150, isRowHeader: true, cell: ({ Kind }) => KINDS[Kind] },
        { id: 'what', header: 'What', minWidth: 280, cell: ({ Description }) => Description },
        { id: 'hsm', header: 'HSM', minWidth: 150, cell: ({ HsmId }) => HsmId ?? '–' },
        { id: 'request', header: 'Request ID', minWidth: 150, cell: ({ RequestId }) => RequestId ?? '–' },
      ]}
    />
  );
}

function Logs({ logs }: { logs: Reconciliation['HsmLogs'] }) {
  return (
    <Table
      header={
        <Header
          variant="h2"
          description="Calls are judged once the logs of all HSMs have come that far"
          actions={<Link href={hrefTo(['hsm-logs'])}>HSM logs</Link>}
        >
          Logs of the HSMs
        </Header>
      }
      items={logs}
      trackBy="HsmId"
      empty="There are no HSMs in this Region."
      ariaLabels={{ tableLabel: 'Logs of the HSMs' }}
      columnDefinitions={[
        { id: 'hsm', header: 'HSM', isRowHeader: true, cell: ({ HsmId }) => HsmId },
        {
          id: 'cluster',
          header: 'Cluster',
          cell: ({ ClusterId }) => <Link href={hrefTo(['clusters', ClusterId])}>{ClusterId}</Link>,
        },
        {
          id: 'until',
          header: 'Delivered until',
          cell: ({ DeliveredUntil }) => dateText(timeOf(DeliveredUntil)),
        },
      ]}
    />
  );
}
