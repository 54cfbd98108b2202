import type { CustomKeyStoresListEntry } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';
import { Confirm } from '../layout/confirm.tsx';
import type { Changes } from './edit-cluster-store.tsx';
import { proxyChanges, proxyDraftOf } from './proxy.ts';
import { ProxyFields } from './proxy-fields.tsx';

/** An external key store. What is asked for is forgotten when it is closed, the secret access key above all. */
export function EditExternalStore({
  store: { CustomKeyStoreName = '', ConnectionState, XksProxyConfiguration = {} },
  save,
  onClose,
}: {
  store: CustomKeyStoresListEntry;
  save: (changes: Changes) => Promise<void>;
  onClose: () => void;
}) {
  const [name, setName] = useState(CustomKeyStoreName);
  const [proxy, setProxy] = useState(() => proxyDraftOf(XksProxyConfiguration));
  const connected = ConnectionState !== 'DISCONNECTED';
  const ofProxy = proxyChanges(proxy, XksProxyConfiguration);
  const changes: Changes = {
    ...(name === CustomKeyStoreName ? {} : { NewCustomKeyStoreName: name }),
    ...ofProxy,
  };
  return (
    <Confirm
      title="Edit key store"
      action="Save"
      allowed={name !== '' && ofProxy !== undefined && Object.keys(changes).length > 0}
      onClose={onClose}
      onConfirm={() => save(changes)}
    >
      <FormField label="Name">
        <Input value={name} onChange={({ detail }) => setName(detail.value)} />
      </FormField>
      <Alert type="info">
        KMS asks the proxy with what is changed before it takes it: when the proxy does not answer well,
        nothing is changed.
        {connected ? ' Connectivity and endpoint can be changed once the key store is disconnected.' : ''}
      </Alert>
      <ProxyFields
        draft={proxy}
        change={(part) => setProxy((before) => ({ ...before, ...part }))}
        locked={connected}
        credential={`KMS has ${XksProxyConfiguration.AccessKeyId ?? 'one'}. To replace it give both, the access key ID and the secret.`}
      />
    </Confirm>
  );
}
