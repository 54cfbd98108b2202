import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  paginateListPolicies,
} from '@aws-sdk/client-iam';
import type { Policy } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import Table from '@cloudscape-design/components/table';
import Textarea from '@cloudscape-design/components/textarea';
import { useCallback, useState } from 'react';
import { describeError } from '../aws/errors.ts';
import { useAnswer } from '../aws/use-answer.ts';
import { Confirm } from '../layout/confirm.tsx';
import { dateText } from '../layout/dates.ts';
import { Loaded } from '../layout/loaded.tsx';
import { useNotifications } from '../layout/notifications.ts';
import { goTo, hrefTo } from '../layout/route.ts';
import { useSignedIn } from '../session/session-context.ts';
import { DocumentEditor, decodeDocument } from './document-editor.tsx';

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
  const [creating, setCreating] = useState(false);
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
    <>
      <Table
        variant="full-page"
        items={answer.value ?? []}
        loading={answer.value === undefined && answer.error === undefined}
        loadingText="Loading policies"
        trackBy="Arn"
        header={
          <Header
            variant="awsui-h1-sticky"
            counter={`(${answer.value?.length ?? 0})`}
            actions={
              <Button variant="primary" onClick={() => setCreating(true)}>
                Create policy
              </Button>
            }
          >
            Policies
          </Header>
        }
        empty={answer.error === undefined ? 'There are no managed policies.' : describeError(answer.error)}
        columnDefinitions={[
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
      />
      {creating ? (
        <Confirm
          title="Create policy"
          action="Create"
          allowed={name !== ''}
          onConfirm={create}
          onClose={() => setCreating(false)}
        >
          <FormField label="Name">
            <Input value={name} onChange={({ detail }) => setName(detail.value)} autoFocus />
          </FormField>
          <FormField label="Policy document" stretch>
            <Textarea
              value={text}
              rows={12}
              spellcheck={false}
              onChange={({ detail }) => setText(detail.value)}
            />
          </FormField>
        </Confirm>
      ) : null}
    </>
  );
}

function PolicyPage({ arn }: { arn: string }) {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [deleting, setDeleting] = useState(false);
  const load = useCallback(async () => {
    const client = await clients.iam();
    const { Policy: policy } = await client.send(new GetPolicyCommand({ PolicyArn: arn }));
    const { PolicyVersion } = await client.send(
      new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: policy?.DefaultVersionId }),
    );
    return { policy, document: decodeDocument(PolicyVersion?.Document) };
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
      {({ policy, document }) => (
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
          <Container
            header={<Header variant="h2">{`Version ${policy?.DefaultVersionId ?? ''} (default)`}</Header>}
          >
            <DocumentEditor document={document} {...(own ? { save } : {})} />
          </Container>
          {deleting ? (
            <Confirm
              title="Delete policy"
              action="Delete"
              onConfirm={remove}
              onClose={() => setDeleting(false)}
            >
              <p>A policy can be deleted once nothing has it attached and no older version is left.</p>
            </Confirm>
          ) : null}
        </ContentLayout>
      )}
    </Loaded>
  );
}
