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
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useCallback, useMemo, useState } from 'react';
import { useAnswer } from '../aws/use-answer.ts';
import { Confirm } from '../layout/confirm.tsx';
import { Copyable } from '../layout/copyable.tsx';
import { dateText } from '../layout/dates.ts';
import { Facts } from '../layout/facts.tsx';
import { Loaded } from '../layout/loaded.tsx';
import { useNotifications } from '../layout/notifications.ts';
import { goTo, hrefTo } from '../layout/route.ts';
import { useSignedIn } from '../session/session-context.ts';
import { DocumentEditor, decodeDocument } from './document-editor.tsx';
import { ListPage } from './list-page.tsx';
import { DocumentField, NameField } from './new-entity-fields.tsx';
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
  const [name, setName] = useState('');
  const [trust, setTrust] = useState(trustOf(session.accountId));
  const load = useCallback(async () => {
    const client = await clients.iam();
    const roles: Role[] = [];
    for await (const page of paginateListRoles({ client }, {})) roles.push(...(page.Roles ?? []));
    return roles;
  }, [clients]);
  const create = async (): Promise<void> => {
    const client = await clients.iam();
    await client.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }));
    notifications.succeeded(`The role ${name} was created. It may do nothing yet.`);
    goTo(['roles', name]);
  };
  return (
    <ListPage
      title="Roles"
      one="role"
      answer={useAnswer(load)}
      trackBy="RoleId"
      columns={[
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
      form={
        <>
          <NameField label="Role name" value={name} onChange={setName} />
          <DocumentField
            label="Trust policy"
            description="Who may take on the role."
            value={trust}
            onChange={setTrust}
          />
        </>
      }
      complete={name !== ''}
      create={create}
    />
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
              <Facts
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
