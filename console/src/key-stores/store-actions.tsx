import {
  ConnectCustomKeyStoreCommand,
  DeleteCustomKeyStoreCommand,
  DisconnectCustomKeyStoreCommand,
  UpdateCustomKeyStoreCommand,
} from '@aws-sdk/client-kms';
import type {
  CustomKeyStoresListEntry,
  KMSClient,
  UpdateCustomKeyStoreCommandInput,
} from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { Confirm } from '../layout/confirm.tsx';
import { useNotifications } from '../layout/notifications.ts';
import { goTo } from '../layout/route.ts';
import { useSignedIn } from '../session/session-context.ts';

type Question = 'disconnect' | 'edit' | 'delete';

/** Connect, disconnect, edit, delete: each offered where the API takes it. */
export function StoreActions({ store, onDone }: { store: CustomKeyStoresListEntry; onDone: () => void }) {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [asked, setAsked] = useState<Question>();
  const { CustomKeyStoreId, ConnectionState } = store;
  const close = (): void => setAsked(undefined);
  const perform = async (
    done: string,
    run: (client: KMSClient) => Promise<unknown>,
    afterwards = onDone,
  ): Promise<void> => {
    await run(await clients.kms());
    notifications.succeeded(done);
    afterwards();
  };
  const connect = (): void => {
    perform('Connecting began.', (client) =>
      client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId })),
    ).catch((error: unknown) => notifications.failed('Connect', error));
  };
  const resting = ConnectionState === 'DISCONNECTED';
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button disabled={!resting && ConnectionState !== 'CONNECTED'} onClick={() => setAsked('edit')}>
        Edit
      </Button>
      <Button disabled={!resting} disabledReason="Disconnect it first." onClick={() => setAsked('delete')}>
        Delete
      </Button>
      {resting ? (
        <Button variant="primary" onClick={connect}>
          Connect
        </Button>
      ) : (
        <Button
          disabled={ConnectionState !== 'CONNECTED' && ConnectionState !== 'FAILED'}
          onClick={() => setAsked('disconnect')}
        >
          Disconnect
        </Button>
      )}
      {asked === 'disconnect' ? (
        <Confirm
          title="Disconnect"
          action="Disconnect"
          onClose={close}
          onConfirm={() =>
            perform('Disconnecting began.', (client) =>
              client.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId })),
            )
          }
        >
          <Alert type="warning">
            While the key store is disconnected its keys are unavailable: nothing can be encrypted or
            decrypted with them.
          </Alert>
        </Confirm>
      ) : null}
      {asked === 'delete' ? (
        <Confirm
          title="Delete key store"
          action="Delete"
          onClose={close}
          onConfirm={() =>
            perform(
              'The key store was deleted.',
              (client) => client.send(new DeleteCustomKeyStoreCommand({ CustomKeyStoreId })),
              () => goTo(['key-stores']),
            )
          }
        >
          <p>
            Only a key store without keys can be deleted. The HSM cluster and what is in it stay as they are.
          </p>
        </Confirm>
      ) : null}
      {asked === 'edit' ? (
        <Edit
          store={store}
          onClose={close}
          save={(input) =>
            perform('The key store was changed.', (client) =>
              client.send(new UpdateCustomKeyStoreCommand({ CustomKeyStoreId, ...input })),
            )
          }
        />
      ) : null}
    </SpaceBetween>
  );
}

type Changes = Omit<UpdateCustomKeyStoreCommandInput, 'CustomKeyStoreId'>;

/** What is asked for is forgotten when it is closed, the password above all. */
function Edit({
  store: { CustomKeyStoreName = '', CloudHsmClusterId = '', ConnectionState },
  save,
  onClose,
}: {
  store: CustomKeyStoresListEntry;
  save: (changes: Changes) => Promise<void>;
  onClose: () => void;
}) {
  const [name, setName] = useState(CustomKeyStoreName);
  const [clusterId, setClusterId] = useState(CloudHsmClusterId);
  const [password, setPassword] = useState('');
  const connected = ConnectionState !== 'DISCONNECTED';
  const changes: Changes = {
    ...(name === CustomKeyStoreName ? {} : { NewCustomKeyStoreName: name }),
    ...(clusterId.trim() === CloudHsmClusterId ? {} : { CloudHsmClusterId: clusterId.trim() }),
    ...(password === '' ? {} : { KeyStorePassword: password }),
  };
  return (
    <Confirm
      title="Edit key store"
      action="Save"
      allowed={name !== '' && Object.keys(changes).length > 0}
      onClose={onClose}
      onConfirm={() => save(changes)}
    >
      <FormField label="Name">
        <Input value={name} onChange={({ detail }) => setName(detail.value)} />
      </FormField>
      {connected ? (
        <Alert type="info">Cluster and password can be changed once it is disconnected.</Alert>
      ) : null}
      <FormField
        label="HSM cluster ID"
        description="Only one that was made from a backup of this cluster, or has one in common with it."
      >
        <Input
          value={clusterId}
          disabled={connected}
          spellcheck={false}
          onChange={({ detail }) => setClusterId(detail.value)}
        />
      </FormField>
      <FormField label="Password of kmsuser" description="Only if the crypto officer set a new one.">
        <Input
          type="password"
          autoComplete={false}
          disabled={connected}
          value={password}
          onChange={({ detail }) => setPassword(detail.value)}
        />
      </FormField>
    </Confirm>
  );
}
