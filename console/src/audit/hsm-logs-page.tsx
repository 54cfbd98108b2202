import {
  paginateDescribeLogGroups,
  paginateDescribeLogStreams,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import type { FilteredLogEvent } from '@aws-sdk/client-cloudwatch-logs';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useCallback, useState } from 'react';
import { describeError } from '../aws/errors.ts';
import { useAnswer } from '../aws/use-answer.ts';
import { dateText } from '../layout/dates.ts';
import { Loaded } from '../layout/loaded.tsx';
import { number } from '../layout/numbers.ts';
import { hrefTo } from '../layout/route.ts';
import { Stale } from '../layout/stale.tsx';
import { useSignedIn } from '../session/session-context.ts';
import { newestEvents } from './newest-events.ts';
import type { Span } from './newest-events.ts';

const PREFIX = '/aws/cloudhsm/';

/** What the HSMs themselves have recorded: one log group for a cluster, one stream for an HSM. */
export function HsmLogsPage() {
  const { clients } = useSignedIn();
  const load = useCallback(async () => {
    const client = await clients.logs();
    const groups: string[] = [];
    for await (const page of paginateDescribeLogGroups({ client }, { logGroupNamePrefix: PREFIX })) {
      groups.push(...(page.logGroups ?? []).map(({ logGroupName = '' }) => logGroupName));
    }
    return groups;
  }, [clients]);
  const answer = useAnswer(load);
  const [group, setGroup] = useState<string>();
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="User and key management as each HSM recorded it, independent of KMS"
          actions={<Button href={hrefTo(['reconciliation'])}>Reconciliation</Button>}
        >
          HSM logs
        </Header>
      }
    >
      <Loaded answer={answer}>
        {(groups) =>
          groups.length === 0 ? (
            <Container>
              <Box>No HSM has delivered a log yet.</Box>
            </Container>
          ) : (
            <SpaceBetween size="l">
              <FormField label="Log group">
                <Select
                  selectedOption={{ value: group ?? groups[0] ?? '', label: group ?? groups[0] ?? '' }}
                  options={groups.map((name) => ({ value: name, label: name }))}
                  onChange={({ detail }) => setGroup(detail.selectedOption.value)}
                />
              </FormField>
              <LogEvents key={group ?? groups[0]} group={group ?? groups[0] ?? ''} />
            </SpaceBetween>
          )
        }
      </Loaded>
    </ContentLayout>
  );
}

/** Events in the table. */
const SHOWN_AT_MOST = 1000;
const ALL = { value: '', label: 'All HSMs' };

function LogEvents({ group }: { group: string }) {
  const { clients } = useSignedIn();
  const [pattern, setPattern] = useState('');
  /** Each new one is asked anew, with the same words too. */
  const [search, setSearch] = useState({ stream: '', wanted: '' });
  const { stream } = search;
  const loadStreams = useCallback(async () => {
    const client = await clients.logs();
    const names: string[] = [];
    for await (const page of paginateDescribeLogStreams({ client }, { logGroupName: group })) {
      names.push(...(page.logStreams ?? []).map(({ logStreamName = '' }) => logStreamName));
    }
    return names;
  }, [clients, group]);
  const streams = useAnswer(loadStreams);
  const load = useCallback(async () => {
    const client = await clients.logs();
    const { stream, wanted } = search;
    const inSpan = async function* (span: Span): AsyncGenerator<readonly FilteredLogEvent[]> {
      const pages = paginateFilterLogEvents(
        { client },
        {
          logGroupName: group,
          ...span,
          ...(stream === '' ? {} : { logStreamNames: [stream] }),
          ...(wanted === '' ? {} : { filterPattern: wanted }),
        },
      );
      for await (const { events } of pages) yield events ?? [];
    };
    return { search, events: await newestEvents(inSpan, Date.now(), SHOWN_AT_MOST) };
  }, [clients, group, search]);
  const answer = useAnswer(load);
  // what another search found does not answer this one
  const events = answer.value?.search === search ? answer.value.events : undefined;
  return (
    <>
      <Stale value={events} error={answer.error} />
      <Table
        header={
          <Header
            variant="h2"
            actions={
              <Button
                iconName="refresh"
                ariaLabel="Reload"
                onClick={answer.reload}
                loading={answer.loading}
              />
            }
          >
            Log events
          </Header>
        }
        filter={
          <form
            onSubmit={(event) => {
              event.preventDefault();
              setSearch({ ...search, wanted: pattern.trim() });
            }}
          >
            <SpaceBetween direction="horizontal" size="xs">
              <Select
                selectedOption={stream === '' ? ALL : { value: stream, label: stream }}
                options={[ALL, ...(streams.value ?? []).map((name) => ({ value: name, label: name }))]}
                onChange={({ detail }) => setSearch({ ...search, stream: detail.selectedOption.value ?? '' })}
                ariaLabel="HSM"
              />
              <Input
                value={pattern}
                onChange={({ detail }) => setPattern(detail.value)}
                placeholder="Filter pattern"
                ariaLabel="Filter pattern"
              />
              <Button formAction="submit">Search</Button>
            </SpaceBetween>
          </form>
        }
        footer={
          events?.length === SHOWN_AT_MOST ? (
            <Box textAlign="center">
              These are the newest {number(SHOWN_AT_MOST)}. A filter pattern finds older ones.
            </Box>
          ) : null
        }
        items={events ?? []}
        loading={events === undefined && answer.error === undefined}
        loadingText="Loading log events"
        trackBy="eventId"
        wrapLines
        empty={answer.error === undefined ? 'Nothing was logged that matches.' : describeError(answer.error)}
        columnDefinitions={[
          {
            id: 'time',
            header: 'Time',
            isRowHeader: true,
            minWidth: 210,
            cell: ({ timestamp }) => dateText(timestamp === undefined ? undefined : new Date(timestamp)),
          },
          { id: 'stream', header: 'HSM', minWidth: 170, cell: ({ logStreamName }) => logStreamName },
          {
            id: 'message',
            header: 'Message',
            minWidth: 420,
            cell: ({ message }) => <Box variant="code">{message}</Box>,
          },
        ]}
      />
    </>
  );
}
