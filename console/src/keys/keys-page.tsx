import { useCollection } from '@cloudscape-design/collection-hooks';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import Pagination from '@cloudscape-design/components/pagination';
import Table from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useEffect, useState } from 'react';
import { describeError } from '../aws/errors.ts';
import { hrefTo } from '../layout/route.ts';
import { useSignedIn } from '../session/session-context.ts';
import { listKeys } from './key-list.ts';
import type { ListedKey } from './key-list.ts';

/** Customer managed keys: the list. */
export function KeysPage() {
  const { clients } = useSignedIn();
  const [keys, setKeys] = useState<readonly ListedKey[]>([]);
  const [loading, setLoading] = useState(true);
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    let current = true;
    clients
      .kms()
      .then((client) => listKeys(client, (some) => current && setKeys(some)))
      .catch((thrown: unknown) => current && setError(thrown))
      .finally(() => current && setLoading(false));
    return () => {
      current = false;
    };
  }, [clients]);
  const mine = keys.filter((key) => key.KeyManager !== 'AWS');
  const { items, filterProps, paginationProps, collectionProps } = useCollection(mine, {
    filtering: { empty: <Box>No keys yet.</Box>, noMatch: <Box>No key matches.</Box> },
    pagination: { pageSize: 20 },
    sorting: {},
  });
  return (
    <Table
      {...collectionProps}
      variant="full-page"
      stickyHeader
      items={items}
      loading={loading && keys.length === 0}
      loadingText="Loading keys"
      trackBy="keyId"
      header={
        <Header
          variant="awsui-h1-sticky"
          counter={`(${mine.length})`}
          description={error === undefined ? undefined : describeError(error)}
          actions={<Button variant="primary">Create key</Button>}
        >
          Customer managed keys
        </Header>
      }
      filter={<TextFilter {...filterProps} filteringPlaceholder="Find keys" filteringAriaLabel="Find keys" />}
      pagination={<Pagination {...paginationProps} />}
      columnDefinitions={[
        {
          id: 'alias',
          header: 'Aliases',
          cell: (key) => (
            <Link href={hrefTo(['keys', key.keyId])}>{key.aliases.join(', ') || key.keyId}</Link>
          ),
          sortingComparator: (a, b) => (a.aliases[0] ?? '').localeCompare(b.aliases[0] ?? ''),
        },
        { id: 'id', header: 'Key ID', cell: (key) => key.keyId, sortingField: 'keyId' },
        { id: 'state', header: 'Status', cell: (key) => key.KeyState ?? '–', sortingField: 'KeyState' },
        { id: 'spec', header: 'Key spec', cell: (key) => key.KeySpec ?? '–', sortingField: 'KeySpec' },
        { id: 'usage', header: 'Key usage', cell: (key) => key.KeyUsage ?? '–', sortingField: 'KeyUsage' },
        {
          id: 'store',
          header: 'Custom key store ID',
          cell: (key) => key.CustomKeyStoreId ?? '–',
          sortingField: 'CustomKeyStoreId',
        },
      ]}
    />
  );
}
