import { CreateCustomKeyStoreCommand } from '@aws-sdk/client-kms';
import type { CreateCustomKeyStoreCommandInput, CustomKeyStoreType } from '@aws-sdk/client-kms';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tiles from '@cloudscape-design/components/tiles';
import { useState } from 'react';
import { describeError } from '../aws/errors.ts';
import { useNotifications } from '../layout/notifications.ts';
import { goTo } from '../layout/route.ts';
import { useSignedIn } from '../session/session-context.ts';
import { ClusterFields, NO_CLUSTER } from './cluster-fields.tsx';
import type { ClusterDraft } from './cluster-fields.tsx';
import { NO_PROXY, proxyOfNewStore } from './proxy.ts';
import { ProxyFields } from './proxy-fields.tsx';
import { STORE_TYPES } from './store-types.ts';

/** A custom key store over one of the HSM clusters, or over a key manager elsewhere behind a proxy. */
export function CreateKeyStore() {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [type, setType] = useState<CustomKeyStoreType>('AWS_CLOUDHSM');
  const [name, setName] = useState('');
  const [cluster, setCluster] = useState(NO_CLUSTER);
  const [proxy, setProxy] = useState(NO_PROXY);
  const [error, setError] = useState<string>();
  const [working, setWorking] = useState(false);

  const newProxy = proxyOfNewStore(proxy);
  const complete =
    name !== '' && (type === 'EXTERNAL_KEY_STORE' ? newProxy !== undefined : isComplete(cluster));

  const create = async (): Promise<void> => {
    setWorking(true);
    setError(undefined);
    try {
      const client = await clients.kms();
      const { CustomKeyStoreId = '' } = await client.send(
        new CreateCustomKeyStoreCommand({
          CustomKeyStoreName: name,
          CustomKeyStoreType: type,
          ...(type === 'EXTERNAL_KEY_STORE' ? newProxy : await clusterInput(cluster)),
        }),
      );
      notifications.succeeded(`The key store ${name} was created. It can be connected now.`);
      goTo(['key-stores', CustomKeyStoreId]);
    } catch (thrown) {
      setError(describeError(thrown));
      setWorking(false);
    }
  };

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
          <FormField label="Type" description="It cannot be changed afterwards." stretch>
            <Tiles
              value={type}
              onChange={({ detail }) => setType(detail.value as CustomKeyStoreType)}
              items={[
                {
                  value: 'AWS_CLOUDHSM',
                  label: STORE_TYPES.AWS_CLOUDHSM,
                  description: 'Keys are made in the HSMs that you own, and used only there.',
                },
                {
                  value: 'EXTERNAL_KEY_STORE',
                  label: STORE_TYPES.EXTERNAL_KEY_STORE,
                  description:
                    'Keys are in a key manager elsewhere, which encrypts once more what KMS encrypted. KMS asks it through a proxy (XKS).',
                },
              ]}
            />
          </FormField>
          <FormField label="Name">
            <Input value={name} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
          {type === 'EXTERNAL_KEY_STORE' ? (
            <ProxyFields
              draft={proxy}
              change={(part) => setProxy((before) => ({ ...before, ...part }))}
              credential="The credential that the proxy was given for KMS: requests to it are signed with this."
            />
          ) : (
            <ClusterFields
              draft={cluster}
              change={(part) => setCluster((before) => ({ ...before, ...part }))}
            />
          )}
        </SpaceBetween>
      </Container>
    </Form>
  );
}

const isComplete = ({ clusterId, anchor, password }: ClusterDraft): boolean =>
  clusterId !== '' && anchor !== undefined && password !== '';

async function clusterInput({
  clusterId,
  anchor,
  password,
}: ClusterDraft): Promise<Partial<CreateCustomKeyStoreCommandInput>> {
  return {
    CloudHsmClusterId: clusterId,
    TrustAnchorCertificate: await anchor?.text(),
    KeyStorePassword: password,
  };
}
