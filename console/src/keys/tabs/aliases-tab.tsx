import { CreateAliasCommand, DeleteAliasCommand } from '@aws-sdk/client-kms';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import { describeError } from '../../aws/errors.ts';
import { Confirm } from '../../layout/confirm.tsx';
import { useNotifications } from '../../layout/notifications.ts';
import { useSignedIn } from '../../session/session-context.ts';
import { ALIAS_CONSTRAINT, aliasProblem } from '../alias-name.ts';
import type { ShownKey } from '../use-key.ts';

/** The names of a key. */
export function AliasesTab({
  shown: { metadata, aliases, aliasesDenied },
  onChanged,
}: {
  shown: ShownKey;
  onChanged: () => void;
}) {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [creating, setCreating] = useState(false);
  const [name, setName] = useState('');
  const [asked, setAsked] = useState<string>();
  const create = async (): Promise<void> => {
    const client = await clients.kms();
    await client.send(new CreateAliasCommand({ AliasName: `alias/${name}`, TargetKeyId: metadata.KeyId }));
    notifications.succeeded(`alias/${name} names this key now.`);
    onChanged();
  };
  const remove = async (AliasName: string): Promise<void> => {
    const client = await clients.kms();
    await client.send(new DeleteAliasCommand({ AliasName }));
    notifications.succeeded(`${AliasName} was deleted.`);
    onChanged();
  };
  return (
    <>
      <Table
        header={
          <Header
            variant="h2"
            counter={aliasesDenied === undefined ? `(${aliases.length})` : undefined}
            actions={<Button onClick={() => setCreating(true)}>Create alias</Button>}
          >
            Aliases
          </Header>
        }
        items={[...aliases]}
        wrapLines
        empty={aliasesDenied === undefined ? 'This key has no alias.' : describeError(aliasesDenied)}
        columnDefinitions={[
          {
            id: 'name',
            header: 'Alias',
            minWidth: 200,
            cell: (alias) => <span className="breakable">{alias}</span>,
            isRowHeader: true,
          },
          {
            id: 'actions',
            header: 'Actions',
            minWidth: 100,
            cell: (alias) => (
              <Button variant="inline-link" onClick={() => setAsked(alias)} ariaLabel={`Delete ${alias}`}>
                Delete
              </Button>
            ),
          },
        ]}
      />
      {creating ? (
        <Confirm
          title="Create alias"
          action="Create"
          allowed={name !== '' && aliasProblem(name) === undefined}
          onConfirm={create}
          onClose={() => {
            setCreating(false);
            setName('');
          }}
        >
          <FormField label="Alias" constraintText={ALIAS_CONSTRAINT} errorText={aliasProblem(name)}>
            <Input value={name} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
        </Confirm>
      ) : null}
      {asked === undefined ? null : (
        <Confirm
          title="Delete alias"
          action="Delete"
          onConfirm={() => remove(asked)}
          onClose={() => setAsked(undefined)}
        >
          <p>Whoever uses the key by the name {asked} does not find it any more. The key itself stays.</p>
        </Confirm>
      )}
    </>
  );
}
