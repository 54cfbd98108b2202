import {
  DeleteBackupCommand,
  RestoreBackupCommand,
  paginateDescribeBackups,
} from '@aws-sdk/client-cloudhsm-v2';
import type { Backup, CloudHSMV2Client } from '@aws-sdk/client-cloudhsm-v2';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import { useCallback, useState } from 'react';
import { useAnswer } from '../aws/use-answer.ts';
import { Confirm } from '../layout/confirm.tsx';
import { dateText } from '../layout/dates.ts';
import { Loaded } from '../layout/loaded.tsx';
import { useNotifications } from '../layout/notifications.ts';
import { ClusterStatus } from '../layout/status.tsx';
import { useSignedIn } from '../session/session-context.ts';

const EVERY_MS = 10_000;

/** Backups of a cluster; a deleted one can be restored for seven days. */
export function BackupsTab({ clusterId }: { clusterId: string }) {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [deleting, setDeleting] = useState<string>();
  const load = useCallback(async () => {
    const client = await clients.cloudhsm();
    const backups: Backup[] = [];
    for await (const page of paginateDescribeBackups({ client }, { Filters: { clusterIds: [clusterId] } })) {
      backups.push(...(page.Backups ?? []));
    }
    return backups;
  }, [clients, clusterId]);
  const answer = useAnswer(load, EVERY_MS);
  const change = async (done: string, run: (client: CloudHSMV2Client) => Promise<unknown>): Promise<void> => {
    await run(await clients.cloudhsm());
    notifications.succeeded(done);
    answer.reload();
  };
  const restore = (BackupId: string): void => {
    change('The backup was restored.', (client) => client.send(new RestoreBackupCommand({ BackupId }))).catch(
      (error: unknown) => notifications.failed('Restore backup', error),
    );
  };
  const remove = (BackupId: string): Promise<void> =>
    change('The backup will be deleted in seven days.', (client) =>
      client.send(new DeleteBackupCommand({ BackupId })),
    );
  return (
    <Loaded answer={answer}>
      {(backups) => (
        <>
          <Table
            header={
              <Header variant="h2" counter={`(${backups.length})`}>
                Backups
              </Header>
            }
            items={backups}
            trackBy="BackupId"
            empty="There are no backups of this cluster yet."
            columnDefinitions={[
              { id: 'id', header: 'Backup ID', cell: ({ BackupId }) => BackupId, isRowHeader: true },
              {
                id: 'state',
                header: 'State',
                cell: ({ BackupState }) => <ClusterStatus state={BackupState} />,
              },
              { id: 'made', header: 'Made', cell: ({ CreateTimestamp }) => dateText(CreateTimestamp) },
              {
                id: 'kept',
                header: 'Never expires',
                cell: ({ NeverExpires }) => (NeverExpires === true ? 'Yes' : 'No'),
              },
              {
                id: 'actions',
                header: 'Actions',
                cell: ({ BackupId = '', BackupState }) =>
                  BackupState === 'PENDING_DELETION' ? (
                    <Button
                      variant="inline-link"
                      ariaLabel={`Restore ${BackupId}`}
                      onClick={() => restore(BackupId)}
                    >
                      Restore
                    </Button>
                  ) : (
                    <Button
                      variant="inline-link"
                      ariaLabel={`Delete ${BackupId}`}
                      onClick={() => setDeleting(BackupId)}
                    >
                      Delete
                    </Button>
                  ),
              },
            ]}
          />
          {deleting === undefined ? null : (
            <Confirm
              title="Delete backup"
              action="Delete"
              onConfirm={() => remove(deleting)}
              onClose={() => setDeleting(undefined)}
            >
              <p>
                {deleting} can be restored for seven days and is gone then, with whatever keys are in no HSM
                and in no other backup.
              </p>
            </Confirm>
          )}
        </>
      )}
    </Loaded>
  );
}
