import { useCollection } from '@cloudscape-design/collection-hooks';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import CollectionPreferences from '@cloudscape-design/components/collection-preferences';
import type { CollectionPreferencesProps } from '@cloudscape-design/components/collection-preferences';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import PropertyFilter from '@cloudscape-design/components/property-filter';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import type { TableProps } from '@cloudscape-design/components/table';
import { KeySpec, KeyState, KeyUsageType, OriginType } from '@aws-sdk/client-kms';
import { useEffect, useMemo, useState } from 'react';
import { describeError } from '../aws/errors.ts';
import { dateText } from '../layout/dates.ts';
import { hrefTo } from '../layout/route.ts';
import { Stale } from '../layout/stale.tsx';
import { KeyStatus } from '../layout/status.tsx';
import { KeyActions } from './key-actions.tsx';
import { isAwsManaged } from './key-list.ts';
import type { ListedKey } from './key-list.ts';
import { KEY_LINK_MAX_PX, KeyLink } from './key-link.tsx';
import { KeysUnknown } from './keys-looked-at.tsx';
import { KeyPage } from './key-page.tsx';
import { useKeyList } from './use-key-list.ts';

const COLLATOR = new Intl.Collator();

interface Column extends TableProps.ColumnDefinition<ListedKey> {
  id: string;
  header: string;
}

const COLUMNS: readonly Column[] = [
  {
    id: 'alias',
    header: 'Aliases',
    isRowHeader: true,
    maxWidth: KEY_LINK_MAX_PX,
    cell: (key) => <KeyLink of={key} />,
    sortingComparator: (a, b) => COLLATOR.compare(a.name, b.name),
  },
  { id: 'id', header: 'Key ID', cell: (key) => key.keyId, sortingField: 'keyId' },
  {
    id: 'state',
    header: 'Status',
    cell: (key) => <KeyStatus state={key.KeyState} />,
    sortingField: 'KeyState',
  },
  {
    id: 'store',
    header: 'Custom key store ID',
    cell: (key) => key.CustomKeyStoreId ?? '–',
    sortingField: 'CustomKeyStoreId',
  },
  { id: 'spec', header: 'Key spec', cell: (key) => key.KeySpec ?? '–', sortingField: 'KeySpec' },
  { id: 'usage', header: 'Key usage', cell: (key) => key.KeyUsage ?? '–', sortingField: 'KeyUsage' },
  { id: 'origin', header: 'Origin', cell: (key) => key.Origin ?? '–', sortingField: 'Origin' },
  {
    id: 'created',
    header: 'Created',
    cell: (key) => dateText(key.CreationDate),
    sortingComparator: (a, b) => Number(a.CreationDate ?? 0) - Number(b.CreationDate ?? 0),
  },
];

const ONE_OF = ['=', '!='] as const;
const TEXT = [':', '!:', '=', '!='] as const;
const FILTERS = [
  { key: 'name', propertyLabel: 'Alias', groupValuesLabel: 'Aliases', operators: TEXT },
  { key: 'keyId', propertyLabel: 'Key ID', groupValuesLabel: 'Key IDs', operators: TEXT },
  { key: 'KeyState', propertyLabel: 'Status', groupValuesLabel: 'Status', operators: ONE_OF },
  { key: 'KeySpec', propertyLabel: 'Key spec', groupValuesLabel: 'Key specs', operators: ONE_OF },
  { key: 'KeyUsage', propertyLabel: 'Key usage', groupValuesLabel: 'Key usages', operators: ONE_OF },
  { key: 'Origin', propertyLabel: 'Origin', groupValuesLabel: 'Origins', operators: ONE_OF },
  {
    key: 'CustomKeyStoreId',
    propertyLabel: 'Custom key store ID',
    groupValuesLabel: 'Custom key stores',
    operators: ONE_OF,
  },
];
/** Columns and filters that every listed key has; for the others it must be described. */
const LISTED: readonly string[] = ['alias', 'id', 'name', 'keyId'];
/** Offered before any key was described. Names and ids are not offered: there are too many. */
const FILTER_VALUES = [
  ...Object.values(KeyState).map((value) => ({ propertyKey: 'KeyState', value })),
  ...Object.values(KeySpec).map((value) => ({ propertyKey: 'KeySpec', value })),
  ...Object.values(KeyUsageType).map((value) => ({ propertyKey: 'KeyUsage', value })),
  ...Object.values(OriginType).map((value) => ({ propertyKey: 'Origin', value })),
];

const PREFERENCES_KEY = 'claviger-keys-preferences';
const FIRST_PREFERENCES: CollectionPreferencesProps.Preferences = {
  pageSize: 20,
  contentDisplay: COLUMNS.map(({ id }) => ({ id, visible: id !== 'origin' && id !== 'created' })),
};

function storedPreferences(): CollectionPreferencesProps.Preferences {
  const text = localStorage.getItem(PREFERENCES_KEY);
  return text === null ? FIRST_PREFERENCES : (JSON.parse(text) as CollectionPreferencesProps.Preferences);
}

/** `keys`: the list; `keys/<id>`: one of them. */
export function KeysPage({ path }: { path: readonly string[] }) {
  return path[0] === undefined ? <KeyList manager="CUSTOMER" /> : <KeyPage keyId={path[0]} />;
}

/** `aws-keys`: keys that services made for themselves; they can only be looked at. */
export function AwsKeysPage() {
  return <KeyList manager="AWS" />;
}

function KeyList({ manager }: { manager: 'AWS' | 'CUSTOMER' }) {
  const { keys, error, aliasesDenied, loading, waiting, unknown, describe, cancel, reload } = useKeyList();
  const [preferences, setPreferences] = useState(storedPreferences);
  const shown = useMemo(
    () => (keys ?? []).filter((key) => isAwsManaged(key) === (manager === 'AWS')),
    [keys, manager],
  );
  const title = manager === 'AWS' ? 'AWS managed keys' : 'Customer managed keys';
  const createButton = (
    <Button variant="primary" href={hrefTo(['create-key'])}>
      Create key
    </Button>
  );
  const { items, propertyFilterProps, paginationProps, collectionProps, filteredItemsCount } = useCollection(
    shown,
    {
      propertyFiltering: {
        filteringProperties: FILTERS.map((property) => ({ ...property, operators: [...property.operators] })),
        empty: (
          <Box textAlign="center" color="inherit" padding="l">
            <SpaceBetween size="m">
              <b>{error === undefined ? 'No keys yet' : 'The keys could not be loaded'}</b>
              {error === undefined ? null : <Box color="text-status-error">{describeError(error)}</Box>}
              {manager === 'CUSTOMER' && error === undefined ? createButton : null}
            </SpaceBetween>
          </Box>
        ),
        noMatch: <Box textAlign="center">No key matches.</Box>,
      },
      pagination: { pageSize: preferences.pageSize ?? 20 },
      sorting: {},
      selection: { trackBy: 'keyId' },
    },
  );
  const chosen = new Set(collectionProps.selectedItems?.map(({ keyId }) => keyId));
  // as they are now: the collection has them as they were when they were selected
  const selected = items.filter(({ keyId }) => chosen.has(keyId));

  const sortedBy = COLUMNS.find(
    ({ sortingComparator, sortingField }) =>
      sortingField === collectionProps.sortingColumn?.sortingField &&
      sortingComparator === collectionProps.sortingColumn?.sortingComparator,
  );
  const asksForAll =
    propertyFilterProps.query.tokens.some(
      ({ propertyKey }) => propertyKey !== undefined && !LISTED.includes(propertyKey),
    ) ||
    (collectionProps.sortingColumn !== undefined && !LISTED.includes(sortedBy?.id ?? ''));
  // whoever did not want to wait is not made to, until they look for something else
  const [stoppedFor, setStoppedFor] = useState<unknown>();
  const stopped = stoppedFor === propertyFilterProps.query;
  const incomplete = asksForAll && (waiting > 0 || stopped);
  useEffect(() => {
    if (asksForAll && !stopped) describe(shown.map(({ keyId }) => keyId));
    describe(items.map(({ keyId }) => keyId));
  }, [asksForAll, stopped, describe, shown, items]);

  const filterValues = useMemo(
    () => [
      ...FILTER_VALUES,
      ...[...new Set(shown.map(({ CustomKeyStoreId }) => CustomKeyStoreId))].flatMap((value) =>
        value === undefined ? [] : [{ propertyKey: 'CustomKeyStoreId', value }],
      ),
    ],
    [shown],
  );
  return (
    <>
      <Stale value={keys} error={error} />
      {aliasesDenied === undefined ? null : (
        <Box margin={{ bottom: 'm' }}>
          <Alert type="warning" header="Keys are shown without their aliases">
            {describeError(aliasesDenied)}
          </Alert>
        </Box>
      )}
      <Table
        {...collectionProps}
        variant="full-page"
        stickyHeader
        selectionType={manager === 'CUSTOMER' ? 'multi' : undefined}
        items={items}
        loading={loading && keys === undefined}
        loadingText="Loading keys"
        trackBy="keyId"
        columnDisplay={preferences.contentDisplay}
        columnDefinitions={COLUMNS}
        ariaLabels={{
          tableLabel: title,
          selectionGroupLabel: 'Keys to act on',
          allItemsSelectionLabel: () => 'all keys of this page',
          itemSelectionLabel: (_, key) => key.aliases[0] ?? key.keyId,
        }}
        header={
          <Header
            variant="awsui-h1-sticky"
            counter={selected.length > 0 ? `(${selected.length}/${shown.length})` : `(${shown.length})`}
            actions={
              manager === 'AWS' ? null : (
                <SpaceBetween direction="horizontal" size="xs">
                  <Button iconName="refresh" ariaLabel="Reload" onClick={reload} loading={loading} />
                  <KeyActions
                    keys={selected.map((key) => ({
                      keyId: key.keyId,
                      state: key.KeyState,
                      origin: key.Origin,
                    }))}
                    onDone={reload}
                  />
                  {createButton}
                </SpaceBetween>
              )
            }
          >
            {title}
          </Header>
        }
        filter={
          <SpaceBetween size="xs">
            <PropertyFilter
              {...propertyFilterProps}
              filteringOptions={filterValues}
              filteringPlaceholder="Find keys by name, ID or property"
              filteringAriaLabel="Find keys"
              countText={`${filteredItemsCount === 1 ? '1 match' : `${filteredItemsCount ?? 0} matches`}${incomplete ? ' so far' : ''}`}
            />
            {incomplete ? (
              <LookingAtKeys
                total={shown.length}
                waiting={
                  stopped ? shown.filter(({ KeyState: state }) => state === undefined).length : waiting
                }
                stopped={stopped}
                onStop={() => {
                  setStoppedFor(propertyFilterProps.query);
                  cancel();
                }}
                onGoOn={() => setStoppedFor(undefined)}
              />
            ) : null}
            {asksForAll && !incomplete ? <KeysUnknown count={unknown} /> : null}
          </SpaceBetween>
        }
        pagination={<Pagination {...paginationProps} ariaLabels={{ paginationLabel: 'Pages of keys' }} />}
        preferences={
          <CollectionPreferences
            title="Preferences"
            confirmLabel="Confirm"
            cancelLabel="Cancel"
            preferences={preferences}
            onConfirm={({ detail }) => {
              localStorage.setItem(PREFERENCES_KEY, JSON.stringify(detail));
              setPreferences(detail);
            }}
            pageSizePreference={{
              title: 'Keys on a page',
              options: [20, 50, 100].map((value) => ({ value, label: `${value} keys` })),
            }}
            contentDisplayPreference={{
              title: 'Columns',
              options: COLUMNS.map(({ id, header }) => ({
                id,
                label: header,
                alwaysVisible: id === 'alias',
              })),
            }}
          />
        }
      />
    </>
  );
}

/** How far a filter or an order is that must look at every key; it can be stopped. */
function LookingAtKeys({
  total,
  waiting,
  stopped,
  onStop,
  onGoOn,
}: {
  total: number;
  waiting: number;
  stopped: boolean;
  onStop: () => void;
  onGoOn: () => void;
}) {
  return (
    <ProgressBar
      status="in-progress"
      value={total === 0 ? 100 : Math.floor((100 * (total - waiting)) / total)}
      label={stopped ? 'Stopped: not every key was looked at' : 'Looking at every key'}
      additionalInfo={
        <>
          {waiting} keys still to look at.{' '}
          <Button variant="inline-link" onClick={stopped ? onGoOn : onStop}>
            {stopped ? 'Go on' : 'Stop'}
          </Button>
        </>
      }
    />
  );
}
