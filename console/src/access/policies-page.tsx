import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  GetPolicyCommand,
  paginateListPolicies,
} from '@aws-sdk/client-iam';
import type { Policy } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useCallback, useState } from 'react';
import { useAnswer } from '../aws/use-answer.ts';
import { Confirm } from '../layout/confirm.tsx';
import { dateText } from '../layout/dates.ts';
import { Loaded } from '../layout/loaded.tsx';
import { useNotifications } from '../layout/notifications.ts';
import { goTo, hrefTo } from '../layout/route.ts';
import { useSignedIn } from '../session/session-context.ts';
import { DocumentEditor } from './document-editor.tsx';
import { ListPage } from './list-page.tsx';
import { DocumentField, NameField } from './new-entity-fields.tsx';
import { OtherVersions, policyVersions } from './policy-versions.tsx';

const NEW_POLICY = JSON.stringify(
  { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'kms:List*', Resource: '*' }] },
  null,
  2,
);

/** `policies`: the list; `policies/<ARN>`: one of them. */
export function PoliciesPage({ path }: { path: readonly string[] }) {
  return path[0] === undefined ? <PolicyList /> : <PolicyPage arn={path[0]} />;
}

function PolicyList() {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [name, setName] = useState('');
  const [text, setText] = useState(NEW_POLICY);
  const load = useCallback(async () => {
    const client = await clients.iam();
    const policies: Policy[] = [];
    for await (const page of paginateListPolicies({ client }, {})) policies.push(...(page.Policies ?? []));
    return policies;
  }, [clients]);
  const answer = useAnswer(load);
  const create = async (): Promise<void> => {
    const client = await clients.iam();
    await client.send(new CreatePolicyCommand({ PolicyName: name, PolicyDocument: text }));
    notifications.succeeded(`The policy ${name} was created.`);
    answer.reload();
  };
  return (
    <ListPage
      title="Policies"
      one="policy"
      answer={answer}
      trackBy="Arn"
      columns={[
        {
          id: 'name',
          header: 'Policy name',
          isRowHeader: true,
          cell: ({ PolicyName, Arn = '' }) => <Link href={hrefTo(['policies', Arn])}>{PolicyName}</Link>,
        },
        {
          id: 'type',
          header: 'Type',
          cell: ({ Arn }) =>
            Arn?.startsWith('arn:aws:iam::aws:') === true ? 'AWS managed' : 'Customer managed',
        },
        { id: 'used', header: 'Attached to', cell: ({ AttachmentCount }) => AttachmentCount ?? 0 },
        { id: 'changed', header: 'Changed', cell: ({ UpdateDate }) => dateText(UpdateDate) },
      ]}
      form={
        <>
          <NameField label="Name" value={name} onChange={setName} />
          <DocumentField label="Policy document" value={text} onChange={setText} />
        </>
      }
      complete={name !== ''}
      create={create}
    />
  );
}

function PolicyPage({ arn }: { arn: string }) {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [deleting, setDeleting] = useState(false);
  const load = useCallback(async () => {
    const client = await clients.iam();
    const { Policy: policy } = await client.send(new GetPolicyCommand({ PolicyArn: arn }));
    return { policy, versions: await policyVersions(client, arn) };
  }, [clients, arn]);
  const answer = useAnswer(load);
  const own = !arn.startsWith('arn:aws:iam::aws:');
  const save = async (PolicyDocument: string): Promise<void> => {
    const client = await clients.iam();
    await client.send(new CreatePolicyVersionCommand({ PolicyArn: arn, PolicyDocument, SetAsDefault: true }));
    notifications.succeeded('A new version is the default now.');
    answer.reload();
  };
  const remove = async (): Promise<void> => {
    const client = await clients.iam();
    await client.send(new DeletePolicyCommand({ PolicyArn: arn }));
    notifications.succeeded('The policy was deleted.');
    goTo(['policies']);
  };
  return (
    <Loaded answer={answer}>
      {({ policy, versions }) => (
        <ContentLayout
          header={
            <Header
              variant="h1"
              description={arn}
              actions={own ? <Button onClick={() => setDeleting(true)}>Delete</Button> : null}
            >
              {policy?.PolicyName}
            </Header>
          }
        >
          <SpaceBetween size="l">
            <Container
              header={<Header variant="h2">{`Version ${policy?.DefaultVersionId ?? ''} (default)`}</Header>}
            >
              <DocumentEditor
                document={versions.find(({ isDefault }) => isDefault)?.document ?? ''}
                {...(own ? { save } : {})}
              />
            </Container>
            {own && versions.length > 1 ? (
              <OtherVersions
                arn={arn}
                versions={versions.filter(({ isDefault }) => !isDefault)}
                onChanged={answer.reload}
              />
            ) : null}
          </SpaceBetween>
          {deleting ? (
            <Confirm
              title="Delete policy"
              action="Delete"
              onConfirm={remove}
              onClose={() => setDeleting(false)}
            >
              <p>A policy can be deleted once nothing has it attached and no other version is left.</p>
            </Confirm>
          ) : null}
        </ContentLayout>
      )}
    </Loaded>
  );
}
