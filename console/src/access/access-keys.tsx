import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  ListAccessKeysCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import type { AccessKey, AccessKeyMetadata, IAMClient } from '@aws-sdk/client-iam';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { useCallback, useState } from 'react';
import { isDenied } from '../aws/errors.ts';
import { useAnswer } from '../aws/use-answer.ts';
import { Confirm } from '../layout/confirm.tsx';
import { Copyable } from '../layout/copyable.tsx';
import { dateText } from '../layout/dates.ts';
import { Facts } from '../layout/facts.tsx';
import { Loaded } from '../layout/loaded.tsx';
import { useNotifications } from '../layout/notifications.ts';
import { useSignedIn } from '../session/session-context.ts';

interface ShownKey extends AccessKeyMetadata {
  /** When, as text; or that the user may not see it. */
  lastUsed: string;
}

async function lastUseOf(client: IAMClient, { AccessKeyId }: AccessKeyMetadata): Promise<string> {
  try {
    const { AccessKeyLastUsed } = await client.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }));
    return dateText(AccessKeyLastUsed?.LastUsedDate);
  } catch (error) {
    if (!isDenied(error)) throw error;
    return 'You may not see this';
  }
}

/** Access keys of a user: two at most, so that one can be replaced while the other works. */
export function AccessKeys({ userName }: { userName: string }) {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [created, setCreated] = useState<AccessKey>();
  const [deleting, setDeleting] = useState<string>();
  const load = useCallback(async (): Promise<ShownKey[]> => {
    const client = await clients.iam();
    const { AccessKeyMetadata = [] } = await client.send(new ListAccessKeysCommand({ UserName: userName }));
    return Promise.all(
      AccessKeyMetadata.map(async (key) => ({ ...key, lastUsed: await lastUseOf(client, key) })),
    );
  }, [clients, userName]);
  const answer = useAnswer(load);
  const change = (done: string, run: (client: IAMClient) => Promise<unknown>): void => {
    clients
      .iam()
      .then(run)
      .then(() => notifications.succeeded(done))
      .catch((error: unknown) => notifications.failed('Access keys', error))
      .finally(answer.reload);
  };
  const create = (): void =>
    change('The access key was created.', async (client) => {
      const { AccessKey } = await client.send(new CreateAccessKeyCommand({ UserName: userName }));
      setCreated(AccessKey);
    });
  const remove = async (AccessKeyId: string): Promise<void> => {
    const client = await clients.iam();
    await client.send(new DeleteAccessKeyCommand({ UserName: userName, AccessKeyId }));
    notifications.succeeded('The access key was deleted.');
    answer.reload();
  };
  return (
    <Loaded answer={answer}>
      {(keys) => (
        <>
          <Table
            header={
              <Header
                variant="h2"
                counter={`(${keys.length})`}
                actions={<Button onClick={create}>Create access key</Button>}
              >
                Access keys
              </Header>
            }
            items={keys}
            empty="This user has no access key."
            columnDefinitions={[
              {
                id: 'id',
                header: 'Access key ID',
                cell: ({ AccessKeyId }) => AccessKeyId,
                isRowHeader: true,
              },
              {
                id: 'status',
                header: 'Status',
                cell: ({ Status }) => (
                  <StatusIndicator type={Status === 'Active' ? 'success' : 'stopped'}>
                    {Status}
                  </StatusIndicator>
                ),
              },
              { id: 'used', header: 'Last used', cell: ({ lastUsed }) => lastUsed },
              { id: 'created', header: 'Created', cell: ({ CreateDate }) => dateText(CreateDate) },
              {
                id: 'actions',
                header: 'Actions',
                cell: ({ AccessKeyId, Status }) => (
                  <SpaceBetween direction="horizontal" size="s">
                    <Button
                      variant="inline-link"
                      ariaLabel={`${Status === 'Active' ? 'Deactivate' : 'Activate'} ${AccessKeyId ?? ''}`}
                      onClick={() =>
                        change('The access key was changed.', (client) =>
                          client.send(
                            new UpdateAccessKeyCommand({
                              UserName: userName,
                              AccessKeyId,
                              Status: Status === 'Active' ? 'Inactive' : 'Active',
                            }),
                          ),
                        )
                      }
                    >
                      {Status === 'Active' ? 'Deactivate' : 'Activate'}
                    </Button>
                    <Button
                      variant="inline-link"
                      ariaLabel={`Delete ${AccessKeyId ?? ''}`}
                      onClick={() => setDeleting(AccessKeyId)}
                    >
                      Delete
                    </Button>
                  </SpaceBetween>
                ),
              },
            ]}
          />
          {deleting === undefined ? null : (
            <Confirm
              title="Delete access key"
              action="Delete"
              onConfirm={() => remove(deleting)}
              onClose={() => setDeleting(undefined)}
            >
              <p>
                Whatever still signs with {deleting} is refused from then on. It cannot be brought back; to
                see who needs it, deactivate it first.
              </p>
            </Confirm>
          )}
          {created === undefined ? null : (
            <Modal
              visible
              header="Access key"
              // not by a click beside it: what it shows is not shown again
              onDismiss={({ detail }) => (detail.reason === 'overlay' ? undefined : setCreated(undefined))}
              closeAriaLabel="Close"
              footer={<Button onClick={() => setCreated(undefined)}>Done</Button>}
            >
              <SpaceBetween size="m">
                <Alert type="warning">This is the only time that the secret access key is shown.</Alert>
                <Facts
                  columns={1}
                  items={[
                    {
                      label: 'Access key ID',
                      value: <Copyable text={created.AccessKeyId ?? ''} what="Access key ID" />,
                    },
                    {
                      label: 'Secret access key',
                      value: <Copyable text={created.SecretAccessKey ?? ''} what="Secret access key" />,
                    },
                  ]}
                />
              </SpaceBetween>
            </Modal>
          )}
        </>
      )}
    </Loaded>
  );
}
