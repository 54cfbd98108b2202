import { DeleteClusterCommand } from '@aws-sdk/client-cloudhsm-v2';
import type { Cluster } from '@aws-sdk/client-cloudhsm-v2';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useState } from 'react';
import { Confirm } from '../layout/confirm.tsx';
import { dateText } from '../layout/dates.ts';
import { Facts } from '../layout/facts.tsx';
import { Loaded } from '../layout/loaded.tsx';
import { useNotifications } from '../layout/notifications.ts';
import { goTo } from '../layout/route.ts';
import { ClusterStatus } from '../layout/status.tsx';
import { useSignedIn } from '../session/session-context.ts';
import { BackupsTab } from './backups-tab.tsx';
import { CertificatesTab } from './certificates-tab.tsx';
import { CostTab } from './cost-tab.tsx';
import { HsmUsersTab } from './hsm-users-tab.tsx';
import { Initialize } from './initialize.tsx';
import { LoadTab } from './load-tab.tsx';
import { Zones } from './zones.tsx';
import { useClusters } from './use-clusters.ts';
import { useFigures } from './use-figures.ts';

/** What comes next for a cluster that does not serve yet. */
const NEXT: Readonly<Record<string, string>> = {
  UNINITIALIZED:
    'Add the first HSM, download the CSR, sign it with your own CA, and upload the certificate below.',
  INITIALIZED:
    'Activate it: set the password of the crypto officer with `claviger hsm activate`, then create the crypto user kmsuser.',
};

/** One cluster: its zones and HSMs, how it becomes active, certificates and backups. */
export function ClusterPage({ id }: { id: string }) {
  const answer = useClusters(id);
  return (
    <Loaded answer={answer}>
      {([cluster]) =>
        cluster === undefined ? (
          <Alert type="error">There is no such cluster.</Alert>
        ) : (
          <Shown cluster={cluster} id={id} reload={answer.reload} />
        )
      }
    </Loaded>
  );
}

function Shown({ cluster, id, reload }: { cluster: Cluster; id: string; reload: () => void }) {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [deleting, setDeleting] = useState(false);
  const changing = (cluster.Hsms ?? []).some(({ State }) => State === 'CREATE_IN_PROGRESS');
  const figures = useFigures(id, changing);
  const hsms = figures.value?.Hsms ?? [];
  const remove = async (): Promise<void> => {
    const client = await clients.cloudhsm();
    await client.send(new DeleteClusterCommand({ ClusterId: id }));
    notifications.succeeded('The cluster is being deleted.');
    goTo(['clusters']);
  };
  const next = NEXT[cluster.State ?? ''];
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          actions={
            <Button disabled={(cluster.Hsms ?? []).length > 0} onClick={() => setDeleting(true)}>
              Delete
            </Button>
          }
        >
          {id}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {next === undefined ? null : <Alert type="info">{next}</Alert>}
        {cluster.StateMessage === undefined ? null : <Alert type="warning">{cluster.StateMessage}</Alert>}
        <Container header={<Header variant="h2">General configuration</Header>}>
          <Facts
            columns={3}
            items={[
              { label: 'State', value: <ClusterStatus state={cluster.State} /> },
              { label: 'HSM type', value: cluster.HsmType ?? '–' },
              { label: 'Created', value: dateText(cluster.CreateTimestamp) },
              { label: 'Network', value: cluster.VpcId ?? '–' },
              { label: 'Made from backup', value: cluster.SourceBackupId ?? '–' },
              {
                label: 'Backups are kept',
                value:
                  cluster.BackupRetentionPolicy?.Value === undefined
                    ? '–'
                    : `${cluster.BackupRetentionPolicy.Value} days`,
              },
            ]}
          />
        </Container>
        {cluster.State === 'UNINITIALIZED' ? <Initialize cluster={cluster} onDone={reload} /> : null}
        <Zones cluster={cluster} figures={hsms} onChanged={reload} />
        <Tabs
          tabs={[
            { id: 'load', label: 'Load', content: <LoadTab answer={figures} /> },
            { id: 'cost', label: 'Cost', content: <CostTab cluster={cluster} /> },
            { id: 'backups', label: 'Backups', content: <BackupsTab clusterId={id} /> },
            { id: 'users', label: 'HSM users', content: <HsmUsersTab hsms={hsms} /> },
            { id: 'certificates', label: 'Certificates', content: <CertificatesTab cluster={cluster} /> },
          ]}
        />
        {deleting ? (
          <Confirm
            title="Delete cluster"
            action="Delete"
            onClose={() => setDeleting(false)}
            onConfirm={remove}
          >
            <p>Its backups stay. Keys of a custom key store on it are unavailable from then on.</p>
          </Confirm>
        ) : null}
      </SpaceBetween>
    </ContentLayout>
  );
}
