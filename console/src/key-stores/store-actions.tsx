import {
  ConnectCustomKeyStoreCommand,
  DeleteCustomKeyStoreCommand,
  DisconnectCustomKeyStoreCommand,
  UpdateCustomKeyStoreCommand,
} from '@aws-sdk/client-kms';
import type { CustomKeyStoresListEntry, KMSClient } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { Confirm } from '../layout/confirm.tsx';
import { useNotifications } from '../layout/notifications.ts';
import { useSignedIn } from '../session/session-context.ts';

type Question = 'disconnect' | 'edit' | 'delete';

/** Connect, disconnect, edit, delete: each offered where the API takes it. */
export function StoreActions({ store, onDone }: { store: CustomKeyStoresListEntry; onDone: () => void }) {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [asked, setAsked] = useState<Question>();
  const [name, setName] = useState(store.CustomKeyStoreName ?? '');
  const [password, setPassword] = useState('');
  const { CustomKeyStoreId, ConnectionState } = store;
  const close = (): void => setAsked(undefined);
  const perform = async (done: string, run: (client: KMSClient) => Promise<unknown>): Promise<void> => {
    await run(await clients.kms());
    notifications.succeeded(done);
    onDone();
  };
  const connect = (): void => {
    perform('Connecting began.', (client) =>
      client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId })),
    ).catch((error: unknown) => notifications.failed('Connect', error));
  };
  const edit = (): Promise<void> =>
    perform('The key store was changed.', (client) =>
      client.send(
        new UpdateCustomKeyStoreCommand({
          CustomKeyStoreId,
          ...(name === store.CustomKeyStoreName ? {} : { NewCustomKeyStoreName: name }),
          ...(password === '' ? {} : { KeyStorePassword: password }),
        }),
      ),
    );
  const resting = ConnectionState === 'DISCONNECTED';
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button disabled={!resting} onClick={() => setAsked('edit')}>
        Edit
      </Button>
      <Button disabled={!resting} onClick={() => setAsked('delete')}>
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
            perform('The key store was deleted.', (client) =>
              client.send(new DeleteCustomKeyStoreCommand({ CustomKeyStoreId })),
            )
          }
        >
          <p>
            Only a key store without keys can be deleted. The HSM cluster and what is in it stay as they are.
          </p>
        </Confirm>
      ) : null}
      {asked === 'edit' ? (
        <Confirm title="Edit key store" action="Save" onClose={close} onConfirm={edit}>
          <FormField label="Name">
            <Input value={name} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
          <FormField label="Password of kmsuser" description="Only if the crypto officer set a new one.">
            <Input
              type="password"
              autoComplete={false}
              value={password}
              onChange={({ detail }) => setPassword(detail.value)}
            />
          </FormField>
        </Confirm>
      ) : null}
    </SpaceBetween>
  );
}
