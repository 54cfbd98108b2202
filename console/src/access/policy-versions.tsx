import {
  DeletePolicyVersionCommand,
  GetPolicyVersionCommand,
  SetDefaultPolicyVersionCommand,
  paginateListPolicyVersions,
} from '@aws-sdk/client-iam';
import type { IAMClient } from '@aws-sdk/client-iam';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { Confirm } from '../layout/confirm.tsx';
import { dateText } from '../layout/dates.ts';
import { useNotifications } from '../layout/notifications.ts';
import { useSignedIn } from '../session/session-context.ts';
import { decodeDocument } from './document-editor.tsx';

export interface ShownVersion {
  readonly id: string;
  readonly isDefault: boolean;
  readonly created: Date | undefined;
  readonly document: string;
}

/** All versions of a policy, of which there are five at most. */
export async function policyVersions(client: IAMClient, PolicyArn: string): Promise<ShownVersion[]> {
  const ids: string[] = [];
  for await (const { Versions } of paginateListPolicyVersions({ client }, { PolicyArn }))
    ids.push(...(Versions ?? []).map(({ VersionId = '' }) => VersionId));
  return Promise.all(
    ids.map(async (VersionId) => {
      const { PolicyVersion } = await client.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
      return {
        id: VersionId,
        isDefault: PolicyVersion?.IsDefaultVersion === true,
        created: PolicyVersion?.CreateDate,
        document: decodeDocument(PolicyVersion?.Document),
      };
    }),
  );
}

/** The versions that do not apply: each can be the default again, or be deleted to make room for another one. */
export function OtherVersions({
  arn,
  versions,
  onChanged,
}: {
  arn: string;
  versions: readonly ShownVersion[];
  onChanged: () => void;
}) {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [asked, setAsked] = useState<{ id: string; deleting: boolean }>();
  const PolicyArn = arn;
  const change = async ({ id: VersionId, deleting }: { id: string; deleting: boolean }): Promise<void> => {
    const client = await clients.iam();
    if (deleting) await client.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
    else await client.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId }));
    notifications.succeeded(
      deleting ? `Version ${VersionId} was deleted.` : `${VersionId} is the default now.`,
    );
    onChanged();
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={`(${versions.length})`}
          description="A policy keeps five versions. One that is deleted makes room for another."
        >
          Other versions
        </Header>
      }
    >
      {versions.map(({ id, created, document }) => (
        <ExpandableSection
          key={id}
          headerText={id}
          headerDescription={`Made ${dateText(created)}`}
          variant="stacked"
          headerActions={
            <SpaceBetween direction="horizontal" size="s">
              <Button
                variant="inline-link"
                ariaLabel={`Make ${id} the default`}
                onClick={() => setAsked({ id, deleting: false })}
              >
                Make default
              </Button>
              <Button
                variant="inline-link"
                ariaLabel={`Delete ${id}`}
                onClick={() => setAsked({ id, deleting: true })}
              >
                Delete
              </Button>
            </SpaceBetween>
          }
        >
          <Box variant="pre">{document}</Box>
        </ExpandableSection>
      ))}
      {asked === undefined ? null : (
        <Confirm
          title={asked.deleting ? `Delete version ${asked.id}` : `Make ${asked.id} the default`}
          action={asked.deleting ? 'Delete' : 'Make default'}
          onConfirm={() => change(asked)}
          onClose={() => setAsked(undefined)}
        >
          <p>
            {asked.deleting
              ? 'Its document is not kept. What applies now stays as it is.'
              : 'It applies at once to all who have this policy attached.'}
          </p>
        </Confirm>
      )}
    </Container>
  );
}
