import { useCollection } from '@cloudscape-design/collection-hooks';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import CollectionPreferences from '@cloudscape-design/components/collection-preferences';
import type { CollectionPreferencesProps } from '@cloudscape-design/components/collection-preferences';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import Pagination from '@cloudscape-design/components/pagination';
import PropertyFilter from '@cloudscape-design/components/property-filter';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import type { TableProps } from '@cloudscape-design/components/table';
import { useCallback, useEffect, useState } from 'react';
import { describeError } from '../aws/errors.ts';
import { dateText } from '../layout/dates.ts';
import { hrefTo } from '../layout/route.ts';
import { KeyStatus } from '../layout/status.tsx';
import { useSignedIn } from '../session/session-context.ts';
import { KeyActions } from './key-actions.tsx';
import { listKeys } from './key-list.ts';
import type { ListedKey } from './key-list.ts';
import { KeyPage } from './key-page.tsx';

interface Column extends TableProps.ColumnDefinition<ListedKey> {
  id: string;
  header: string;
}

const COLUMNS: readonly Column[] = [
  {
    id: 'alias',
    header: 'Aliases',
    isRowHeader: true,
    cell: (key) => <Link href={hrefTo(['keys', key.keyId])}>{key.aliases.join(', ') || key.keyId}</Link>,
    sortingComparator: (a, b) => (a.aliases[0] ?? '').localeCompare(b.aliases[0] ?? ''),
  },
  { id: 'id', header: 'Key ID', cell: (key) => key.keyId, sortingField: 'keyId' },
  {
    id: 'state',
    header: 'Status',
    cell: (key) => <KeyStatus state={key.KeyState} />,
    sortingField: 'KeyState',
  },
  { id: 'spec', header: 'Key spec', cell: (key) => key.KeySpec ?? '–', sortingField: 'KeySpec' },
  { id: 'usage', header: 'Key usage', cell: (key) => key.KeyUsage ?? '–', sortingField: 'KeyUsage' },
  {
    id: 'store',
    header: 'Custom key store ID',
    cell: (key) => key.CustomKeyStoreId ?? '–',
    sortingField: 'CustomKeyStoreId',
  },
  { id: 'origin', header: 'Origin', cell: (key) => key.Origin ?? '–', sortingField: 'Origin' },
  {
    id: 'created',
    header: 'Created',
    cell: (key) => dateText(key.CreationDate),
    sortingComparator: (a, b) => Number(a.CreationDate ?? 0) - Number(b.CreationDate ?? 0),
  },
];

const FILTERS = [
  { key: 'KeyState', propertyLabel: 'Status', groupValuesLabel: 'Status' },
  { key: 'KeySpec', propertyLabel: 'Key spec', groupValuesLabel: 'Key specs' },
  { key: 'KeyUsage', propertyLabel: 'Key usage', groupValuesLabel: 'Key usages' },
  { key: 'Origin', propertyLabel: 'Origin', groupValuesLabel: 'Origins' },
  { key: 'CustomKeyStoreId', propertyLabel: 'Custom key store ID', groupValuesLabel: 'Custom key stores' },
].map((property) => ({ ...property, operators: ['=', '!='] as const }));

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
  const { clients } = useSignedIn();
  const [keys, setKeys] = useState<readonly ListedKey[]>([]);
  const [loading, setLoading] = useState(true);
  const [error, setError] = useState<unknown>();
  const [turn, setTurn] = useState(0);
  const [preferences, setPreferences] = useState(storedPreferences);
  useEffect(() => {
    let current = true;
    clients
      .kms()
      .then((client) => listKeys(client, (some) => current && setKeys(some)))
      .then(() => current && setError(undefined))
      .catch((thrown: unknown) => current && setError(thrown))
      .finally(() => current && setLoading(false));
    return () => {
      current = false;
    };
  }, [clients, turn]);
  const reload = useCallback(() => {
    setLoading(true);
    setTurn((count) => count + 1);
  }, []);

  const shown = keys.filter((key) => (key.KeyManager ?? 'CUSTOMER') === manager);
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
  const selected = collectionProps.selectedItems ?? [];
  return (
    <Table
      {...collectionProps}
      variant="full-page"
      stickyHeader
      selectionType={manager === 'CUSTOMER' ? 'multi' : undefined}
      items={items}
      loading={loading && keys.length === 0}
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
                    inKeyStore: key.CustomKeyStoreId !== undefined,
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
        <PropertyFilter
          {...propertyFilterProps}
          filteringPlaceholder="Find keys by name, ID or property"
          filteringAriaLabel="Find keys"
          countText={`${filteredItemsCount ?? 0} matches`}
        />
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
            options: COLUMNS.map(({ id, header }) => ({ id, label: header, alwaysVisible: id === 'alias' })),
          }}
        />
      }
    />
  );
}
