import { CreateUserCommand, DeleteUserCommand, GetUserCommand, paginateListUsers } from '@aws-sdk/client-iam';
import type { User } from '@aws-sdk/client-iam';
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
import { AccessKeys } from './access-keys.tsx';
import { Groups } from './groups.tsx';
import { ListPage } from './list-page.tsx';
import { NameField } from './new-entity-fields.tsx';
import { userOwner } from './owner.ts';
import { Permissions } from './permissions.tsx';

/** `users`: the list; `users/<name>`: one of them. */
export function UsersPage({ path }: { path: readonly string[] }) {
  return path[0] === undefined ? <UserList /> : <UserPage name={path[0]} />;
}

function UserList() {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [name, setName] = useState('');
  const load = useCallback(async () => {
    const client = await clients.iam();
    const users: User[] = [];
    for await (const page of paginateListUsers({ client }, {})) users.push(...(page.Users ?? []));
    return users;
  }, [clients]);
  const create = async (): Promise<void> => {
    const client = await clients.iam();
    await client.send(new CreateUserCommand({ UserName: name }));
    notifications.succeeded(`The user ${name} was created. It may do nothing yet.`);
    goTo(['users', name]);
  };
  return (
    <ListPage
      title="Users"
      one="user"
      answer={useAnswer(load)}
      trackBy="UserId"
      columns={[
        {
          id: 'name',
          header: 'User name',
          isRowHeader: true,
          cell: ({ UserName = '' }) => <Link href={hrefTo(['users', UserName])}>{UserName}</Link>,
        },
        { id: 'path', header: 'Path', cell: ({ Path }) => Path },
        { id: 'id', header: 'User ID', cell: ({ UserId }) => UserId },
        { id: 'created', header: 'Created', cell: ({ CreateDate }) => dateText(CreateDate) },
      ]}
      form={<NameField label="User name" value={name} onChange={setName} />}
      complete={name !== ''}
      create={create}
    />
  );
}

function UserPage({ name }: { name: string }) {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [deleting, setDeleting] = useState(false);
  const owner = useMemo(() => userOwner(name), [name]);
  const load = useCallback(async () => {
    const client = await clients.iam();
    return (await client.send(new GetUserCommand({ UserName: name }))).User;
  }, [clients, name]);
  const answer = useAnswer(load);
  const remove = async (): Promise<void> => {
    const client = await clients.iam();
    await client.send(new DeleteUserCommand({ UserName: name }));
    notifications.succeeded(`The user ${name} was deleted.`);
    goTo(['users']);
  };
  return (
    <Loaded answer={answer}>
      {(user) => (
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
                  { label: 'ARN', value: <Copyable text={user?.Arn ?? ''} what="ARN" /> },
                  { label: 'Created', value: dateText(user?.CreateDate) },
                  {
                    label: 'Permissions boundary',
                    value: user?.PermissionsBoundary?.PermissionsBoundaryArn ?? '–',
                  },
                ]}
              />
            </Container>
            <AccessKeys userName={name} />
            <Groups userName={name} />
            <Permissions owner={owner} />
            {deleting ? (
              <Confirm
                title="Delete user"
                action="Delete"
                onConfirm={remove}
                onClose={() => setDeleting(false)}
              >
                <p>A user can be deleted once it has no access keys and no policies, and is in no group.</p>
              </Confirm>
            ) : null}
          </SpaceBetween>
        </ContentLayout>
      )}
    </Loaded>
  );
}
