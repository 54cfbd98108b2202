import { GetPublicKeyCommand } from '@aws-sdk/client-kms';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { Facts } from '../../layout/facts.tsx';
import { useNotifications } from '../../layout/notifications.ts';
import { saveFile } from '../../layout/save-file.ts';
import { useSignedIn } from '../../session/session-context.ts';
import type { ShownKey } from '../use-key.ts';

const ORIGINS: Readonly<Record<string, string>> = {
  AWS_KMS: 'KMS (built-in key store)',
  EXTERNAL: 'External (imported key material)',
  AWS_CLOUDHSM: 'Custom key store (HSM cluster)',
  EXTERNAL_KEY_STORE: 'External key store',
};

/** What the key is made of and what it can do. */
export function CryptographyTab({ shown: { metadata } }: { shown: ShownKey }) {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const asymmetric = /^(RSA|ECC|ML|SM2)/.test(metadata.KeySpec ?? '');
  const download = async (): Promise<void> => {
    try {
      const client = await clients.kms();
      const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId: metadata.KeyId }));
      saveFile(`${metadata.KeyId}.pem`, pem(PublicKey ?? new Uint8Array()), 'application/x-pem-file');
    } catch (error) {
      notifications.failed('Download public key', error);
    }
  };
  const algorithms = [
    ...(metadata.EncryptionAlgorithms ?? []),
    ...(metadata.SigningAlgorithms ?? []),
    ...(metadata.MacAlgorithms ?? []),
    ...(metadata.KeyAgreementAlgorithms ?? []),
    ...(metadata.EncapsulationAlgorithms ?? []),
  ];
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={asymmetric ? <Button onClick={() => void download()}>Download public key</Button> : null}
        >
          Cryptographic configuration
        </Header>
      }
    >
      <Facts
        columns={3}
        items={[
          { label: 'Key spec', value: metadata.KeySpec ?? '–' },
          { label: 'Key usage', value: metadata.KeyUsage ?? '–' },
          { label: 'Origin', value: ORIGINS[metadata.Origin ?? ''] ?? metadata.Origin ?? '–' },
          { label: 'Algorithms', value: algorithms.join(', ') || '–' },
          { label: 'Custom key store ID', value: metadata.CustomKeyStoreId ?? '–' },
          metadata.Origin === 'EXTERNAL_KEY_STORE'
            ? { label: 'External key ID', value: metadata.XksKeyConfiguration?.Id ?? '–' }
            : { label: 'HSM cluster ID', value: metadata.CloudHsmClusterId ?? '–' },
        ]}
      />
    </Container>
  );
}

function pem(der: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...der));
  const lines = base64.match(/.{1,64}/g) ?? [];
  return `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`;
}
