import { CreateCustomKeyStoreCommand } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useCallback, useState } from 'react';
import { describeError } from '../aws/errors.ts';
import { useAnswer } from '../aws/use-answer.ts';
import { listClusters } from '../clusters/list-clusters.ts';
import { FileField } from '../layout/file-field.tsx';
import { Loaded } from '../layout/loaded.tsx';
import { counted } from '../layout/numbers.ts';
import { useNotifications } from '../layout/notifications.ts';
import { goTo } from '../layout/route.ts';
import { useSignedIn } from '../session/session-context.ts';

/** A custom key store over one of the HSM clusters: cluster, trust anchor, password of kmsuser. */
export function CreateKeyStore() {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [name, setName] = useState('');
  const [clusterId, setClusterId] = useState('');
  const [anchor, setAnchor] = useState<File>();
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string>();
  const [working, setWorking] = useState(false);
  const load = useCallback(async () => listClusters(await clients.cloudhsm()), [clients]);
  const answer = useAnswer(load);

  const create = async (): Promise<void> => {
    setWorking(true);
    setError(undefined);
    try {
      const client = await clients.kms();
      const { CustomKeyStoreId = '' } = await client.send(
        new CreateCustomKeyStoreCommand({
          CustomKeyStoreName: name,
          CloudHsmClusterId: clusterId,
          TrustAnchorCertificate: await anchor?.text(),
          KeyStorePassword: password,
        }),
      );
      notifications.succeeded(`The key store ${name} was created. It can be connected now.`);
      goTo(['key-stores', CustomKeyStoreId]);
    } catch (thrown) {
      setError(describeError(thrown));
      setWorking(false);
    }
  };

  const complete = name !== '' && clusterId !== '' && anchor !== undefined && password !== '';
  return (
    <Form
      header={<Header variant="h1">Create key store</Header>}
      errorText={error}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="link" onClick={() => goTo(['key-stores'])}>
            Cancel
          </Button>
          <Button variant="primary" disabled={!complete} loading={working} onClick={() => void create()}>
            Create key store
          </Button>
        </SpaceBetween>
      }
    >
      <Container header={<Header variant="h2">Key store</Header>}>
        <SpaceBetween size="l">
          <FormField label="Name">
            <Input value={name} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
          <FormField
            label="HSM cluster"
            description="An active cluster with at least two HSMs in different zones."
          >
            <Loaded answer={answer}>
              {(clusters) =>
                clusters.length === 0 ? (
                  <Alert type="info">There is no HSM cluster in this Region yet.</Alert>
                ) : (
                  <Select
                    placeholder="Choose a cluster"
                    selectedOption={clusterId === '' ? null : { value: clusterId, label: clusterId }}
                    onChange={({ detail }) => setClusterId(detail.selectedOption.value ?? '')}
                    options={clusters.map(({ ClusterId = '', State, Hsms }) => ({
                      value: ClusterId,
                      label: ClusterId,
                      description: `${State?.toLowerCase() ?? ''}, ${counted(Hsms?.length ?? 0, 'HSM')}`,
                    }))}
                  />
                )
              }
            </Loaded>
          </FormField>
          <FileField
            label="Trust anchor certificate"
            description="customerCA.crt: the certificate of the CA that signed the cluster's certificate."
            accept=".crt,.pem"
            file={anchor}
            onChange={setAnchor}
          />
          <FormField
            label="Password of kmsuser"
            description="As the crypto officer set it. KMS replaces it when it connects."
          >
            <Input
              type="password"
              autoComplete={false}
              value={password}
              onChange={({ detail }) => setPassword(detail.value)}
            />
          </FormField>
        </SpaceBetween>
      </Container>
    </Form>
  );
}
