import { CreateClusterCommand } from '@aws-sdk/client-cloudhsm-v2';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { describeError } from '../aws/errors.ts';
import { useNotifications } from '../layout/notifications.ts';
import { goTo } from '../layout/route.ts';
import { useSignedIn } from '../session/session-context.ts';

const HSM_TYPE = 'hsm2m.medium';
const DEFAULT_RETENTION_DAYS = '90';

/** A new, empty cluster. HSMs are added and the cluster is initialised on its own page afterwards. */
export function CreateCluster() {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [subnets, setSubnets] = useState('');
  const [days, setDays] = useState(DEFAULT_RETENTION_DAYS);
  const [backup, setBackup] = useState('');
  const [error, setError] = useState<string>();
  const [working, setWorking] = useState(false);
  const create = async (): Promise<void> => {
    setWorking(true);
    setError(undefined);
    try {
      const client = await clients.cloudhsm();
      const { Cluster } = await client.send(
        new CreateClusterCommand({
          HsmType: HSM_TYPE,
          SubnetIds: subnets.split(/[\s,]+/).filter((id) => id !== ''),
          BackupRetentionPolicy: { Type: 'DAYS', Value: days },
          ...(backup.trim() === '' ? {} : { SourceBackupId: backup.trim() }),
        }),
      );
      notifications.succeeded('The cluster was created. Add its first HSM now.');
      goTo(['clusters', Cluster?.ClusterId ?? '']);
    } catch (thrown) {
      setError(describeError(thrown));
      setWorking(false);
    }
  };
  return (
    <Form
      header={<Header variant="h1">Create cluster</Header>}
      errorText={error}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="link" onClick={() => goTo(['clusters'])}>
            Cancel
          </Button>
          <Button
            variant="primary"
            disabled={subnets.trim() === ''}
            loading={working}
            onClick={() => void create()}
          >
            Create cluster
          </Button>
        </SpaceBetween>
      }
    >
      <Container header={<Header variant="h2">Cluster</Header>}>
        <SpaceBetween size="l">
          <FormField
            label="Subnet IDs"
            description="One for each availability zone in which HSMs may be; the configuration file names them."
            constraintText="With commas between them"
          >
            <Input value={subnets} onChange={({ detail }) => setSubnets(detail.value)} spellcheck={false} />
          </FormField>
          <FormField label="Backups are kept (in days)" constraintText="7 to 379 days">
            <Input type="number" value={days} onChange={({ detail }) => setDays(detail.value)} />
          </FormField>
          <FormField
            label="From backup"
            description="Optional: the new cluster begins with its users and keys."
          >
            <Input value={backup} onChange={({ detail }) => setBackup(detail.value)} spellcheck={false} />
          </FormField>
        </SpaceBetween>
      </Container>
    </Form>
  );
}
