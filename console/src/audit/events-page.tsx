import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import type { Event, LookupAttributeKey } from '@aws-sdk/client-cloudtrail';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import Modal from '@cloudscape-design/components/modal';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { describeError } from '../aws/errors.ts';
import { dateText } from '../layout/dates.ts';
import { useSignedIn } from '../session/session-context.ts';

const ATTRIBUTES: readonly { value: LookupAttributeKey; label: string }[] = [
  { value: 'EventName', label: 'Event name' },
  { value: 'Username', label: 'User name' },
  { value: 'ResourceName', label: 'Resource name' },
  { value: 'ResourceType', label: 'Resource type' },
  { value: 'EventSource', label: 'Event source' },
  { value: 'EventId', label: 'Event ID' },
  { value: 'AccessKeyId', label: 'Access key ID' },
  { value: 'ReadOnly', label: 'Read-only' },
];

/** A search; each new one is asked anew, with the same words too. Without an attribute it is for all events. */
export interface Wanted {
  readonly attribute?: LookupAttributeKey;
  readonly value?: string;
}

/** What changed something, as AWS's console begins. */
const FIRST = { attribute: 'ReadOnly', value: 'false' } as const;

/** Event history: every call of the last 90 days, by one attribute. */
export function EventsPage() {
  const [attribute, setAttribute] = useState<LookupAttributeKey>(FIRST.attribute);
  const [value, setValue] = useState<string>(FIRST.value);
  const [wanted, setWanted] = useState<Wanted>(FIRST);
  return (
    <EventTable
      variant="full-page"
      title="Event history"
      wanted={wanted}
      filter={
        <form
          onSubmit={(event) => {
            event.preventDefault();
            setWanted(value.trim() === '' ? {} : { attribute, value: value.trim() });
          }}
        >
          <SpaceBetween direction="horizontal" size="xs">
            <Select
              selectedOption={ATTRIBUTES.find((option) => option.value === attribute) ?? null}
              options={ATTRIBUTES}
              onChange={({ detail }) => {
                setAttribute(detail.selectedOption.value as LookupAttributeKey);
                setValue('');
              }}
              ariaLabel="Attribute"
            />
            <Input
              value={value}
              onChange={({ detail }) => setValue(detail.value)}
              placeholder="Exact value"
              ariaLabel="Value"
            />
            <Button formAction="submit">Search</Button>
          </SpaceBetween>
        </form>
      }
    />
  );
}

/** Events that have the attribute's value, newest first, a page at a time; each can be seen in full. */
export function EventTable({
  title,
  variant,
  wanted,
  filter,
}: {
  title: string;
  variant: 'full-page' | 'container';
  wanted: Wanted;
  filter?: ReactNode;
}) {
  const { clients } = useSignedIn();
  const [events, setEvents] = useState<readonly Event[]>([]);
  const [next, setNext] = useState<string>();
  const [loading, setLoading] = useState(true);
  const [error, setError] = useState<unknown>();
  const [open, setOpen] = useState<Event>();

  const load = useCallback(
    async (NextToken: string | undefined) => {
      const client = await clients.cloudtrail();
      const { attribute, value } = wanted;
      const LookupAttributes =
        attribute === undefined ? undefined : [{ AttributeKey: attribute, AttributeValue: value }];
      return client.send(new LookupEventsCommand({ LookupAttributes, NextToken, MaxResults: 50 }));
    },
    [clients, wanted],
  );

  const latest = useRef(load);
  useEffect(() => {
    let current = true;
    latest.current = load;
    setLoading(true);
    setError(undefined);
    // those of before do not answer this search
    setEvents([]);
    setNext(undefined);
    load(undefined)
      .then((page) => {
        if (!current) return;
        setEvents(page.Events ?? []);
        setNext(page.NextToken);
      })
      .catch((thrown: unknown) => current && setError(thrown))
      .finally(() => current && setLoading(false));
    return () => {
      current = false;
    };
  }, [load]);

  const more = (): void => {
    setLoading(true);
    setError(undefined);
    const isWanted = (): boolean => latest.current === load;
    load(next)
      .then((page) => {
        if (!isWanted()) return;
        setEvents((before) => [...before, ...(page.Events ?? [])]);
        setNext(page.NextToken);
      })
      .catch((thrown: unknown) => isWanted() && setError(thrown))
      .finally(() => isWanted() && setLoading(false));
  };

  return (
    <>
      <Table
        variant={variant}
        header={<Header variant={variant === 'full-page' ? 'awsui-h1-sticky' : 'h2'}>{title}</Header>}
        filter={filter}
        items={[...events]}
        loading={loading && events.length === 0}
        loadingText="Loading events"
        trackBy="EventId"
        empty={error === undefined ? 'No events.' : describeError(error)}
        footer={
          next === undefined ? null : (
            <Box textAlign="center">
              <SpaceBetween size="xs">
                {error === undefined ? null : <Box color="text-status-error">{describeError(error)}</Box>}
                <Button onClick={more} loading={loading}>
                  More events
                </Button>
              </SpaceBetween>
            </Box>
          )
        }
        columnDefinitions={[
          {
            id: 'name',
            header: 'Event',
            isRowHeader: true,
            cell: (event) => (
              <Link
                href="#"
                onFollow={(follow) => {
                  follow.preventDefault();
                  setOpen(event);
                }}
              >
                {event.EventName}
              </Link>
            ),
          },
          { id: 'time', header: 'Time', cell: ({ EventTime }) => dateText(EventTime) },
          { id: 'user', header: 'User', cell: ({ Username }) => Username ?? '–' },
          { id: 'source', header: 'Source', cell: ({ EventSource }) => EventSource },
          {
            id: 'resources',
            header: 'Resources',
            cell: ({ Resources }) => Resources?.map(({ ResourceName }) => ResourceName).join(', ') || '–',
          },
          { id: 'error', header: 'Error', cell: (event) => errorOf(event) ?? '–' },
        ]}
      />
      {open === undefined ? null : (
        <Modal
          visible
          size="large"
          header={open.EventName}
          onDismiss={() => setOpen(undefined)}
          closeAriaLabel="Close"
        >
          <Box variant="pre">{JSON.stringify(recordOf(open), null, 2)}</Box>
        </Modal>
      )}
    </>
  );
}

function recordOf({ CloudTrailEvent }: Event): Record<string, unknown> {
  return JSON.parse(CloudTrailEvent ?? '{}') as Record<string, unknown>;
}

function errorOf(event: Event): string | undefined {
  const { errorCode } = recordOf(event);
  return typeof errorCode === 'string' ? errorCode : undefined;
}
