import type { CustomKeyStoresListEntry } from '@aws-sdk/client-kms';
import { useCollection } from '@cloudscape-design/collection-hooks';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useEffect, useRef, useState } from 'react';
import { describeError } from '../aws/errors.ts';
import { dateText } from '../layout/dates.ts';
import { Facts } from '../layout/facts.tsx';
import { Loaded } from '../layout/loaded.tsx';
import { hrefTo } from '../layout/route.ts';
import { Stale } from '../layout/stale.tsx';
import { ConnectionStatus, KeyStatus } from '../layout/status.tsx';
import { KEY_LINK_MAX_PX, KeyLink } from '../keys/key-link.tsx';
import { DESCRIBED_UNASKED } from '../keys/key-list.ts';
import type { ListedKey } from '../keys/key-list.ts';
import { KeysLookedAt } from '../keys/keys-looked-at.tsx';
import { useKeyList } from '../keys/use-key-list.ts';
import { connectionFailure } from './connection-errors.ts';
import { CreateKeyStore } from './create-key-store.tsx';
import { ProxyFacts } from './proxy-facts.tsx';
import { StoreActions } from './store-actions.tsx';
import { STORE_TYPES, isExternal } from './store-types.ts';
import { useKeyStores } from './use-key-stores.ts';

/** An address longer than that is cut off in the list; the store's page has it in full. */
const PLACE_MAX_PX = 380;

/** `key-stores`: the list; `key-stores/create`; `key-stores/<id>`: one of them. */
export function KeyStoresPage({ path }: { path: readonly string[] }) {
  if (path[0] === 'create') return <CreateKeyStore />;
  return path[0] === undefined ? <StoreList /> : <StorePage id={path[0]} />;
}

function StoreList() {
  const answer = useKeyStores();
  const create = (
    <Button variant="primary" href={hrefTo(['key-stores', 'create'])}>
      Create key store
    </Button>
  );
  return (
    <>
      <Stale {...answer} />
      <Table
        variant="full-page"
        items={[...(answer.value ?? [])]}
        loading={answer.value === undefined && answer.error === undefined}
        loadingText="Loading key stores"
        trackBy="CustomKeyStoreId"
        header={
          <Header variant="awsui-h1-sticky" counter={`(${answer.value?.length ?? 0})`} actions={create}>
            Custom key stores
          </Header>
        }
        empty={
          <Box textAlign="center" padding="l">
            <SpaceBetween size="m">
              <b>{answer.error === undefined ? 'No custom key store yet' : describeError(answer.error)}</b>
              {answer.error === undefined ? create : null}
            </SpaceBetween>
          </Box>
        }
        columnDefinitions={[
          {
            id: 'name',
            header: 'Name',
            isRowHeader: true,
            cell: ({ CustomKeyStoreId = '', CustomKeyStoreName }) => (
              <Link href={hrefTo(['key-stores', CustomKeyStoreId])}>{CustomKeyStoreName}</Link>
            ),
          },
          { id: 'id', header: 'Custom key store ID', cell: ({ CustomKeyStoreId }) => CustomKeyStoreId },
          { id: 'type', header: 'Type', cell: ({ CustomKeyStoreType }) => typeText(CustomKeyStoreType) },
          {
            id: 'state',
            header: 'Connection',
            cell: ({ ConnectionState }) => <ConnectionStatus state={ConnectionState} />,
          },
          {
            id: 'place',
            header: 'HSM cluster or proxy',
            maxWidth: PLACE_MAX_PX,
            cell: (store) =>
              isExternal(store) ? (
                (store.XksProxyConfiguration?.UriEndpoint ?? '–')
              ) : (
                <ClusterLink id={store.CloudHsmClusterId} />
              ),
          },
          { id: 'created', header: 'Created', cell: ({ CreationDate }) => dateText(CreationDate) },
        ]}
      />
    </>
  );
}

const typeText = (type: CustomKeyStoresListEntry['CustomKeyStoreType']): string =>
  type === undefined ? '–' : STORE_TYPES[type];

function ClusterLink({ id }: { id: string | undefined }) {
  return id === undefined ? <>–</> : <Link href={hrefTo(['clusters', id])}>{id}</Link>;
}

function StorePage({ id }: { id: string }) {
  const answer = useKeyStores(id);
  return (
    <Loaded answer={answer}>
      {([store]) => {
        if (store === undefined) return <Alert type="error">There is no such key store.</Alert>;
        const failure = connectionFailure(store);
        return (
          <ContentLayout
            header={
              <Header variant="h1" actions={<StoreActions store={store} onDone={answer.reload} />}>
                {store.CustomKeyStoreName}
              </Header>
            }
          >
            <SpaceBetween size="l">
              {store.ConnectionState === 'FAILED' ? (
                <Alert
                  type="error"
                  header={`Connecting failed: ${store.ConnectionErrorCode ?? 'unknown reason'}`}
                >
                  {failure?.meaning} {failure?.remedy}
                </Alert>
              ) : null}
              <Container header={<Header variant="h2">General configuration</Header>}>
                <Facts
                  columns={3}
                  items={[
                    { label: 'Connection', value: <ConnectionStatus state={store.ConnectionState} /> },
                    { label: 'Custom key store ID', value: store.CustomKeyStoreId ?? '–' },
                    { label: 'Type', value: typeText(store.CustomKeyStoreType) },
                    ...(isExternal(store)
                      ? []
                      : [{ label: 'HSM cluster ID', value: <ClusterLink id={store.CloudHsmClusterId} /> }]),
                    { label: 'Created', value: dateText(store.CreationDate) },
                  ]}
                />
              </Container>
              {isExternal(store) ? <ProxyFacts configuration={store.XksProxyConfiguration ?? {}} /> : null}
              <KeysInside id={id} connection={store.ConnectionState} external={isExternal(store)} />
            </SpaceBetween>
          </ContentLayout>
        );
      }}
    </Loaded>
  );
}

/**
 * The keys of the store, which only their descriptions tell from others: with very many keys they are looked at when somebody wants
 * that, for each counts as a DescribeKey. Described again when the connection changes, for their states follow it.
 */
function KeysInside({
  id,
  connection,
  external,
}: {
  id: string;
  connection: string | undefined;
  /** Its keys have external keys. */
  external: boolean;
}) {
  const list = useKeyList();
  const { keys: all, error, waiting, unknown, describe, reload } = list;
  const [wanted, setWanted] = useState(false);
  const everyKey = wanted || (all !== undefined && all.length <= DESCRIBED_UNASKED);
  const before = useRef(connection);
  useEffect(() => {
    if (everyKey) describe((all ?? []).map(({ keyId }) => keyId));
  }, [everyKey, describe, all]);
  useEffect(() => {
    if (before.current === connection) return;
    before.current = connection;
    reload();
  }, [connection, reload]);
  const inside = (all ?? []).filter(({ CustomKeyStoreId }) => CustomKeyStoreId === id);
  const looking = all === undefined || waiting > 0;
  const { items, paginationProps } = useCollection(inside, { pagination: { pageSize: 20 } });
  return (
    <Table
      header={
        <Header
          variant="h2"
          counter={`(${inside.length})`}
          description={
            all === undefined || error !== undefined ? undefined : (
              <KeysLookedAt list={list} everyKey={everyKey} onAll={() => setWanted(true)} />
            )
          }
        >
          Keys inside
        </Header>
      }
      items={items}
      loading={looking && inside.length === 0 && error === undefined}
      loadingText="Loading keys"
      trackBy="keyId"
      pagination={<Pagination {...paginationProps} />}
      empty={
        error !== undefined
          ? describeError(error)
          : everyKey && unknown === 0
            ? 'No keys in this key store yet.'
            : 'No key of this key store is known so far.'
      }
      columnDefinitions={[
        {
          id: 'alias',
          header: 'Aliases',
          isRowHeader: true,
          maxWidth: KEY_LINK_MAX_PX,
          cell: (key) => <KeyLink of={key} />,
        },
        { id: 'id', header: 'Key ID', cell: (key) => key.keyId },
        ...(external
          ? [
              {
                id: 'external',
                header: 'External key ID',
                cell: ({ XksKeyConfiguration }: ListedKey) => XksKeyConfiguration?.Id ?? '–',
              },
            ]
          : []),
        { id: 'state', header: 'Status', cell: (key) => <KeyStatus state={key.KeyState} /> },
      ]}
    />
  );
}
