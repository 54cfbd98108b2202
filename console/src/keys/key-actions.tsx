import {
  CancelKeyDeletionCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import type { KMSClient } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';
import { Confirm } from '../layout/confirm.tsx';
import { useNotifications } from '../layout/notifications.ts';
import { useSignedIn } from '../session/session-context.ts';

export interface ActedKey {
  readonly keyId: string;
  readonly state: string | undefined;
  readonly origin: string | undefined;
}

interface Action {
  readonly id: string;
  readonly text: string;
  /** Key states in which the API takes it. */
  readonly states: readonly string[];
  readonly done: string;
  run(client: KMSClient, keyId: string, days: number): Promise<unknown>;
}

const ACTIONS: readonly Action[] = [
  {
    id: 'enable',
    text: 'Enable',
    states: ['Disabled'],
    done: 'enabled',
    run: (client, KeyId) => client.send(new EnableKeyCommand({ KeyId })),
  },
  {
    id: 'disable',
    text: 'Disable',
    states: ['Enabled'],
    done: 'disabled',
    run: (client, KeyId) => client.send(new DisableKeyCommand({ KeyId })),
  },
  {
    id: 'schedule-deletion',
    text: 'Schedule deletion',
    states: ['Enabled', 'Disabled', 'PendingImport', 'Unavailable'],
    done: 'scheduled for deletion',
    run: (client, KeyId, PendingWindowInDays) =>
      client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays })),
  },
  {
    id: 'cancel-deletion',
    text: 'Cancel deletion',
    states: ['PendingDeletion', 'PendingReplicaDeletion'],
    done: 'kept: it is disabled now',
    run: (client, KeyId) => client.send(new CancelKeyDeletionCommand({ KeyId })),
  },
];

/** What can be done to one or several keys, with the warnings that belong to it. */
export function KeyActions({ keys, onDone }: { keys: readonly ActedKey[]; onDone: () => void }) {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [asked, setAsked] = useState<Action>();
  const fitting = (action: Action): readonly ActedKey[] =>
    keys.filter(({ state }) => state !== undefined && action.states.includes(state));

  const perform = async (action: Action, days: number): Promise<void> => {
    const client = await clients.kms();
    let done = 0;
    // one after the other, for few such calls are taken in a second
    for (const { keyId } of fitting(action)) {
      try {
        await action.run(client, keyId, days);
        done += 1;
      } catch (error) {
        notifications.failed(`${action.text}: ${keyId}`, error);
      }
    }
    if (done > 0)
      notifications.succeeded(`${done === 1 ? 'The key is' : `${done} keys are`} ${action.done}.`);
    onDone();
  };

  return (
    <>
      <ButtonDropdown
        disabled={keys.length === 0}
        items={ACTIONS.map((action) => ({
          id: action.id,
          text: action.text,
          disabled: fitting(action).length === 0,
        }))}
        onItemClick={({ detail }) => {
          const action = ACTIONS.find(({ id }) => id === detail.id);
          if (action === undefined) return;
          if (action.id === 'enable' || action.id === 'cancel-deletion') void perform(action, 0);
          else setAsked(action);
        }}
      >
        Key actions
      </ButtonDropdown>
      {asked?.id === 'disable' ? (
        <Confirm
          title="Disable"
          action="Disable"
          onClose={() => setAsked(undefined)}
          onConfirm={() => perform(asked, 0)}
        >
          <p>
            {fitting(asked).length === 1
              ? 'A disabled key refuses every use: whatever is encrypted under it cannot be read until it is enabled again.'
              : `These ${fitting(asked).length} keys then refuse every use: whatever is encrypted under them cannot be read until they are enabled again.`}
          </p>
        </Confirm>
      ) : null}
      {asked?.id === 'schedule-deletion' ? (
        <ScheduleDeletion
          keys={fitting(asked)}
          onClose={() => setAsked(undefined)}
          onConfirm={(days) => perform(asked, days)}
        />
      ) : null}
    </>
  );
}

const LONGEST_DAYS = 30;
const SHORTEST_DAYS = 7;

function ScheduleDeletion({
  keys,
  onConfirm,
  onClose,
}: {
  keys: readonly ActedKey[];
  onConfirm: (days: number) => Promise<void>;
  onClose: () => void;
}) {
  const [days, setDays] = useState(String(LONGEST_DAYS));
  const [sure, setSure] = useState(false);
  const count = Number(days);
  const fits = Number.isInteger(count) && count >= SHORTEST_DAYS && count <= LONGEST_DAYS;
  return (
    <Confirm
      title="Schedule deletion"
      action="Schedule deletion"
      allowed={sure && fits}
      onConfirm={() => onConfirm(count)}
      onClose={onClose}
    >
      <Alert type="warning">
        When the waiting period is over, the key is destroyed for good. Everything that is encrypted under it
        is then lost.{' '}
        {keys.some(({ origin }) => origin === 'AWS_CLOUDHSM')
          ? 'Its backing key is destroyed on every HSM of the cluster. '
          : ''}
        {keys.some(({ origin }) => origin === 'EXTERNAL_KEY_STORE')
          ? 'Its external key stays in the key manager, but is only half of what decrypts. '
          : ''}
        If you are not sure, disable it instead.
      </Alert>
      <FormField
        label="Waiting period (in days)"
        constraintText={`${SHORTEST_DAYS} to ${LONGEST_DAYS} days`}
        errorText={fits ? undefined : `A whole number from ${SHORTEST_DAYS} to ${LONGEST_DAYS}`}
      >
        <Input type="number" value={days} onChange={({ detail }) => setDays(detail.value)} />
      </FormField>
      <Checkbox checked={sure} onChange={({ detail }) => setSure(detail.checked)}>
        Schedule {keys.length === 1 ? 'this key' : `these ${keys.length} keys`} for deletion after {days} days
      </Checkbox>
    </Confirm>
  );
}
