import {
  ConnectCustomKeyStoreCommand,
  DeleteCustomKeyStoreCommand,
  DisconnectCustomKeyStoreCommand,
  UpdateCustomKeyStoreCommand,
} from '@aws-sdk/client-kms';
import type { CustomKeyStoresListEntry, KMSClient } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { Confirm } from '../layout/confirm.tsx';
import { useNotifications } from '../layout/notifications.ts';
import { goTo } from '../layout/route.ts';
import { useSignedIn } from '../session/session-context.ts';
import { EditClusterStore } from './edit-cluster-store.tsx';
import { EditExternalStore } from './edit-external-store.tsx';
import { isExternal } from './store-types.ts';

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
  const Edit = isExternal(store) ? EditExternalStore : EditClusterStore;
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
            Only a key store without keys can be deleted.{' '}
            {isExternal(store)
              ? 'The proxy, its key manager and the external keys stay as they are.'
              : 'The HSM cluster and what is in it stay as they are.'}
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
