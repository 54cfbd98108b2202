import { CreateHsmCommand, DeleteHsmCommand } from '@aws-sdk/client-cloudhsm-v2';
import type { Cluster, Hsm } from '@aws-sdk/client-cloudhsm-v2';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { Confirm } from '../layout/confirm.tsx';
import { counted, number } from '../layout/numbers.ts';
import { useNotifications } from '../layout/notifications.ts';
import { ClusterStatus } from '../layout/status.tsx';
import { useSignedIn } from '../session/session-context.ts';
import type { FiguresOfHsm } from './use-figures.ts';

/** The map of a cluster: a column for each availability zone, with its HSMs and their health. */
export function Zones({
  cluster,
  figures,
  onChanged,
}: {
  cluster: Cluster;
  /** Of those HSMs that KMS connects to, as far as the user may see them. */
  figures: readonly FiguresOfHsm[];
  onChanged: () => void;
}) {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [removed, setRemoved] = useState<Hsm>();
  const { ClusterId } = cluster;
  const hsms = cluster.Hsms ?? [];
  const zones = [
    ...new Set([
      ...Object.keys(cluster.SubnetMapping ?? {}),
      ...hsms.map((hsm) => hsm.AvailabilityZone ?? ''),
    ]),
  ].sort();

  const add = async (AvailabilityZone: string): Promise<void> => {
    try {
      const client = await clients.cloudhsm();
      await client.send(new CreateHsmCommand({ ClusterId, AvailabilityZone }));
      notifications.succeeded(`An HSM is being made in ${AvailabilityZone}.`);
    } catch (error) {
      notifications.failed('Add HSM', error);
    }
    onChanged();
  };
  const remove = async (hsm: Hsm): Promise<void> => {
    const client = await clients.cloudhsm();
    await client.send(new DeleteHsmCommand({ ClusterId, HsmId: hsm.HsmId }));
    notifications.succeeded(`${hsm.HsmId} is being removed.`);
    onChanged();
  };

  return (
    <Container
      header={
        <Header variant="h2" counter={`(${hsms.length})`}>
          HSMs by availability zone
        </Header>
      }
    >
      <ColumnLayout columns={Math.min(4, Math.max(1, zones.length))} borders="vertical">
        {zones.map((zone) => (
          <SpaceBetween key={zone} size="s">
            <Box variant="h3">{zone}</Box>
            {hsms
              .filter((hsm) => hsm.AvailabilityZone === zone)
              .map((hsm) => (
                <HsmCard
                  key={hsm.HsmId}
                  hsm={hsm}
                  figures={figures.find(({ HsmId }) => HsmId === hsm.HsmId)}
                  onRemove={() => setRemoved(hsm)}
                />
              ))}
            <Button iconName="add-plus" onClick={() => void add(zone)} ariaLabel={`Add HSM in ${zone}`}>
              Add HSM
            </Button>
          </SpaceBetween>
        ))}
      </ColumnLayout>
      {removed === undefined ? null : (
        <Confirm
          title="Remove HSM"
          action="Remove"
          onClose={() => setRemoved(undefined)}
          onConfirm={() => remove(removed)}
        >
          <p>
            {removed.HsmId} and the copies of keys in it are removed; a backup is made before. With fewer than
            two HSMs in different zones no key can be made.
          </p>
          {hsms.some(({ HsmId, State }) => State === 'ACTIVE' && HsmId !== removed.HsmId) ? null : (
            <Alert type="warning">
              No other HSM of this cluster serves now: without it no key of it can be used.
            </Alert>
          )}
        </Confirm>
      )}
    </Container>
  );
}

function HsmCard({
  hsm,
  figures,
  onRemove,
}: {
  hsm: Hsm;
  figures: FiguresOfHsm | undefined;
  onRemove: () => void;
}) {
  return (
    <Container>
      <SpaceBetween size="xxs">
        <Box variant="strong">{hsm.HsmId}</Box>
        <ClusterStatus state={hsm.State} />
        {hsm.StateMessage === undefined ? null : <Box variant="small">{hsm.StateMessage}</Box>}
        {figures === undefined ? null : <Doing figures={figures} />}
        <Box variant="small">{hsm.EniIp ?? ''}</Box>
        <Button variant="inline-link" onClick={onRemove} ariaLabel={`Remove ${hsm.HsmId ?? ''}`}>
          Remove
        </Button>
      </SpaceBetween>
    </Container>
  );
}

/** How far the cloning of keys to it is, or how much it did in the last minute. */
function Doing({ figures: { CloningDone, CloningTotal, KeysHeld, LastMinute } }: { figures: FiguresOfHsm }) {
  if (CloningDone !== undefined && CloningTotal !== undefined && CloningTotal > 0)
    return <ProgressBar value={Math.floor((100 * CloningDone) / CloningTotal)} label="Cloning keys" />;
  const speed = LastMinute.P50Milliseconds === undefined ? '' : `, ${number(LastMinute.P50Milliseconds)} ms`;
  return (
    <Box variant="small">
      {KeysHeld === undefined ? '' : `${counted(KeysHeld, 'key')}, `}
      {number(LastMinute.OperationsPerSecond)} operations/s{speed}
    </Box>
  );
}
