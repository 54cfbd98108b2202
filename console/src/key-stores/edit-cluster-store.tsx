import type { CustomKeyStoresListEntry, UpdateCustomKeyStoreCommandInput } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';
import { Confirm } from '../layout/confirm.tsx';

export type Changes = Omit<UpdateCustomKeyStoreCommandInput, 'CustomKeyStoreId'>;

/** A key store over an HSM cluster. What is asked for is forgotten when it is closed, the password above all. */
export function EditClusterStore({
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
