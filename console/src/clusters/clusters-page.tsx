import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { describeError } from '../aws/errors.ts';
import { dateText } from '../layout/dates.ts';
import { hrefTo } from '../layout/route.ts';
import { Stale } from '../layout/stale.tsx';
import { ClusterStatus } from '../layout/status.tsx';
import { ClusterPage } from './cluster-page.tsx';
import { CreateCluster } from './create-cluster.tsx';
import { useClusters } from './use-clusters.ts';

/** `clusters`: the list; `clusters/create`; `clusters/<id>`: one of them. */
export function ClustersPage({ path }: { path: readonly string[] }) {
  if (path[0] === 'create') return <CreateCluster />;
  return path[0] === undefined ? <ClusterList /> : <ClusterPage id={path[0]} />;
}

function ClusterList() {
  const answer = useClusters();
  const create = (
    <Button variant="primary" href={hrefTo(['clusters', 'create'])}>
      Create cluster
    </Button>
  );
  return (
    <>
      <Stale {...answer} />
      <Table
        variant="full-page"
        items={[...(answer.value ?? [])]}
        loading={answer.value === undefined && answer.error === undefined}
        loadingText="Loading clusters"
        trackBy="ClusterId"
        header={
          <Header variant="awsui-h1-sticky" counter={`(${answer.value?.length ?? 0})`} actions={create}>
            HSM clusters
          </Header>
        }
        empty={
          <Box textAlign="center" padding="l">
            <SpaceBetween size="m">
              <b>{answer.error === undefined ? 'No HSM cluster yet' : describeError(answer.error)}</b>
              {answer.error === undefined ? create : null}
            </SpaceBetween>
          </Box>
        }
        columnDefinitions={[
          {
            id: 'id',
            header: 'Cluster ID',
            isRowHeader: true,
            cell: ({ ClusterId = '' }) => <Link href={hrefTo(['clusters', ClusterId])}>{ClusterId}</Link>,
          },
          { id: 'state', header: 'State', cell: ({ State }) => <ClusterStatus state={State} /> },
          { id: 'hsms', header: 'HSMs', cell: ({ Hsms }) => Hsms?.length ?? 0 },
          {
            id: 'zones',
            header: 'Zones with an HSM',
            cell: ({ Hsms }) =>
              [...new Set((Hsms ?? []).map(({ AvailabilityZone }) => AvailabilityZone))].sort().join(', ') ||
              '–',
          },
          { id: 'created', header: 'Created', cell: ({ CreateTimestamp }) => dateText(CreateTimestamp) },
        ]}
      />
    </>
  );
}
