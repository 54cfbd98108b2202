import { paginateListPolicies } from '@aws-sdk/client-iam';
import type { IAMClient } from '@aws-sdk/client-iam';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useCallback, useState } from 'react';
import { useAnswer } from '../aws/use-answer.ts';
import { Confirm } from '../layout/confirm.tsx';
import { Loaded } from '../layout/loaded.tsx';
import { useNotifications } from '../layout/notifications.ts';
import { useSignedIn } from '../session/session-context.ts';
import { DocumentEditor } from './document-editor.tsx';
import { DocumentField, NameField } from './new-entity-fields.tsx';
import type { Owner } from './owner.ts';

const NEW_POLICY = JSON.stringify(
  { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'kms:DescribeKey', Resource: '*' }] },
  null,
  2,
);

/** Policies of a user or role, attached and inline. */
export function Permissions({ owner }: { owner: Owner }) {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [adding, setAdding] = useState<'attach' | 'inline'>();
  const [deleting, setDeleting] = useState<string>();
  // whoever may see one of them is shown that one
  const attachedPolicies = useAnswer(
    useCallback(async () => owner.attached(await clients.iam()), [clients, owner]),
  );
  const inlinePolicies = useAnswer(
    useCallback(async () => owner.inline(await clients.iam()), [clients, owner]),
  );
  const change = async (done: string, run: (client: IAMClient) => Promise<unknown>): Promise<void> => {
    await run(await clients.iam());
    notifications.succeeded(done);
    attachedPolicies.reload();
    inlinePolicies.reload();
  };
  const tryChange = (done: string, run: (client: IAMClient) => Promise<unknown>): void => {
    change(done, run).catch((error: unknown) => notifications.failed('Permissions', error));
  };
  return (
    <SpaceBetween size="l">
      <Loaded answer={attachedPolicies}>
        {(attached) => (
          <Table
            header={
              <Header
                variant="h2"
                counter={`(${attached.length})`}
                actions={<Button onClick={() => setAdding('attach')}>Attach policy</Button>}
              >
                Attached policies
              </Header>
            }
            items={attached}
            empty="No policy is attached."
            columnDefinitions={[
              { id: 'name', header: 'Policy', cell: ({ PolicyName }) => PolicyName, isRowHeader: true },
              { id: 'arn', header: 'ARN', cell: ({ PolicyArn }) => PolicyArn },
              {
                id: 'actions',
                header: 'Actions',
                cell: ({ PolicyArn = '', PolicyName = '' }) => (
                  <Button
                    variant="inline-link"
                    ariaLabel={`Detach ${PolicyName}`}
                    onClick={() =>
                      tryChange(`${PolicyName} was detached.`, (client) => owner.detach(client, PolicyArn))
                    }
                  >
                    Detach
                  </Button>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      <Loaded answer={inlinePolicies}>
        {(inline) => (
          <Container
            header={
              <Header
                variant="h2"
                counter={`(${inline.length})`}
                actions={<Button onClick={() => setAdding('inline')}>Add inline policy</Button>}
              >
                Inline policies
              </Header>
            }
          >
            {inline.length === 0 ? (
              <Box color="text-status-inactive" textAlign="center">
                There is no inline policy.
              </Box>
            ) : null}
            {inline.map(({ name, document }) => (
              <ExpandableSection
                key={name}
                headerText={name}
                variant="stacked"
                headerActions={
                  <Button
                    variant="inline-link"
                    onClick={() => setDeleting(name)}
                    ariaLabel={`Delete ${name}`}
                  >
                    Delete
                  </Button>
                }
              >
                <DocumentEditor
                  document={document}
                  save={(text) => change(`${name} was changed.`, (client) => owner.put(client, name, text))}
                />
              </ExpandableSection>
            ))}
          </Container>
        )}
      </Loaded>
      {deleting === undefined ? null : (
        <Confirm
          title="Delete inline policy"
          action="Delete"
          onConfirm={() => change(`${deleting} was deleted.`, (client) => owner.remove(client, deleting))}
          onClose={() => setDeleting(undefined)}
        >
          <p>What {deleting} allows is not allowed any more. Its document is not kept.</p>
        </Confirm>
      )}
      {adding === 'attach' ? (
        <Attach
          onClose={() => setAdding(undefined)}
          attach={(arn) => change('The policy was attached.', (client) => owner.attach(client, arn))}
        />
      ) : null}
      {adding === 'inline' ? (
        <AddInline
          onClose={() => setAdding(undefined)}
          put={(name, text) => change(`${name} was added.`, (client) => owner.put(client, name, text))}
        />
      ) : null}
    </SpaceBetween>
  );
}

function Attach({ attach, onClose }: { attach: (arn: string) => Promise<void>; onClose: () => void }) {
  const { clients } = useSignedIn();
  const [arn, setArn] = useState('');
  const load = useCallback(async () => {
    const client = await clients.iam();
    const options: { value: string; label: string }[] = [];
    for await (const { Policies } of paginateListPolicies({ client }, {})) {
      for (const { Arn = '', PolicyName = '' } of Policies ?? [])
        options.push({ value: Arn, label: PolicyName });
    }
    return options;
  }, [clients]);
  const answer = useAnswer(load);
  return (
    <Confirm
      title="Attach policy"
      action="Attach"
      allowed={arn !== ''}
      onConfirm={() => attach(arn)}
      onClose={onClose}
    >
      <Loaded answer={answer}>
        {(options) => (
          <FormField label="Policy">
            <Select
              options={options}
              selectedOption={options.find(({ value }) => value === arn) ?? null}
              onChange={({ detail }) => setArn(detail.selectedOption.value ?? '')}
              filteringType="auto"
              placeholder="Choose a policy"
              empty="There are no managed policies in this account."
              expandToViewport
            />
          </FormField>
        )}
      </Loaded>
    </Confirm>
  );
}

function AddInline({
  put,
  onClose,
}: {
  put: (name: string, document: string) => Promise<void>;
  onClose: () => void;
}) {
  const [name, setName] = useState('');
  const [text, setText] = useState(NEW_POLICY);
  return (
    <Confirm
      title="Add inline policy"
      action="Add"
      allowed={name !== ''}
      onConfirm={() => put(name, text)}
      onClose={onClose}
    >
      <NameField label="Name" value={name} onChange={setName} />
      <DocumentField label="Policy document" value={text} onChange={setText} />
    </Confirm>
  );
}
