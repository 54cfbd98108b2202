import {
  DeleteImportedKeyMaterialCommand,
  GetParametersForImportCommand,
  ImportKeyMaterialCommand,
} from '@aws-sdk/client-kms';
import type { AlgorithmSpec, WrappingKeySpec } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import DatePicker from '@cloudscape-design/components/date-picker';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { Confirm } from '../../layout/confirm.tsx';
import { dateText } from '../../layout/dates.ts';
import { Facts } from '../../layout/facts.tsx';
import { FileField } from '../../layout/file-field.tsx';
import { useNotifications } from '../../layout/notifications.ts';
import { saveFile } from '../../layout/save-file.ts';
import { useSignedIn } from '../../session/session-context.ts';
import type { ShownKey } from '../use-key.ts';

const ALGORITHMS: readonly AlgorithmSpec[] = [
  'RSAES_OAEP_SHA_256',
  'RSAES_OAEP_SHA_1',
  'RSA_AES_KEY_WRAP_SHA_256',
  'RSA_AES_KEY_WRAP_SHA_1',
];
const WRAPPING_KEYS: readonly WrappingKeySpec[] = ['RSA_4096', 'RSA_3072', 'RSA_2048'];

/** Imported key material, step by step: wrapping key and token out, wrapped material in. AWS: "Importing key material". */
export function MaterialTab({ shown: { metadata }, onChanged }: { shown: ShownKey; onChanged: () => void }) {
  const { KeyId } = metadata;
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [algorithm, setAlgorithm] = useState<AlgorithmSpec>('RSAES_OAEP_SHA_256');
  const [wrappingKey, setWrappingKey] = useState<WrappingKeySpec>('RSA_4096');
  const [token, setToken] = useState<Uint8Array>();
  /** Of before this page was left: whoever wraps elsewhere may come back in hours, in another session. */
  const [tokenFile, setTokenFile] = useState<File>();
  const [material, setMaterial] = useState<File>();
  const [expires, setExpires] = useState('');
  const [deleting, setDeleting] = useState(false);

  const download = async (): Promise<void> => {
    try {
      const client = await clients.kms();
      const parameters = await client.send(
        new GetParametersForImportCommand({
          KeyId,
          WrappingAlgorithm: algorithm,
          WrappingKeySpec: wrappingKey,
        }),
      );
      setToken(parameters.ImportToken);
      saveFile(`WrappingPublicKey_${KeyId}.b64`, base64Of(parameters.PublicKey ?? new Uint8Array()));
    } catch (error) {
      notifications.failed('Download wrapping key', error);
    }
  };
  const upload = async (): Promise<void> => {
    try {
      const client = await clients.kms();
      await client.send(
        new ImportKeyMaterialCommand({
          KeyId,
          ImportToken: token ?? (tokenFile === undefined ? undefined : await bytesOf(tokenFile)),
          EncryptedKeyMaterial: new Uint8Array((await material?.arrayBuffer()) ?? new ArrayBuffer(0)),
          ...(expires === ''
            ? { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' as const }
            : {
                ExpirationModel: 'KEY_MATERIAL_EXPIRES' as const,
                // the day that the user means, who sees all times in their own zone
                ValidTo: new Date(`${expires}T00:00:00`),
              }),
        }),
      );
      notifications.succeeded('The key material was imported.');
      setMaterial(undefined);
      setToken(undefined);
      setTokenFile(undefined);
      onChanged();
    } catch (error) {
      notifications.failed('Import key material', error);
    }
  };
  const remove = async (): Promise<void> => {
    const client = await clients.kms();
    await client.send(new DeleteImportedKeyMaterialCommand({ KeyId }));
    notifications.succeeded('The key material was deleted.');
    onChanged();
  };

  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            actions={
              <Button disabled={metadata.KeyState === 'PendingImport'} onClick={() => setDeleting(true)}>
                Delete key material
              </Button>
            }
          >
            Key material
          </Header>
        }
      >
        <Facts
          columns={2}
          items={[
            { label: 'State', value: metadata.KeyState === 'PendingImport' ? 'Not imported' : 'Imported' },
            { label: 'Expires', value: dateText(metadata.ValidTo) },
          ]}
        />
      </Container>
      <Container header={<Header variant="h2">Step 1: download a wrapping key</Header>}>
        <SpaceBetween size="m">
          <FormField label="Wrapping key spec">
            <Select
              selectedOption={{ value: wrappingKey, label: wrappingKey }}
              options={WRAPPING_KEYS.map((value) => ({ value, label: value }))}
              onChange={({ detail }) => setWrappingKey(detail.selectedOption.value as WrappingKeySpec)}
            />
          </FormField>
          <FormField label="Wrapping algorithm">
            <Select
              selectedOption={{ value: algorithm, label: algorithm }}
              options={ALGORITHMS.map((value) => ({ value, label: value }))}
              onChange={({ detail }) => setAlgorithm(detail.selectedOption.value as AlgorithmSpec)}
            />
          </FormField>
          <Button iconName="download" onClick={() => void download()}>
            Download wrapping key
          </Button>
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">Step 2: wrap your key material and upload it</Header>}>
        <SpaceBetween size="m">
          {token === undefined ? (
            <FileField
              label="Import token"
              description="The one that belongs to the wrapping key. This page has it once you download a wrapping key; if you left the page since, it is in the file that you downloaded."
              file={tokenFile}
              onChange={setTokenFile}
            />
          ) : (
            <Alert
              type="info"
              action={
                <Button
                  iconName="download"
                  onClick={() => saveFile(`ImportToken_${KeyId}.b64`, base64Of(token))}
                >
                  Download import token
                </Button>
              }
            >
              The import token is valid for 24 hours. This page has it until you leave this tab or your
              session ends: download it if you wrap your key material later than that.
            </Alert>
          )}
          <FileField
            label="Wrapped key material"
            description="Your key material, encrypted under the wrapping key (binary)."
            file={material}
            onChange={setMaterial}
          />
          <FormField
            label="Expires on"
            description="Optional: it is deleted when this day begins in your time zone, and can be imported again."
          >
            <DatePicker
              value={expires}
              onChange={({ detail }) => setExpires(detail.value)}
              placeholder="YYYY/MM/DD"
              openCalendarAriaLabel={(date) =>
                date === null ? 'Choose date' : `Choose date, ${date} is chosen`
              }
            />
          </FormField>
          <Button
            variant="primary"
            disabled={(token === undefined && tokenFile === undefined) || material === undefined}
            onClick={() => void upload()}
          >
            Import key material
          </Button>
        </SpaceBetween>
      </Container>
      {deleting ? (
        <Confirm
          title="Delete key material"
          action="Delete"
          onConfirm={remove}
          onClose={() => setDeleting(false)}
        >
          <p>The key cannot be used until the same key material is imported again.</p>
        </Confirm>
      ) : null}
    </SpaceBetween>
  );
}

function base64Of(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** What a file holds, as it is or in base64. */
async function bytesOf(file: File): Promise<Uint8Array> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const text = new TextDecoder().decode(bytes).replace(/\s/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return bytes;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
