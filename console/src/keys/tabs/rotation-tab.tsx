import {
  DisableKeyRotationCommand,
  EnableKeyRotationCommand,
  GetKeyRotationStatusCommand,
  RotateKeyOnDemandCommand,
  paginateListKeyRotations,
} from '@aws-sdk/client-kms';
import type { KMSClient, RotationsListEntry } from '@aws-sdk/client-kms';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import Toggle from '@cloudscape-design/components/toggle';
import { useCallback, useState } from 'react';
import { useAnswer } from '../../aws/use-answer.ts';
import { Confirm } from '../../layout/confirm.tsx';
import { dateText } from '../../layout/dates.ts';
import { Facts } from '../../layout/facts.tsx';
import { Loaded } from '../../layout/loaded.tsx';
import { useNotifications } from '../../layout/notifications.ts';
import { useSignedIn } from '../../session/session-context.ts';
import type { ShownKey } from '../use-key.ts';

const DEFAULT_DAYS = '365';

/** Automatic rotation, rotation on demand, and the key materials that there were. */
export function RotationTab({ shown: { metadata } }: { shown: ShownKey }) {
  const { KeyId } = metadata;
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [days, setDays] = useState(DEFAULT_DAYS);
  const [asking, setAsking] = useState(false);
  const load = useCallback(async () => {
    const client = await clients.kms();
    const status = await client.send(new GetKeyRotationStatusCommand({ KeyId }));
    const rotations: RotationsListEntry[] = [];
    for await (const page of paginateListKeyRotations(
      { client },
      { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' },
    )) {
      rotations.push(...(page.Rotations ?? []));
    }
    return { status, rotations };
  }, [clients, KeyId]);
  const answer = useAnswer(load);

  const change = async (what: string, run: (client: KMSClient) => Promise<unknown>): Promise<void> => {
    try {
      await run(await clients.kms());
      notifications.succeeded(what);
    } catch (error) {
      notifications.failed('Key rotation', error);
    }
    answer.reload();
  };
  const setAutomatic = (on: boolean): Promise<void> =>
    on
      ? change('The key rotates automatically.', (client) =>
          client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: Number(days) })),
        )
      : change('The key does not rotate any more.', (client) =>
          client.send(new DisableKeyRotationCommand({ KeyId })),
        );

  const rotate = async (): Promise<void> => {
    const client = await clients.kms();
    await client.send(new RotateKeyOnDemandCommand({ KeyId }));
    notifications.succeeded('The key was rotated.');
    answer.reload();
  };

  return (
    <Loaded answer={answer}>
      {({ status, rotations }) => (
        <SpaceBetween size="l">
          {asking ? (
            <Confirm title="Rotate now" action="Rotate" onConfirm={rotate} onClose={() => setAsking(false)}>
              <p>
                New calls encrypt under new key material; what is encrypted already can still be decrypted. It
                cannot be taken back, and a key can be rotated on demand only so often.
              </p>
            </Confirm>
          ) : null}
          <Container
            header={
              <Header variant="h2" actions={<Button onClick={() => setAsking(true)}>Rotate now</Button>}>
                Automatic key rotation
              </Header>
            }
          >
            <SpaceBetween size="m">
              {metadata.Origin === 'EXTERNAL' ? null : (
                <Toggle
                  checked={status.KeyRotationEnabled === true}
                  onChange={({ detail }) => void setAutomatic(detail.checked)}
                >
                  Rotate this key automatically
                </Toggle>
              )}
              {status.KeyRotationEnabled === true ? (
                <Facts
                  columns={2}
                  items={[
                    { label: 'Rotation period', value: `${status.RotationPeriodInDays ?? '–'} days` },
                    { label: 'Next rotation', value: dateText(status.NextRotationDate) },
                  ]}
                />
              ) : (
                <FormField label="Rotation period (in days)" constraintText="90 to 2560 days">
                  <Input type="number" value={days} onChange={({ detail }) => setDays(detail.value)} />
                </FormField>
              )}
            </SpaceBetween>
          </Container>
          <Table
            header={
              <Header variant="h2" counter={`(${rotations.length})`}>
                Key materials
              </Header>
            }
            items={rotations}
            empty="This key was never rotated."
            wrapLines
            columnDefinitions={[
              {
                id: 'id',
                header: 'Key material ID',
                cell: (item) => item.KeyMaterialId ?? '–',
                isRowHeader: true,
              },
              { id: 'state', header: 'State', cell: (item) => item.KeyMaterialState ?? '–' },
              { id: 'date', header: 'Rotated', cell: (item) => dateText(item.RotationDate) },
              { id: 'type', header: 'Type', cell: (item) => item.RotationType ?? 'First key material' },
              { id: 'valid', header: 'Expires', cell: (item) => dateText(item.ValidTo) },
            ]}
          />
        </SpaceBetween>
      )}
    </Loaded>
  );
}
