import {
  CreateRoleCommand,
  DeleteRoleCommand,
  GetRoleCommand,
  UpdateAssumeRolePolicyCommand,
  paginateListRoles,
} from '@aws-sdk/client-iam';
import type { Role } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import Textarea from '@cloudscape-design/components/textarea';
import { useCallback, useMemo, useState } from 'react';
import { describeError } from '../aws/errors.ts';
import { useAnswer } from '../aws/use-answer.ts';
import { Confirm } from '../layout/confirm.tsx';
import { Copyable } from '../layout/copyable.tsx';
import { dateText } from '../layout/dates.ts';
import { Loaded } from '../layout/loaded.tsx';
import { useNotifications } from '../layout/notifications.ts';
import { goTo, hrefTo } from '../layout/route.ts';
import { useSignedIn } from '../session/session-context.ts';
import { DocumentEditor, decodeDocument } from './document-editor.tsx';
import { roleOwner } from './owner.ts';
import { Permissions } from './permissions.tsx';

/** `roles`: the list; `roles/<name>`: one of them. */
export function RolesPage({ path }: { path: readonly string[] }) {
  return path[0] === undefined ? <RoleList /> : <RolePage name={path[0]} />;
}

/** Whoever the account's IAM policies allow it may take on the role. */
const trustOf = (accountId: string): string =>
  JSON.stringify(
    {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: 'sts:AssumeRole' },
      ],
    },
    null,
    2,
  );

function RoleList() {
  const { clients, session } = useSignedIn();
  const notifications = useNotifications();
  const [creating, setCreating] = useState(false);
  const [name, setName] = useState('');
  const [trust, setTrust] = useState(trustOf(session.accountId));
  const load = useCallback(async () => {
    const client = await clients.iam();
    const roles: Role[] = [];
    for await (const page of paginateListRoles({ client }, {})) roles.push(...(page.Roles ?? []));
    return roles;
  }, [clients]);
  const answer = useAnswer(load);
  const create = async (): Promise<void> => {
    const client = await clients.iam();
    await client.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }));
    notifications.succeeded(`The role ${name} was created. It may do nothing yet.`);
    goTo(['roles', name]);
  };
  return (
    <>
      <Table
        variant="full-page"
        items={answer.value ?? []}
        loading={answer.value === undefined && answer.error === undefined}
        loadingText="Loading roles"
        trackBy="RoleId"
        header={
          <Header
            variant="awsui-h1-sticky"
            counter={`(${answer.value?.length ?? 0})`}
            actions={
              <Button variant="primary" onClick={() => setCreating(true)}>
                Create role
              </Button>
            }
          >
            Roles
          </Header>
        }
        empty={
          answer.error === undefined ? 'There are no roles in this account.' : describeError(answer.error)
        }
        columnDefinitions={[
          {
            id: 'name',
            header: 'Role name',
            isRowHeader: true,
            cell: ({ RoleName = '' }) => <Link href={hrefTo(['roles', RoleName])}>{RoleName}</Link>,
          },
          { id: 'path', header: 'Path', cell: ({ Path }) => Path },
          { id: 'description', header: 'Description', cell: ({ Description }) => Description || '–' },
          { id: 'created', header: 'Created', cell: ({ CreateDate }) => dateText(CreateDate) },
        ]}
      />
      {creating ? (
        <Confirm
          title="Create role"
          action="Create"
          allowed={name !== ''}
          onConfirm={create}
          onClose={() => setCreating(false)}
        >
          <FormField label="Role name">
            <Input value={name} onChange={({ detail }) => setName(detail.value)} autoFocus />
          </FormField>
          <FormField label="Trust policy" description="Who may take on the role." stretch>
            <Textarea
              value={trust}
              rows={12}
              spellcheck={false}
              onChange={({ detail }) => setTrust(detail.value)}
            />
          </FormField>
        </Confirm>
      ) : null}
    </>
  );
}

function RolePage({ name }: { name: string }) {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [deleting, setDeleting] = useState(false);
  const owner = useMemo(() => roleOwner(name), [name]);
  const load = useCallback(async () => {
    const client = await clients.iam();
    return (await client.send(new GetRoleCommand({ RoleName: name }))).Role;
  }, [clients, name]);
  const answer = useAnswer(load);
  const remove = async (): Promise<void> => {
    const client = await clients.iam();
    await client.send(new DeleteRoleCommand({ RoleName: name }));
    notifications.succeeded(`The role ${name} was deleted.`);
    goTo(['roles']);
  };
  const setTrust = async (PolicyDocument: string): Promise<void> => {
    const client = await clients.iam();
    await client.send(new UpdateAssumeRolePolicyCommand({ RoleName: name, PolicyDocument }));
    notifications.succeeded('The trust policy was changed.');
    answer.reload();
  };
  return (
    <Loaded answer={answer}>
      {(role) => (
        <ContentLayout
          header={
            <Header variant="h1" actions={<Button onClick={() => setDeleting(true)}>Delete</Button>}>
              {name}
            </Header>
          }
        >
          <SpaceBetween size="l">
            <Container header={<Header variant="h2">General configuration</Header>}>
              <KeyValuePairs
                columns={3}
                items={[
                  { label: 'ARN', value: <Copyable text={role?.Arn ?? ''} what="ARN" /> },
                  { label: 'Created', value: dateText(role?.CreateDate) },
                  { label: 'Longest session', value: `${role?.MaxSessionDuration ?? '–'} seconds` },
                ]}
              />
            </Container>
            <Container header={<Header variant="h2">Trust policy</Header>}>
              <DocumentEditor document={decodeDocument(role?.AssumeRolePolicyDocument)} save={setTrust} />
            </Container>
            <Permissions owner={owner} />
            {deleting ? (
              <Confirm
                title="Delete role"
                action="Delete"
                onConfirm={remove}
                onClose={() => setDeleting(false)}
              >
                <p>A role can be deleted once it has no policies. Its sessions end with it.</p>
              </Confirm>
            ) : null}
          </SpaceBetween>
        </ContentLayout>
      )}
    </Loaded>
  );
}
