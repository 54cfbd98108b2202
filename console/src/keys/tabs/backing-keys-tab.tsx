import type { Hsm } from '@aws-sdk/client-cloudhsm-v2';
import { paginateLookupEvents } from '@aws-sdk/client-cloudtrail';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useCallback } from 'react';
import type { Clients } from '../../aws/clients.ts';
import { useAnswer } from '../../aws/use-answer.ts';
import { listClusters } from '../../clusters/list-clusters.ts';
import { Command } from '../../layout/command.tsx';
import { Facts } from '../../layout/facts.tsx';
import { Loaded } from '../../layout/loaded.tsx';
import { ClusterStatus } from '../../layout/status.tsx';
import { useSignedIn } from '../../session/session-context.ts';
import type { ShownKey } from '../use-key.ts';

const EVERY_MS = 10_000;

/**
 * Whether an HSM in this state has the keys of its cluster: it becomes active only when it has them all. One that does not answer
 * lacks what was made since.
 */
const HOLDS: Readonly<Record<string, string>> = {
  ACTIVE: 'Yes',
  DEGRADED: 'Not known: it does not answer now',
  CREATE_IN_PROGRESS: 'Not yet: keys are copied to it',
  DELETE_IN_PROGRESS: 'No: it is being removed',
};

/** The key as it is in the HSMs. KMS has no call that shows it; the event of its making does, and the cluster's HSMs. */
export function BackingKeysTab({ shown: { metadata } }: { shown: ShownKey }) {
  const { clients } = useSignedIn();
  const { Arn, CloudHsmClusterId: clusterId = '', CreationDate } = metadata;
  const created = CreationDate?.getTime();
  const loadBacking = useCallback(() => backingKeyOf(clients, Arn, created), [clients, Arn, created]);
  const loadHsms = useCallback(async (): Promise<readonly Hsm[]> => {
    const [cluster] = await listClusters(await clients.cloudhsm(), clusterId);
    return cluster?.Hsms ?? [];
  }, [clients, clusterId]);
  const backing = useAnswer(loadBacking);
  const hsms = useAnswer(loadHsms, EVERY_MS);
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header variant="h2" description="As the event of its making recorded it">
            Backing key
          </Header>
        }
      >
        <Loaded answer={backing}>
          {(found) =>
            found === undefined ? (
              <Box>The event history does not reach back to the making of this key.</Box>
            ) : (
              <Facts
                columns={2}
                items={[
                  { label: 'Backing key ID (CKA_ID)', value: found.backingKeyId },
                  { label: 'Key handle in the first HSM', value: found.keyHandle },
                ]}
              />
            )
          }
        </Loaded>
      </Container>
      <Loaded answer={hsms}>
        {(members) => (
          <Table
            header={
              <Header
                variant="h2"
                counter={`(${members.length})`}
                description="KMS makes a key in two HSMs before it answers, and copies it to all others of the cluster."
              >
                HSMs that hold it
              </Header>
            }
            items={[...members]}
            trackBy="HsmId"
            wrapLines
            empty="The cluster has no HSM: the key is in its backups only."
            columnDefinitions={[
              { id: 'id', header: 'HSM ID', minWidth: 150, cell: ({ HsmId }) => HsmId, isRowHeader: true },
              { id: 'zone', header: 'Zone', minWidth: 110, cell: ({ AvailabilityZone }) => AvailabilityZone },
              {
                id: 'state',
                header: 'State',
                minWidth: 120,
                cell: ({ State }) => <ClusterStatus state={State} />,
              },
              {
                id: 'holds',
                header: 'Holds the key',
                minWidth: 140,
                cell: ({ State }) => HOLDS[State ?? ''] ?? '–',
              },
            ]}
          />
        )}
      </Loaded>
      <Command
        what="To have each HSM itself say what it holds, with check values computed at that moment (the key store must be disconnected):"
        command="claviger hsm key list"
      />
    </SpaceBetween>
  );
}

interface BackingKey {
  readonly backingKeyId: string;
  readonly keyHandle: string;
}

const MINUTE_MS = 60_000;

async function backingKeyOf(
  clients: Clients,
  arn: string,
  created: number | undefined,
): Promise<BackingKey | undefined> {
  const client = await clients.cloudtrail();
  const pages = paginateLookupEvents(
    { client },
    {
      LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: arn }],
      ...(created === undefined
        ? {}
        : { StartTime: new Date(created - MINUTE_MS), EndTime: new Date(created + MINUTE_MS) }),
    },
  );
  for await (const { Events = [] } of pages) {
    const event = Events.find(({ EventName }) => EventName === 'CreateKey');
    if (event === undefined) continue;
    const record = JSON.parse(event.CloudTrailEvent ?? '{}') as {
      additionalEventData?: { backingKey?: string };
    };
    const backingKey = record.additionalEventData?.backingKey;
    return backingKey === undefined ? undefined : (JSON.parse(backingKey) as BackingKey);
  }
  return undefined;
}
