/** The tabs of a key, one file each in this folder; which of them a key has is decided here. */
import type { TabsProps } from '@cloudscape-design/components/tabs';
import type { ShownKey } from '../use-key.ts';
import { AliasesTab } from './aliases-tab.tsx';
import { BackingKeysTab } from './backing-keys-tab.tsx';
import { CryptographyTab } from './cryptography-tab.tsx';
import { EventsTab } from './events-tab.tsx';
import { EvidenceTab } from './evidence-tab.tsx';
import { ExternalUseTab } from './external-use-tab.tsx';
import { GrantsTab } from './grants-tab.tsx';
import { MaterialTab } from './material-tab.tsx';
import { PolicyTab } from './policy-tab.tsx';
import { RotationTab } from './rotation-tab.tsx';
import { TagsTab } from './tags-tab.tsx';
import { UsageTab } from './usage-tab.tsx';

export function tabsOf(key: ShownKey, reload: () => void): TabsProps.Tab[] {
  const { metadata } = key;
  const rotates =
    metadata.KeySpec === 'SYMMETRIC_DEFAULT' &&
    metadata.CustomKeyStoreId === undefined &&
    metadata.KeyManager !== 'AWS';
  return [
    {
      id: 'policy',
      label: 'Key policy',
      content: <PolicyTab keyId={metadata.KeyId} usage={metadata.KeyUsage ?? 'ENCRYPT_DECRYPT'} />,
    },
    { id: 'cryptography', label: 'Cryptographic configuration', content: <CryptographyTab shown={key} /> },
    ...(metadata.Origin === 'AWS_CLOUDHSM'
      ? [{ id: 'backing-keys', label: 'Backing keys', content: <BackingKeysTab shown={key} /> }]
      : []),
    ...(metadata.Origin === 'EXTERNAL'
      ? [{ id: 'material', label: 'Key material', content: <MaterialTab shown={key} onChanged={reload} /> }]
      : []),
    { id: 'tags', label: 'Tags', content: <TagsTab keyId={metadata.KeyId} /> },
    ...(rotates ? [{ id: 'rotation', label: 'Key rotation', content: <RotationTab shown={key} /> }] : []),
    { id: 'grants', label: 'Grants', content: <GrantsTab keyId={metadata.KeyId} /> },
    { id: 'usage', label: 'Usage', content: <UsageTab keyId={metadata.KeyId} arn={metadata.Arn} /> },
    { id: 'events', label: 'Events', content: <EventsTab shown={key} /> },
    { id: 'evidence', label: 'Evidence', content: <EvidenceTab shown={key} /> },
    ...(metadata.Origin === 'AWS_CLOUDHSM'
      ? [{ id: 'external-use', label: 'External use', content: <ExternalUseTab shown={key} /> }]
      : []),
    { id: 'aliases', label: 'Aliases', content: <AliasesTab shown={key} onChanged={reload} /> },
  ];
}
